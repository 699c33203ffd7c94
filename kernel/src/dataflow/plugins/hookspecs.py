"""Every hook of the kernel. Each is asked once, never per call; what runs per call is what a hook returned."""

# pluggy never runs a specification, so its body is its docstring alone
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from dataflow.adapters import Adapter
    from dataflow.app import DataFlow
    from dataflow.config.options import Config
    from dataflow.debugging import DebugOutput
    from dataflow.diagnostics import ErrorCodes, Problem, Where
    from dataflow.inspection.checkups import Checkup
    from dataflow.migrations.engine import MigrationEngine
    from dataflow.models.model import Field, Model
    from dataflow.nodes.node_type import NodeType
    from dataflow.operations.operation import Executor, Middleware
    from dataflow.rendering import Style
    from dataflow.runtimes.events import Event
    from dataflow.workflows.builder import WorkflowBuilder
    from dataflow.workflows.pictures import StepState
    from dataflow.workflows.workflow import Workflow

PROJECT = "dataflow"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hook specifications, in the order in which an application meets them."""

    @hookspec
    def dataflow_check_config(self, config: Config) -> Sequence[Problem]:
        """Find options that cannot hold together.

        All plugins are asked, once, at construction, before the adapter is made.

        :param config: the merged options, each with its origin.
        :returns: problems; one whose code starts with ``DF-C2`` is only a warning.
        """

    @hookspec(firstresult=True)
    def dataflow_adapter(self, config: Config) -> Adapter | None:
        """Make the adapter for ``config.database_url``, or None when the URL is another's.

        Asked once, at construction, latest plugin first. It opens nothing.

        :raises ConfigError: DF-A113 when the URL is its own but malformed.
        """

    @hookspec
    def dataflow_model_fields(self, model: Model) -> Iterable[Field]:
        """Give the fields that a plugin adds to a model: timestamps, a version, a tenant.

        All plugins are asked, once per model, at registration; the fields come after the user's.
        """

    @hookspec
    def dataflow_check_model(self, model: Model) -> Sequence[Problem]:
        """Find what is wrong with a model whose own fields are right.

        All plugins are asked, once per model, at registration, after ``dataflow_model_fields``.
        """

    @hookspec
    def dataflow_nodes(self, model: Model | None) -> Iterable[NodeType]:
        """Give the node types of a model, or with None those that belong to no model.

        All plugins are asked: once with None at construction, then once per model at registration.
        """

    @hookspec(firstresult=True)
    def dataflow_replace_node(self, node: NodeType) -> NodeType | None:
        """Put an own version in the place of one node type, or None to leave it.

        Asked once per node type, at registration, latest plugin first.
        """

    @hookspec
    def dataflow_check_workflow(self, workflow: Workflow) -> Sequence[Problem]:
        """Find what is wrong with a workflow that is sound by itself.

        All plugins are asked, at each ``build()``, after the kernel's own checks have passed.
        """

    @hookspec(firstresult=True)
    def dataflow_executor(self, node: NodeType, adapter: Adapter) -> Executor | None:
        """Say how a node runs.

        Asked once per node type, at first use, latest plugin first; the kernel's own answer is last.

        :returns: ``async (operation) -> result``, called for every execution.
        """

    @hookspec
    def dataflow_around(self, node: NodeType) -> Middleware | None:
        """Wrap the executor of a node: retry, cache, audit, profile.

        All plugins are asked, once per node type, at first use. The latest plugin's wraps outermost.

        :returns: a function from executor to executor, or None to stay out of this node.
        """

    @hookspec
    def dataflow_lifespan(self, app: DataFlow) -> AbstractAsyncContextManager[None] | None:
        """Give what must be opened with the instance and closed with it.

        All plugins are asked, once, before the first operation; entered in order, left in reverse. Operations wait until all are
        entered; when one fails, those before it are left, and the next operation tries again.
        """

    @hookspec(firstresult=True)
    def dataflow_explain(self, error: BaseException, where: Where) -> Problem | None:
        """Turn a driver's exception into a Problem, or None to let the next plugin try.

        Asked once per failure, latest plugin first; stops at the first answer.

        :param where: node, model and operation; ``where.elapsed_s`` counts from the node's start.
        :returns: a Problem whose code has a page.
        """

    @hookspec
    def dataflow_error_codes(self) -> ErrorCodes:
        """Give the codes of the plugin's own problems, with their titles, kinds and pages.

        All plugins are asked, once, at construction. A problem with such a code is headed by its kind,
        ``error.embedded_docs`` is its page, and ``dataflow explain`` prints it.

        :returns: codes under a prefix that is this plugin's alone; ``DF`` is the framework's.
        :raises PluginError: DF-P114 for a prefix of another's, a code of another form, a code without a page.
        """

    @hookspec(firstresult=True)
    def dataflow_render(self, problem: Problem, style: Style) -> str | None:
        """Show a problem in a style, or None to let the next plugin try.

        Asked when a problem is displayed, latest plugin first; the kernel's own answer is last.
        """

    @hookspec(firstresult=True)
    def dataflow_picture(self, workflow: Workflow | WorkflowBuilder, states: Mapping[str, StepState]) -> str | None:
        """Draw a workflow, or None to leave it to the next plugin.

        Asked whenever a picture is shown, latest plugin first; the kernel's own answer, which draws what is built, is last.

        :param workflow: a builder may hold mistakes, which the picture can show.
        :param states: what became of the steps in one run; empty when no run is shown.
        :returns: an SVG element that loads nothing, in which everything of the user's is escaped.
        """

    @hookspec
    def dataflow_event(self, event: Event) -> None:
        """Observe what happens: registration, statements, nodes, runs.

        All plugins that implement it are called, per event; when none does, no event is made. A plugin may say with
        an attribute ``wants_events`` what it listens to: false is nothing and costs nothing, a set of areas such as
        ``{"progress"}`` costs only where those happen. It is read after ``dataflow_check_config``, and again whenever
        ``db.debug`` is called. Who is told of a start is told of the end in the same context, so what it sets in a
        context variable at the one holds for everything until the other.
        An exception is logged once and does not reach the run.
        """

    @hookspec(firstresult=True)
    def dataflow_debug(self) -> DebugOutput | None:
        """Give what prints events for people, so that ``db.debug`` can choose among them while the instance works.

        Asked once, at the first ``db.debug(...)``, latest plugin first.

        :returns: the object that keeps the choice, or None when the plugin prints nothing.
        """

    @hookspec
    def dataflow_migration_engine(self, config: Config) -> MigrationEngine:
        """Give an engine of the migration pipeline.

        All plugins are asked, once, when ``db.migrations`` or a missing table is first met. In each phase the engines run in
        the order of their plugins.

        :returns: the engine, whose name is the word by which ``db.migrations`` has its interface.
        """

    @hookspec
    def dataflow_commands(self) -> Iterable[click.Command]:
        """Give sub-commands of the ``dataflow`` command.

        All plugins are asked, once, when the command line starts. What a command answers is the exit code; in the ``obj`` of
        its context it finds a ``CommandLine``, which imports the user's file and prints as the other commands do.
        """

    @hookspec
    def dataflow_describe(self, app: DataFlow) -> Any:
        """Describe the plugin's own state for inspection: an attrs object, or None.

        All plugins are asked, at each inspection.
        """

    @hookspec
    def dataflow_checkups(self, app: DataFlow, processes: int) -> Iterable[Checkup]:
        """Give what ``dataflow doctor`` should look at besides: the server's settings, a service the plugin needs.

        All plugins are asked, at each diagnosis. A checkup opens what it needs when it runs, and is not run where the
        database cannot be reached and it says that it needs it.

        :param processes: how many processes the application runs as, of which each has its own connections.
        """
