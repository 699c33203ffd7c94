"""Runs a program of the list: from a real file, statement by statement, and tells where and how it ended."""

from __future__ import annotations
import __future__

import ast
import contextlib
import gc
import io
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from types import TracebackType

import attrs
from tests.mistakes.mistake import Stage

from dataflow import AdapterError, DataFlow, DataFlowError, DataFlowWarning, Problem, SchemaError, UnreachableError
from dataflow.runtimes.events import Event
from dataflow.workflows.directory import live_instances

_CONSTRUCTORS = ("DataFlow", "development", "production", "testing")
_REGISTRATION = ("model", "node", "hook")
_BUILDING = ("build", "add_node", "add_connection", "add_input", "add_workflow", "transaction", "from_dict")
_FUTURE = __future__.annotations.compiler_flag
_NUMBERS = count()


@attrs.frozen
class Outcome:
    """How a program ended. ``error`` is what it raised, ``operations`` how many ran in the statement that raised it."""

    error: BaseException | None = None
    stage: Stage | None = None
    operations: int = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of a coded error or warning; none of any other."""
        if isinstance(self.error, DataFlowError):
            return self.error.problems
        return (self.error.problem,) if isinstance(self.error, DataFlowWarning) else ()

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(one.code for one in self.problems))


def run(source: str, directory: Path) -> Outcome:
    """Run a source as ``app.py`` of a directory of its own, and take away what it leaves in the process."""
    file = directory / "app.py"
    file.write_text(source)
    # a text that is older than the process is what its code was compiled from, statement by statement too
    os.utime(file, (0, 0))
    with _own_place(directory):
        return _Run(file, ast.parse(source)).to_end()


@attrs.define(eq=False)
class _Run:
    file: Path
    tree: ast.Module
    operations: int = 0
    #: what ``from __future__`` asks for holds for every statement
    flags: int = attrs.field(init=False)
    _watched: dict[int, DataFlow] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        source = ast.unparse(self.tree)
        self.flags = compile(source, str(self.file), "exec", dont_inherit=True).co_flags & _FUTURE

    def to_end(self) -> Outcome:
        # only what the program makes is looked at afterwards
        gc.freeze()
        before = {id(one) for one in live_instances()}
        module = types.ModuleType(f"mistaken_{next(_NUMBERS)}")
        module.__file__ = str(self.file)
        sys.modules[module.__name__] = module
        try:
            return self._statements(vars(module), before)
        finally:
            del sys.modules[module.__name__]
            self._close()
            vars(module).clear()
            # WorkflowBuilder() looks for a node among all instances that live
            gc.collect()
            gc.unfreeze()

    def _statements(self, namespace: dict[str, object], before: set[int]) -> Outcome:
        for statement in self.tree.body:
            done = self.operations
            code = compile(ast.Module([statement], []), str(self.file), "exec", self.flags, dont_inherit=True)
            try:
                with warnings.catch_warnings(record=True) as told:
                    warnings.simplefilter("always", DataFlowWarning)
                    exec(code, namespace)
            except (Exception, SystemExit) as error:
                operations = self.operations - done
                stage = _stage(error, self.tree, str(self.file), operations)
                # its frames hold the program's instances
                return Outcome(_without_frames(error), stage, operations)
            for one in told:
                if isinstance(one.message, DataFlowWarning):
                    made = any(_name(node) in _CONSTRUCTORS for node in ast.walk(statement))
                    return Outcome(one.message, "construction" if made else "before execution", self.operations - done)
            for app in live_instances():
                if id(app) not in before and id(app) not in self._watched:
                    self._watched[id(app)] = app
                    app.plugins.add_hook(self._observer())
        return Outcome()

    def _observer(self) -> Callable[[Event], None]:
        def dataflow_event(event: Event) -> None:
            # a direct call is told before its arguments are looked at; the node of a run has been, and runs
            is_node = (event.area, event.name) == ("exec", "start") and event.node_id is not None
            if (event.area, event.name) == ("sql", "statement") or is_node:
                self.operations += 1

        return dataflow_event

    def _close(self) -> None:
        for app in self._watched.values():
            with contextlib.suppress(DataFlowError):
                app.sync.close()
        self._watched.clear()


def _stage(error: BaseException, tree: ast.Module, file: str, operations: int) -> Stage:
    """Where a program was when it raised: by what its innermost own line calls, and by what had run."""
    node = _raising(error.__traceback__, tree, file)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import"
    name = _name(node)
    if name in _CONSTRUCTORS:
        return "construction"
    if name in _REGISTRATION:
        return "registration"
    if name in _BUILDING:
        return "build"
    if isinstance(error, UnreachableError | SchemaError):
        return "connect"
    if getattr(error, "code", "") == "DF-X111" or not isinstance(error, DataFlowError):
        return "use of a result"
    return "run" if operations or isinstance(error, AdapterError) else "before execution"


def _name(node: ast.AST | None) -> str:
    """What is called, or looked up."""
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _raising(trace: TracebackType | None, tree: ast.Module, file: str) -> ast.AST | None:
    """The innermost expression of the file that an exception came through."""
    own: tuple[int | None, ...] | None = None
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == file:
            own = next(islice(code.co_positions(), trace.tb_lasti // 2, None))
        trace = trace.tb_next
    found = None
    for node in ast.walk(tree):
        place = tuple(getattr(node, name, None) for name in ("lineno", "end_lineno", "col_offset", "end_col_offset"))
        if place == own:
            found = node
            if not isinstance(node, ast.Expr):
                break
    return found


def _without_frames(error: BaseException) -> BaseException:
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        seen = seen.__cause__ or seen.__context__
    return error


@contextlib.contextmanager
def _own_place(directory: Path) -> Iterator[None]:
    """A directory and an environment of its own; what the program changes of the process is put back."""
    environ, path, modules, place = dict(os.environ), [*sys.path], set(sys.modules), Path.cwd()
    for name in [name for name in os.environ if name.startswith("DATAFLOW_")]:
        del os.environ[name]
    os.chdir(directory)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(environ)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin is not None and Path(origin).is_relative_to(directory):
                del sys.modules[name]
