"""Database URLs: the forms that are accepted, where relative files are, and that passwords are never shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow, DataFlowError
from dataflow.config.database_url import MEMORY_URL, DatabaseUrl, masked, parse_database_url
from dataflow.config.loading import load_config
from dataflow.diagnostics import Solution
from dataflow.values.faults import ValueFault


@pytest.mark.parametrize(
    "text",
    [":memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "SQLite:///:memory:", "sqlite+aiosqlite:///:memory:"],
)
def test_every_spelling_of_memory_is_in_memory(text: str) -> None:
    assert parse_database_url(text).in_memory
    assert parse_database_url(text).scheme == "sqlite"


def test_a_relative_file_is_pinned_once_at_construction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(options={"database_url": "sqlite:///data/app.db"}, environ={})
    monkeypatch.chdir("/")
    assert config.database_url.path == tmp_path / "data" / "app.db"
    assert str(config.database_url) == f"sqlite:///{(tmp_path / 'data' / 'app.db').as_posix()}"


def test_an_absolute_file_has_four_slashes_or_is_a_path(tmp_path: Path) -> None:
    file = tmp_path / "app.db"
    assert parse_database_url(f"sqlite:///{file}").path == file
    assert parse_database_url(file) == parse_database_url(f"sqlite:///{file}")
    assert not parse_database_url(file).in_memory


def test_options_of_the_url_are_kept_apart_from_the_file() -> None:
    url = parse_database_url("sqlite:///app.db?mode=ro&cache=shared")
    assert (url.path, url.query) == (Path("app.db"), (("mode", "ro"), ("cache", "shared")))


def test_the_parts_of_a_server_url_are_decoded() -> None:
    url = parse_database_url("PostgreSQL+asyncpg://app:p%40ss%2Fword@db.example:5433/shop?sslmode=require")
    assert (url.scheme, url.driver, url.username, url.password) == ("postgresql", "asyncpg", "app", "p@ss/word")
    assert (url.host, url.port, url.database, url.query) == ("db.example", 5433, "shop", (("sslmode", "require"),))
    assert parse_database_url("mysql://[::1]:3306/x").host == "[::1]"


def test_a_password_is_masked_everywhere_but_in_reveal() -> None:
    url = parse_database_url("postgresql://app:s3cret@h/db?sslpassword=s3cret&application_name=x")
    assert str(url) == "postgresql://app:***@h/db?sslpassword=***&application_name=x"
    assert repr(url) == "DatabaseUrl('postgresql://app:***@h/db?sslpassword=***&application_name=x')"
    assert url.reveal() == "postgresql://app:s3cret@h/db?sslpassword=s3cret&application_name=x"


@given(st.text(min_size=1).filter(lambda text: text.isprintable() and text.isascii()))
def test_a_revealed_url_reads_back_as_itself_whatever_the_password(password: str) -> None:
    url = DatabaseUrl("postgresql", username="app", password=password, host="h", port=1, database="db")
    assert parse_database_url(url.reveal()) == url
    assert url.password == password


@given(st.text(alphabet="s3cretXYZ/?#@:&= %", min_size=1))
def test_no_refusal_shows_a_password(inside: str) -> None:
    text = f"postgresql://app:S3KRIT{inside}S3KRIT@host/db"
    try:
        shown = str(parse_database_url(text))
    except ValueFault as fault:
        shown = fault.expected + fault.hint + masked(text)
    assert "S3KRIT" not in shown


@pytest.mark.parametrize(
    ("given", "expected", "hint"),
    [
        ("app.db", "a database URL that starts with its scheme", '"sqlite:///app.db"'),
        ("/data/app.db", "a database URL that starts with its scheme", '"sqlite:////data/app.db"'),
        ("file:app.db", "a database URL that starts with its scheme", '"sqlite:///app.db"'),
        ("sqlite:/data/app.db", "a database URL that starts with its scheme", '"sqlite:////data/app.db"'),
        ("", "a database URL that starts with its scheme", '"sqlite:///app.db"'),
        ("app:pw@host/db", "a database URL that starts with its scheme", '"postgresql://user:password@host/database"'),
        (
            "sqlite://app.db",
            "three slashes before a relative SQLite file, four before an absolute one",
            '"sqlite:///app.db"',
        ),
        ("sqlite:///file:app.db?uri=true", "the name of a SQLite file, not a file: URI", '"sqlite:///app.db"'),
        (
            "postgresql://app:p/w@host/db",
            "a host and a numeric port; special characters of a password are percent-encoded",
            "f\"postgresql://user:{urllib.parse.quote(password, safe='')}@host:5432/database\"",
        ),
        (42, "a database URL as text, or a Path to a SQLite file", '"sqlite:///app.db"'),
    ],
)
def test_other_forms_are_refused_with_the_right_one(given: object, expected: str, hint: str) -> None:
    with pytest.raises(ValueFault) as caught:
        parse_database_url(given)
    assert (caught.value.code, caught.value.expected, caught.value.hint) == ("DF-C103", expected, hint)


def test_the_default_is_in_memory() -> None:
    assert MEMORY_URL.in_memory
    assert str(MEMORY_URL) == "sqlite:///:memory:"


def test_a_misspelt_scheme_is_answered_with_the_closest() -> None:
    with pytest.raises(DataFlowError) as caught:
        DataFlow("postgressql://user:secret@host/db")
    assert caught.value.problems[0].solutions[0] == Solution(
        "did you mean 'postgresql'?", 'DataFlow("postgresql://...")'
    )
    assert "secret" not in str(caught.value)


def test_a_database_whose_adapter_is_blocked_is_refused_by_name() -> None:
    with pytest.raises(DataFlowError) as caught:
        DataFlow("postgresql://app@db/shop", block=["postgres"])
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.context["blocked by"], problem.solutions[0].code) == (
        "DF-A113",
        "plugin 'postgres', which speaks to databases of 'postgresql://', is blocked",
        "argument",
        'block without "postgres"',
    )
