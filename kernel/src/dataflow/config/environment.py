"""Options from the environment: ``DATAFLOW_POOL_SIZE``, ``DATAFLOW_LIMITS_MAX_IN``, ``DATAFLOW_TRACE_LEVEL``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dataflow.config.known_options import OTHER_VARIABLES
from dataflow.config.option import Origin, Setting

PREFIX = "DATAFLOW_"


def environment_settings(
    environ: Mapping[str, str], options: Collection[str], groups: Collection[str]
) -> Iterator[Setting]:
    """A setting for each variable with the prefix; one whose name is nothing known keeps it, in lower case.

    :param groups: options that take a table, whose parts follow after an underscore.
    """
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable not in OTHER_VARIABLES:
            word = variable.removeprefix(PREFIX).lower()
            name = word if word in options else _inside(word, groups)
            yield Setting(name, environ[variable], Origin("environment", variable), is_text=True)


def variable_of(name: str) -> str:
    """The variable of an option: ``limits.max_in`` -> ``DATAFLOW_LIMITS_MAX_IN``."""
    return PREFIX + name.replace(".", "_").upper()


def _inside(word: str, groups: Collection[str]) -> str:
    # the longest first: a plugin `cache` must not take the options of a plugin `cache_redis`
    for group in sorted(groups, key=len, reverse=True):
        if word.startswith(f"{group}_"):
            return f"{group}.{word[len(group) + 1 :]}"
    return word
