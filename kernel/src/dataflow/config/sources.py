"""Every setting of an instance from every source, the weakest source first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dataflow.config.environment import environment_settings
from dataflow.config.option import ARGUMENT, Setting, flattened
from dataflow.config.options import kernel_options
from dataflow.config.profiles import Profile
from dataflow.config.requests import LIST_ARGUMENTS


def gathered_settings(
    profile: Profile, arguments: Mapping[str, object], environ: Mapping[str, str], groups: Collection[str]
) -> Iterator[Setting]:
    """The settings of a profile's tables, of the environment, and of the keyword arguments.

    :param groups: options that take a table: the kernel's, and the names of plugins.
    """
    for table in profile.tables:
        directory = table.file.parent if table.file is not None else None
        for name, value in flattened(table.options, groups).items():
            yield Setting(name, value, table.options_origin, directory=directory)
    yield from environment_settings(environ, kernel_options(), groups)
    given = {name: value for name, value in arguments.items() if name not in LIST_ARGUMENTS}
    for name, value in flattened(given, groups).items():
        yield Setting(name, value, ARGUMENT)
