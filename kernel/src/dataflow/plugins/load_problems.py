"""The problems of finding and importing plugins, in words."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.config.option import Origin
from dataflow.config.problems import INSTALL
from dataflow.diagnostics import Problem, Solution, Where, closest
from dataflow.plugins.discovery import GROUP, InstalledPlugin, canonical
from dataflow.plugins.first_party import FIRST_PARTY, NO_EXTRA
from dataflow.plugins.request import Block, PluginRequest


def missing_plugin(request: PluginRequest, installed: Sequence[str]) -> Problem:
    """DF-P101: nobody provides a plugin that somebody asks for."""
    is_named = request.distribution is not None or request.name in FIRST_PARTY
    # the scheme of a URL, which cannot be misspelt and still ask for an adapter
    known = {*installed} if is_named else {*installed, *FIRST_PARTY}
    near = () if request.name in ADAPTERS.values() else closest(request.name, sorted(known))[:1]
    hints = [Solution(f"or did you mean '{one}'?", f'plugins=["{one}"]') for one in near]
    if is_named:
        ways = [Solution("install it:", installation(request)), *hints]
    else:
        hints = [attrs.evolve(one, text=one.text.removeprefix("or ")) for one in hints]
        ways = [*hints, Solution("install the distribution that brings it:", "pip install ...")]
    return Problem(
        code="DF-P101",
        message=f"plugin '{request.name}' is not installed",
        where=Where(operation="plugins", path=request.origin.path(request.origin.detail or "plugins")),
        context={"plugin": request.name, "source": str(request.origin), "installed": ", ".join(installed) or "none"},
        cause=f"no installed distribution has an entry point '{request.name}' in the group '{GROUP}'"
        + (f", or it is not '{request.distribution}'" if request.distribution else ""),
        solutions=tuple(ways),
    )


def installation(request: PluginRequest) -> str:
    """The command that brings a plugin: an extra of ``dataflow``, or a distribution of its own."""
    if request.distribution is not None or request.name in NO_EXTRA:
        return f"pip install {request.distribution or FIRST_PARTY[request.name]}"
    return INSTALL.format(request.name)


def failed_import(plugin: InstalledPlugin, error: BaseException, location: str, origin: Origin) -> Problem:
    """DF-P102: importing or making a plugin raised."""
    return Problem(
        code="DF-P102",
        message=f"plugin '{plugin.name}' of '{plugin.distribution}' cannot be loaded: {type(error).__name__}: {error}",
        where=Where(operation="plugins"),
        context={
            "plugin": plugin.name,
            "distribution": f"{plugin.distribution} {plugin.version}",
            "at": location,
            "source": str(origin),
        },
        cause="importing its module raised; nothing else of it was used",
        solutions=(
            Solution("install it anew, with what it needs:", f"pip install --force-reinstall {plugin.distribution}"),
            Solution("or keep it out:", f'DataFlow(block=["{plugin.name}"])'),
        ),
    )


def not_a_plugin(name: str, target: object, provider: str, origin: Origin) -> Problem:
    """DF-P112: an entry point, or an element of ``plugins=[...]``, that cannot be a plugin."""
    return Problem(
        code="DF-P112",
        message=f"plugin '{name}' of {provider} is a '{type(target).__name__}', not a class",
        where=Where(operation="plugins"),
        context={"plugin": name, "source": str(origin)},
        cause="an entry point names a class; each instance makes its own object of it",
        solutions=(Solution("name the class:", f'[project.entry-points."{GROUP}"]\n{name} = "module:Class"'),),
    )


def of_distribution(problem: Problem, source: InstalledPlugin | None) -> Problem:
    """A problem of a plugin that names its distribution, which a plugin given as an object has not."""
    if source is None or "distribution" in problem.context:
        return problem
    plugin, *rest = problem.context.items()
    named = {"distribution": f"{source.distribution} {source.version}"}
    return attrs.evolve(problem, context={**dict([plugin]), **named, **dict(rest)})


def no_hook(name: str, plugin: object, location: str, origin: Origin) -> Problem:
    """DF-P112: a plugin that implements no hook at all."""
    return Problem(
        code="DF-P112",
        message=f"plugin '{name}' implements no hook",
        where=Where(operation="plugins"),
        context={"plugin": name, "class": type(plugin).__qualname__, "at": location, "source": str(origin)},
        cause="a plugin acts through its methods that are marked with @hookimpl",
        solutions=(Solution("implement one:", "@hookimpl\ndef dataflow_around(self, node): ..."),),
    )


def claimed_twice(name: str, claims: Sequence[InstalledPlugin]) -> Problem:
    """DF-P105: two distributions that provide a plugin of one name."""
    names = " and ".join(f"'{one.distribution}'" for one in claims)
    # the framework's own, if it is among them, is the one to keep
    kept, *others = sorted(claims, key=lambda one: canonical(one.distribution) != FIRST_PARTY.get(name))
    return Problem(
        code="DF-P105",
        message=f"plugin '{name}' is claimed by {names}",
        where=Where(operation="plugins"),
        context={one.distribution: f"{one.value} ({one.version})" for one in claims},
        cause="which one is meant must not depend on the order of installation",
        solutions=(
            Solution("uninstall one:", f"pip uninstall {others[-1].distribution}"),
            Solution("or say which is meant:", f'plugins=["{name}@{kept.distribution}"]'),
        ),
    )


def claimed_by_stranger(name: str, claim: InstalledPlugin, owner: str) -> Problem:
    """DF-P105: a name of the framework that another distribution claims."""
    return Problem(
        code="DF-P105",
        message=f"plugin '{name}' is claimed by '{claim.distribution}', but the name belongs to '{owner}'",
        where=Where(operation="plugins"),
        context={claim.distribution: f"{claim.value} ({claim.version})"},
        cause="the framework's own names are imported from its own distributions only",
        solutions=(
            Solution("install the framework's own:", f"pip install {owner}"),
            Solution("or say that the other one is meant:", f'plugins=["{name}@{claim.distribution}"]'),
        ),
    )


def named_twice(name: str, first: PluginRequest, second: PluginRequest) -> Problem:
    """DF-P105: two plugins of one name in one instance."""
    return Problem(
        code="DF-P105",
        message=f"two plugins are called '{name}'",
        where=Where(operation="plugins"),
        context={"first": str(first.origin), "second": str(second.origin)},
        cause="a plugin's name is where its options stand, and what 'block' and inspection speak of",
        solutions=(Solution("call one of them otherwise:", f'class ...:\n    name: ClassVar[str] = "my-{name}"'),),
    )


def wrong_version(plugin: InstalledPlugin, requirement: str, kernel: str) -> Problem:
    """DF-P106: a plugin made for another version of the kernel."""
    return Problem(
        code="DF-P106",
        message=f"plugin '{plugin.name}' of '{plugin.distribution}' needs '{requirement}'",
        where=Where(operation="plugins"),
        context={
            "plugin": plugin.name,
            "distribution": f"{plugin.distribution} {plugin.version}",
            "installed": f"dataflow-kernel {kernel}",
        },
        cause="it was installed for another version of the kernel",
        solutions=(
            Solution("install the two together:", f'pip install "{requirement}" {plugin.distribution}'),
            Solution("or keep it out:", f'DataFlow(block=["{plugin.name}"])'),
        ),
    )


def asked_and_blocked(request: PluginRequest, block: Block) -> Problem:
    """DF-P107: a plugin that is kept out by nothing stronger than what asks for it."""
    return Problem(
        code="DF-P107",
        message=f"plugin '{request.name}' is asked for and blocked",
        where=Where(operation="plugins", path=block.origin.path("block")),
        context={"asked for by": str(request.origin), "blocked by": str(block.origin)},
        cause="a block keeps out what a weaker source asks for; here neither is weaker",
        solutions=(
            Solution("take it out of 'block':", f'block without "{request.name}"'),
            Solution("or out of 'plugins':", f'plugins without "{request.name}"'),
        ),
    )


def unknown_block(block: Block, meant: str) -> Problem:
    """DF-C208: a name that is blocked, that no plugin has, and that looks like one which is asked for."""
    return Problem(
        code="DF-C208",
        message=f"'block' names '{block.name}', which no plugin is called",
        where=Where(operation="plugins", path=block.origin.path("block")),
        context={"blocked": block.name, "blocked by": str(block.origin)},
        cause=f"it keeps nothing out: the plugin '{meant}' is loaded",
        solutions=(
            Solution(f"did you mean '{meant}'?", f'block = ["{meant}"]'),
            Solution("or silence this warning:", 'DataFlow(silence=["DF-C208"])'),
        ),
    )


def blocked_builtin(name: str, block: Block) -> Problem:
    """DF-P107: a block of a part of the kernel."""
    return Problem(
        code="DF-P107",
        message=f"plugin '{name}' is part of the kernel and cannot be blocked",
        where=Where(operation="plugins", path=block.origin.path("block")),
        context={"blocked by": str(block.origin)},
        cause="models and nodes come from it; a plugin may win over it, but not do without it",
        solutions=(Solution("take it out of 'block':", f'block without "{name}"'),),
    )


def unheard_debug() -> Problem:
    """DF-C207: debug output without anybody who prints it."""
    return Problem(
        code="DF-C207",
        message="'debug' is on, but no plugin listens",
        where=Where(operation="plugins"),
        context={"debug": "True"},
        cause="debug output is printed by the plugin 'trace', which is not loaded",
        solutions=(
            Solution("install it:", INSTALL.format("trace")),
            Solution("or silence this warning:", 'DataFlow(silence=["DF-C207"])'),
        ),
    )


def skipped_plugin(problem: Problem, name: str) -> Problem:
    """DF-C206: an optional plugin that is there but cannot be used."""
    return Problem(
        code="DF-C206",
        message=f"optional plugin '{name}' is skipped: {problem.message}",
        where=problem.where,
        context=problem.context,
        cause=problem.cause,
        solutions=(*problem.solutions, Solution("or silence this warning:", 'DataFlow(silence=["DF-C206"])')),
    )
