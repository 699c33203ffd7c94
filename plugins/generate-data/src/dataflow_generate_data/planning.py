"""From numbers of records to what fills every field: all that can be refused is refused here, before a row is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import attrs

from dataflow.diagnostics import Where, error_of
from dataflow.expressions.evaluate import matches
from dataflow.expressions.limits import Limits
from dataflow.expressions.mongo import parse_filter
from dataflow.models.indexes import indexes_of
from dataflow.models.model import MISSING, Field, Index, Model
from dataflow_generate_data.choosing import Chooser
from dataflow_generate_data.domains import Capped, Choices, Domain, Grid, Made, Permutation
from dataflow_generate_data.filling import Before, Filler, Fixed, Numbered, Plain, Product, Referred, Row, Together
from dataflow_generate_data.order import Order
from dataflow_generate_data.problems import nothing_to_refer_to, too_many
from dataflow_generate_data.words import Words

Values = Mapping[str, Sequence[Any] | Callable[[Random], Any]]


@attrs.frozen
class Request:
    """What is asked for, checked: how many of which model, and how they should be."""

    counts: Mapping[str, int]
    seed: int
    locale: str
    null_share: float
    values: Values = attrs.field(factory=dict)


@attrs.frozen
class Table:
    """What a table holds before: how many rows, and the greatest key where it is an int."""

    rows: int = 0
    greatest: int = 0


@attrs.frozen
class UniqueRows:
    """Fields whose values no two rows may share; with ``holds`` only rows of which it is true."""

    names: tuple[str, ...]
    holds: Callable[[Row], bool] | None = None
    seen: set[tuple[Any, ...]] = attrs.field(factory=set)

    def key(self, row: Row) -> tuple[Any, ...] | None:
        """What no other row may have; None where the row is not bound."""
        found = tuple(row[name] for name in self.names)
        # to a database None is unlike None
        return None if None in found or (self.holds is not None and not self.holds(row)) else found


@attrs.define(eq=False)
class ModelPlan:
    """How the rows of one model are filled. ``fillers`` run in the order of the fields.

    ``checked`` are the unique fields that the fillers cannot promise by themselves, ``promised`` the others.
    ``waiting`` fill what a second pass writes.
    """

    model: Model
    count: int
    seed: str
    #: how many rows the table held before
    held: int = 0
    anchored: dict[str, Numbered] = attrs.field(factory=dict)
    fillers: list[Filler] = attrs.field(factory=list)
    waiting: list[Plain | Numbered] = attrs.field(factory=list)
    checked: list[UniqueRows] = attrs.field(factory=list)
    promised: list[UniqueRows] = attrs.field(factory=list)

    def random(self, purpose: str) -> Random:
        """What chooses for one purpose, such as a field: no other purpose, and no number of records, changes it."""
        return Random(f"{self.seed}/{purpose}")  # noqa: S311  # test data is no secret


@attrs.define(eq=False)
class Planner:
    """Plans one model after the other, those that others refer to first.

    ``existing`` are values of records that are in the database, by the model and field that a reference names.
    """

    request: Request
    order: Order
    tables: Mapping[str, Table]
    existing: Mapping[tuple[str, str], Sequence[Any]]
    plans: dict[str, ModelPlan] = attrs.field(factory=dict)

    def planned(self) -> Mapping[str, ModelPlan]:
        """A plan for each model, in the order in which their tables are filled.

        :raises DataFlowError: GEN-103, GEN-104, GEN-105.
        """
        for model in self.order.models:
            held = self.tables.get(model.name, Table()).rows
            seed = f"{self.request.seed}/{model.name}"
            self.plans[model.name] = ModelPlan(model, self.request.counts[model.name], seed, held)
        # before any model is filled: a circle refers to what comes later
        for plan in self.plans.values():
            self._anchor(plan)
        for plan in self.plans.values():
            _Fields(self, plan).fill()
        return self.plans

    def _anchor(self, plan: ModelPlan) -> None:
        """The key and whatever else others refer to follow from the number of the row, so that nobody keeps them."""
        if plan.anchored:
            return
        targets = {
            field.reference.field
            for other in self.order.models
            for field in other.references
            if field.reference is not None and field.reference.model == plan.model.name
        }
        for name in ("id", *sorted(targets - {"id"})):
            field = plan.model.fields[name]
            plan.anchored[name] = self._anchored(plan, field)

    def _anchored(self, plan: ModelPlan, field: Field) -> Numbered:
        table = self.tables.get(plan.model.name, Table())
        if field.reference is not None and field.reference.model != plan.model.name:
            domain, start = self.referred(plan, field), 0
        elif field.is_key and field.type.kind == "int":
            # counted on from the greatest, as a database does
            first = max(table.greatest + 1, 1 if field.bounds.ge is None else int(str(field.bounds.ge)))
            most = 2**63 - 1 if field.bounds.le is None else int(str(field.bounds.le))
            return self.counted(plan, (field.name,), Grid(first, max(most, first - 1), int), 0, in_order=True)
        else:
            domain, start = self.domain(plan, field, plan.count + table.rows), table.rows
        return self.counted(plan, (field.name,), domain, start)

    def counted(
        self, plan: ModelPlan, names: tuple[str, ...], domain: Domain, start: int, null_share: float | None = None, *,
        in_order: bool = False,
    ) -> Numbered:  # fmt: skip
        """What counts through a domain.

        :param null_share: the share of None, which may stand for values that are missing too; None where it may not.
        :raises DataFlowError: GEN-103 when it has not enough values.
        """
        if null_share is None and start + plan.count > domain.size:
            there = max(0, domain.size - start)
            raise error_of(too_many(plan.model, names, plan.count, there, f"{start} are in the table" if start else ""))
        size = max(1, domain.size)
        is_counted = in_order or domain.in_order
        order = Permutation(size, 1, 0) if is_counted else Permutation.of(size, plan.random(" ".join(names)))
        return Numbered(names[0], domain, order, start, start + plan.count, null_share or 0.0, null_share is not None)

    def domain(self, plan: ModelPlan, field: Field, needed: int) -> Domain:
        """Given values, else those that fit the field."""
        given = self.request.values.get(f"{plan.model.name}.{field.name}")
        if given is None:
            random = plan.random(field.name)
            return Chooser(plan.model, Words.of(self.request.locale, random), random).domain(field, needed)
        if callable(given):
            return Made(given, plan.random(field.name))
        # one that is named twice comes twice as often, unless it may come once only
        return Choices(tuple(dict.fromkeys(given)) if needed else tuple(given))

    def referred(self, plan: ModelPlan, field: Field) -> Domain:
        """The values that a reference to another model may have.

        :raises DataFlowError: GEN-105 when there are none and there must be one.
        """
        reference = field.reference
        assert reference is not None
        target = self.plans.get(reference.model)
        if target is not None:
            if reference.field not in target.anchored:
                # a key that refers to a key, whose model comes first
                self._anchor(target)
            found: Domain = Referred(target.anchored[reference.field].value, target.count)
        else:
            found = Choices(self.existing.get((reference.model, reference.field), ()))
        if not found.size and plan.count and not field.nullable:
            raise error_of(nothing_to_refer_to(plan.model, field, plan.count))
        return found


@attrs.define(eq=False)
class _Fields:
    """Chooses the fillers of one model."""

    planner: Planner
    plan: ModelPlan
    #: set by a filler already
    filled: set[str] = attrs.field(factory=set)

    def fill(self) -> None:
        plan = self.plan
        waiting = {one.name for one in self.planner.order.waiting.get(plan.model.name, ())}
        for name, numbered in plan.anchored.items():
            self._add(numbered, name)
        for index in sorted(indexes_of(plan.model), key=lambda one: len(one.fields)):
            if index.unique:
                self._unique(index, waiting)
        for field in plan.model.writable:
            if field.name not in self.filled:
                self._single(field, field.name in waiting)

    def _add(self, filler: Filler, *names: str) -> None:
        self.plan.fillers.append(filler)
        self.filled.update(names)

    def _null_share(self, field: Field) -> float:
        return self.planner.request.null_share if field.nullable else 0.0

    def _table(self) -> Table:
        return self.planner.tables.get(self.plan.model.name, Table())

    def _unique(self, index: Index, waiting: set[str]) -> None:
        plan, fields = self.plan, [self.plan.model.fields[name] for name in index.fields]
        unique = UniqueRows(index.fields, _condition(plan.model, index))
        if any(name in plan.anchored or self._is_promised((name,)) for name in index.fields) and len(fields) > 1:
            # it is unique for one of its fields is
            return
        if index.where is None and index.fields[0] in plan.anchored:
            plan.promised.append(unique)
            return
        is_free = not any(one.name in self.filled or one.name in waiting or self._is_own(one) for one in fields)
        is_plain = index.where is None and all(not one.is_managed for one in fields)
        if len(fields) == 1 and is_plain and (one := fields[0]).name not in self.filled:
            self._unique_single(one, waiting)
            plan.promised.append(unique)
        elif is_free and is_plain:
            self._unique_together(fields)
            plan.promised.append(unique)
        elif all(not one.is_managed for one in fields):
            plan.checked.append(unique)

    def _is_promised(self, names: tuple[str, ...]) -> bool:
        return any(one.names == names and one.holds is None for one in self.plan.promised)

    def _is_own(self, field: Field) -> bool:
        return field.reference is not None and field.reference.model == self.plan.model.name

    def _unique_single(self, field: Field, waiting: set[str]) -> None:
        numbered: Filler
        if field.name in waiting:
            domain = self.planner.referred(self.plan, field)
            self.plan.waiting.append(self.planner.counted(self.plan, (field.name,), domain, 0, self._null_share(field)))
            numbered = Fixed(field.name, None)
        elif self._is_own(field):
            numbered = self._before(field, is_unique=True)
        else:
            domain, start = self._source(field, self.plan.count + self._table().rows)
            share = self._null_share(field) if field.nullable else None
            numbered = self.planner.counted(self.plan, (field.name,), domain, start, share)
        self._add(numbered, field.name)

    def _unique_together(self, fields: Sequence[Field]) -> None:
        needed = self.plan.count + self._table().rows
        sources = [self._source(field, 0 if field.reference is not None else needed) for field in fields]
        # where a reference is to new rows, every combination is new
        is_new = any(field.reference is not None and field.reference.model in self.planner.plans for field in fields)
        product = Product.of([_capped(domain, needed) for domain, _ in sources])
        names = tuple(field.name for field in fields)
        numbered = self.planner.counted(self.plan, names, product, 0 if is_new else self._table().rows)
        self._add(Together(numbered, names), *names)

    def _source(self, field: Field, needed: int) -> tuple[Domain, int]:
        """The domain of a field, and how many of its values earlier rows have."""
        if field.reference is not None:
            return self.planner.referred(self.plan, field), 0
        return self.planner.domain(self.plan, field, needed), self._table().rows

    def _before(self, field: Field, *, is_unique: bool = False) -> Before:
        assert field.reference is not None
        value = self.plan.anchored[field.reference.field].value
        return Before(field.name, value, self._null_share(field), field.nullable, is_unique)

    def _single(self, field: Field, waits: bool) -> None:
        share = self._null_share(field)
        if field.reference is not None and not self._is_own(field):
            domain = self.planner.referred(self.plan, field)
            if not domain.size:
                self._add(Fixed(field.name, None), field.name)
                return
            filler = Plain(field.name, domain, share)
            if waits:
                self.plan.waiting.append(filler)
            self._add(Fixed(field.name, None) if waits else filler, field.name)
        elif self._is_own(field):
            self._add(self._before(field), field.name)
        elif _keeps_default(field) and f"{self.plan.model.name}.{field.name}" not in self.planner.request.values:
            self._add(Fixed(field.name, field.default), field.name)
        else:
            given = f"{self.plan.model.name}.{field.name}" in self.planner.request.values
            default = MISSING if given or field.default is None else field.default
            domain = self.planner.domain(self.plan, field, 0)
            self._add(Plain(field.name, domain, 0.0 if given else share, default), field.name)


def _capped(domain: Domain, needed: int) -> Domain:
    return Capped(domain, needed) if domain.in_order and domain.size > needed else domain


def _keeps_default(field: Field) -> bool:
    """Free text with a default is a word of the application's own, such as a state: others would mean nothing to it."""
    return field.type.kind == "str" and field.default is not MISSING and field.default is not None


def _condition(model: Model, index: Index) -> Callable[[Row], bool] | None:
    if index.where is None:
        return None
    # it was read in the same way when the model was registered
    condition, _ = parse_filter(index.where, model, Limits(), Where(), ("__indexes__",), frozenset())
    assert condition is not None
    managed = {one.name: None for one in model.fields.values() if one.is_managed}
    return lambda row: matches(condition, {**managed, **row})
