"""Whole records: a function compiled per model for the good case, and all problems at once for the bad one.

The compiled function is straight-line code for exactly the model's fields; anything unusual in the
values - text for an int, a missing key, a bound not kept - leaves it for ``RecordCheck.explain``,
which coerces what may be coerced and collects every problem of the rest.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from dataflow.diagnostics import Problem, error_of
from dataflow.models.model import MISSING, Field, Model
from dataflow.values.checks import Check, compile_check
from dataflow.values.coercion import INT_MAX, INT_MIN, encodable
from dataflow.values.faults import ValueFault
from dataflow.values.problems import Faults

Record = dict[str, Any]


@attrs.define(eq=False)
class RecordCheck:
    """The compiled validation of one model's records. Made once per model."""

    model: Model
    checks: Mapping[str, Check] = attrs.field(init=False)
    complete: Callable[[Mapping[str, Any]], Record] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.checks = {field.name: compile_check(field) for field in self.model.writable}
        self.complete = compile_record(self.model, self.checks, self.explain)

    def explain(self, values: Mapping[str, Any]) -> Record:
        """The complete record of values that the compiled code left, or every problem in them.

        :raises NodeError: all problems, their paths relative to the record.
        """
        record, problems = self.examine(values)
        if problems:
            raise error_of(problems)
        return record

    def examine(
        self, values: Mapping[str, Any], connected: frozenset[str] = frozenset()
    ) -> tuple[Record, list[Problem]]:
        """The record and the problems of a create. ``connected`` fields will come over a connection."""
        faults = Faults(self.model, "create", values, connected=connected)
        record: Record = {}
        now = datetime.now(UTC)
        for field in self.model.fields.values():
            if field.is_managed:
                record[field.name] = managed_value(field, now)
            elif field.name in values:
                self._take(record, field, values[field.name], faults)
            elif field.name not in connected:
                self._take_default(record, field, faults)
        faults.names(values)
        return record, faults.problems

    def _take(self, record: Record, field: Field, value: Any, faults: Faults) -> None:
        try:
            record[field.name] = self.checks[field.name](value)
        except ValueFault as fault:
            faults.wrong(field, value, fault)

    def _take_default(self, record: Record, field: Field, faults: Faults) -> None:
        if field.default_factory is not None:
            self._make(record, field, field.default_factory, faults)
        elif field.default is not MISSING:
            record[field.name] = field.default
        elif not field.generated and field.nullable:
            record[field.name] = None
        elif not field.generated:
            faults.missing(field)

    def _make(self, record: Record, field: Field, factory: Callable[[], Any], faults: Faults) -> None:
        try:
            made = factory()
        except Exception as error:  # the function is the user's and may raise anything
            raised = ValueFault(f"{field.type} from its default_factory, which raised {type(error).__name__}: {error}")
            faults.wrong(field, MISSING, raised)
        else:
            self._take(record, field, made, faults)


def managed_value(field: Field, now: datetime) -> Any:
    """What the framework puts into a field it manages; all moments of one record are one instant."""
    if field.on_create is None:
        return None
    value = field.on_create()
    return now if isinstance(value, datetime) else value


# the test that a good value passes inline; "{v}" is the variable
_INLINE = {
    "str": 'type({v}) is not str or "\\0" in {v} or not ({v}.isascii() or encodable({v}))',
    "int": f"type({{v}}) is not int or not {INT_MIN} <= {{v}} <= {INT_MAX}",
    "float": "type({v}) is not float or {v} - {v} != 0.0",
    "bool": "{v} is not True and {v} is not False",
    "datetime": "type({v}) is not datetime or {v}.tzinfo is not UTC",
    "uuid": "type({v}) is not UUID",
    "bytes": "type({v}) is not bytes",
}


def compile_record(
    model: Model, checks: Mapping[str, Check], explain: Callable[[Mapping[str, Any]], Record]
) -> Callable[[Mapping[str, Any]], Record]:
    """Generate ``complete(values) -> record`` for one model."""
    from uuid import UUID

    scope: dict[str, Any] = {
        "encodable": encodable,
        "datetime": datetime,
        "UTC": UTC,
        "UUID": UUID,
        "ValueFault": ValueFault,
        "explain": explain,
    }
    lines = ["def complete(values):", " n = 0", " try:"]
    entries: list[str] = []
    for number, field in enumerate(model.fields.values()):
        if field.is_managed:
            entries.append(f"{field.name!r}: {_managed(field, number, scope)}")
            continue
        scope[f"check{number}"] = checks[field.name]
        lines += _field_lines(field, number, scope)
        if not field.generated:
            entries.append(f"{field.name!r}: v{number}")
    lines += [
        # a key that is missing, a value that is refused, whatever a default_factory raises
        " except Exception:",
        "  return explain(values)",
        " if len(values) != n:",
        "  return explain(values)",
        " now = datetime.now(UTC)",
        f" record = {{{', '.join(entries)}}}",
    ]
    lines += [f" if v{number} is not MISSING: record['id'] = v{number}" for number in _generated(model)]
    scope["MISSING"] = MISSING
    return _function("\n".join([*lines, " return record"]), f"<record check of {model.name}>", "complete", scope)


def _generated(model: Model) -> list[int]:
    return [number for number, field in enumerate(model.fields.values()) if field.generated]


def _managed(field: Field, number: int, scope: dict[str, Any]) -> str:
    """The expression of a managed field: the shared instant, or a call of its own."""
    if field.on_create is None:
        return "None"
    if isinstance(field.on_create(), datetime):
        return "now"
    scope[f"managed{number}"] = field.on_create
    return f"managed{number}()"


def _field_lines(field: Field, number: int, scope: dict[str, Any]) -> list[str]:
    variable = f"v{number}"
    inline = _INLINE.get(field.type.kind) if not field.bounds else None
    if inline is None:
        good = [f"{variable} = check{number}({variable})"]
    else:
        test = inline.format(v=variable)
        guard = f"{variable} is not None and ({test})" if field.nullable else test
        good = [f"if {guard}: {variable} = check{number}({variable})"]
    if field.is_required:
        return [f"  {variable} = values[{field.name!r}]", "  n += 1", *(f"  {line}" for line in good)]
    default = "None"
    if field.generated:
        default = "MISSING"
    elif field.default_factory is not None:
        scope[f"factory{number}"] = field.default_factory
        default = f"check{number}(factory{number}())"
    elif field.default is not MISSING:
        scope[f"default{number}"] = field.default
        default = f"default{number}"
    return [
        f"  if {field.name!r} in values:",
        f"   {variable} = values[{field.name!r}]",
        "   n += 1",
        *(f"   {line}" for line in good),
        "  else:",
        f"   {variable} = {default}",
    ]


def _function(source: str, filename: str, name: str, scope: dict[str, Any]) -> Callable[..., Any]:
    # in linecache, so that a traceback through generated code shows its lines
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    # its frames are the framework's, not the user's
    scope["__name__"] = __name__
    exec(compile(source, filename, "exec"), scope)  # noqa: S102  # names of fields enter only as reprs
    function: Callable[..., Any] = scope[name]
    return function
