"""``dataflow demo``: a tour on a SQLite file of its own that shows what it does."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dataflow import DataFlow, LocalRuntime, Workflow, WorkflowBuildError, field
from dataflow_cli.output import Output
from dataflow_cli.timings import Timings, picture

ROWS = 10_000


def demonstrate(out: Output, svg: Path | None) -> int:
    """Run the tour in a directory that is gone afterwards, and tell it."""
    if svg is not None and not svg.absolute().parent.is_dir():
        raise click.UsageError(f"there is no directory '{svg.parent}' for the picture")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dataflow-demo-") as folder, _database(Path(folder) / "demo.db") as db:
        out.heading("1. Two classes become two tables and twenty-two nodes")
        out.line(f"   {', '.join(f'{model.name} ({len(model.fields)} fields)' for model in db.models.values())}")
        workflow = _workflow(db)
        results, timings = _executed(out, workflow)
        _found(out, db)
        _mistake(out, db)
        if svg is not None:
            svg.write_text(workflow.to_svg(timings.states()), encoding="utf-8")
            out.heading(f"The picture is in {svg}")
        out.put(
            results=results,
            timings_ms=timings.elapsed_ms,
            mermaid=workflow.to_mermaid(timings.states()),
            elapsed_s=time.perf_counter() - started,
        )
    out.heading(f"All of it took {time.perf_counter() - started:.1f} s. Start your own: dataflow new myapp")
    return 0


@contextmanager
def _database(file: Path) -> Iterator[DataFlow]:
    # a bar for 10,000 rows, which are there before half a second is over
    db = DataFlow(f"sqlite:///{file}", profile="development", progress={"delay_s": 0, "transient": False})

    @db.model
    class Author:
        id: int
        name: str
        email: str = field(unique=True)

    @db.model
    class Book:
        id: int
        author_id: int = field(references="Author.id", on_delete="cascade")
        title: str
        pages: int = 0

    try:
        yield db
    finally:
        db.sync.close()


def _workflow(db: DataFlow) -> Workflow:
    workflow = db.workflow("library")
    workflow.add_node("AuthorCreateNode", "author", {"name": "Ursula", "email": "ursula@example.com"})
    workflow.add_node("BookCreateNode", "book", {"title": "The Dispossessed", "pages": 341})
    workflow.add_connection("author", "id", "book", "author_id")
    with workflow.transaction("revise"):
        workflow.add_node("BookUpdateNode", "longer", {"data": {"pages": {"$inc": 46}}})
        workflow.add_node("AuthorUpdateNode", "rename", {"data": {"name": "Ursula K. Le Guin"}})
    workflow.add_connection("book", "id", "longer", "id")
    workflow.add_connection("author", "id", "rename", "id")
    workflow.add_node("BookListNode", "books", {"filter": {"pages": {"$gt": 300}}}, after=["revise"])
    rows = [{"author_id": 1, "title": f"Volume {number}", "pages": number % 900} for number in range(ROWS)]
    workflow.add_node("BookBulkCreateNode", "load", {"data": rows, "batch_size": 500}, after=["books"])
    return workflow.build()


def _executed(out: Output, workflow: Workflow) -> tuple[dict[str, Any], Timings]:
    out.heading(f"2. A workflow: create, connect, update in a transaction, list, load {ROWS:,} rows")
    timings = Timings()
    with LocalRuntime() as runtime:
        results, _ = runtime.execute(workflow, on_event=timings.note)
    for line in picture(workflow, timings):
        out.line(f"   {line}")
    for book in results["books"]["records"]:
        out.line(f"   -> {book['title']}, {book['pages']} pages, of the author {book['author_id']}")
    loaded_s = timings.elapsed_ms["load"] / 1000
    out.line(f"   -> {results['load']['created']:,} rows in {loaded_s:.2f} s ({ROWS / loaded_s:,.0f} rows/s)")
    return dict(results), timings


def _found(out: Output, db: DataFlow) -> None:
    out.heading(f"3. The same operations awaited in code, without a workflow: one page of {ROWS:,} rows")
    long = db.sync.Book.list({"pages": {"$gte": 890}}, limit=3, sort=["-pages", "id"])
    titles = ", ".join(one["title"] for one in long["records"])
    out.line(f"   {long['total']} books have 890 pages or more: {titles} ...")


def _mistake(out: Output, db: DataFlow) -> None:
    out.heading("4. A mistake is found before anything runs")
    broken = db.workflow()
    broken.add_node("BookCreateNode", "book", {"author_id": 1, "titel": "Cosmicomics", "pages": "many"})
    try:
        broken.build()
    except WorkflowBuildError as error:
        for problem in error.problems:
            out.line(f"   {problem.code} {problem.message}")
        out.line(f"   repair: {error.fix_script}")
