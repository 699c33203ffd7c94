"""Types of fields as a module of types writes them, with the imports that they need."""

from __future__ import annotations

import attrs

from dataflow.models.model import Field
from dataflow.models.types import FieldType

_MODULES = {
    "decimal": ("decimal", "Decimal"),
    "uuid": ("uuid", "UUID"),
    "datetime": ("datetime", "datetime"),
    "date": ("datetime", "date"),
    "time": ("datetime", "time"),
    "timedelta": ("datetime", "timedelta"),
}
_NUMBERS = ("int", "float", "decimal")


@attrs.define(eq=False)
class Spelling:
    """Writes types and collects what to import: module by module, the names of each.

    :param module: the name by which the application's own file is imported.
    :param loaded_as: the name that it has in this process.
    """

    module: str
    loaded_as: str
    imports: dict[str, set[str]] = attrs.field(factory=dict)

    def of(self, field: Field) -> str:
        """The type of a field's value in a record."""
        text = self._of(field.type)
        return f"{text} | None" if field.nullable and text != "Any" else text

    def given(self, field: Field) -> str:
        """What a create or an update takes for a field."""
        text = self.of(field)
        # a nested value may be given as the dict that it is stored as
        return f"Mapping[str, Any] | {text}" if field.type.kind == "object" and text != "Any" else text

    def changed(self, field: Field) -> str:
        """What an update takes: a number may be counted up by ``{"$inc": 1}``."""
        text = self.given(field)
        return f"{text} | Mapping[str, {self._of(field.type)}]" if field.type.kind in _NUMBERS else text

    def _of(self, kind: FieldType) -> str:
        text = self._bare(kind)
        return f"{text} | None" if kind.nullable and text != "Any" else text

    def _bare(self, kind: FieldType) -> str:
        if kind.kind in _MODULES:
            return self._imported(*_MODULES[kind.kind])
        if kind.kind in ("enum", "object"):
            return self._of_class(kind.python)
        if kind.kind in ("list", "mapping"):
            item = "Any" if kind.item is None else self._of(kind.item)
            return f"list[{item}]" if kind.kind == "list" else f"dict[str, {item}]"
        if kind.kind == "literal":
            return f"Literal[{', '.join(map(repr, kind.choices))}]"
        return {"dict": "dict[str, Any]", "any": "Any"}.get(kind.kind, kind.python.__name__)

    def _of_class(self, cls: type) -> str:
        if "." in cls.__qualname__:
            # a class inside of another or of a function has no name to import
            return "Any"
        module = self.module if cls.__module__ == self.loaded_as else cls.__module__
        return self._imported(module, cls.__name__)

    def _imported(self, module: str, name: str) -> str:
        self.imports.setdefault(module, set()).add(name)
        return name
