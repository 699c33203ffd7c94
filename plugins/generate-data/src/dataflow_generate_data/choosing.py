"""Which domain a field has: by its type, its bounds, its name."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, ClassVar

import attrs

from dataflow.diagnostics import DataFlowError
from dataflow.models.annotations import resolve_type
from dataflow.models.model import Field, Model
from dataflow.models.types import FieldType
from dataflow.values.checks import compile_check
from dataflow.values.faults import ValueFault
from dataflow_generate_data.domains import ENDLESS, Bytes, Choices, Domain, Exhausted, Uuids
from dataflow_generate_data.patterns import PatternTexts, Unsupported
from dataflow_generate_data.problems import no_value
from dataflow_generate_data.quantities import quantity
from dataflow_generate_data.texts import Prefixed, Tokens, TopicTexts, pool_of
from dataflow_generate_data.words import WORDS, Words, topic_of

#: how many values of a domain are tried before any is stored
TRIED = 20
LONGEST = 200


@attrs.frozen
class Chooser:
    """Chooses for the fields of one model; ``random`` is of the model, so that another model changes nothing here."""

    model: Model
    words: Words
    random: Random

    def domain(self, field: Field, needed: int) -> Domain:
        """The domain of a field.

        :param needed: how many different values it must have; 0 where the same may come again.
        :raises DataFlowError: GEN-104 when its values would be refused.
        """
        try:
            found = self._chosen(field, needed)
            self._try(field, found)
        except (Unsupported, Exhausted, ValueFault, _Unbuildable) as fault:
            raise no_value(self.model, field, fault) from fault
        return found

    def _try(self, field: Field, found: Domain) -> None:
        """Ask the field's own check, with the values that will be drawn and counted through first and last."""
        check, random = compile_check(field), Random(0)  # noqa: S311  # test data is no secret
        if not found.size:
            raise Exhausted(0)
        for _ in range(TRIED):
            check(found.draw(random))
        if not isinstance(found, PatternTexts):
            for index in (0, found.size - 1 if found.size < ENDLESS else 10**9):
                check(found.at(index))

    def _chosen(self, field: Field, needed: int) -> Domain:
        kind = field.type.kind
        if kind == "str":
            return self._text(field, needed)
        if kind == "bool":
            return Choices((True, False))
        if kind in ("enum", "literal"):
            return Choices([one for one in field.type.choices if one is not None])
        if kind == "uuid":
            return Uuids()
        if kind == "bytes":
            longest = (
                field.bounds.max_length if field.bounds.max_length is not None else (field.bounds.min_length or 0) + 16
            )
            return Bytes(field.bounds.min_length or min(8, longest), longest)
        return (
            quantity(field, needed)
            if kind not in _STRUCTURED
            else Documents(self._document(field.type, field.name), field)
        )

    def _text(self, field: Field, needed: int) -> Domain:
        shortest = field.bounds.min_length or 0
        longest = field.bounds.max_length if field.bounds.max_length is not None else max(LONGEST, shortest + 20)
        if field.is_key and field.bounds.pattern is None:
            return self._key(field, shortest, longest)
        topic = topic_of(self.model.name, field.name)
        pool = pool_of(topic, self.words, shortest, min(longest, max(LONGEST, shortest + 20)))
        if field.bounds.pattern is not None:
            own = random_of(self.random)
            return _matching(pool, field, topic_named=topic is not WORDS, needed=needed) or PatternTexts(
                field.bounds.pattern, shortest, longest, own
            )
        texts = TopicTexts(pool, topic, shortest, longest)
        # where there is no room for a word and its number, letters have more values
        return texts if texts.size >= needed else Tokens(longest)

    def _key(self, field: Field, shortest: int, longest: int) -> Domain:
        if field.has_default and longest >= 36 >= shortest:
            # what makes such keys by itself makes UUIDs, nearly always
            return Uuids(as_text=True)
        prefix = f"{self.model.name.lower()}-"
        length = max(10, shortest - len(prefix))
        fits = len(prefix) + length <= longest
        return Prefixed(prefix, Tokens(length)) if fits else Tokens(min(longest, max(shortest, 12)))

    def _document(self, type: FieldType, name: str) -> Callable[[Random], Any]:
        """What makes a value that is stored as JSON."""
        if type.kind == "list":
            item = self._item(type.item, name)
            return lambda random: [item(random) for _ in range(random.randint(0, 3))]
        if type.kind == "mapping":
            value = self._item(type.item, name)
            return lambda random: {word: value(random) for word in random.sample(_LABELS, random.randint(0, 3))}
        if type.kind == "object":
            return self._object(type)
        return lambda random: {word: random.randint(0, 100) for word in random.sample(_LABELS, random.randint(0, 3))}

    def _item(self, type: FieldType | None, name: str) -> Callable[[Random], Any]:
        if type is None:
            return Choices(_LABELS).draw
        if type.kind in _STRUCTURED:
            made = self._document(type, name)
        else:
            # `emails: list[str]` is about what `email` is about
            made = self._chosen(Field(name.removesuffix("s"), attrs.evolve(type, nullable=False)), 0).draw
        return (lambda random: None if random.random() < 0.1 else made(random)) if type.nullable else made

    def _object(self, type: FieldType) -> Callable[[Random], Any]:
        """An attrs class, dataclass or TypedDict of its fields' own values."""
        try:
            hints = typing.get_type_hints(type.python)
            makers = {
                argument: self._item(resolve_type(hints[name]), name)
                for name, argument in _arguments(type.python).items()
            }
        except (NameError, DataFlowError, RecursionError) as error:
            raise _Unbuildable(f"the fields of {type.python.__name__} cannot be read: {error}") from error

        def made(random: Random) -> Any:
            values = {name: make(random) for name, make in makers.items()}
            try:
                return type.python(**values)
            except Exception as error:  # the class's own checks may raise anything
                raise _Unbuildable(f"{type.python.__name__} refuses what fits its annotations: {error}") from error

        return made


_STRUCTURED = frozenset(("dict", "list", "mapping", "object", "any"))
_LABELS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")


class _Unbuildable(Exception):
    """A structured value that cannot be made from annotations alone."""


@attrs.frozen
class Documents:
    """Values that are stored as JSON; they are never unique, for databases do not agree on how these compare."""

    in_order: ClassVar[bool] = False
    make: Callable[[Random], Any]
    field: Field
    size: int = ENDLESS

    def draw(self, random: Random) -> Any:
        return self.make(random)

    def at(self, index: int) -> Any:
        return self.make(Random(index))  # noqa: S311  # test data is no secret


def _arguments(cls: type) -> Mapping[str, str]:
    """The fields of a class by name, and what its constructor calls them."""
    if attrs.has(cls):
        return {one.name: one.alias or one.name for one in attrs.fields(cls) if one.init}
    if dataclasses.is_dataclass(cls):
        return {one.name: one.name for one in dataclasses.fields(cls) if one.init}
    return {name: name for name in typing.get_type_hints(cls)}


def _matching(pool: tuple[str, ...], field: Field, *, topic_named: bool, needed: int) -> Domain | None:
    """Texts of the field's topic where enough of them match its pattern; never where each must be another one."""
    if not topic_named or needed:
        return None
    check = compile_check(field)
    found = [text for text in pool if _passes(check, text)]
    return Choices(found) if len(found) >= min(50, len(pool)) else None


def _passes(check: Callable[[Any], Any], value: Any) -> bool:
    try:
        check(value)
    except ValueFault:
        return False
    return True


def random_of(random: Random) -> Random:
    """Another random, seeded by one."""
    return Random(random.getrandbits(64))  # noqa: S311  # test data is no secret
