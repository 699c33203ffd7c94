"""One problem as data: what is wrong, where, why, and what mends it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs

from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.own_codes import group_of, title_of
from dataflow.diagnostics.secret import MASK, Secret, is_one_of, redacted, secrets_in
from dataflow.diagnostics.wording import name_of, text_of

#: stands for a step's id in solutions of node types, which do not know it; no solution of a direct call has it
THIS_NODE = "<this node>"
#: containers in containers that a problem as data shows
MAX_DEPTH = 32
MAX_INT_BITS = 4096
Applicability = Literal["safe", "unsafe", "placeholder"]
"""``safe`` keeps the meaning and may be applied by a tool; ``unsafe`` is probably meant; ``placeholder`` needs a value."""


@attrs.frozen
class Solution:
    """One way out: a sentence, and the code that does it."""

    text: str
    code: str = ""


@attrs.frozen
class Edit:
    """A change of the call a problem stands in: at ``path`` in its parameters, ``add``, ``remove``, ``rename`` or ``replace``.

    With an empty path ``replace`` puts ``text`` in the place of all parameters.
    """

    path: tuple[str | int, ...]
    action: Literal["add", "remove", "rename", "replace"]
    text: str = ""


@attrs.frozen
class Fix:
    """What repairs a problem: edits of its call, and ``script``, lines to add or to put in its place.

    ``instead`` is the call as it should be, for a reader who has not its source.
    """

    applicability: Applicability
    script: str = ""
    edits: tuple[Edit, ...] = ()
    instead: str = ""


@attrs.frozen(kw_only=True)
class Where:
    """The place of a problem; ``path`` leads into the parameters of ``call``."""

    node_id: str | None = None
    node_type: str | None = None
    model: str | None = None
    operation: str | None = None
    field: str | None = None
    call: CallSite | None = attrs.field(default=None, eq=False)
    path: tuple[str | int, ...] = ()
    elapsed_s: float | None = None


def _solutions(given: Iterable[Solution]) -> tuple[Solution, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Problem:
    """What an error is made of. ``code`` has a page; ``context`` and ``introspection`` are plain values.

    ``introspection`` is for programs: the whole declaration of a node, the known names.
    """

    code: str
    message: str
    where: Where = Where()
    context: Mapping[str, Any] = attrs.field(factory=dict)
    cause: str = ""
    solutions: tuple[Solution, ...] = attrs.field(default=(), converter=tuple[Solution, ...])
    fix: Fix | None = None
    introspection: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def title(self) -> str:
        return title_of(self.code)

    @property
    def group(self) -> str:
        """The kind of problem, as related ones are headed together."""
        return group_of(self.code)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The values that nobody may see, wherever they are spelled out."""
        return tuple(secrets_in((self.context, self.introspection)))

    def masked(self) -> Problem:
        """The same problem whose texts spell out no secret; a text that is cut or split afterwards must not keep a part of one."""
        secrets = self.secrets
        if not secrets:
            return self
        shown = ("message", "context", "cause", "solutions", "fix", "where")
        return attrs.evolve(self, **{name: without_secrets(getattr(self, name), secrets) for name in shown})

    def __reduce__(self) -> Any:
        # a secret leaves the process without its value, so the texts must not have it either
        masked = attrs.evolve(self.masked(), introspection=without_secrets(self.introspection, self.secrets))
        return _restored, ({one.name: getattr(masked, one.name) for one in attrs.fields(type(self))},)

    def to_dict(self) -> dict[str, Any]:
        """The problem as data that JSON can hold; secret values are masked."""
        place = {
            name: value
            for name, value in attrs.asdict(self.where, filter=lambda one, _: one.name not in ("call", "path")).items()
            if value is not None
        }
        if self.where.path:
            place["path"] = plain_data(self.where.path)
        if self.where.call is not None:
            place |= {"file": self.where.call.file, "line": self.where.call.line}
        data = {
            "code": self.code,
            "message": self.message,
            "group": self.group,
            "where": place,
            "context": plain_data(self.context),
            "cause": self.cause,
            "solutions": [attrs.asdict(one) for one in self.solutions],
            "fix": None if self.fix is None else plain_data(attrs.asdict(self.fix)),
            "introspection": plain_data(self.introspection),
        }
        return _masked(data, self.secrets) if self.secrets else data


def _restored(values: Mapping[str, Any]) -> Problem:
    return Problem(**values)


def without_secrets(value: Any, secrets: tuple[Secret, ...], around: tuple[int, ...] = ()) -> Any:
    """A value whose texts, however deep, spell out no secret; of another kind than text and containers only if it is one.

    What holds itself, or is very deep, becomes its text.
    """
    if isinstance(value, str):
        return redacted(value, secrets)
    if isinstance(value, Mapping | list | tuple) and (len(around) >= MAX_DEPTH or id(value) in around):
        return redacted(text_of(value), secrets)
    around = (*around, id(value))
    if isinstance(value, Mapping):
        return {key: without_secrets(item, secrets, around) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(without_secrets(item, secrets, around) for item in value)
    if isinstance(value, Solution | Edit | Fix | Where):
        names = [one.name for one in attrs.fields(type(value))]
        shown = {name: without_secrets(getattr(value, name), secrets, around) for name in names}
        return attrs.evolve(value, **shown)
    return Secret(MASK) if is_one_of(value, secrets) else value


def plain_data(value: object, around: tuple[int, ...] = ()) -> Any:
    """A value as JSON has it; what JSON has no form for becomes its text, and so does what holds itself or is very deep."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
        # JSON text of more digits cannot be read everywhere, nor written by Python
        return text_of(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Secret):
        return MASK
    if len(around) >= MAX_DEPTH or id(value) in around:
        return text_of(value)
    around = (*around, id(value))
    if isinstance(value, Mapping):
        return {name_of(key): plain_data(item, around) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_data(item, around) for item in value]
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if attrs.has(type(value)):
        return plain_data(attrs.asdict(value, recurse=False), around)  # type: ignore[arg-type]  # attrs.has said so
    return text_of(value)


def _masked(data: Any, secrets: tuple[Secret, ...]) -> Any:
    """Plain data whose texts spell out no secret: a solution may quote the user's own call."""
    if isinstance(data, str):
        return redacted(data, secrets)
    if isinstance(data, dict):
        return {key: _masked(item, secrets) for key, item in data.items()}
    if isinstance(data, list):
        return [_masked(item, secrets) for item in data]
    return MASK if is_one_of(data, secrets) else data
