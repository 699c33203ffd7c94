"""Runs the programs in the environment of each library and keeps what became of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
#: the module with the programs, and the environment that they run in
LIBRARIES = {"sqlalchemy_orm": "orms", "django_orm": "orms", "original": "original"}


def main(environments: Path) -> None:
    """Write results.json; ``environments`` holds one directory per environment."""
    found = []
    for module, name in LIBRARIES.items():
        python = environments / name / "bin" / "python"
        done = subprocess.run([python, HERE / "contest.py", module], stdout=subprocess.PIPE, check=True, text=True)
        found.append(json.loads(done.stdout))
    (HERE / "results.json").write_text(f"{json.dumps(found, indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
