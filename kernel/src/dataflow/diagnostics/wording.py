"""The user's values and names as a sentence may hold them: whatever they are, there is a text for them."""

from __future__ import annotations

from collections.abc import Iterable

MAX_NAME = 100


def text_of(value: object, most: int | None = None) -> str:
    """The ``repr`` of a value, cut to ``most`` characters, or its type in angle brackets where there is none.

    An int of 5,000 digits, a list 1,000 levels deep and a class with a mistake in ``__repr__`` have none.
    """
    try:
        text = repr(value)
    except Exception:  # the class is the user's and may raise anything
        return f"<{type(value).__name__}>"
    return text if most is None else cut(text, most)


def cut(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def name_of(key: object) -> str:
    """A key of a user's dict, which is a text only when the user is right, as a name."""
    return cut(str.__str__(key), MAX_NAME) if isinstance(key, str) else text_of(key, MAX_NAME)


def listed(names: Iterable[object], none: str = "nothing") -> str:
    """The names with commas between them, or ``none``."""
    return ", ".join(map(name_of, names)) or none
