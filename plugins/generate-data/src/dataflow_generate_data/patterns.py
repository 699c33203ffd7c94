"""Texts that match a regular expression: drawn from its syntax tree, and kept when the expression says so itself.

What the tree cannot promise - anchors inside, lookarounds, backreferences to a group of another branch - the match does.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from random import Random
from re import _constants as tokens  # type: ignore[attr-defined]  # the tree has no public module
from re import _parser as parser  # type: ignore[attr-defined]  # same
from typing import Any, ClassVar

import attrs

from dataflow_generate_data.domains import ENDLESS, Exhausted

#: how many repetitions `*`, `+` and `{3,}` get beyond the fewest
MORE = 8
#: a language that is not larger is listed whole, so that the last of its texts is found too
LISTED = 20_000
TRIES = 2_000
_WORD = string.ascii_letters + string.digits
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CATEGORIES = {
    tokens.CATEGORY_DIGIT: string.digits,
    tokens.CATEGORY_NOT_DIGIT: string.ascii_letters,
    tokens.CATEGORY_WORD: _WORD,
    tokens.CATEGORY_NOT_WORD: "-.,:;!?",
    tokens.CATEGORY_SPACE: " ",
    tokens.CATEGORY_NOT_SPACE: _WORD,
}
Tree = Sequence[tuple[Any, Any]]


class Unsupported(Exception):
    """The expression has a part that no text can be made for."""


@attrs.define(eq=False)
class PatternTexts:
    """Texts in which ``pattern`` is found, of ``shortest`` to ``longest`` characters.

    What ``at`` gave is kept: only by comparing is a text known to be another one.
    """

    in_order: ClassVar[bool] = True
    pattern: str
    shortest: int
    longest: int
    random: Random
    _tree: Tree = attrs.field(init=False)
    _search: Callable[[str], object] = attrs.field(init=False)
    _found: list[str] = attrs.field(factory=list, init=False)
    _seen: set[str] = attrs.field(factory=set, init=False)
    size: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        compiled = re.compile(self.pattern)
        self._search = compiled.search
        self._tree = parser.parse(self.pattern)
        self.size = self._counted()

    def _counted(self) -> int:
        """The number of texts; ENDLESS when they are too many to list."""
        if _size(self._tree, self._most) > LISTED:
            return ENDLESS
        texts = sorted({text for text in _every(self._tree, self._most) if self._fits(text)})
        self.random.shuffle(texts)
        self._found, self._seen = texts, set(texts)
        # without an anchor at its end a pattern is found in longer texts too
        is_open = not texts or self._fits(f"{min(texts, key=len)}a")
        return ENDLESS if is_open else len(texts)

    @property
    def _most(self) -> int:
        return max(MORE, min(self.longest, self.shortest + MORE))

    def _fits(self, text: str) -> bool:
        return self.shortest <= len(text) <= self.longest and self._search(text) is not None

    def draw(self, random: Random) -> str:
        if self.size < ENDLESS:
            return random.choice(self._found)
        for _ in range(TRIES):
            text = _drawn(self._tree, random, self._most, {})
            text = _longer(text, self.shortest - len(text), random)
            if self._fits(text):
                return text
        raise Exhausted(0)

    def at(self, index: int) -> str:
        tries = 0
        while len(self._found) <= index:
            text = self.draw(self.random)
            if text in self._seen:
                text = _longer(text, self.random.randint(1, 4), self.random)
            if text not in self._seen and self._fits(text):
                self._seen.add(text)
                self._found.append(text)
                tries = 0
            elif (tries := tries + 1) > TRIES:
                raise Exhausted(len(self._found))
        return self._found[index]


def _longer(text: str, by: int, random: Random) -> str:
    return text + "".join(random.choices(string.ascii_lowercase, k=by)) if by > 0 else text


def _drawn(tree: Tree, random: Random, most: int, groups: dict[int, str]) -> str:
    return "".join(_DRAW[operator](argument, random, most, groups) for operator, argument in _known(tree))


def _known(tree: Tree) -> Tree:
    for operator, _ in tree:
        if operator not in _DRAW:
            raise Unsupported(str(operator).lower())
    return tree


def _characters(items: Sequence[tuple[Any, Any]]) -> str:
    """The characters of ``[...]``, in an order that is the same in every process."""
    negated = bool(items) and items[0][0] is tokens.NEGATE
    found: list[str] = []
    for operator, argument in items[1:] if negated else items:
        if operator is tokens.LITERAL:
            found.append(chr(argument))
        elif operator is tokens.RANGE:
            found.extend(map(chr, range(argument[0], argument[1] + 1)))
        else:
            found.extend(_CATEGORIES[argument])
    if not negated:
        return "".join(dict.fromkeys(found))
    plain = "".join(one for one in _WORD if one not in found)
    return plain or "".join(one for one in _PRINTABLE if one not in found)


def _repeated(argument: Any, random: Random, most: int, groups: dict[int, str]) -> str:
    fewest, greatest, inner = argument
    times = random.randint(int(fewest), min(int(greatest), max(int(fewest), most)))
    return "".join(_drawn(inner, random, most, groups) for _ in range(times))


def _grouped(argument: Any, random: Random, most: int, groups: dict[int, str]) -> str:
    number, inner = argument[0], argument[-1]
    text = _drawn(inner, random, most, groups)
    if number is not None:
        groups[number] = text
    return text


def _nothing(argument: Any, random: Random, most: int, groups: dict[int, str]) -> str:
    return ""


_DRAW: dict[Any, Callable[[Any, Random, int, dict[int, str]], str]] = {
    tokens.LITERAL: lambda argument, random, most, groups: chr(argument),
    tokens.NOT_LITERAL: lambda argument, random, most, groups: random.choice(_WORD.replace(chr(argument), "")),
    tokens.ANY: lambda argument, random, most, groups: random.choice(_WORD),
    tokens.IN: lambda argument, random, most, groups: random.choice(_characters(argument)),
    tokens.BRANCH: lambda argument, random, most, groups: _drawn(random.choice(argument[1]), random, most, groups),
    tokens.SUBPATTERN: _grouped,
    tokens.ATOMIC_GROUP: lambda argument, random, most, groups: _drawn(argument, random, most, groups),
    tokens.MAX_REPEAT: _repeated,
    tokens.MIN_REPEAT: _repeated,
    tokens.POSSESSIVE_REPEAT: _repeated,
    tokens.GROUPREF: lambda argument, random, most, groups: groups.get(argument, ""),
    tokens.AT: _nothing,
    tokens.ASSERT: _nothing,
    tokens.ASSERT_NOT: _nothing,
}


def _size(tree: Tree, most: int) -> int:
    """How many texts the tree may give, at most."""
    total = 1
    for operator, argument in _known(tree):
        total = min(ENDLESS, total * _ways(operator, argument, most))
    return total


def _ways(operator: Any, argument: Any, most: int) -> int:
    if operator in (tokens.MAX_REPEAT, tokens.MIN_REPEAT, tokens.POSSESSIVE_REPEAT):
        fewest, greatest, inner = argument
        each = _size(inner, most)
        times = range(int(fewest), min(int(greatest), max(int(fewest), most)) + 1)
        return min(ENDLESS, sum(ENDLESS if each > 1 and number > 62 else each**number for number in times))
    if operator is tokens.BRANCH:
        return min(ENDLESS, sum(_size(one, most) for one in argument[1]))
    if operator in (tokens.SUBPATTERN, tokens.ATOMIC_GROUP):
        return _size(argument[-1] if operator is tokens.SUBPATTERN else argument, most)
    if operator is tokens.IN:
        return len(_characters(argument))
    if operator is tokens.GROUPREF:
        # only a text that is drawn knows its groups
        return ENDLESS
    return len(_WORD) if operator in (tokens.ANY, tokens.NOT_LITERAL) else 1


def _every(tree: Tree, most: int) -> Iterator[str]:
    """Every text of a small tree."""
    parts = [list(islice(_texts(operator, argument, most), LISTED)) for operator, argument in tree]
    return ("".join(one) for one in product(*parts))


def _texts(operator: Any, argument: Any, most: int) -> Iterator[str]:
    if operator in (tokens.MAX_REPEAT, tokens.MIN_REPEAT, tokens.POSSESSIVE_REPEAT):
        fewest, greatest, inner = argument
        each = list(_every(inner, most))
        for times in range(int(fewest), min(int(greatest), max(int(fewest), most)) + 1):
            yield from ("".join(one) for one in product(each, repeat=times))
    elif operator is tokens.BRANCH:
        for one in argument[1]:
            yield from _every(one, most)
    elif operator in (tokens.SUBPATTERN, tokens.ATOMIC_GROUP):
        yield from _every(argument[-1] if operator is tokens.SUBPATTERN else argument, most)
    elif operator is tokens.IN:
        yield from _characters(argument)
    elif operator is tokens.LITERAL:
        yield chr(argument)
    elif operator is tokens.ANY or operator is tokens.NOT_LITERAL:
        yield from (one for one in _WORD if operator is tokens.ANY or one != chr(argument))
    else:
        yield ""
