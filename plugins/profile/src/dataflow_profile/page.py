"""One page: the flame graph, the table of each workflow, hints. It loads nothing, and says so to the browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dataflow.inspection.report import Grid
from dataflow_profile.flame import flame
from dataflow_profile.frames import Frame
from dataflow_profile.hints import Hint

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width,initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';img-src data:"/>
<link rel="icon" href="data:,"/>
"""
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2128;--soft:#5b6470;--line:#d5dae1;--card:#f6f7f9;--sheet:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa4b1;--line:#343b46;--card:#1c2026;--sheet:#15181d}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--sheet)}
main{max-width:1240px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:22px;margin:0 0 12px;overflow-wrap:anywhere}h2{font-size:18px;margin:28px 0 8px;overflow-wrap:anywhere}
p{margin:6px 0;color:var(--soft)}
figure{margin:0;overflow-x:auto;border:1px solid var(--line);border-radius:12px}figure svg{display:block;margin:0 auto}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{padding:4px 12px 4px 0;border-bottom:1px solid var(--line);text-align:right}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
td:first-child{white-space:pre}
ul{list-style:none;margin:0;padding:0;display:grid;gap:8px}
li{border:1px solid var(--line);border-left:4px solid #d08a2e;border-radius:8px;padding:8px 12px;background:var(--card);overflow-wrap:anywhere}
code{font:12px ui-monospace,monospace}
"""


def page(title: str, root: Frame, grids: Sequence[Grid], hints: Sequence[Hint]) -> str:
    """The page as text."""
    parts = [
        f"{_HEAD}<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
        f"<h1>{escape(title)}</h1>",
        f"<figure>{flame(root)}</figure>",
        "<p>As wide as the time of all runs together; what ran beside each other stands beside each other.</p>",
        *map(_table, grids),
        _hints(hints),
        "</main>\n</body>\n</html>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _table(grid: Grid) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in grid.columns)
    rows = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in grid.rows)
    return f'<h2>{escape(grid.title)}</h2>\n<div class="wide"><table><tr>{head}</tr>\n{rows}</table></div>'


def _hints(hints: Sequence[Hint]) -> str:
    if not hints:
        return ""
    items = "".join(
        f"<li>{escape(one.workflow if one.step is None else f'{one.workflow}, {one.step}')}: {escape(one.message)}<br/>"
        f"<code>{escape(one.code)}</code></li>"
        for one in hints
    )
    return f"<h2>Hints</h2>\n<ul>{items}</ul>"
