"""Sets of values that a field may have: drawn from by chance, or counted through so that no value comes twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, ClassVar, Protocol
from uuid import UUID

import attrs

#: stands for more values than anybody asks for
ENDLESS = 2**62


class Domain(Protocol):
    """``size`` values; ``at`` gives a different one for every index below it.

    ``in_order`` says that it is counted through from 0 on: a great index would be dear, or look odd.
    """

    @property
    def in_order(self) -> bool: ...
    @property
    def size(self) -> int: ...
    def draw(self, random: Random) -> Any: ...
    def at(self, index: int) -> Any: ...


@attrs.frozen
class Choices:
    """One of some values, all equally likely."""

    in_order: ClassVar[bool] = False
    values: Sequence[Any]

    @property
    def size(self) -> int:
        return len(self.values)

    def draw(self, random: Random) -> Any:
        return random.choice(self.values)

    def at(self, index: int) -> Any:
        return self.values[index]


@attrs.frozen
class Grid:
    """The values ``of(first)`` to ``of(last)``: numbers, days, seconds, whatever integers count.

    ``low`` and ``high`` bound what is drawn: an age is drawn from 18 to 90, and counted through as far as it may go.
    """

    in_order: ClassVar[bool] = False
    first: int
    last: int
    of: Callable[[int], Any]
    low: int | None = None
    high: int | None = None

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def draw(self, random: Random) -> Any:
        low = self.first if self.low is None else self.low
        high = self.last if self.high is None else self.high
        return self.of(random.randint(low, high))

    def at(self, index: int) -> Any:
        return self.of(self.first + index)


@attrs.frozen
class Uuids:
    """UUIDs of version 4; ``as_text`` where the field holds their text."""

    in_order: ClassVar[bool] = False
    as_text: bool = False
    size: int = ENDLESS

    def draw(self, random: Random) -> Any:
        return self._made(random.getrandbits(128))

    def at(self, index: int) -> Any:
        # multiplied by an odd number modulo 2**62, an index becomes another that looks like chance
        mixed = (index * 0x2545F4914F6CDD1D) % 2**62
        return self._made(((mixed * 0x9E3779B97F4A7C15F39CC060) << 62 | mixed) % 2**128)

    def _made(self, bits: int) -> Any:
        made = UUID(int=bits, version=4)
        return str(made) if self.as_text else made


@attrs.frozen
class Bytes:
    """Bytes of a length."""

    in_order: ClassVar[bool] = False
    shortest: int
    longest: int

    @property
    def size(self) -> int:
        return ENDLESS if self.longest > 7 else 256**self.longest

    def draw(self, random: Random) -> bytes:
        return random.randbytes(random.randint(self.shortest, self.longest))

    def at(self, index: int) -> bytes:
        return index.to_bytes(self.longest, "big")


@attrs.frozen
class Made:
    """What a function of the user's makes; it cannot be counted through, so what came already is kept."""

    in_order: ClassVar[bool] = True
    make: Callable[[Random], Any]
    random: Random
    size: int = ENDLESS
    _found: list[Any] = attrs.field(factory=list, init=False)
    _seen: set[Any] = attrs.field(factory=set, init=False)

    def draw(self, random: Random) -> Any:
        return self.make(random)

    def at(self, index: int) -> Any:
        tries = 0
        while len(self._found) <= index:
            value = self.make(self.random)
            if value not in self._seen:
                self._seen.add(value)
                self._found.append(value)
                tries = 0
            elif (tries := tries + 1) > 1000:
                raise Exhausted(len(self._found))
        return self._found[index]


@attrs.frozen
class Capped:
    """The first values of a domain: as many as are needed."""

    domain: Domain
    size: int
    in_order: ClassVar[bool] = False

    def draw(self, random: Random) -> Any:
        return self.domain.draw(random)

    def at(self, index: int) -> Any:
        return self.domain.at(index)


class Exhausted(Exception):
    """A domain has no further value that is different from those that it gave; the argument is their number."""


@attrs.frozen
class Permutation:
    """The numbers below ``size`` in another order, each once, without a list of them.

    A multiplication modulo the size by a number that shares no factor with it.
    """

    size: int
    factor: int
    shift: int

    @classmethod
    def of(cls, size: int, random: Random) -> Permutation:
        """One that ``random`` chooses."""
        factor = max(1, round(size * 0.6180339887)) + random.randrange(max(1, size // 7))
        while math.gcd(factor, size) != 1:
            factor += 1
        return cls(size, factor, random.randrange(size))

    def __getitem__(self, number: int) -> int:
        return (number * self.factor + self.shift) % self.size
