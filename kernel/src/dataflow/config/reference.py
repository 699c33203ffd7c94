"""The page docs/reference/configuration.md, written from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataflow.config.builtin_profiles import BUILTIN_PROFILES
from dataflow.config.coercion import spelling
from dataflow.config.description import default_text
from dataflow.config.environment import variable_of
from dataflow.config.known_options import PLUGIN_OPTIONS
from dataflow.config.option import Option, declared_options
from dataflow.config.options import kernel_options
from dataflow.plugins.request import option_table

_INTRODUCTION = """# Configuration

Every option of the kernel, and those of the plugins named below. Generated from the code.

Sources, the weakest first: the built-in profile, `plugins.toml`, the environment, keyword arguments. A profile is chosen by
`DataFlow(profile="...")` or `DATAFLOW_PROFILE`; the default is `development`. `dataflow config show` prints each value with
its source.
"""
_FILE = """## plugins.toml

It is looked for in the working directory and its parents, up to the root of the project (a directory with `pyproject.toml`,
`setup.py`, `setup.cfg`, `.git` or `.hg`); `DATAFLOW_PLUGINS_TOML` names another one. A table with the name of a built-in
profile lies over it; a key that is given replaces the inherited one, and options merge by name.

```toml
[profiles.mine]
extends = "development"      # the profile that it starts from
plugins = ["trace"]          # in order: later is nearer to you, is asked first and wins; "name@distribution" pins who provides it
optional = ["trace"]         # those among them that may be missing
block = []                   # never loaded, whoever weaker asks for them
persistent = false           # true: the database has to be given, and to outlive the process

[profiles.mine.options]
pool_size = 10

[profiles.mine.options.limits]
max_limit = 500
```
"""


def render_reference(plugins: Mapping[str, type] | None = None) -> str:
    """The whole page as Markdown.

    :param plugins: classes of plugins by name, each of which gets a section for its options.
    """
    sections = [_INTRODUCTION, "## Options of the kernel\n\n" + _table(kernel_options()), _FILE, _profiles()]
    sections += [_plugin(name, cls) for name, cls in (plugins or {}).items()]
    return "\n".join([*sections, _owned_by_plugins()])


def _table(options: Mapping[str, Option]) -> str:
    rows = (
        (f"`{name}`", f"`{spelling(one.annotation)}`", _default(one), f"`{variable_of(name)}`", one.description)
        for name, one in options.items()
    )
    return _markdown_table(("option", "type", "default", "variable", "meaning"), rows)


def _default(one: Option) -> str:
    return "required" if one.is_required else f"`{default_text(one)}`"


def _profiles() -> str:
    names = list(BUILTIN_PROFILES)
    keys = dict.fromkeys(key for profile in BUILTIN_PROFILES.values() for key in profile["options"])
    rows = [("plugins", *(", ".join(BUILTIN_PROFILES[name]["plugins"]) or "" for name in names))]
    rows += [(f"`{key}`", *(_cell(BUILTIN_PROFILES[name]["options"].get(key)) for name in names)) for key in keys]
    return "## Built-in profiles\n\n" + _markdown_table(("", *names), rows)


def _cell(value: object) -> str:
    return "" if value is None else f"`{value!r}`"


def _plugin(name: str, cls: type) -> str:
    options = declared_options(cls, f"{option_table(name)}.")
    return f"## Options of the plugin `{name}`\n\n" + (_table(options) if options else "It has none.\n")


def _owned_by_plugins() -> str:
    rows = ((f"`{name}`", ", ".join(f"`{one}`" for one in owners)) for name, owners in PLUGIN_OPTIONS.items())
    text = "The kernel refuses these with DF-C101; they are options of a plugin, and take effect in its table.\n\n"
    return "## Options that belong to plugins\n\n" + text + _markdown_table(("option", "plugin"), rows)


def _markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    rule = "|" + "---|" * len(lines[0])
    texts = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([texts[0], rule, *texts[1:]]) + "\n"
