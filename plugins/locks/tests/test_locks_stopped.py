"""Holders that are stopped past their lease, and killed: others take over, and nothing is written by who has lost the lock."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from dataflow_testkit import Kind

Contend = Callable[..., list[dict[str, Any]]]
PATIENCE_S = {"sqlite": 20.0, "postgres": 120.0, "mysql": 120.0}


def test_a_holder_stopped_past_its_lease_writes_nothing_when_it_is_woken(
    contend: Contend, points: tuple[str, int], database_kind: Kind
) -> None:
    where, step = points
    start = random.randrange(step)
    print(f"points {start}, {start + step}, ...")
    *found, last = contend("stops", where, start, step, PATIENCE_S[database_kind])
    assert last["ended"]["ended"] == "done"
    for one in found:
        point, other, woken = one["point"], one["other"], one["woken"]
        assert one["again"] == {"ended": "done", "gave": []}, point
        if database_kind == "sqlite" and other["ended"] == "DF-G106":
            # it has the file while it writes, a sign of life too: nobody took over, and it went on
            assert woken["ended"] == "done", (point, woken)
            continue
        if not one["begun"] and other["ended"] == "DF-G105":
            # it looks before it has the lock, and PostgreSQL builds no index beside a transaction that looks: the other gave up
            assert "stayed locked by another transaction" in other["gave"], (point, other)
            assert woken["ended"] == "done", (point, woken)
            continue
        assert other["ended"] == "done", (point, other)
        if not one["begun"]:
            # it had written nothing: it finds that all is done, or comes when it is its turn
            assert woken["ended"] in ("done", "DF-G107"), (point, woken)
            continue
        assert one["same"], point
        assert woken["ended"] == "DF-G107", (point, woken)
    assert any(one["woken"]["ended"] == "DF-G107" for one in found)


@pytest.mark.databases("sqlite")
def test_a_holder_stopped_in_a_transaction_of_a_file_keeps_it(contend: Contend) -> None:
    # a statement of the transaction in which the steps are done
    found, _ = contend("stops", "everywhere", 70, 1_000, 1.0)
    assert (found["begun"], found["other"]["ended"]) == (True, "DF-G106"), found
    assert "at 'rename column people.full_name (from name)' did not end within 1 s" in found["other"]["gave"]
    assert found["woken"]["ended"] == "done"
    assert found["again"] == {"ended": "done", "gave": []}


@pytest.mark.databases("postgres", "mysql")
def test_a_holder_stopped_as_it_counts_the_token_up_keeps_nobody_from_the_lock(contend: Contend) -> None:
    # the last statement of that transaction
    found, _ = contend("stops", "everywhere", 6, 1_000, 30.0)
    assert found["begun"] is False
    assert found["other"]["ended"] == "done", found
    assert found["woken"]["ended"] == "done", found
    assert found["again"] == {"ended": "done", "gave": []}


def test_the_lock_of_a_killed_holder_is_free_in_time(
    contend: Contend, points: tuple[str, int], database_kind: Kind
) -> None:
    where, step = points
    start = random.randrange(step)
    print(f"points {start}, {start + step}, ...")
    *found, last = contend("kills", where, start, step, PATIENCE_S[database_kind])
    assert last["ended"]["ended"] == "done"
    assert len(found) > 1
    for one in found:
        assert one["other"]["ended"] == "done", one
        assert one["found"]["gave"] == {"revisions": ["applied", "applied"], "steps": ["applied"], "lock": False}, one
