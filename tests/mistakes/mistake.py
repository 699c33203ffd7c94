"""One mistake as data: a program that a user would write, where it must be caught, as what, and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import attrs

Stage = Literal[
    "import", "construction", "registration", "build", "before execution", "connect", "use of a result", "run"
]
STAGES: tuple[Stage, ...] = get_args(Stage)
#: the stages at which nothing has been executed for the call in question
EARLY = STAGES[: STAGES.index("before execution") + 1]


@attrs.frozen
class Edits:
    """The error's own fixes are applied to the file: edits of the call, lines to add or to put in a statement's place."""


@attrs.frozen
class Solution:
    """The code of one of the error's solutions stands in the place of ``instead_of``.

    ``fill`` gives what only the user knows: each key is a part of the solution's code.
    """

    instead_of: str
    number: int = 1
    fill: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Outside:
    """The cure is no line of Python: ``text`` is what the error's solutions must say, ``source`` what comes of it."""

    text: str
    before: str | None = None
    wrong: str | None = None


Cure = Edits | Solution | Outside


@attrs.frozen(kw_only=True)
class Mistake:
    """``before``, ``wrong`` and ``after`` are one program; the mistake stands in ``wrong``, ``after`` checks the cured one."""

    id: str
    area: str = ""
    before: str = ""
    wrong: str
    after: str = ""
    code: str
    #: further codes of the same error: what the mistake causes besides
    also: tuple[str, ...] = ()
    stage: Stage
    cure: Cure = attrs.field(factory=Edits)
    #: why it cannot be caught before anything is executed
    late: str = ""

    @property
    def program(self) -> str:
        return f"{self.before}{self.wrong}{self.after}"

    @property
    def is_early(self) -> bool:
        """Whether it must be caught before execution."""
        return self.stage in EARLY
