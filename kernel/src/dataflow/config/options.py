"""The kernel's own options, typed and merged from every source."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from dataflow.config.database_url import MEMORY_URL, DatabaseUrl
from dataflow.config.description import OptionState, option_states
from dataflow.config.option import DEFAULT, Option, Origin, Setting, declared_options, option
from dataflow.config.tls import TLS
from dataflow.diagnostics import Problem
from dataflow.expressions.limits import Limits
from dataflow.plugins.request import Block, PluginRequest
from dataflow.runtimes.areas import AREAS, unknown_area, words_of

_at_least_0 = attrs.validators.ge(0)
_at_least_1 = attrs.validators.ge(1)
_above_0 = attrs.validators.gt(0)
_above_0_or_none = attrs.validators.optional(_above_0)


def _warning_codes(_: object, attribute: attrs.Attribute[tuple[str, ...]], codes: tuple[str, ...]) -> None:
    if not all(re.fullmatch(r"DF-C2[0-9]{2}", code) for code in codes):
        raise ValueError(f"'{attribute.name}' must be made of codes of warnings, such as 'DF-C201'")


def _areas(_: object, attribute: attrs.Attribute[bool | str], debug: bool | str) -> None:
    words = words_of(debug) if isinstance(debug, str) else ()
    if isinstance(debug, str) and (not words or unknown_area(words) is not None):
        raise ValueError(f"'{attribute.name}' must be made of {', '.join(AREAS)}")


def _limits(given: Limits | Mapping[str, int]) -> Limits:
    return given if isinstance(given, Limits) else Limits(**given)


def _tls(given: TLS | Mapping[str, Any]) -> TLS:
    return given if isinstance(given, TLS) else TLS(**given)


def _frozen(values: Mapping[str, Origin]) -> Mapping[str, Origin]:
    return MappingProxyType(dict(values))


@attrs.frozen(kw_only=True, eq=False)
class Config:
    """The options of one instance. ``load_config`` makes it; an option of a plugin is in ``plugin_settings``.

    ``origins`` tells of each option who decided it; what nobody gave is absent from it.
    """

    database_url: DatabaseUrl = option(  # noqa: RUF009  # it makes an attrs field
        MEMORY_URL,
        "The database: a URL, `:memory:`, or a Path to a SQLite file. A relative file name is taken once, at construction, "
        "from the working directory, or from the directory of the plugins.toml that gives it.",
    )
    pool_size: int = option(5, "How many connections the pool keeps.", bounds=_at_least_1)
    pool_max_overflow: int = option(
        10, "How many connections a server's pool opens beyond that under load, and closes after.", bounds=_at_least_0
    )
    pool_recycle_s: float | None = option(
        None, "The age at which a server's pool replaces a connection.", bounds=_above_0_or_none
    )
    pool_pre_ping: bool = option(
        True, "Ask a connection to a server that was idle for over a second whether it still lives before using it."
    )
    pool_timeout_s: float = option(30.0, "How long an operation waits for a free connection.", bounds=_above_0)
    connect_timeout_s: float = option(10.0, "How long opening a connection may take.", bounds=_above_0)
    statement_timeout_s: float | None = option(
        60.0, "How long one statement may run; None leaves it without a deadline.", bounds=_above_0_or_none
    )
    ssl: TLS = option(  # noqa: RUF009  # it makes an attrs field
        attrs.Factory(TLS), "How connections to a server are encrypted.", group=True, converter=_tls
    )
    auto_migrate: bool = option(True, "Create a model's missing table on its first use.")
    existing_schema_mode: bool = option(False, "Create nothing; a table that differs from its model is an error.")
    schema_cache_enabled: bool = option(True, "Remember which tables are known to exist.")
    schema_cache_ttl_s: float | None = option(
        None,
        "How long the schema cache believes what it knows; None is until the instance closes.",
        bounds=_above_0_or_none,
    )
    schema_cache_max_size: int = option(10_000, "How many tables the schema cache remembers.", bounds=_at_least_1)
    schema_cache_validation: bool = option(
        False, "Compare a remembered table's fingerprint with the database before trusting it, at the cost of a query."
    )
    debug: bool | str = option(
        False,
        "Print what happens: models, nodes, statements, results. Words parted by commas choose among "
        f"{', '.join(f'`{word}`' for word in AREAS)}. Needs the plugin `trace`; `db.debug` changes it at run time.",
        bounds=_areas,
    )
    python_code_nodes: bool = option(
        True, "Allow PythonCodeNode. Python code cannot be sandboxed: allow it only for code that you wrote."
    )
    limits: Limits = option(  # noqa: RUF009  # it makes an attrs field
        attrs.Factory(Limits), "Caps of filters and lists.", group=True, converter=_limits
    )
    silence: tuple[str, ...] = option(
        (), "Codes of warnings that are not shown, such as `DF-C201`.", bounds=_warning_codes
    )

    profile: str = "development"
    #: whether the profile is one for real data
    persistent: bool = False
    plugins: tuple[PluginRequest, ...] = ()
    block: tuple[Block, ...] = ()
    plugin_settings: tuple[Setting, ...] = attrs.field(default=(), repr=False)
    origins: Mapping[str, Origin] = attrs.field(factory=dict, converter=_frozen, repr=False)
    #: what is unwise about all that, as it was told when the instance was made
    warnings: tuple[Problem, ...] = attrs.field(default=(), repr=False)

    def path(self, *names: str) -> tuple[str, ...]:
        """Where the first of some options stands in the call that makes the instance; nowhere when none is given there."""
        return next((path for one in names if (path := self.origins.get(one, DEFAULT).path(one))), ())

    def describe(self) -> tuple[OptionState, ...]:
        """Every kernel option with its value, secrets masked, and its origin, in the order of declaration."""
        values = {name: functools.reduce(getattr, name.split("."), self) for name in kernel_options()}
        return option_states(kernel_options(), values, self.origins)


@functools.cache
def kernel_options() -> Mapping[str, Option]:
    """The declared options of the kernel by dotted name; a group is replaced by its parts."""
    found: dict[str, Option] = {}
    for name, one in declared_options(Config).items():
        if one.is_group:
            found.update(declared_options(one.annotation, f"{name}."))
        elif "description" in one.attribute.metadata:
            found[name] = one
    return MappingProxyType(found)


@functools.cache
def kernel_groups() -> tuple[str, ...]:
    """The options that take a table."""
    return tuple(name for name, one in declared_options(Config).items() if one.is_group)
