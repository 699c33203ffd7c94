"""From what a class says about a field to the type that adapters and plugins read."""

from __future__ import annotations

import builtins
import collections.abc
import dataclasses
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from enum import Enum, Flag
from typing import Annotated, Any, ClassVar, Final, ForwardRef, Literal, NewType, TypeVar, Union

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.specifier import FieldSpecifier
from dataflow.models.types import ANY, DICT, LIST, PYTHON_TYPES, FieldType, scalar


class UnresolvedAnnotation(Exception):
    """Text that cannot be evaluated; ``name`` is the name that is not there, if that is the reason."""

    def __init__(self, text: str, reason: str, name: str | None = None) -> None:
        super().__init__(text, reason)
        self.text = text
        self.reason = reason
        self.name = name


class UnsupportedType(Exception):
    """A type without a column; ``instead`` is an annotation that would do, ``why`` the rule."""

    def __init__(self, given: object, why: str, instead: str = "") -> None:
        super().__init__(given, why)
        self.given = given
        self.why = why
        self.instead = instead


class ModelAnnotation(Exception):
    """A class that is a model itself stands where a value's type should."""

    def __init__(self, cls: type, many: bool) -> None:
        super().__init__(cls, many)
        self.cls = cls
        self.many = many


@attrs.frozen
class Resolved:
    """A field's type, ``nullable`` set for ``T | None``, and the ``field(...)`` found inside ``Annotated``."""

    type: FieldType
    specifier: FieldSpecifier | None = None


@attrs.frozen
class Names:
    """Where names of annotations written as text are looked up: locals first."""

    globals: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    locals: Mapping[str, Any] = attrs.field(factory=dict, repr=False)

    def evaluate(self, text: str) -> Any:
        try:
            return eval(text, dict(self.globals), dict(self.locals))  # noqa: S307  # the module's own source
        except NameError as error:
            raise UnresolvedAnnotation(text, f"the name '{error.name}' is not defined", error.name) from error
        except Exception as error:  # an annotation may be any expression, and fail as any can
            raise UnresolvedAnnotation(text, f"it raises {type(error).__name__}: {error}") from error


def resolve_type(
    annotation: object, globalns: Mapping[str, Any] | None = None, localns: Mapping[str, Any] | None = None
) -> FieldType:
    """The type of an annotation; ``nullable`` when None is allowed.

    :raises ModelError: DF-M104 for text that cannot be evaluated, DF-M105 for a type that no column can hold.
    """
    try:
        return resolve(annotation, Names(globalns or {}, localns or {})).type
    except UnresolvedAnnotation as fault:
        raise error_of(_problem("DF-M104", f"annotation '{fault.text}' cannot be resolved", fault.reason)) from fault
    except UnsupportedType as fault:
        message = f"no column can hold a '{spelling(fault.given)}'"
        raise error_of(_problem("DF-M105", message, fault.why, fault.instead)) from fault
    except ModelAnnotation as fault:
        message = f"no column can hold a '{fault.cls.__name__}'"
        raise error_of(_problem("DF-M105", message, "a model is no type of a value", "dict")) from fault


def _problem(code: str, message: str, cause: str, instead: str = "") -> Problem:
    solutions = (Solution("use instead:", instead),) if instead else ()
    return Problem(code=code, message=message, where=Where(), cause=cause, solutions=solutions)


def own_annotations(cls: type) -> dict[str, Any]:
    """What the class itself annotates, in order; names not yet defined stay unevaluated."""
    if sys.version_info >= (3, 14):
        annotationlib = importlib.import_module("annotationlib")
        found: dict[str, Any] = annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
        return found
    return inspect.get_annotations(cls)


def is_builtin(cls: type) -> bool:
    """Whether a class is Python's own; its module does not tell, because code without a module claims to be there too."""
    return vars(builtins).get(cls.__name__) is cls


