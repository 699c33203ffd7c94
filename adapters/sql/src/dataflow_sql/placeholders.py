"""``:name`` and ``?`` in a user's own SQL as the driver's placeholders; what stands in quotes and comments is left alone."""

from __future__ import annotations

import re
from collections.abc import Callable

_PLACES = r"| :(?P<name>[A-Za-z_][A-Za-z0-9_]*) | (?P<mark>\?)"


def parts(quoted: str) -> re.Pattern[str]:
    """What finds the places of values in one database's SQL.

    :param quoted: a verbose pattern of all that holds none: its texts, its names in quotes, its comments. What is not
        closed goes to the end: the database reads it so too, or refuses it.
    """
    return re.compile(quoted + _PLACES, re.VERBOSE | re.DOTALL)


#: as the standard and PostgreSQL have it
STANDARD = parts(
    r"""
      \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)       # text with escapes
    | '(?:[^']|'')*(?:'|\Z)                   # text
    | "(?:[^"]|"")*(?:"|\Z)                   # a name
    | --[^\n]*                                # comments
    | /\*.*?(?:\*/|\Z)
    | (\$(?:[^\W\d]\w*)?\$).*?(?:\1|\Z)       # text that ends where its mark stands again
    | ::                                      # casts
    """
)


#: what begins a text, in the standard
TEXTS = "'$eE"
_NUMBER = re.compile(r"(?<![\w$.])\d[\w.]*")


def without_values(sql: str, where: re.Pattern[str] = STANDARD, texts: str = TEXTS) -> str:
    """A user's statement as others may see it: texts and numbers as ``?``, without its comments.

    :param texts: what a part in quotes begins with when it is a text; any other one is a name.
    """
    shown: list[str] = []
    end = 0
    for found in where.finditer(sql):
        shown.append(_NUMBER.sub("?", sql[end : found.start()]))
        shown.append(_without_value(found[0], texts))
        end = found.end()
    return "".join([*shown, _NUMBER.sub("?", sql[end:])])


def _without_value(part: str, texts: str) -> str:
    if part.startswith(("--", "/*", "#")):
        return " "
    return "?" if part.startswith(tuple(texts)) else part


def with_placeholders(
    sql: str, place: Callable[[str], str], where: re.Pattern[str] = STANDARD
) -> tuple[str, list[str]]:
    """The statement as the driver takes it, and the names of its values in their order.

    :param place: makes the placeholder of the value with that name.
    """
    names: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        names.append(name)
        return place(name)

    return where.sub(replaced, sql), names


def with_marks(sql: str, place: Callable[[int], str], where: re.Pattern[str] = STANDARD) -> tuple[str, int]:
    """The same for values that stand as ``?``, and how many do.

    :param place: makes the placeholder of the value with that number, from 1.
    """
    count = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal count
        if found["mark"] is None:
            return found[0]
        count += 1
        return place(count)

    return where.sub(replaced, sql), count
