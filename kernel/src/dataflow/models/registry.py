"""The models of one instance by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

import attrs

from dataflow.diagnostics import CallSite, Fix, Problem, Solution, Where, error_of
from dataflow.models.former_names import circle_of
from dataflow.models.indexes import index_name, indexes_of
from dataflow.models.model import Model
from dataflow.models.references import reference_problems


@attrs.define(eq=False)
class ModelRegistry:
    """What is registered on one instance; ``reserved`` are names that no model may have there."""

    reserved: Collection[str] = ()
    _models: dict[str, Model] = attrs.field(factory=dict, init=False)

    @property
    def models(self) -> Mapping[str, Model]:
        """The registered models, in the order of registration; a view that stays current."""
        return MappingProxyType(self._models)

    def add(self, model: Model) -> None:
        """Register a model, in place of an older definition of the same class.

        :raises ModelError: DF-M110, DF-M113 or DF-M116 for a name or a table that is taken.
        """
        problems = [
            *self._name_problems(model),
            *self._table_problems(model),
            *self._index_problems(model),
            *self._former_problems(model),
        ]
        if problems:
            raise error_of(problems)
        self._models[model.name] = model

    def needed(self, model: Model) -> tuple[Model, ...]:
        """The model and all that it refers to, those first that others refer to.

        Models that refer to each other in a circle stand in the order in which they are met.

        :raises ModelError: DF-M112 or DF-M117 for references that have no fitting target.
        """
        found = parents_first((model,), self._models)
        problems = self.check_references(found)
        if problems:
            raise error_of(problems)
        return found

    def check_references(self, models: Iterable[Model]) -> list[Problem]:
        """What is wrong with the foreign keys of some models."""
        return [problem for model in models for problem in reference_problems(model, self._models)]

    def _name_problems(self, model: Model) -> list[Problem]:
        known = self._models.get(model.name)
        problems = [_hides(model)] if model.name in self.reserved or model.name.startswith("_") else []
        if known is not None and not is_redefinition(known, model):
            problems.append(_second(known, model))
        return problems

    def _table_problems(self, model: Model) -> list[Problem]:
        # databases differ in whether 'Users' and 'users' are one table
        others = [
            one for one in self._models.values() if one.name != model.name and one.table.lower() == model.table.lower()
        ]
        return [_same_table(one, model) for one in others]

    def _former_problems(self, model: Model) -> Iterator[Problem]:
        others = [one for one in self._models.values() if one.name != model.name and one.options.renamed_from]
        former = model.options.renamed_from
        if not former or not others:
            return
        second = next((one for one in others if one.options.renamed_from == former), None)
        if second is not None:
            yield _same_former(second, model)
        elif circle_of(model.table, {one.table: one.options.renamed_from for one in (*others, model)}):
            yield _exchanged(model)

    def _index_problems(self, model: Model) -> list[Problem]:
        """Some databases have one space of names for the tables and indexes of all models."""
        others = [one for one in self._models.values() if one.name != model.name]
        taken = {index_name(index, one).lower(): one for one in others for index in indexes_of(one)}
        taken |= {one.table.lower(): one for one in others}
        names = [index_name(index, model) for index in indexes_of(model)]
        return [_same_index(taken[name.lower()], model, name) for name in names if name.lower() in taken]


def parents_first(wanted: Iterable[Model], known: Mapping[str, Model]) -> tuple[Model, ...]:
    """Some models and all that they refer to, those first that others refer to; in a circle as they are met."""
    found: dict[str, Model] = {}
    entered: set[str] = set()

    def collect(model: Model) -> None:
        if model.name in entered:
            return
        entered.add(model.name)
        for field in model.references:
            target = known.get(field.reference.model) if field.reference is not None else None
            if target is not None:
                collect(target)
        found[model.name] = model

    for model in wanted:
        collect(model)
    return tuple(found.values())


def is_redefinition(old: Model, new: Model) -> bool:
    """Whether a class is the same one again: registered twice, reloaded, or its notebook cell run again.

    Two classes of one name in one file are not: the same run of the same code registers both, at different lines.
    """
    if old.cls is new.cls:
        return True
    same_place = old.cls.__module__ == new.cls.__module__ and old.cls.__qualname__ == new.cls.__qualname__
    one_run = old.defined_at.code is not None and old.defined_at.code is new.defined_at.code
    return same_place and not (one_run and old.defined_at.line != new.defined_at.line)


def _where(model: Model) -> Where:
    return Where(model=model.name, call=CallSite(model.defined_at.file, model.defined_at.line))


def _hides(model: Model) -> Problem:
    return Problem(
        code="DF-M110",
        message=f"a model cannot be named '{model.name}': 'db.{model.name}' is an attribute of the instance itself",
        where=_where(model),
        context={"name": model.name},
        cause="'db.User' is where the operations of the model 'User' are, so a model's name must be free; names that begin with '_' are private",
        solutions=(Solution("give the class another name:", f"class {_free(model.name)}:"),),
    )


def _free(name: str) -> str:
    words = "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)
    return words if words and words != name else f"{words}Record"


def _second(old: Model, new: Model) -> Problem:
    return Problem(
        code="DF-M113",
        message=f"two models are named '{new.name}': {old.defined_at} and {new.defined_at}",
        where=_where(new),
        context={"first": str(old.defined_at), "second": str(new.defined_at)},
        cause="nodes and operations are found by the name of the class, so an instance has one model of each name",
        solutions=(
            Solution("rename one of the classes:", f"class {new.name}2:"),
            Solution("or register it on an instance of its own:", "other = DataFlow(...)"),
        ),
    )


def _same_table(old: Model, new: Model) -> Problem:
    return Problem(
        code="DF-M116",
        message=f"models '{old.name}' and '{new.name}' have one table, '{new.table}'",
        where=_where(new),
        context={"table": new.table, "first": str(old.defined_at), "second": str(new.defined_at)},
        cause="each model has a table of its own",
        solutions=(Solution(f"name another table for '{new.name}':", f'__dataflow__ = {{"table": "{new.table}_2"}}'),),
        fix=Fix("unsafe", f'__dataflow__ = {{"table": "{new.table}_2"}}'),
    )


def _same_former(old: Model, new: Model) -> Problem:
    return Problem(
        code="DF-M116",
        message=f"models '{old.name}' and '{new.name}' both have the former table '{new.options.renamed_from}'",
        where=_where(new),
        context={"renamed_from": new.options.renamed_from, "first": str(old.defined_at), "second": str(new.defined_at)},
        cause="a table is renamed to that of one model",
        solutions=(Solution(f"leave 'renamed_from' out where the table of '{new.name}' is a new one"),),
    )


def _exchanged(model: Model) -> Problem:
    return Problem(
        code="DF-M116",
        message=f"the table '{model.table}' of '{model.name}' is renamed from '{model.options.renamed_from}', which in turn is renamed from it",
        where=_where(model),
        context={"table": model.table, "renamed_from": model.options.renamed_from},
        cause="before and after such an exchange the tables' names are the same, so that nothing tells whether it was done",
        solutions=(
            Solution(
                "rename one of them to a name of its own, migrate, and give it its last name in the next release:",
                f'__dataflow__ = {{"table": "{model.table}_new", "renamed_from": "{model.options.renamed_from}"}}',
            ),
        ),
    )


def _same_index(old: Model, new: Model, name: str) -> Problem:
    return Problem(
        code="DF-M115",
        message=f"the index '{name}' of {new.name} has the name of an index or a table of {old.name}",
        where=_where(new),
        context={"index": name, "first": str(old.defined_at), "second": str(new.defined_at)},
        cause="in some databases a name is that of one table or one index",
        solutions=(Solution("give it a name of its own, or none:", f'Index(..., name="{name[:40]}_2")'),),
    )
