"""``FunctionNode``: a Python callable as a node, by itself or through ``@node``."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from dataflow.diagnostics import Problem, Solution, Where, error_of
from dataflow.models.model import MISSING
from dataflow.models.types import ANY, PYTHON_TYPES, FieldType, scalar
from dataflow.nodes.node_type import Inputs, NodeType, Output, Parameter, Path
from dataflow.nodes.parameters import as_meant, check_names, check_required, check_values
from dataflow.operations.operation import Call, Result
from dataflow.runtimes.threads import in_thread
from dataflow.values.arguments import as_argument

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
#: set on a function that may be called again without harm
IDEMPOTENT = "__dataflow_idempotent__"


@attrs.frozen(eq=False)
class FunctionBehaviour:
    """The inputs of a function are its parameters; annotated scalars are checked and coerced like fields."""

    name: str
    function: Function
    parameters: tuple[Parameter, ...]
    open_inputs: bool
    extra: frozenset[str] = frozenset()

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: value for name, value in params.items() if name not in self.extra}

    def target(self, path: Path) -> Path | None:
        known = self.open_inputs or any(parameter.name == path[0] for parameter in self.parameters)
        return path if known and path[0] else None

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type=self.name, operation="call")
        meant = inputs if self.open_inputs else as_meant(self.parameters, inputs)
        unknown = [] if self.open_inputs else check_names(self.name, self.parameters, inputs.given, where)
        return [
            *unknown,
            *check_required(self.name, self.parameters, inputs.given, meant.connected, where),
            *check_values(self.name, self.parameters, inputs, where, _taken),
        ]

    def bind(self, params: Mapping[str, Any]) -> Call:
        problems = self.check(Inputs(params))
        if problems:
            raise error_of(list(problems))
        types = {parameter.name: parameter.type for parameter in self.parameters}
        return Call(arguments={name: _taken(types.get(name, ANY), value) for name, value in params.items()})

    async def run(self, operation: Call) -> Result:
        """Call it: an async function on the loop, a plain one in a thread, in this context: a scope is seen there too."""
        if inspect.iscoroutinefunction(self.function):
            return as_outputs(await self.function(**operation.arguments))
        value = await in_thread(self.function, operation.arguments)
        # a lambda around an async function, or an object whose call is async
        return as_outputs(await value if inspect.isawaitable(value) else value)


def as_outputs(value: Any) -> dict[str, Any]:
    """A dict's items are a function's outputs; anything else is its output ``result``."""
    return value if isinstance(value, dict) else {"result": value}


def _taken(field_type: FieldType, value: Any) -> Any:
    """What an annotated parameter gets: a value of its class as it is, text and the like as the class has it.

    :raises ValueFault: for anything else.
    """
    # a bool is an int and a datetime a date by inheritance only
    return value if type(value) is field_type.python else as_argument(field_type, value)


def function_node_type(function: Function, name: str | None = None, description: str = "") -> NodeType:
    """The node type of a callable.

    :raises NodeError: DF-N119 for what is not callable, yields, or has parameters that have no name.
    """
    if not callable(function):
        raise error_of(_not_callable(function))
    name = name or _name_of(function)
    if _yields(function):
        raise error_of(_generator(name))
    parameters, open_inputs = _parameters(function, name)
    behaviour = FunctionBehaviour(name, function, parameters, open_inputs)
    return NodeType(
        name=name,
        kind="function",
        parameters=parameters,
        outputs=(Output(name="result", description="what the function returns, when that is not a dict"),),
        behaviour=behaviour,
        description=description or (inspect.getdoc(function) or "").partition("\n")[0],
        open_inputs=open_inputs,
        open_outputs=True,
        outside_effects=not getattr(function, IDEMPOTENT, False),
        run=behaviour.run,
    )


@typing.overload
def node(function: F) -> F: ...
@typing.overload
def node(*, idempotent: bool = False) -> Callable[[F], F]: ...
def node(function: F | None = None, *, idempotent: bool = False) -> F | Callable[[F], F]:
    """Check that a function can be a node, where it is written, and give it back: ``add_node(function, "id")`` takes it.

    ``@db.node`` registers it under its name as well. ``@node(idempotent=True)`` says that calling it again with the same
    inputs does no harm: it may then stand in a transaction that is done again.

    :raises NodeError: DF-N119.
    """
    if function is None:
        return lambda given: _checked(given, idempotent)
    return _checked(function, idempotent)


def _checked(function: F, idempotent: bool) -> F:
    function_node_type(function)
    if idempotent:
        setattr(function, IDEMPOTENT, True)
    return function


def _name_of(function: Function) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _yields(function: Function) -> bool:
    """Whether calling it gives a generator, whose code has not run yet."""
    while isinstance(function, functools.partial):
        function = function.func
    calls = (function, type(function).__call__)
    return any(inspect.isgeneratorfunction(one) or inspect.isasyncgenfunction(one) for one in calls)


def _signature(function: Function, name: str) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError) as error:
        raise error_of(_unreadable(name)) from error


def _parameters(function: Function, name: str) -> tuple[tuple[Parameter, ...], bool]:
    hints = _hints(function)
    parameters: list[Parameter] = []
    open_inputs = False
    for parameter in _signature(function, name).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            open_inputs = True
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            raise error_of(_unnamed(name, parameter))
        else:
            parameters.append(_parameter(parameter, hints.get(parameter.name)))
    return tuple(parameters), open_inputs


def _hints(function: Function) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # an annotation that only a type checker can resolve says nothing about values
        return {}


def _parameter(parameter: inspect.Parameter, hint: Any) -> Parameter:
    has_default = parameter.default is not parameter.empty
    field_type = _type_of(hint)
    if has_default and parameter.default is None:
        field_type = attrs.evolve(field_type, nullable=True)
    return Parameter(
        name=parameter.name,
        type=field_type,
        required=not has_default,
        default=parameter.default if has_default else MISSING,
        description="a parameter of the function",
    )


def _type_of(hint: Any) -> FieldType:
    """What can be said of a parameter's values: scalars and containers, with ``| None``; of anything else nothing."""
    kinds = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    known = [one for one in kinds if one is not types.NoneType]
    if len(known) != 1:
        return ANY
    python = typing.get_origin(known[0]) or known[0]
    if python not in PYTHON_TYPES:
        return ANY
    return attrs.evolve(scalar(python), nullable=len(known) < len(kinds))