def is_class_variable(annotation: object) -> bool:
    """Whether an annotation says ClassVar, also as text."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        return annotation.split("[")[0].rpartition(".")[2].strip() == "ClassVar"
    return annotation is ClassVar or typing.get_origin(annotation) is ClassVar


def spelling(annotation: object) -> str:
    """An annotation as it is written."""
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, ForwardRef):
        return str(annotation.__forward_arg__)
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")


def resolve(annotation: object, names: Names) -> Resolved:
    """The type of an annotation, text inside of it evaluated where it stands.

    :raises UnresolvedAnnotation: or UnsupportedType, or ModelAnnotation.
    """
    if isinstance(annotation, str):
        return resolve(names.evaluate(annotation), names)
    if isinstance(annotation, ForwardRef):
        return resolve(names.evaluate(annotation.__forward_arg__), names)
    if annotation is Any:
        return Resolved(ANY)
    if isinstance(annotation, NewType):
        return resolve(annotation.__supertype__, names)
    if hasattr(annotation, "__value__") and type(annotation).__name__ == "TypeAliasType":
        return resolve(annotation.__value__, names)
    origin = typing.get_origin(annotation)
    if origin is not None:
        return _generic(annotation, origin, typing.get_args(annotation), names)
    if isinstance(annotation, type):
        return Resolved(_class(annotation))
    raise UnsupportedType(annotation, _why_not(annotation), "")


def _why_not(annotation: object) -> str:
    if annotation is None:
        return "None alone leaves no value to store"
    if isinstance(annotation, TypeVar):
        return "a type variable stands for no particular type"
    return "it is not a type of values"


def _generic(annotation: object, origin: Any, arguments: tuple[Any, ...], names: Names) -> Resolved:
    if origin in (Union, types.UnionType):
        return _union(annotation, arguments, names)
    if origin is Annotated:
        inner = resolve(arguments[0], names)
        own = next((one for one in arguments[1:] if isinstance(one, FieldSpecifier)), None)
        return attrs.evolve(inner, specifier=own or inner.specifier)
    if origin is Literal:
        return Resolved(_literal(annotation, arguments))
    if origin is Final:
        return resolve(arguments[0], names)
    if origin is list:
        return Resolved(_list(arguments[0], names))
    if origin is dict:
        return Resolved(_mapping(annotation, arguments, names))
    if isinstance(origin, type) and (dataclasses.is_dataclass(origin) or attrs.has(origin)):
        raise UnsupportedType(annotation, "a generic class says too little about the values it holds", "dict")
    why, instead = _COLLECTIONS.get(origin, ("it has no column on every database", ""))
    if instead == "list[str]" and len(kinds := {spelling(one) for one in arguments if one is not ...}) == 1:
        instead = f"list[{kinds.pop()}]"
    raise UnsupportedType(annotation, why, instead)


def _union(annotation: object, arguments: tuple[Any, ...], names: Names) -> Resolved:
    others = [one for one in arguments if one is not type(None)]
    if len(others) != 1:
        raise UnsupportedType(annotation, "a column has one type; only None may stand beside it", _widest(others))
    inner = resolve(others[0], names)
    return attrs.evolve(inner, type=attrs.evolve(inner.type, nullable=True))


def _widest(others: list[Any]) -> str:
    """The type that the values of all could be written as."""
    numbers = next((one for one in (float, int) if one in others and {*others} <= {float, int}), None)
    return "float" if numbers is not None else "str" if str in others else "dict"


def _list(item: Any, names: Names) -> FieldType:
    try:
        inner = resolve(item, names).type
    except ModelAnnotation as fault:
        raise ModelAnnotation(fault.cls, many=True) from fault
    except UnresolvedAnnotation as fault:
        raise UnresolvedAnnotation(f"list[{fault.text}]", fault.reason, fault.name) from fault
    return LIST if inner == ANY else FieldType("list", list, inner)


def _mapping(annotation: object, arguments: tuple[Any, ...], names: Names) -> FieldType:
    key = resolve(arguments[0], names).type
    if key.kind != "str" or key.nullable:
        raise UnsupportedType(
            annotation, "JSON, as which it is stored, has only text as keys", f"dict[str, {spelling(arguments[1])}]"
        )
    inner = resolve(arguments[1], names).type
    return DICT if inner == ANY else FieldType("mapping", dict, inner)


def _literal(annotation: object, arguments: tuple[Any, ...]) -> FieldType:
    choices = tuple(one for one in arguments if one is not None)
    kinds = {type(one) for one in choices}
    if len(kinds) != 1 or not kinds <= {str, int, bool}:
        raise UnsupportedType(
            annotation, "the choices of a column are all str, all int or all bool", 'Literal["a", "b"]'
        )
    return FieldType("literal", kinds.pop(), choices=choices, nullable=None in arguments)


def _class(cls: type) -> FieldType:
    if cls in PYTHON_TYPES:
        return scalar(cls)
    if issubclass(cls, Enum):
        return _enum(cls)
    if dataclasses.is_dataclass(cls) or attrs.has(cls) or typing.is_typeddict(cls):
        return FieldType("object", cls)
    if not is_builtin(cls) and any("id" in own_annotations(one) for one in cls.__mro__):
        raise ModelAnnotation(cls, many=False)
    near = next((one for one in cls.__mro__[1:] if one in PYTHON_TYPES), None)
    if near is not None:
        raise UnsupportedType(cls, f"a value would come back as a plain {near.__name__}", near.__name__)
    why, instead = _COLLECTIONS.get(
        cls, ("it is neither a type of columns nor an attrs class, dataclass or TypedDict", "")
    )
    raise UnsupportedType(cls, why, instead)


def _enum(cls: type[Enum]) -> FieldType:
    """An enum is stored as its members' values, so these must be all str or all int, and stand for one member each."""
    kinds = {type(member.value) for member in cls}
    if issubclass(cls, Flag):
        raise UnsupportedType(cls, "members of a flag combine to values that are no members", "int")
    if kinds not in ({str}, {int}):
        raise UnsupportedType(cls, "an enum is stored by its values, which must be all str or all int", "str")
    return FieldType("enum", cls, choices=tuple(cls))


_COLLECTIONS: dict[Any, tuple[str, str]] = {
    collections.abc.Sequence: ("a value would come back as a list", "list[str]"),
    collections.abc.Mapping: ("a value would come back as a dict", "dict"),
    set: ("JSON, as which it would be stored, has no sets", "list[str]"),
    frozenset: ("JSON, as which it would be stored, has no sets", "list[str]"),
    tuple: ("JSON, as which it would be stored, has no tuples", "list[str]"),
    complex: ("no database has complex numbers", "list[float]"),
    bytearray: ("a value would come back as bytes", "bytes"),
    type(None): ("None alone leaves no value to store", "str | None"),
    object: ("it says nothing about the values", "Any"),
}
