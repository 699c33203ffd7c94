"""A plan as data: steps with their statements, what must hold before and after each, and how each is undone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from dataflow.diagnostics import Problem
from dataflow.migrations.objects import ObjectRef, SchemaObject, SchemaSnapshot

PlanPhase = Literal["expand", "backfill", "contract"]
Transactional = Literal["yes", "no", "autocommit"]
"""``yes`` inside a transaction that can be undone; ``no`` where the server commits before it; ``autocommit`` must be outside of any."""
Reversible = Literal["yes", "lossy", "no"]
StepKind = Literal["create", "drop", "alter", "rename", "rebuild", "backfill", "keep", "restore", "sql"]


@attrs.frozen
class Probe:
    """Something that the catalogue can answer, so that a step cut short is decided by what is there.

    ``is`` wants the object as ``object`` has it (a rebuilt one may stand elsewhere in its table), ``absent`` no such object,
    ``exists`` any of that name that is valid, ``query`` a statement whose first value is true, ``none`` one whose first value,
    a number of rows that are in the way, is 0. ``words`` says what of ``ref`` holds then, where that is nothing usual.
    """

    holds: Literal["is", "absent", "exists", "query", "none"]
    ref: ObjectRef
    object: SchemaObject | None = None
    sql: str = ""
    words: str = ""

    def __str__(self) -> str:
        words = {
            "is": "is as planned", "absent": "is absent", "exists": "exists", "query": "answers as planned",
            "none": "has no row in the way",
        }  # fmt: skip
        return f"{self.ref} {self.words or words[self.holds]}"


def _statements(given: Iterable[str] | str) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen(kw_only=True)
class MigrationStep:
    """One thing that is done or not: its statements, in order, in one transaction where ``transactional`` allows."""

    kind: StepKind
    target: ObjectRef
    sql: tuple[str, ...] = attrs.field(converter=_statements)
    phase: PlanPhase = "expand"
    transactional: Transactional = "yes"
    reversible: Reversible = "yes"
    inverse: tuple[str, ...] = attrs.field(default=(), converter=_statements)
    #: of the inverse, where that is not as the step itself
    inverse_transactional: Transactional | None = None
    #: what must hold for the inverse
    inverse_preconditions: tuple[Probe, ...] = ()
    before: SchemaObject | None = None
    after: SchemaObject | None = None
    preconditions: tuple[Probe, ...] = ()
    postconditions: tuple[Probe, ...] = ()
    #: run before the step is done again: takes away what a failed one left, such as an invalid index
    cleanup: tuple[str, ...] = attrs.field(default=(), converter=_statements)
    #: statements that come to the same inside a transaction, by which a step is tried out that must be outside of any
    rehearsal: tuple[str, ...] = attrs.field(default=(), converter=_statements)
    #: further words for people: "renamed from 'age'", "3 rows keep their value in ..."
    note: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.target}" + (f" ({self.note})" if self.note else "")

    @property
    def checksum(self) -> str:
        """Of the statements, whatever their line breaks and indentation."""
        return checksum(self.sql)


def normalised(sql: str) -> str:
    """A statement with one space wherever it has white space, outside of quotes; without a last semicolon."""
    parts: list[str] = []
    quote = ""
    for character in sql.strip().removesuffix(";"):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character.isspace():
            if parts and parts[-1] != " ":
                parts.append(" ")
            continue
        parts.append(character)
    return "".join(parts).strip()


def checksum(statements: Iterable[str]) -> str:
    """sha256 over the normalised statements, 16 digits."""
    text = ";\n".join(normalised(one) for one in statements)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@attrs.frozen(kw_only=True)
class Finding:
    """What an engine found out about a step. ``severity`` 0 to 100; ``evidence`` says where it is from."""

    code: str
    target: ObjectRef
    message: str
    severity: int = 0
    dimension: Literal["data_loss", "performance", "availability", "complexity", "reversibility"] = "availability"
    lock_mode: str = ""
    blocks: Literal["none", "ddl", "writes", "reads"] = "none"
    rewrite: bool = False
    scan: bool = False
    est_rows: int | None = None
    est_bytes: int | None = None
    est_seconds: float | None = None
    evidence: Literal["static", "catalog", "measured"] = "catalog"
    alternative_id: str = ""


@attrs.frozen(kw_only=True)
class MigrationPlan:
    """Steps from one schema to another. ``stops`` are what nobody may do unattended: a plan that has one is not applied.

    ``revision`` names it in the history; ``parent`` is the one it stands on. ``managed`` are the objects that are the
    models' own once it is applied, ``managed_before`` those that were so before.
    """

    dialect: str
    from_fingerprint: str
    to_fingerprint: str
    steps: tuple[MigrationStep, ...] = ()
    revision: str = ""
    parent: str = ""
    #: the tables that it is about
    tables: tuple[str, ...] = ()
    managed: tuple[ObjectRef, ...] = ()
    managed_before: tuple[ObjectRef, ...] = ()
    #: those that others made and that serve as they are: by name, what the models wanted then and what they look like
    adopted: Mapping[str, str] = attrs.field(factory=dict)
    #: what others have put on the tables and is to be there afterwards, and what of it was there before, by its name then
    others: tuple[ObjectRef, ...] = ()
    others_before: tuple[ObjectRef, ...] = ()
    #: the revision that it undoes
    reverts: str = ""
    findings: tuple[Finding, ...] = ()
    stops: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.steps and not self.stops

    def begins_at(self, there: SchemaSnapshot) -> bool:
        """Whether a schema is the one that it was made for: its tables, and what others have put on them, by name."""
        return (
            there.outline(self.tables, self.managed_before) == self.from_fingerprint
            and there.beside(self.tables, self.managed_before) == self.others_before
        )

    def ends_at(self, there: SchemaSnapshot) -> bool:
        """Whether a schema is the one that it leads to, and nothing is lost that others have put on its tables."""
        is_reached = there.outline(self.tables, self.managed) == self.to_fingerprint
        return is_reached and {*self.others} <= {*there.beside(self.tables, self.managed)}

    @property
    def checksum(self) -> str:
        return checksum(sql for step in self.steps for sql in step.sql)

    @property
    def phases(self) -> tuple[PlanPhase, ...]:
        """Those that it has, in their order."""
        return tuple(dict.fromkeys(step.phase for step in self.steps))

    @property
    def is_lossless(self) -> bool:
        return all(step.reversible == "yes" for step in self.steps)
