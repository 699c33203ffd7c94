"""What fills the fields of one row: plain values, values that are never the same, references, groups that are unique together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, ClassVar, Protocol

import attrs

from dataflow.models.model import MISSING
from dataflow_generate_data.domains import Domain, Exhausted, Permutation

Row = dict[str, Any]


class Filler(Protocol):
    """Sets the fields ``names`` of a row. ``again`` asks for values that no row had: the first ones were taken."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def fill(self, row: Row, number: int, random: Random, *, again: bool = False) -> None: ...


@attrs.frozen
class Plain:
    """A value by chance; in a share of the rows None, in half of the others the default where there is one."""

    name: str
    domain: Domain
    null_share: float = 0.0
    default: object = MISSING

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def fill(self, row: Row, number: int, random: Random, *, again: bool = False) -> None:
        if self.null_share and random.random() < self.null_share:
            row[self.name] = None
        elif self.default is not MISSING and random.random() < 0.5:
            row[self.name] = self.default
        else:
            row[self.name] = self.domain.draw(random)


@attrs.frozen
class Fixed:
    """The same value in every row."""

    name: str
    value: object

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def fill(self, row: Row, number: int, random: Random, *, again: bool = False) -> None:
        row[self.name] = self.value


@attrs.define(eq=False)
class Numbered:
    """A value that follows from the number of the row, and is another one for every number.

    Rows have the numbers from ``start``, below which earlier rows of the table are, to ``end``. Further ones, where rows of
    others took a value, are counted down from the last, or up from the end where a domain is counted in order.
    """

    name: str
    domain: Domain
    order: Permutation
    start: int
    end: int
    null_share: float = 0.0
    is_nullable: bool = False
    spent: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def value(self, number: int) -> Any:
        return self.domain.at(self.order[self.start + number])

    def fill(self, row: Row, number: int, random: Random, *, again: bool = False) -> None:
        if self.is_nullable and (random.random() < self.null_share or self.start + number >= self.domain.size):
            row[self.name] = None
        elif again:
            row[self.name] = self.domain.at(self.order[self._further()])
        else:
            row[self.name] = self.value(number)

    def _further(self) -> int:
        self.spent += 1
        if self.end + self.spent > self.domain.size:
            raise Exhausted(self.domain.size)
        return self.end + self.spent - 1 if self.domain.in_order else self.domain.size - self.spent


@attrs.frozen
class Together:
    """Fields that are unique together: one number stands for one combination of their values."""

    numbered: Numbered
    names: tuple[str, ...]

    def fill(self, row: Row, number: int, random: Random, *, again: bool = False) -> None:
        self.numbered.fill(row, number, random, again=again)
        for name, value in zip(self.names, row.pop(self.numbered.name), strict=True):
            row[name] = value


@attrs.frozen
class Product:
    """Every combination of the values of some domains."""

    in_order: ClassVar[bool] = False
    domains: Sequence[Domain]
    size: int

    @classmethod
    def of(cls, domains: Sequence[Domain]) -> Product:
        """The combinations of some domains; as many as there are, whatever that is."""
        size = 1
        for one in domains:
            size *= one.size
        return cls(tuple(domains), size)

    def draw(self, random: Random) -> tuple[Any, ...]:
        return tuple(one.draw(random) for one in self.domains)

    def at(self, index: int) -> tuple[Any, ...]:
        found = []
        for one in self.domains:
            index, own = divmod(index, one.size)
            found.append(one.at(own))
        return tuple(found)


@attrs.frozen
class Referred:
    """The values of a field of other rows, by their numbers."""

    in_order: ClassVar[bool] = False
    value: Callable[[int], Any]
    size: int

    def draw(self, random: Random) -> Any:
        return self.value(random.randrange(self.size))

    def at(self, index: int) -> Any:
        return self.value(index)


@attrs.frozen
class Before:
    """A reference to an earlier row of the same table; the first has none, or itself where it must have one.

    ``is_unique`` where no two rows may refer to one: then each refers to the one before it.
    """

    name: str
    value: Callable[[int], Any]
    null_share: float
    is_nullable: bool
    is_unique: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def fill(self, row: Row, number: int, random: Random, *, again: bool = False) -> None:
        if self.is_nullable and (number == 0 or random.random() < self.null_share):
            row[self.name] = None
        elif self.is_unique:
            # without None the rows are one circle that each refers to itself
            row[self.name] = self.value(number - 1 if self.is_nullable else number)
        else:
            row[self.name] = self.value(random.randrange(number) if number else 0)
