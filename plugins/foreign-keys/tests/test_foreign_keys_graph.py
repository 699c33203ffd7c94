"""The graph of the foreign keys: what the catalogue says of them, circles, and an order in which tables can be made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dataflow import DataFlow
from dataflow.migrations import ObjectRef
from dataflow_foreign_keys.components import components
from dataflow_foreign_keys.graph import ForeignKeyGraph, Order
from dataflow_foreign_keys.keys import ForeignKey


async def graph_of(file: Path, *statements: str) -> ForeignKeyGraph:
    with closing(sqlite3.connect(file)) as raw:
        for statement in statements:
            raw.execute(statement)
    async with DataFlow(f"sqlite:///{file}", plugins=["foreign-keys"]) as db:
        found: ForeignKeyGraph = await db.migrations.foreign_keys.graph()
        return found


async def test_key_has_the_terms_of_the_catalogue(tmp_path: Path) -> None:
    graph = await graph_of(
        tmp_path / "app.db",
        "CREATE TABLE users (id TEXT PRIMARY KEY)",
        "CREATE TABLE posts (id TEXT PRIMARY KEY, user_id TEXT, CONSTRAINT author FOREIGN KEY (user_id) REFERENCES Users"
        " ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED)",
        "CREATE INDEX by_author ON posts (user_id, id)",
    )
    assert graph.keys == (
        ForeignKey(
            constraint_name="author",
            constrained_table="posts",
            constrained_columns=("user_id",),
            # as the table is spelled, and the key that the reference leaves out
            referred_table="users",
            referred_columns=("id",),
            ondelete="set null",
            onupdate="cascade",
            deferrable=True,
            initially="deferred",
            supporting_index="by_author",
        ),
    )
    assert str(graph) == (
        "posts\n  author: posts (user_id) -> users (id) on delete set null, on update cascade, deferred\nusers"
    )


async def test_index_supports_a_key_only_when_it_begins_with_its_columns(tmp_path: Path) -> None:
    graph = await graph_of(
        tmp_path / "app.db",
        "CREATE TABLE p (a TEXT, b TEXT, PRIMARY KEY (a, b))",
        *(f"CREATE TABLE {name} (id TEXT, a TEXT, b TEXT, FOREIGN KEY (a, b) REFERENCES p)" for name in "cdefg"),
        "CREATE INDEX swapped ON c (b, a, id)",
        "CREATE INDEX late ON d (id, a, b)",
        "CREATE INDEX half ON e (a)",
        "CREATE INDEX some ON f (a, b) WHERE id > 'm'",
        "CREATE UNIQUE INDEX given ON g (a, b) WHERE a IS NOT NULL",
    )
    assert [(one.constrained_table, one.supporting_index) for one in graph.keys] == [
        ("c", "swapped"),
        ("d", ""),
        ("e", ""),
        ("f", ""),
        ("g", "given"),
    ]


async def test_order_names_circles_and_the_keys_to_add_later(tmp_path: Path) -> None:
    graph = await graph_of(
        tmp_path / "app.db",
        "CREATE TABLE teams (id TEXT PRIMARY KEY, captain TEXT CONSTRAINT leads REFERENCES players (id))",
        "CREATE TABLE players (id TEXT PRIMARY KEY, team TEXT CONSTRAINT plays REFERENCES teams (id),"
        " mentor TEXT CONSTRAINT learns REFERENCES players (id))",
        "CREATE TABLE goals (id TEXT PRIMARY KEY, player TEXT REFERENCES players (id))",
        "CREATE TABLE alone (id TEXT PRIMARY KEY)",
    )
    order = graph.order()
    assert order.create.index("goals") > order.create.index("players")
    assert order.drop == order.create[::-1]
    (cycle,) = order.cycles
    assert set(cycle.tables) == {"teams", "players"}
    assert [one.constraint_name for one in order.later] == ["plays"]
    assert [one.constraint_name for one in graph.self_references] == ["learns"]
    assert order.to_dict()["cycles"][0]["later"][0]["constraint_name"] == "plays"
    assert "circle of players, teams\n  add later or defer plays: players (team) -> teams (id)" in str(order)


def key_between(number: int, child: int, parent: int) -> ForeignKey:
    return ForeignKey(
        constraint_name=f"k{number}",
        constrained_table=f"t{child}",
        constrained_columns=(f"c{number}",),
        referred_table=f"t{parent}",
        referred_columns=("id",),
    )


PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


@given(pairs=PAIRS)
def test_tables_can_be_made_in_their_order_and_dropped_in_its_reverse(pairs: list[tuple[int, int]]) -> None:
    tables = tuple(ObjectRef("table", f"t{number}") for number in range(8))
    keys = tuple(key_between(number, *pair) for number, pair in enumerate(pairs))
    order: Order = ForeignKeyGraph(tables, keys).order()
    assert sorted(order.create) == [table.name for table in tables]
    for key in keys:
        made = order.create.index(key.referred_table) <= order.create.index(key.constrained_table)
        assert made != (key in order.later)
    for cycle in order.cycles:
        # no circle is left without its later ones, and none is named for nothing
        assert 0 < len(cycle.later) < len(cycle.keys)


@given(pairs=PAIRS)
def test_components_are_the_nodes_that_reach_each_other(pairs: list[tuple[int, int]]) -> None:
    graph: dict[int, list[int]] = {number: [] for number in range(8)}
    for start, end in pairs:
        graph[start].append(end)
    reached = {node: reach(graph, node) for node in graph}
    found = components(graph)
    assert sorted(node for members in found for node in members) == list(graph)
    for members in found:
        for one in graph:
            together = one in reached[members[0]] and members[0] in reached[one]
            assert (one in members) == together
    place = {node: number for number, members in enumerate(found) for node in members}
    assert all(place[end] <= place[start] for start, end in pairs)


def reach(graph: dict[int, list[int]], start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        for node in graph[waiting.pop()]:
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def test_components_of_a_long_chain_need_no_deep_calls() -> None:
    graph = {number: [number + 1] for number in range(50_000)}
    assert len(components(graph)) == 50_001
