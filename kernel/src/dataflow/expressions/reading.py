"""Filters as they are given - Mongo form, Q, function, tree - read into one tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from dataflow.diagnostics import DataFlowError, Problem, Where, name_of, text_of
from dataflow.expressions.combining import all_of, any_of, negated
from dataflow.expressions.conditions import FIELD_OPERATORS, FILTER_OPERATORS, Conditions
from dataflow.expressions.connected import CONNECTED
from dataflow.expressions.extent import Extent
from dataflow.expressions.filter_fields import Place, places_of
from dataflow.expressions.filter_problems import FilterProblems, Path, kind_of
from dataflow.expressions.limits import Limits
from dataflow.expressions.operands import SPELLINGS, Operands
from dataflow.expressions.query import Column, Condition, RecordProxy, truth
from dataflow.expressions.tree import NEVER, And, Compare, Expression, Not, Or
from dataflow.models.model import Model


@attrs.define(eq=False)
class FilterReader:
    """Reads one filter; its problems are in ``problems.found``."""

    model: Model
    problems: FilterProblems
    extent: Extent
    conditions: Conditions

    @classmethod
    def of(cls, model: Model, limits: Limits, where: Where) -> FilterReader:
        problems = FilterProblems(model, where)
        extent = Extent(limits, problems)
        return cls(model, problems, extent, Conditions(places_of(model), problems, Operands(problems, limits), extent))

    def read(self, value: Any, path: Path, depth: int = 1) -> Expression:
        """The tree of a filter in any form; what is refused is NEVER."""
        if value is CONNECTED:
            return NEVER
        if isinstance(value, Condition):
            before = len(self.problems.found)
            found = self._mongo(value.mongo, path, depth)
            self.problems.found[before:] = map(_in_code, self.problems.found[before:])
            return found
        if isinstance(value, Column):
            return self._flag(value, path, depth)
        if isinstance(value, Mapping):
            return self._mongo(value, path, depth)
        if isinstance(value, Compare | And | Or | Not):
            return self._tree(value, path, depth)
        if callable(value) and not isinstance(value, type):
            return self._called(value, path, depth)
        self.problems.wrong_operand(
            f"is of type '{type(value).__name__}'",
            path,
            given=value,
            cause="a filter is a dict in Mongo form, a Q condition, or a function of a record",
            solutions={"in Mongo form:": '{"age": {"$gte": 18}}', "by Q:": "Q.age >= 18"}
            if not isinstance(value, bool)
            else {"a class has no values to compare; by Q:": "Q.age == 18", "or:": "lambda record: record.age == 18"},
        )
        return NEVER

    def _called(self, function: Callable[[Any], object], path: Path, depth: int) -> Expression:
        try:
            answer = function(RecordProxy(self.model))
        except DataFlowError as error:
            self.problems.found += [
                _in_code(attrs.evolve(one, where=self._placed(one, path))) for one in error.problems
            ]
            return NEVER
        except Exception as error:  # the function is the user's and may raise anything
            self._not_a_condition(f"raises {type(error).__name__}: {error}", path)
            return NEVER
        if isinstance(answer, Condition | Column):
            return self.read(answer, path, depth)
        self._not_a_condition(f"gives {kind_of(answer)}", path)
        return NEVER

    def _placed(self, problem: Problem, path: Path) -> Where:
        return self.problems.at(path, problem.where.field)

    def _not_a_condition(self, what: str, path: Path) -> None:
        self.problems.wrong_operand(
            f"is a function that {what}",
            path,
            cause="the function is called once, with a record that notes how its fields are compared",
            solutions={"compare a field:": "lambda u: u.age > 3"},
        )

    def _flag(self, column: Column, path: Path, depth: int) -> Expression:
        """A bool field that stands as a condition by itself."""
        form = truth(column)
        (name,) = form
        place = self.conditions.places.get(name)
        if place is None or place.field.type.kind == "bool":
            return self._mongo(form, path, depth)
        self.problems.wrong_operand(
            "names the field and compares it with nothing",
            path,
            name=name,
            cause="only a bool field is a condition by itself",
            solutions={"compare it:": f"Q.{name} == ..."},
        )
        return NEVER

    def _mongo(self, form: Mapping[Any, Any], path: Path, depth: int) -> Expression:
        found: list[Expression] = []
        for key, value in form.items():
            inside = (*path, key if isinstance(key, int) else name_of(key))
            if self.extent.is_exceeded:
                break
            if isinstance(key, str) and key.startswith("$"):
                found.append(self._logical(key, value, inside, depth))
            else:
                found.append(self.conditions.read(key, value, inside, depth))
        return all_of(found)

    def _logical(self, operator: str, value: Any, path: Path, depth: int) -> Expression:
        if not self.extent.enter(path, depth):
            return NEVER
        if operator == "$not":
            return negated(self.read(value, path, depth + 1))
        if operator in FIELD_OPERATORS:
            self.problems.wrong_operand(
                f"uses '{operator}' outside of a field",
                path,
                cause=f"'{operator}' compares a field and stands inside it",
                solutions={"write it as:": f'{{"<field>": {{"{operator}": ...}}}}'},
            )
            return NEVER
        if operator not in FILTER_OPERATORS:
            self.problems.unknown_operator(operator, FILTER_OPERATORS, path)
            return NEVER
        if value is CONNECTED:
            return NEVER
        if not isinstance(value, list | tuple) or not value:
            self._not_filters(operator, value, path)
            return NEVER
        items = [self.read(item, (*path, index), depth + 1) for index, item in enumerate(value)]
        return all_of(items) if operator == "$and" else any_of(items)

    def _not_filters(self, operator: str, value: Any, path: Path) -> None:
        what = "an empty list" if isinstance(value, list | tuple) else kind_of(value)
        self.problems.wrong_operand(
            f"gives '{operator}' {what} where it takes a list of filters",
            path,
            given=value,
            solutions={"give a list:": f'"{operator}": [{{...}}, {{...}}]'},
            better=text_of([{name: one} for name, one in value.items()]) if isinstance(value, Mapping) else "",
        )

    def _tree(self, tree: Expression, path: Path, depth: int) -> Expression:
        """A tree made elsewhere, its names and values checked like any other filter's."""
        if not self.extent.enter(path, depth):
            return NEVER
        if isinstance(tree, Not):
            return negated(self._tree(tree.item, path, depth + 1))
        if isinstance(tree, And | Or):
            items = [self._tree(item, path, depth + 1) for item in tree.items]
            return all_of(items) if isinstance(tree, And) else any_of(items)
        if tree.operator not in SPELLINGS:
            self.problems.unknown_operator(tree.operator, SPELLINGS, path, tree.field)
            return NEVER
        place = self._compared(tree, path)
        return NEVER if place is None else self.conditions.operands.compare(tree.operator, place, tree.value, path)

    def _compared(self, compare: Compare, path: Path) -> Place | None:
        if compare.path:
            return self.conditions.inside(compare.field, compare.path, path)
        # not by a dotted name: the field of a tree is a field
        place = self.conditions.places.get(compare.field)
        if place is None:
            self.problems.unknown_field(compare.field, path)
        return place


def _in_code(problem: Problem) -> Problem:
    """A problem of a condition that was written as code: there is no key to be edited, and names stand without quotes."""
    solutions = tuple(attrs.evolve(one, code=one.code.strip('"')) for one in problem.solutions)
    return attrs.evolve(problem, fix=None, solutions=solutions)
