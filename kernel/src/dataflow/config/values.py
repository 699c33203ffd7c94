"""One option's value, from whatever a source gave."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dataflow.config.coercion import checked_option, parsed_option, spelling
from dataflow.config.database_url import DatabaseUrl
from dataflow.config.option import Option, Setting
from dataflow.values.faults import ValueFault

# how attrs' own validators begin and end: "'pool_size' must be >= 1: 0"
_BOUND = re.compile(r"'[^']*' must be (?P<bound>.*?)(?:: .*)?", re.DOTALL)


def checked_setting(option: Option, setting: Setting, directory: Path) -> Any:
    """The value in the option's type, within its bounds; a relative database file is pinned.

    :param directory: the working directory.
    :raises ValueFault: DF-C102, or DF-C103 for a database URL.
    """
    if setting.is_text and isinstance(setting.value, str):
        value = parsed_option(option.annotation, setting.value)
    else:
        value = checked_option(option.annotation, setting.value)
    try:
        option.check_bounds(value)
    except (ValueError, TypeError) as error:
        raise ValueFault(_expected(option, error), "", "DF-C102") from error
    return value.resolved(setting.directory or directory) if isinstance(value, DatabaseUrl) else value


def _expected(option: Option, error: Exception) -> str:
    text = str(error.args[0]) if error.args else type(error).__name__
    found = _BOUND.fullmatch(text)
    return f"{spelling(option.annotation)} {found['bound']}" if found else f"{spelling(option.annotation)}; {text}"
