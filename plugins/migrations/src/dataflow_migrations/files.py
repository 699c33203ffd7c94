"""Migration files: one per revision, in TOML, so that a person reads its statements and a program its data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import attrs
import cattrs
import tomlkit
from tomlkit.items import Item

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.migrations import MigrationPlan
from dataflow.migrations.history import Revision
from dataflow.migrations.serial import plan_data, plan_of

_WORD = re.compile(r"[^a-z0-9]+")


@attrs.frozen
class MigrationFiles:
    """The files of one directory; each stands on the one before."""

    directory: Path

    @property
    def is_empty(self) -> bool:
        return next(self.directory.glob("*.toml"), None) is None

    def plans(self) -> tuple[MigrationPlan, ...]:
        """Every file's plan, in their order.

        :raises MigrationError: DF-G108 for a file that cannot be read, was edited without its checksum, or stands on none.
        """
        found = [self._read(path) for path in sorted(self.directory.glob("*.toml"))]
        parents = [""] + [plan.revision for plan in found[:-1]]
        for plan, parent in zip(found, parents, strict=False):
            if plan.parent != parent:
                raise error_of(
                    _wrong(
                        self.directory / f"{plan.revision}.toml",
                        f"its parent is '{plan.parent}', and the file before it is '{parent}'",
                        Solution(
                            "of two that were written side by side, remove one, apply the other, and write yours anew:",
                            f"rm {self.directory / plan.revision}.toml; dataflow migrate apply app.py; dataflow migrate write app.py",
                        ),
                        Solution(
                            "where it was applied already, undo it there before:", "dataflow migrate rollback app.py"
                        ),
                    )
                )
        return tuple(found)

    def pending(self, applied: Collection[str]) -> tuple[MigrationPlan, ...]:
        """The plans of the files that are not applied."""
        return tuple(plan for plan in self.plans() if plan.revision not in applied)

    def unknown(self, revisions: Iterable[Revision]) -> tuple[str, ...]:
        """Applied revisions of files that are not here, as far as their names tell that they were files."""
        known = {plan.revision for plan in self.plans()}
        held = [one.revision for one in revisions if one.state == "applied"]
        return tuple(name for name in held if re.match(r"\d{4}_", name) and name not in known)

    def write(self, plan: MigrationPlan, message: str = "") -> Path:
        """Write a plan as the next file."""
        before = self.plans()
        revision = f"{len(before) + 1:04}_{file_words(plan, message)}"
        plan = attrs.evolve(plan, revision=revision, parent=before[-1].revision if before else "")
        path = self.directory / f"{revision}.toml"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            path.write_text(text_of(plan), encoding="utf-8")
        except OSError as error:
            way = Solution("write where this user may:", 'await db.migrations.write("migrations")')
            raise error_of(_wrong(path, f"it cannot be written: {error.strerror}", way)) from error
        return path

    def _read(self, path: Path) -> MigrationPlan:
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            checksum = data.pop("checksum")
            plan = plan_of(data)
        except (OSError, tomllib.TOMLDecodeError, KeyError, cattrs.BaseValidationError, UnicodeDecodeError) as error:
            raise error_of(_wrong(path, f"it cannot be read: {error}")) from error
        if plan.checksum != checksum:
            raise error_of(
                _wrong(path, f"its statements have the checksum '{plan.checksum}', and it says '{checksum}'")
            )
        if path.stem != plan.revision:
            raise error_of(_wrong(path, f"its revision is '{plan.revision}'"))
        return plan


def with_checksum(path: Path) -> str:
    """Write the checksum of a file's statements into it, the rest as it is; gives the checksum.

    :raises MigrationError: DF-G108 for a file that cannot be read.
    """
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        data = document.unwrap()
        data.pop("checksum", None)
        found = plan_of(data).checksum
    except (OSError, tomlkit.exceptions.ParseError, cattrs.BaseValidationError, UnicodeDecodeError) as error:
        raise error_of(_wrong(path, f"it cannot be read: {error}")) from error
    document["checksum"] = found
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return found


def text_of(plan: MigrationPlan) -> str:
    """A plan as the text of its file."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment(
            "Review the statements; a plan that is edited needs its new checksum: dataflow migrate checksum FILE."
        )
    )
    data = plan_data(plan)
    data.pop("findings", None)
    data.pop("stops", None)
    steps = data.pop("steps", [])
    for name, value in data.items():
        document.add(name, _item(value))
    document.add("checksum", tomlkit.item(plan.checksum))
    listed = tomlkit.aot()
    for step in steps:
        table = tomlkit.table()
        for name, value in step.items():
            table.add(name, _statements(value) if name in ("sql", "inverse", "cleanup") else _item(value))
        listed.append(table)
    if steps:
        document.add("steps", listed)
    return tomlkit.dumps(document)


def _statements(given: Iterable[str]) -> Item:
    """Statements as texts of several lines where they are long."""
    array = tomlkit.array()
    for one in given:
        array.append(_text(one.strip()))
    return array.multiline(True)


def _text(statement: str) -> Item:
    """Without escapes where that can be, so that it reads as in a console."""
    lines = "\n" in statement
    literal = "'''" not in statement if lines else "'" not in statement
    return tomlkit.string(statement, literal=literal, multiline=lines)


def _item(value: Any) -> Item:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for name, inner in value.items():
            if inner is not None:
                table.append(name, _item(inner))
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for inner in value:
            array.append(_item(inner))
        return array.multiline(len(value) > 1)
    item: Item = tomlkit.item(value)
    return item


def file_words(plan: MigrationPlan, message: str) -> str:
    """What a file is called: the words of a message, or of its first steps."""
    return _WORD.sub("_", (message or _summary(plan)).lower()).strip("_")[:60]


def _summary(plan: MigrationPlan) -> str:
    kinds = [f"{step.kind}_{step.target.name}" for step in plan.steps if step.kind != "keep"]
    return "_".join(kinds[:3]) or "migration"


def _wrong(path: Path, why: str, *solutions: Solution) -> Problem:
    return Problem(
        code="DF-G108",
        message=f"migration file '{path.name}' cannot be used: {why}",
        where=Where(operation="migrate"),
        context={"file": str(path)},
        cause="a file that was applied somewhere must stay what it was, and each stands on the one before",
        solutions=solutions
        or (
            Solution("after an edit that was meant, write the new checksum:", f"dataflow migrate checksum {path}"),
            Solution("or take the file as it was from version control:", f"git checkout -- {path}"),
        ),
    )
