"""``PythonCodeNode``: a piece of Python whose inputs and outputs are read off its own names.

Python code cannot be sandboxed: it runs with all rights of the process. The node is therefore off in the
production profile unless ``python_code_nodes`` turns it on.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.types import ANY, STR
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import check_names, check_required
from dataflow.operations.operation import Call, Result

NAME = "PythonCodeNode"
CODE = Parameter(
    name="code", type=STR, required=True, description="Python statements", example='"total = price * count"'
)


@attrs.frozen
class Names:
    """The free names of a piece of code (its inputs) and those it binds at its top level (its outputs)."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def names_of(tree: ast.Module) -> Names:
    """What the code reads before it is bound, and what it binds without a leading underscore."""
    reader = _Reader()
    for statement in tree.body:
        reader.visit(statement)
    outputs = tuple(name for name in reader.bound if not name.startswith("_"))
    return Names(tuple(reader.free), outputs)


class _Reader(ast.NodeVisitor):
    """Walks statements in order; a name used in an inner function counts as read where it is defined."""

    def __init__(self) -> None:
        self.free: dict[str, None] = {}
        self.bound: dict[str, None] = {}
        self._local: list[set[str]] = []
        self._tools: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        else:
            self._bind(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            # a module is a tool of the code, not a result of it
            self._hide((alias.asname or alias.name).partition(".")[0])

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        arguments += [one for one in (node.args.vararg, node.args.kwarg) if one]
        if not isinstance(node, ast.Lambda):
            self._hide(node.name)
        self._local.append({one.arg for one in arguments})
        for statement in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(statement)
        self._local.pop()

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def _comprehension(self, node: Any) -> None:
        self._local.append(set())
        for generator in node.generators:
            self.visit(generator.iter)
            self.visit(generator.target)
            for condition in generator.ifs:
                self.visit(condition)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self.visit(getattr(node, part))
        self._local.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._hide(node.name)
        self._local.append(set())
        self.generic_visit(node)
        self._local.pop()

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._hide(node.name)
        self.generic_visit(node)

    def _read(self, name: str) -> None:
        if (
            name not in self.bound
            and name not in self._tools
            and not any(name in scope for scope in self._local)
            and not hasattr(builtins, name)
        ):
            self.free[name] = None

    def _bind(self, name: str) -> None:
        if self._local:
            self._local[-1].add(name)
        else:
            self.bound[name] = None

    def _hide(self, name: str) -> None:
        """Bind a name that is not an output."""
        (self._local[-1] if self._local else self._tools).add(name)


@attrs.frozen(eq=False)
class CodeBehaviour:
    """One piece of compiled code."""

    code: CodeType
    names: Names

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: value for name, value in params.items() if name != "code"}

    def target(self, path: Path) -> Path | None:
        return path if path[0] in self.names.inputs else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type=NAME, operation="call")
        parameters = input_parameters(self.names)
        return [
            *check_names(NAME, parameters, inputs.given, where),
            *check_required(NAME, parameters, inputs.given, inputs.connected, where),
        ]

    def bind(self, params: Mapping[str, Any]) -> Call:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        return Call(arguments=params)

    async def run(self, operation: Call) -> Result:
        return await asyncio.to_thread(self._execute, dict(operation.arguments))

    def _execute(self, scope: dict[str, Any]) -> dict[str, Any]:
        exec(self.code, scope)  # noqa: S102  # trusted code, as the module says
        return {name: scope[name] for name in self.names.outputs if name in scope}


def input_parameters(names: Names) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name=name, type=ANY, required=True, description="a name that the code reads", example="...")
        for name in names.inputs
    )


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
        tree, code = _compiled(params.get("code"))
        behaviour = CodeBehaviour(code, names_of(tree))
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


def _compiled(code: Any) -> tuple[ast.Module, CodeType]:
    if not isinstance(code, str) or not code.strip():
        raise error_of(_bad_code("needs Python statements as 'code'", code))
    try:
        tree = ast.parse(code, "<PythonCodeNode>")
        return tree, compile(tree, "<PythonCodeNode>", "exec")
    except (SyntaxError, ValueError) as error:
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
