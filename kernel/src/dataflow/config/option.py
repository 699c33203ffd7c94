"""What an option is: a declaration with its description, a value as one source gives it, and where that came from."""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal

import attrs

SourceKind = Literal["default", "profile", "plugins.toml", "environment", "argument"]


@attrs.frozen
class Origin:
    """Who decided a value. ``detail`` names the profile, the file and its table, the variable, or the call."""

    kind: SourceKind
    detail: str = ""

    @property
    def is_explicit(self) -> bool:
        """Whether a user decided it, rather than a profile that ships with the framework."""
        return self.kind not in ("default", "profile")

    def path(self, name: str) -> tuple[str, ...]:
        """Where an option stands in the call that gives it; nowhere in it, when another source does."""
        return tuple(name.split(".")) if self.kind == "argument" else ()

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".rstrip()


DEFAULT = Origin("default")
ARGUMENT = Origin("argument")


@attrs.frozen
class Setting:
    """An option as one source gives it, not yet checked.

    ``name`` of an option inside a group has a dot in it: ``limits.max_in``, ``trace.level``. ``is_text``
    marks the text of a variable. A relative file name starts from ``directory``, or the working directory.
    """

    name: str
    value: object = attrs.field(repr=False)
    origin: Origin
    is_text: bool = False
    directory: Path | None = None

    @property
    def path(self) -> tuple[str, ...]:
        return self.origin.path(self.name)


@attrs.frozen
class Option:
    """One declared option: a field of ``Config``, a part of one of its groups, or a field of a plugin's class."""

    name: str
    annotation: Any
    default: object
    description: str
    is_secret: bool
    is_group: bool
    attribute: Any = attrs.field(repr=False, eq=False)

    @property
    def is_required(self) -> bool:
        return self.default is attrs.NOTHING

    def check_bounds(self, value: object) -> None:
        """Ask the field's own validator.

        :raises ValueError: or TypeError, as attrs' validators do.
        """
        if self.attribute.validator is not None:
            self.attribute.validator(None, self.attribute, value)


def option(
    default: Any,
    description: str,
    *,
    bounds: Callable[[Any, Any, Any], Any] | None = None,
    group: bool = False,
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of ``Config``: its default, what it does, and the bounds that its type cannot say.

    The parts of a ``group`` are the fields of its class, given together as a table.
    """
    metadata = {"description": description, "group": group}
    return attrs.field(default=default, validator=bounds, converter=converter, metadata=metadata)


def declared_options(cls: type, prefix: str = "") -> dict[str, Option]:
    """The options that a class declares as attrs fields, by name.

    ``metadata={"description": ..., "secret": True}`` of a field documents it and masks its value.

    :raises NameError: for an annotation that names nothing.
    """
    if not attrs.has(cls):
        return {}
    hints = typing.get_type_hints(cls)
    fields = [one for one in attrs.fields(cls) if one.init and one.alias]
    return {f"{prefix}{one.alias}": _declared(prefix, one, hints.get(one.name, Any)) for one in fields}


def default_of(default: object) -> object:
    """A field's default as a value; a factory that takes no instance is called."""
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # attrs declares Factory as a function
        return None if default.takes_self else default.factory()  # type: ignore[attr-defined]  # see above
    return default


def flattened(values: Mapping[str, object], groups: Collection[str]) -> dict[str, object]:
    """Options by dotted name: a table given for a group, or an object of its class, becomes an entry for each part."""
    flat: dict[str, object] = {}
    for given, value in values.items():
        # plugins have names such as foreign-keys, which as an argument can only be foreign_keys
        word = given.replace("-", "_")
        name = word if word in groups else given
        parts = _parts_of(value) if name in groups else None
        if parts is None:
            flat[name] = value
        else:
            flat.update((f"{name}.{part}", one) for part, one in parts.items())
    return flat


def _parts_of(value: object) -> Mapping[str, object] | None:
    if isinstance(value, Mapping):
        return value
    if attrs.has(type(value)):
        return attrs.asdict(value, recurse=False)  # type: ignore[arg-type]  # just seen to be an attrs object
    return None


def _declared(prefix: str, attribute: Any, annotation: Any) -> Option:
    return Option(
        name=f"{prefix}{attribute.alias}",
        annotation=annotation,
        default=attribute.default,
        description=str(attribute.metadata.get("description", "")),
        is_secret=bool(attribute.metadata.get("secret", False)),
        is_group=bool(attribute.metadata.get("group", False)),
        attribute=attribute,
    )
