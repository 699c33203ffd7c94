"""The exceptions of the framework::

    DataFlowError
    +-- ConfigError          DF-C...
    +-- ModelError           DF-M...
    +-- NodeError            DF-N...
    +-- WorkflowError        DF-W...
    |   +-- WorkflowBuildError   every problem of a workflow
    +-- ExecutionError       DF-X...
    |   +-- NodeFailed           a run whose node failed; carries the finished results
    |   +-- NotFoundError        DF-X102
    |   +-- ConflictError        DF-X103
    |   +-- DeadlineExceeded     DF-X106
    +-- TransactionError     DF-T...
    |   +-- OutcomeUnknown       DF-T104
    +-- SchemaError          DF-S...
    +-- PluginError          DF-P...
    +-- AdapterError         DF-A...
        +-- ConstraintError
        |   +-- UniqueError      DF-A101
        |   +-- ForeignKeyError  DF-A102
        +-- ContentionError      DF-A106, DF-A107, DF-A108
        +-- UnreachableError     DF-A112, DF-A115, DF-A116, DF-A118, DF-A121, DF-A124

A page of the documentation belongs to each code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs

from dataflow.diagnostics.callsite import CallSite
from dataflow.diagnostics.catalogue import KERNEL_PREFIX
from dataflow.diagnostics.fixes import fix_script
from dataflow.diagnostics.html_text import html_text
from dataflow.diagnostics.notebook import notebook_traceback
from dataflow.diagnostics.own_codes import page_of
from dataflow.diagnostics.plain import headline, plain_text
from dataflow.diagnostics.problem import THIS_NODE, Problem, Solution
from dataflow.diagnostics.secret import redacted


class DataFlowError(Exception):
    """Everything that goes wrong in one call. ``str()`` is plain text with all problems.

    ``code``, ``message``, ``context``, ``cause``, ``solutions`` are those of the first problem.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems: tuple[Problem, ...] = problems

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        return cls(*problems)

    def __str__(self) -> str:
        return plain_text(self.problems)

    def __repr__(self) -> str:
        """One line: the values of a call may be megabytes, and some are secret."""
        more = f" and {len(self.problems) - 1} more" if len(self.problems) > 1 else ""
        return f"<{type(self).__name__} {headline(self.problems[0])}{more}>"

    def _repr_html_(self) -> str:
        """What a notebook shows of an error that is a cell's value."""
        return html_text(self.problems)

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in the place of a traceback, most of whose frames would be the framework's."""
        return notebook_traceback(self)

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def message(self) -> str:
        return self.problems[0].message

    @property
    def context(self) -> Mapping[str, Any]:
        return self.problems[0].context

    @property
    def cause(self) -> str:
        return self.problems[0].cause

    @property
    def solutions(self) -> tuple[Solution, ...]:
        return self.problems[0].solutions

    @property
    def introspection(self) -> Mapping[str, Any]:
        return self.problems[0].introspection

    @property
    def doc_link(self) -> str:
        """The command that prints the page of the code."""
        return f"dataflow explain {self.code}"

    @property
    def embedded_docs(self) -> str:
        """The page of the code, as Markdown."""
        return page_of(self.code) or ""

    @property
    def fix_script(self) -> str:
        """Lines that repair what can be repaired, of all problems; empty when there is nothing."""
        return fix_script(self.problems)

    def located(self, *, anew: bool = False) -> Self:
        """The same error as a direct call shows it: at the user's line, without what only a workflow can do.

        :param anew: give up the line it has: a task of the framework's own knows only the one that runs the loop.
        """
        self.problems = tuple(_without_workflow(_placed(one, anew)) for one in self.problems)
        return self

    def groups(self) -> dict[str, tuple[Problem, ...]]:
        """The problems by kind, in the order of the kinds' first problems."""
        grouped: dict[str, tuple[Problem, ...]] = {}
        for problem in self.problems:
            grouped[problem.group] = (*grouped.get(problem.group, ()), problem)
        return grouped

    def to_dict(self) -> dict[str, Any]:
        """The error as data that JSON can hold."""
        problems = [problem.to_dict() for problem in self.problems]
        return {
            "error": type(self).__name__,
            "code": self.code,
            "message": problems[0]["message"],
            "problems": problems,
            "fix_script": self.fix_script,
            "doc_link": self.doc_link,
        }


class ConfigError(DataFlowError):
    """Options that cannot be used."""


class ModelError(DataFlowError):
    """A class that cannot be a model."""


class NodeError(DataFlowError):
    """Parameters that a node cannot take."""


class WorkflowError(DataFlowError):
    """A workflow that cannot be built or started."""


class WorkflowBuildError(WorkflowError):
    """Every problem that ``build()`` found; ``groups()`` has them by kind."""


class ExecutionError(DataFlowError):
    """A run or an operation that failed."""


