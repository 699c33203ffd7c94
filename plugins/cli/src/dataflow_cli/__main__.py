"""``python -m dataflow_cli``: the ``dataflow`` command where its script is not on the PATH."""

from __future__ import annotations

from dataflow_cli.entry import main

if __name__ == "__main__":
    main()
