"""What a delete does to each table, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.inspection.report import Grid, Report

Reason = Literal["restrict", "no action", "not null", "no default row", "check", "unique", "depth"]
When = Literal["statement", "commit"]
_WORDS: Mapping[Reason, str] = {
    "restrict": "refer to rows that would go (RESTRICT)",
    "no action": "refer to rows that would go (NO ACTION)",
    "not null": "would be set to null in a column that may not be",
    "no default row": "would be set to a default that no row has",
    "check": "would break the constraint",
    "unique": "would have the same value under a unique key",
    "depth": "are nested deeper than the server follows",
}
#: the verbs of one row
_OF_ONE = {"refer": "refers", "are": "is"}


@attrs.frozen
class Block(Report):
    """Rows for whose sake the whole delete is refused, by which constraint; ``commit`` is when a deferred one does so."""

    constraint: str
    table: str
    rows: int
    reason: Reason
    when: When = "statement"

    def __str__(self) -> str:
        return f"{self.constraint}: {self.counted} {self.words}" + (", at COMMIT" if self.when == "commit" else "")

    @property
    def counted(self) -> str:
        return f"{self.rows:,} row{'' if self.rows == 1 else 's'} of '{self.table}'"

    @property
    def words(self) -> str:
        """What the rows do that refuses the delete."""
        verb, _, rest = _WORDS[self.reason].partition(" ")
        return f"{_OF_ONE.get(verb, verb) if self.rows == 1 else verb} {rest}"


def _numbers(given: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(sorted(given.items())))


@attrs.frozen
class TableImpact(Report):
    """Rows of one table. A row that is deleted in the end is neither nulled nor defaulted; each counts once in a number."""

    table: str
    deleted: int = 0
    nulled: int = 0
    defaulted: int = 0
    #: rows by the column that is set
    nulled_columns: Mapping[str, int] = attrs.field(factory=dict, converter=_numbers)
    defaulted_columns: Mapping[str, int] = attrs.field(factory=dict, converter=_numbers)

    @property
    def is_touched(self) -> bool:
        return bool(self.deleted or self.nulled or self.defaulted)


@attrs.frozen
class Impact(Report):
    """What deleting some rows does. ``refused`` deletes do nothing at all: the numbers are then what was reached.

    ``method`` says whether rows were counted or estimated, ``source`` by what; ``caveats`` are what the numbers leave out.
    """

    model: str
    action: Literal["delete"]
    #: the rows that the filter is true of
    rows: int
    tables: tuple[TableImpact, ...]
    blocked: tuple[Block, ...] = ()
    method: Literal["exact", "estimated"] = "exact"
    source: str = ""
    caveats: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the database refuses the delete, at once or when it is committed."""
        return bool(self.blocked)

    @property
    def deleted(self) -> int:
        """The rows of all tables that go."""
        return sum(one.deleted for one in self.tables)

    def table(self, name: str) -> TableImpact:
        """What happens to a table; nothing where it is not reached."""
        return next((one for one in self.tables if one.table == name), TableImpact(name))

    def raise_for_refusal(self) -> None:
        """Refuse what the database would refuse.

        :raises MigrationError: DF-G408, with what is in the way.
        """
        if self.blocked:
            raise error_of(self._refusal())

    def _refusal(self) -> Problem:
        first = self.blocked[0]
        return Problem(
            code="DF-G408",
            message=f"{first.counted} would keep the delete of {self.model} from being done: {first.constraint}",
            where=Where(model=self.model, operation="delete"),
            context={f"blocked {number}": str(one) for number, one in enumerate(self.blocked, 1)},
            cause=f"{'it' if first.rows == 1 else 'they'} {first.words}",
            solutions=(
                Solution(f"delete or change these rows of '{first.table}' first"),
                Solution("or have the reference say what becomes of them:", 'field(references=..., on_delete="cascade")'),
            ),
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "action": self.action,
            "rows": self.rows,
            "refused": self.refused,
            "method": self.method,
            "source": self.source,
            "tables": [one.to_dict() for one in self.tables],
            "blocked": [one.to_dict() for one in self.blocked],
            "caveats": list(self.caveats),
        }

    def lines(self) -> Iterator[str]:
        about = "" if self.method == "exact" else "about "
        yield (
            f"{self.action} {about}{self.rows:,} of {self.model}: "
            + ("refused" if self.refused else "done")
            + (f" ({self.method}, {self.source})")
        )
        for one in self.tables:
            numbers = {"deleted": one.deleted, "set to null": one.nulled, "set to default": one.defaulted}
            yield f"  {one.table}: " + ", ".join(f"{about}{n:,} {word}" for word, n in numbers.items() if n)
        yield from (f"  refused by {one}" for one in self.blocked)
        yield from (f"  note: {one}" for one in self.caveats)

    def grids(self) -> Iterator[Grid]:
        rows = [(one.table, one.deleted, one.nulled, one.defaulted) for one in self.tables]
        yield Grid(next(iter(self.lines())), ("table", "deleted", "set to null", "set to default"), rows)
        if self.blocked:
            yield Grid(
                "refused by",
                ("constraint", "table", "rows", "why", "when"),
                [(one.constraint, one.table, one.rows, one.reason, one.when) for one in self.blocked],
            )
