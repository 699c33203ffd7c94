"""Domains of text: words of a topic, cut to what a field takes, with a number where each must be unlike the others."""

from __future__ import annotations

import string
from collections.abc import Sequence
from random import Random
from typing import ClassVar

import attrs

from dataflow_generate_data.domains import ENDLESS
from dataflow_generate_data.words import Topic, Words

#: different texts of a topic that are made once and drawn from: a word costs 10 microseconds, a choice a half
POOL = 500
_DIGITS = string.digits + string.ascii_lowercase


def pool_of(topic: Topic, words: Words, shortest: int, longest: int) -> tuple[str, ...]:
    """Texts of a topic, each as long as the field takes."""
    made = dict.fromkeys(fitted(topic.draw(words), topic, words, shortest, longest) for _ in range(POOL))
    return tuple(made)


def fitted(text: str, topic: Topic, words: Words, shortest: int, longest: int) -> str:
    """A text of the right length: more of the topic behind a short one, a long one cut."""
    for _ in range(100):
        if len(text) >= shortest:
            break
        text = f"{text} {topic.draw(words)}"
    cut = text[:longest].strip()
    return cut + "x" * (shortest - len(cut))


@attrs.frozen
class TopicTexts:
    """Texts of a pool; counted through, each has the number of its own behind it."""

    in_order: ClassVar[bool] = True
    pool: Sequence[str]
    topic: Topic
    shortest: int
    longest: int

    @property
    def size(self) -> int:
        room = self.longest - len(self.topic.separator) - max(len(self._parts(one)[1]) for one in self.pool)
        return int(10 ** min(room, 18)) if room > 0 else 0

    def draw(self, random: Random) -> str:
        return random.choice(self.pool)

    def at(self, index: int) -> str:
        head, tail = self._parts(self.pool[index % len(self.pool)])
        number = f"{self.topic.separator}{index}"
        # what is left of a text that is cut must not end like a number of its own
        cut = head[: self.longest - len(tail) - len(number)].rstrip(string.digits + string.whitespace)
        text = f"{cut}{number}{tail}" if cut else f"{index}{tail}"
        missing = "x" * (self.shortest - len(text))
        return f"{cut}{missing}{number}{tail}" if cut else f"{missing}{text}"

    def _parts(self, text: str) -> tuple[str, str]:
        if not self.topic.tail_from:
            return text, ""
        head, separator, tail = text.partition(self.topic.tail_from)
        return head, separator + tail


@attrs.frozen
class Tokens:
    """Letters and digits that mean nothing, ``length`` of them: where there is room for no more."""

    in_order: ClassVar[bool] = False
    length: int

    @property
    def size(self) -> int:
        return ENDLESS if self.length > 11 else int(36**self.length)

    def draw(self, random: Random) -> str:
        return "".join(random.choices(_DIGITS, k=self.length))

    def at(self, index: int) -> str:
        found = ""
        for _ in range(self.length):
            index, digit = divmod(index, 36)
            found = _DIGITS[digit] + found
        return found


@attrs.frozen
class Prefixed:
    """Tokens behind a word: the keys of a model, such as ``order-0k3f9x``."""

    in_order: ClassVar[bool] = False
    prefix: str
    tokens: Tokens

    @property
    def size(self) -> int:
        return self.tokens.size

    def draw(self, random: Random) -> str:
        return f"{self.prefix}{self.tokens.draw(random)}"

    def at(self, index: int) -> str:
        return f"{self.prefix}{self.tokens.at(index)}"
