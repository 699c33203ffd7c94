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


def misspelt(unknown: Iterable[object], missing: Iterable[str], free: Iterable[str] = ()) -> dict[str, str]:
    """Unknown names with the missing one that each stands for: of all that are left, each is most like the other.

    :param free: what may be given too: a name that is nearer to one of these stands for that.
    """
    names = [one for one in unknown if isinstance(one, str)]
    wanted = list(missing)
    known = list(dict.fromkeys([*wanted, *free]))
    meant: dict[str, str] = {}
    while names and wanted:
        pairs = {
            near[0]: one for one in wanted if (near := closest(one, names, 1)) and closest(near[0], known, 1) == [one]
        }
        if not pairs:
            break
        meant |= pairs
        names = [one for one in names if one not in pairs]
        wanted = [one for one in wanted if one not in pairs.values()]
        known = [one for one in known if one not in pairs.values()]
    return meant