def _not_callable(given: object) -> Problem:
    return Problem(
        code="DF-N119",
        message=f"FunctionNode needs a callable as 'function', not a {type(given).__name__}",
        where=Where(node_type="FunctionNode", path=("function",)),
        context={"given": given},
        cause="the node calls it with its inputs as keyword arguments",
        solutions=(Solution("give the function itself, not its result:", '{"function": my_function}'),),
    )


def _generator(name: str) -> Problem:
    return Problem(
        code="DF-N119",
        message=f"function '{name}' yields, so a call of it runs nothing",
        where=Where(node_type="FunctionNode", path=("function",)),
        context={"function": name},
        cause="a step's result is there when the step has run, and goes to every step that is connected to it",
        solutions=(Solution("return a list:", f"def {name}(...): return [...]"),),
    )


def _unreadable(name: str) -> Problem:
    return Problem(
        code="DF-N119",
        message=f"function '{name}' does not say which parameters it has",
        where=Where(node_type="FunctionNode", path=("function",)),
        context={"function": name},
        cause="inputs of a node have names, and Python cannot read them off this function, as is so for many built-in ones",
        solutions=(Solution("call it in a function of your own:", f"def my_{name}(value): return {name}(value)"),),
    )


def name_taken(name: str, taken: NodeType) -> Problem:
    """The problem of a function that is named as another node is."""
    owner = "every instance" if taken.model is None else f"model {taken.model.name}"
    return Problem(
        code="DF-N119",
        message=f"function '{name}' cannot be registered: '{name}' is a node of {owner}",
        where=Where(node_type=name),
        context={"name": name},
        cause="workflows name nodes, and the other node could not be reached any more",
        solutions=(Solution("give the function another name:", f"def my_{name}(...): ..."),),
    )


def _unnamed(name: str, parameter: inspect.Parameter) -> Problem:
    return Problem(
        code="DF-N119",
        message=f"parameter '{parameter}' of function '{name}' cannot be given by name",
        where=Where(node_type="FunctionNode", path=("function",)),
        context={"parameter": str(parameter)},
        cause="inputs of a node have names",
        solutions=(Solution("declare it as a named parameter:", f"def {name}({parameter.name}): ..."),),
    )


class FunctionNodeBehaviour:
    """The behaviour before the function is known: only ``specialise`` is of use."""

    def canonical(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return params

    def target(self, path: Path) -> Path | None:
        return path

    def check(self, inputs: Inputs) -> Sequence[Problem]:
        where = Where(node_type="FunctionNode")
        return check_required("FunctionNode", FUNCTION_PARAMETERS, inputs.given, inputs.connected, where)

    def bind(self, params: Mapping[str, Any]) -> Call:
        raise error_of(_not_callable(params.get("function")))


FUNCTION_PARAMETERS = (
    Parameter(name="function", type=ANY, required=True, description="a sync or async callable", example="my_function"),
)


def _specialise(params: Mapping[str, Any]) -> NodeType:
    made = function_node_type(params.get("function"), "FunctionNode")  # type: ignore[arg-type]  # refused when absent
    behaviour = made.behaviour
    assert isinstance(behaviour, FunctionBehaviour)
    own = attrs.evolve(behaviour, extra=frozenset(("function",)))
    return attrs.evolve(made, behaviour=own, run=own.run)


FUNCTION_NODE = NodeType(
    name="FunctionNode",
    kind="function",
    parameters=FUNCTION_PARAMETERS,
    outputs=(),
    behaviour=FunctionNodeBehaviour(),
    description="call a Python function with the inputs as keyword arguments",
    open_inputs=True,
    open_outputs=True,
    outside_effects=True,
    specialise=_specialise,
)
