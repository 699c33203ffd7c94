"""``dataflow completion SHELL``: the script by which a shell completes commands, options, files and codes."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from dataflow_cli.output import Output

#: the commands that are installed, and the variable by which a shell asks them; click makes it of the first one's name
NAMES, VARIABLE = ("dataflow", "kailash-dataflow"), "_DATAFLOW_COMPLETE"
SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
WHERE = {
    "bash": 'eval "$(dataflow completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(dataflow completion zsh)" in ~/.zshrc',
    "fish": "dataflow completion fish > ~/.config/fish/completions/dataflow.fish",
}


def show_script(out: Output, shell: str, root: click.Command) -> int:
    """Print the script; the shell runs it once, and asks the command at each tab."""
    # `source` would first have bash tell its version; the template is the same
    made = [SHELLS[shell](root, {}, name, VARIABLE) for name in NAMES]
    script = "\n".join(one.source_template % one.source_vars() for one in made)
    out.put(shell=shell, script=script, install=WHERE[shell])
    out.line(script)
    return 0
