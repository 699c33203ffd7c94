"""Schemas of Debian packages, tried on each kind of database that is there: ``python -m tests.schemas.debian Bacula-mysql``.

Without a name all are tried. The packages are downloaded once, into a directory of the environment.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.schemas.databases import Place
from tests.schemas.debian_packages import SCRIPTS
from tests.schemas.debian_trials import Trial

from dataflow_testkit.databases import Databases

CACHE = Path(__file__).parents[2] / ".venv" / "debian"
_FIGURES = ("tables", "objects", "models", "keys", "rows", "findings", "added steps", "renamed steps")
_MOST = 8


def main(names: Sequence[str]) -> int:
    """How many trials came out otherwise."""
    failed = 0
    heads = ["schema", "keys of one column", *_FIGURES, "mistakes"]
    _print(heads)
    _print(["---"] * len(heads))
    with closing(Databases()) as databases, TemporaryDirectory() as directory:
        servers = {"sqlite": directory, **databases.servers()}
        for script in SCRIPTS:
            if script.kind not in servers or (names and not {str(script), script.name} & {*names}):
                continue
            for with_ids in (False, True):
                place = Place(script.kind, servers[script.kind], "schemas")
                trial = Trial(script, place, CACHE, Path(directory), with_ids)
                trial.run()
                figures = [trial.figures.get(one, "") for one in _FIGURES]
                _print([script, "named id" if with_ids else "as they are", *figures, len(trial.mistakes)])
                for one in trial.mistakes[:_MOST]:
                    print("   ", one[:1500], flush=True)
                failed += bool(trial.mistakes)
    return failed


def _print(cells: Iterable[object]) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
