"""Which plugins are asked for and which are kept out: by the profile, by the arguments, by the database's URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from dataflow.config.builtin_profiles import ADAPTERS
from dataflow.config.database_url import DatabaseUrl
from dataflow.config.file_problems import optional_without_plugin
from dataflow.config.option import ARGUMENT, Origin
from dataflow.config.problems import not_a_list
from dataflow.config.profiles import Profile
from dataflow.diagnostics import Problem
from dataflow.plugins.request import Block, PluginRequest, option_table, requested

#: the arguments of ``DataFlow(...)`` that are not options
LIST_ARGUMENTS = ("plugins", "block")
# the argument is stronger than any table of a profile's chain, a URL's scheme is weaker
_ARGUMENT_RANK = 1_000_000
_URL_RANK = -1


def plugin_requests(profile: Profile, arguments: Mapping[str, object], problems: list[Problem]) -> list[PluginRequest]:
    """The profile's list, then the argument's; what both name stands where the argument puts it.

    An optional plugin whose options are given as an argument is no longer optional.
    """
    asked = _profile_requests(profile, problems)
    for spec in _listed(arguments, "plugins", problems):
        one = requested(spec, ARGUMENT, _ARGUMENT_RANK)
        asked = [other for other in asked if (other.name, other.target) != (one.name, one.target)] + [one]
    return [attrs.evolve(one, is_optional=False) if option_table(one.name) in arguments else one for one in asked]


def adapter_request(url: DatabaseUrl, url_origin: Origin, asked: Sequence[PluginRequest]) -> list[PluginRequest]:
    """A request for the adapter that the URL's scheme names, unless somebody asks for it already."""
    name = ADAPTERS.get(url.scheme)
    if name is None or any(one.name == name for one in asked):
        return []
    return [
        PluginRequest(name, attrs.evolve(url_origin, detail=f"{url_origin.detail} database_url".strip()), _URL_RANK)
    ]


def plugin_blocks(profile: Profile, arguments: Mapping[str, object], problems: list[Problem]) -> tuple[Block, ...]:
    """Every name that the profile or the argument keeps out."""
    table = profile.giving("block")
    listed = [Block(name, table.origin, profile.rank(table)) for name in table.block or ()] if table else []
    given = [Block(str(name), ARGUMENT, _ARGUMENT_RANK) for name in _listed(arguments, "block", problems)]
    return (*listed, *given)


def _profile_requests(profile: Profile, problems: list[Problem]) -> list[PluginRequest]:
    table, optional = profile.giving("plugins"), profile.giving("optional")
    names = table.plugins or () if table else ()
    may_be_absent = optional.optional or () if optional else ()
    if optional is table and optional is not None:
        problems.extend(
            optional_without_plugin(name, optional.origin, names) for name in may_be_absent if name not in names
        )
    if table is None:
        return []
    return [requested(name, table.origin, profile.rank(table), name in may_be_absent) for name in dict.fromkeys(names)]


def _listed(arguments: Mapping[str, object], key: str, problems: list[Problem]) -> Sequence[object]:
    given = arguments.get(key, ())
    if isinstance(given, list | tuple):
        return given
    problems.append(not_a_list(key, given))
    return ()