class NodeFailed(ExecutionError):
    """A run whose node failed. ``results`` are those of the nodes that had finished, ``error`` is what the node raised.

    ``__cause__`` is the exception of a driver or of the application behind it. A coded ``error`` is not: its text is
    this one's, and a traceback would print both.
    """

    def __init__(self, *problems: Problem, node_id: str = "", run_id: str = "") -> None:
        super().__init__(*problems)
        self.node_id = node_id
        self.run_id = run_id
        self.results: dict[str, Any] = {}
        self.error: BaseException | None = None

    @classmethod
    def of(
        cls, problems: Sequence[Problem], node_id: str = "", run_id: str = "", error: BaseException | None = None
    ) -> Self:
        failed = cls(*problems, node_id=node_id, run_id=run_id)
        failed.error = error
        failed.__cause__ = error.__cause__ if isinstance(error, DataFlowError) else error
        return failed

    def __reduce__(self) -> Any:
        # keyword arguments do not travel with an exception, its dict does; what a node raised may not be fit to
        return type(self).of, (self.problems,), {**self.__dict__, "error": None}


class NotFoundError(ExecutionError):
    """No record matches."""


class ConflictError(ExecutionError):
    """The record has another version than was expected."""


class DeadlineExceeded(ExecutionError):
    """A time limit that the caller set has passed."""


class TransactionError(DataFlowError):
    """A transaction that did not end as asked."""


class OutcomeUnknown(TransactionError):
    """A commit or a write whose answer never came: it may be done, and it may not."""


class SchemaError(DataFlowError):
    """A table that does not fit its model."""


class MigrationError(DataFlowError):
    """A migration that was not done, or not to its end."""


class PluginError(DataFlowError):
    """A plugin that cannot be used."""


class AdapterError(DataFlowError):
    """What the database answered or why it could not be asked."""


class ConstraintError(AdapterError):
    """The database refused a value."""


class UniqueError(ConstraintError):
    """A value that must be unique is there already."""


class ForeignKeyError(ConstraintError):
    """A record refers to one that is not there, or is referred to."""


class ContentionError(AdapterError):
    """Others were in the way; nothing was done, and the same work may succeed when it is done again."""


class UnreachableError(AdapterError):
    """The database cannot be opened."""


class DataFlowWarning(UserWarning):
    """Something that works and is rarely meant; its code silences it (option ``silence``)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        problem = self.problem
        ways = "; ".join(f"{one.text} {one.code}".strip() for one in problem.solutions)
        text = f"[{problem.code}] {problem.message}" + (f" ({ways})" if ways else "")
        return redacted(text, problem.secrets)


_BY_CODE: Mapping[str, type[DataFlowError]] = {
    "DF-X102": NotFoundError,
    "DF-X103": ConflictError,
    "DF-X106": DeadlineExceeded,
    "DF-A101": UniqueError,
    "DF-A102": ForeignKeyError,
    "DF-A103": ConstraintError,
    "DF-A104": ConstraintError,
    "DF-A106": ContentionError,
    "DF-A107": ContentionError,
    "DF-A108": ContentionError,
    "DF-A112": UnreachableError,
    "DF-A115": UnreachableError,
    "DF-A116": UnreachableError,
    "DF-A118": UnreachableError,
    "DF-A121": UnreachableError,
    "DF-A124": UnreachableError,
    "DF-T104": OutcomeUnknown,
}
_BY_AREA: Mapping[str, type[DataFlowError]] = {
    "C": ConfigError,
    "M": ModelError,
    "N": NodeError,
    "W": WorkflowError,
    "X": ExecutionError,
    "T": TransactionError,
    "S": SchemaError,
    "G": MigrationError,
    "P": PluginError,
    "A": AdapterError,
}


def error_of(problems: Problem | Sequence[Problem]) -> DataFlowError:
    """The exception for problems, of the class that the first one's code has.

    A problem that does not know where it stands gets the user's own line that led here.
    """
    given = (problems,) if isinstance(problems, Problem) else tuple(problems)
    code = given[0].code
    # the letters of another prefix name no area
    area = code[3:4] if code.startswith(f"{KERNEL_PREFIX}-") else ""
    kind = _BY_CODE.get(code) or _BY_AREA.get(area, DataFlowError)
    return kind.of(tuple(map(_placed, given)))


def _without_workflow(problem: Problem) -> Problem:
    left = tuple(one for one in problem.solutions if THIS_NODE not in one.code)
    return problem if len(left) == len(problem.solutions) else attrs.evolve(problem, solutions=left)


def _placed(problem: Problem, anew: bool = False) -> Problem:
    if problem.where.call is not None and not anew:
        return problem
    site = CallSite.user()
    return problem if site is None else attrs.evolve(problem, where=attrs.evolve(problem.where, call=site))
