"""One page for all workflows of a file: pictures, what is wrong, timings. It loads nothing, and says so to the browser."""

from __future__ import annotations

from collections.abc import Sequence

from dataflow.diagnostics import Problem
from dataflow_visualize.gantt import gantt
from dataflow_visualize.mermaid import mermaid
from dataflow_visualize.picture import Picture
from dataflow_visualize.recording import Bar
from dataflow_visualize.styles import FONT, colours
from dataflow_visualize.svg import svg
from dataflow_visualize.text import escape

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width,initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none';style-src 'unsafe-inline';img-src data:"/>
<link rel="icon" href="data:,"/>
"""
_STYLE = f"""
*{{box-sizing:border-box}}
body{{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--sheet)}}
main{{max-width:1200px;margin:0 auto;padding:20px 16px 48px}}
h1{{font-size:22px;margin:0 0 4px;overflow-wrap:anywhere}}
h2{{font-size:18px;margin:32px 0 10px;display:flex;gap:10px;align-items:center;flex-wrap:wrap;overflow-wrap:anywhere}}
h3{{font-size:15px;margin:20px 0 8px}}
p{{margin:4px 0;color:var(--soft)}}
code,pre,.step,.took,.axis{{font-family:{FONT};font-size:12px}}
.chip{{font-size:12px;font-weight:600;border-radius:999px;padding:1px 10px;border:1px solid currentColor}}
.pass{{color:var(--good)}}.fail{{color:var(--bad)}}
figure{{margin:0;overflow-x:auto;border:1px solid var(--line);border-radius:12px;background:var(--sheet)}}
figure svg{{display:block;margin:0 auto}}
ul{{list-style:none;margin:0;padding:0;display:grid;gap:8px}}
li{{border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:8px;padding:8px 12px;background:var(--card);overflow-wrap:anywhere}}
li b{{color:var(--bad);font-family:{FONT};font-size:13px}}
li pre{{margin:4px 0 0;white-space:pre-wrap;color:var(--ink)}}
details{{margin-top:14px}}summary{{cursor:pointer;color:var(--soft)}}
details pre{{overflow-x:auto;border:1px solid var(--line);border-radius:8px;padding:10px;background:var(--card)}}
.gantt{{border:1px solid var(--line);border-radius:12px;padding:12px 14px;background:var(--card)}}
.axis{{display:flex;justify-content:space-between;margin:0 84px 6px 190px;color:var(--soft);white-space:nowrap}}
.row{{display:grid;grid-template-columns:180px 1fr 74px;gap:10px;align-items:center;padding:3px 0}}
.step{{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}}
.track{{position:relative;height:16px;border-radius:4px;background:var(--sheet)}}
.bar{{position:absolute;top:2px;bottom:2px;min-width:3px;border-radius:3px;background:var(--good)}}
.bar.failed{{background:var(--bad)}}.bar.skipped{{background:var(--line)}}
.took{{text-align:right;color:var(--soft)}}
@media(max-width:640px){{
.axis{{margin:0 0 6px}}.axis span:nth-child(2),.axis span:nth-child(4){{display:none}}
.row{{grid-template-columns:1fr auto;gap:2px 10px}}
.track{{grid-column:1/-1;grid-row:2}}
}}
"""


def report(
    pictures: Sequence[Picture], bars: Sequence[Sequence[Bar]], title: str = "", notes: Sequence[Problem] = ()
) -> str:
    """The page.

    :param bars: per picture, the timings of its run; empty when it was not run.
    :param title: of the page; the only workflow's name by default.
    :param notes: problems that belong to no workflow.
    """
    name = title or ", ".join(one.name for one in pictures)
    wrong = sum(len(one.all_problems) for one in pictures) + len(notes)
    parts = [
        f"{_HEAD}<title>{escape(name)}</title>\n<style>{_variables()}{_STYLE}</style>\n</head>\n<body>\n<main>",
        f"<h1>{escape(name)}</h1>",
        f"<p>{_counted(len(pictures), 'workflow')}, {_counted(wrong, 'problem')}</p>",
        _problems(notes),
        *(_section(picture, run) for picture, run in zip(pictures, bars, strict=True)),
        "</main>\n</body>\n</html>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _variables() -> str:
    light, dark = (";".join(f"--{name}:{value}" for name, value in colours(one).items()) for one in (False, True))
    return f":root{{color-scheme:light dark;{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _section(picture: Picture, bars: Sequence[Bar]) -> str:
    verdict = '<span class="chip fail">FAIL</span>' if picture.all_problems else '<span class="chip pass">PASS</span>'
    steps = sum(node.family not in ("input", "workflow") for node in picture.nodes)
    chart = gantt(bars)
    return "\n".join(
        filter(
            None,
            [
                f"<section>\n<h2>{escape(picture.name)} {verdict}</h2>",
                f"<p>{_counted(steps, 'step')}, {_counted(len(picture.arrows), 'connection')}</p>",
                f"<figure>{svg(picture)}</figure>",
                _problems(picture.all_problems),
                f"<h3>Timings</h3>\n{chart}" if chart else "",
                f"<details><summary>Mermaid</summary><pre>{_preformatted(mermaid(picture))}</pre></details>\n</section>",
            ],
        )
    )


def _problems(problems: Sequence[Problem]) -> str:
    if not problems:
        return ""
    return f"<h3>What is wrong</h3>\n<ul>{''.join(map(_problem, problems))}</ul>"


def _problem(problem: Problem) -> str:
    # as data, secrets in it are masked
    told = problem.to_dict()
    where = f"<p>at <code>{escape(problem.where.node_id)}</code></p>" if problem.where.node_id else ""
    ways = "".join(f"<p>{escape(one['text'])}</p>{_code(one['code'])}" for one in told["solutions"][:2])
    return f"<li><b>{escape(problem.code)}</b> {escape(told['message'])}{where}{ways}</li>"


def _code(text: str) -> str:
    return f"<pre>{_preformatted(text)}</pre>" if text else ""


def _preformatted(text: str) -> str:
    return "\n".join(map(escape, text.split("\n")))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
