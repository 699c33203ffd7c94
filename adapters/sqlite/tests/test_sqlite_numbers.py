"""Floats and decimals on SQLite: what comes back is what is stored, and a sum is exact or refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from dataflow import DataFlow, DataFlowError


@pytest.fixture(scope="module")
def db() -> Iterator[DataFlow]:
    db = DataFlow()

    @db.model
    class Thing:
        id: int
        whole: int = 0
        part: float = 0.0
        price: Decimal = Decimal(0)

    yield db
    db.sync.close()


@pytest.mark.parametrize("part", [0.0, 1.0, 1e22, 1e308, 5e-324, 0.1])
def test_update_gives_a_float_as_it_is_stored(db: DataFlow, part: float) -> None:
    made = db.sync.Thing.create(part=3.5)
    updated = db.sync.Thing.update(made["id"], {"part": part})
    upserted = db.sync.Thing.upsert(id=made["id"], part=part)
    for record in (updated, upserted, db.sync.Thing.read(made["id"])):
        assert type(record["part"]) is float
        assert record["part"] == part


@pytest.mark.parametrize(
    ("name", "value", "amount"), [("whole", 2**63 - 1, 1), ("part", 1e308, 1e308), ("price", Decimal("9" * 35), 1)]
)
def test_sum_that_its_field_cannot_hold_is_refused_and_changes_nothing(
    db: DataFlow, name: str, value: Any, amount: Any
) -> None:
    made = db.sync.Thing.create({name: value})
    with pytest.raises(DataFlowError) as caught:
        db.sync.Thing.update(made["id"], {name: {"$inc": amount}})
    assert caught.value.code == "DF-A105"
    assert db.sync.Thing.read(made["id"])[name] == value


def test_sum_of_decimals_loses_no_digit(db: DataFlow) -> None:
    made = db.sync.Thing.create(price=Decimal("9" * 35))
    least = Decimal("0." + "0" * 29 + "1")
    updated = db.sync.Thing.update(made["id"], {"price": {"$inc": least}})
    assert str(updated["price"]) == "9" * 35 + "." + "0" * 29 + "1"


def test_sum_of_floats_is_theirs(db: DataFlow) -> None:
    made = db.sync.Thing.create(part=0.1)
    assert db.sync.Thing.update(made["id"], {"part": {"$inc": 0.2}})["part"] == 0.1 + 0.2
    assert math.isclose(db.sync.Thing.update(made["id"], {"part": {"$dec": 0.2}})["part"], 0.1)
