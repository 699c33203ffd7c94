"""``PythonCodeNode``: a piece of Python whose inputs and outputs are read off its own names.

Python code cannot be sandboxed: it runs with all rights of the process. The node is therefore off in the
production profile unless ``python_code_nodes`` turns it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.types import ANY, STR
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import as_meant, check_names, check_required
from dataflow.operations.operation import Call, Result
from dataflow.runtimes.threads import in_thread

if TYPE_CHECKING:
    from dataflow.nodes.utility.code_names import Names

NAME = "PythonCodeNode"
CODE = Parameter(
    name="code", type=STR, required=True, description="Python statements", example='"total = price * count"'
)


@attrs.frozen(eq=False)
class CodeBehaviour:
    """One piece of compiled code."""

    code: CodeType
    names: Names

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: value for name, value in params.items() if name != "code"}

    def target(self, path: Path) -> Path | None:
        return path if path[0] in (*self.names.inputs, *self.names.optional) else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type=NAME, operation="call")
        parameters = input_parameters(self.names)
        return [
            *check_names(NAME, parameters, inputs.given, where),
            *check_required(NAME, parameters, inputs.given, as_meant(parameters, inputs).connected, where),
        ]

    def bind(self, params: Mapping[str, Any]) -> Call:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        return Call(arguments=params)

    async def run(self, operation: Call) -> Result:
        return await in_thread(self._execute, {"scope": dict(operation.arguments)})

    def _execute(self, scope: dict[str, Any]) -> dict[str, Any]:
        exec(self.code, scope)  # noqa: S102  # trusted code, as the module says
        return {name: scope[name] for name in self.names.outputs if name in scope}


def input_parameters(names: Names) -> tuple[Parameter, ...]:
    needed = [
        Parameter(name=name, type=ANY, required=True, description="a name that the code reads", example="...")
        for name in names.inputs
    ]
    optional = [
        Parameter(name=name, type=ANY, description="a name that the code reads, and has without it", example="...")
        for name in names.optional
    ]
    return (*needed, *optional)


class UnknownCode:
    """The behaviour before the code is known: only ``specialise`` is of use."""

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        return path

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        return check_required(NAME, (CODE,), inputs.given, inputs.connected, Where(node_type=NAME))

    def bind(self, params: Mapping[str, Any]) -> Call:
        raise error_of(_bad_code("has no 'code'", params.get("code")))


def code_node(enabled: bool) -> NodeType:
    """The node type of an instance; ``enabled`` is its option ``python_code_nodes``."""

    def specialise(params: Mapping[str, Any]) -> NodeType:
        if not enabled:
            raise error_of(_disabled())
        behaviour = CodeBehaviour(*_compiled(params.get("code")))
        return attrs.evolve(
            general,
            parameters=input_parameters(behaviour.names),
            outputs=tuple(
                Output(name=name, description="a name that the code binds") for name in behaviour.names.outputs
            ),
            behaviour=behaviour,
            run=behaviour.run,
            specialise=None,
            open_inputs=False,
            open_outputs=False,
        )

    general = NodeType(
        name=NAME,
        kind="python_code",
        parameters=(CODE,),
        outputs=(),
        behaviour=UnknownCode(),
        description="run Python statements; their free names are inputs, the names they bind are outputs",
        open_inputs=True,
        open_outputs=True,
        outside_effects=True,
        specialise=specialise,
    )
    return general


def _compiled(code: Any) -> tuple[CodeType, Names]:
    if not isinstance(code, str) or not code.strip():
        raise error_of(_bad_code("needs Python statements as 'code'", code))
    # with it comes the compiler's symbol table, which few applications need
    from dataflow.nodes.utility.code_names import names_of

    try:
        return compile(code, "<PythonCodeNode>", "exec"), names_of(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise error_of(_bad_code(f"holds code that does not parse: {error}", code)) from error


def _bad_code(what: str, code: object) -> Problem:
    return Problem(
        code="DF-N118",
        message=f"PythonCodeNode {what}",
        where=Where(node_type=NAME, path=("code",)),
        context={"code": code},
        cause="inputs and outputs are read off the code before anything runs",
        solutions=(Solution("or use a function, which is the recommended form:", "add_node(my_function, ...)"),),
    )


def _disabled() -> Problem:
    return Problem(
        code="DF-N118",
        message="PythonCodeNode is turned off in this instance",
        where=Where(node_type=NAME),
        context={"python_code_nodes": False},
        cause="Python code from a string runs with all rights of the process and cannot be sandboxed",
        solutions=(
            Solution("use a function of the application:", "add_node(my_function, ...)"),
            Solution("or allow it:", "DataFlow(..., python_code_nodes=True)"),
        ),
    )
