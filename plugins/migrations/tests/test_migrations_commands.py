"""``dataflow migrate``: what it prints, what it changes, and with which code it ends."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dataflow_cli.entry import run

APP = """
from dataflow import DataFlow, field

db = DataFlow("sqlite:///app.db", plugins=["migrations"], migrations={{"directory": "migrations"}})


@db.model
class User:
    id: int
    {fields}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def application(*fields: str) -> str:
    Path("app.py").write_text(APP.format(fields="\n    ".join(fields)), encoding="utf-8")
    return "app.py"


def migrate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["migrate", *arguments])
    return code, capsys.readouterr().out


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code, text = migrate(capsys, *arguments, "--json")
    return code, json.loads(text)


def test_plan_apply_status_history_and_rollback(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = application("name: str")
    code, text = migrate(capsys, "plan", file)
    assert (code, "create table users" in text) == (3, True)
    assert (
        not (place / "app.db").exists()
        or sqlite3.connect("app.db").execute("SELECT * FROM sqlite_schema").fetchall() == []
    )
    code, text = migrate(capsys, "apply", file)
    assert (code, "applied " in text) == (0, True)
    assert migrate(capsys, "plan", file)[0] == 0
    code, found = data(capsys, "status", file)
    assert (code, found["status"]["state"], found["ok"]) == (0, "current", True)
    code, found = data(capsys, "history", file)
    assert [one["state"] for one in found["revisions"]] == ["applied"]
    code, text = migrate(capsys, "rollback", file)
    assert (code, "undone " in text) == (0, True)
    assert migrate(capsys, "status", file)[0] == 3


def test_a_decision_is_made_by_its_name(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(capsys, "apply", application("name: str", "age: int | None = None"))
    with sqlite3.connect("app.db") as other:
        other.execute("INSERT INTO users (name, age, created_at, updated_at) VALUES ('A', 5, '', '')")
    other.close()
    file = application("name: str")
    code, text = migrate(capsys, "plan", file)
    assert (code, "STOP  DF-G201" in text, "1 row" in text) == (1, True, True)
    assert migrate(capsys, "apply", file)[0] == 1
    code, text = migrate(capsys, "apply", file, "--accept", "column users.age")
    assert (code, "keep column users.age" in text) == (0, True)
    code, text = migrate(capsys, "status", file)
    assert "kept aside until 'contract': column users.age" in text
    assert "let go of column users.age" in migrate(capsys, "contract", file)[1]


def test_sql_is_for_who_applies_by_hand(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = application("name: str")
    code, text = migrate(capsys, "sql", file)
    assert code == 0
    with sqlite3.connect("other.db") as other:
        other.executescript(text)
        assert other.execute("SELECT count(*) FROM users").fetchall() == [(0,)]
    other.close()


def test_files_are_written_and_their_checksums_kept(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = application("name: str")
    code, text = migrate(capsys, "write", file, "-m", "First users")
    assert (code, text.strip()) == (0, "migrations/0001_first_users.toml")
    written = place / "migrations" / "0001_first_users.toml"
    written.write_text(
        written.read_text().replace('"users"', '"users" ', 1).replace("TEXT NOT NULL", "TEXT  NOT NULL", 1)
    )
    # white space is no change
    assert migrate(capsys, "plan", file)[0] == 3
    written.write_text(written.read_text().replace("STRICT", "STRICT, WITHOUT ROWID"))
    code, _ = migrate(capsys, "apply", file)
    assert code == 1
    assert migrate(capsys, "checksum", str(written))[0] == 0
    written.write_text(written.read_text().replace("STRICT, WITHOUT ROWID", "STRICT"))
    migrate(capsys, "checksum", str(written))
    code, text = migrate(capsys, "apply", file)
    assert (code, "applied 0001_first_users" in text) == (0, True)


def test_drift_is_what_others_changed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = application("name: str = field(index=True)")
    migrate(capsys, "apply", file)
    assert migrate(capsys, "drift", file) == (0, "no drift\n")
    with sqlite3.connect("app.db") as other:
        other.execute("DROP INDEX ix_users_name")
        other.execute("ALTER TABLE users ADD COLUMN of_others TEXT")
    other.close()
    code, text = migrate(capsys, "drift", file)
    assert (code, text.splitlines()) == (
        3,
        ["column users.of_others was added", "index users.ix_users_name was dropped"],
    )


def test_the_history_of_alembic_and_django_is_taken_over(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = application("name: str", "__dataflow__ = {'timestamps': False}")
    assert migrate(capsys, "adopt", file, "--alembic")[0] == 1
    with sqlite3.connect("app.db") as other:
        other.executescript(
            """
            CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL);
            CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('ae1027a6acf');
            CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT);
            INSERT INTO django_migrations (app, name) VALUES ('people', '0001_initial'), ('people', '0002_more');
            """
        )
    other.close()
    code, text = migrate(capsys, "adopt", file, "--django", "people")
    assert (code, text) == (0, "begins at django:people:0002_more\n")
    code, text = migrate(capsys, "adopt", file, "--alembic")
    assert (code, text) == (0, "begins at alembic:ae1027a6acf\n")
    assert migrate(capsys, "plan", file)[0] == 0


def test_a_wrong_call_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate", "plam", application("name: str")]) == 2
    assert "'plan'" in capsys.readouterr().err
    Path("none.py").write_text("x = 1\n")
    assert run(["migrate", "plan", "none.py"]) == 2
    assert run(["migrate", "unlock", "app.py", "--token", "1"]) == 1
    assert "DF-G101" in capsys.readouterr().err
