"""Which of the known names somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known names most like ``name``, best first; none when nothing is near. Case does not matter."""
    # only wrong names need it, and importing it takes milliseconds
    import difflib

    folded: dict[str, str] = {}
    for one in known:
        folded.setdefault(str(one).lower(), str(one))
    near = difflib.get_close_matches(str(name).lower(), folded, n=limit, cutoff=0.6)
    return [folded[one] for one in near]
