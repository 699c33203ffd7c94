"""Records to files and back."""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest

from dataflow import DataFlow, DataFlowError
from dataflow_files import export_records, load_records


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


FULL: dict[str, Any] = {
    "id": "a",
    "text": 'one "two", three\nfour',
    "number": -(2**62),
    "real": 0.1,
    "flag": True,
    "amount": Decimal("12345678901234567890.123456789"),
    "moment": dt.datetime(2026, 1, 31, 12, 30, 5, 123456, dt.UTC),
    "day": dt.date(1, 2, 3),
    "clock": dt.time(23, 59, 59, 999999),
    "span": dt.timedelta(days=-3, microseconds=7),
    "token": UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
    "raw": b"\0\xff,\n",
    "level": Level.HIGH,
    "size": "large",
    "doc": {"a": [1, None, {"b": "ä"}], "c": 1e22},
    "tags": ["x", ""],
}
FORMATS = ["csv", "jsonl", "parquet"]


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[DataFlow]:
    async with DataFlow(f"sqlite:///{tmp_path}/files.db") as db:

        @db.model
        class Thing:
            id: str
            text: str | None = None
            number: int | None = None
            real: float | None = None
            flag: bool | None = None
            amount: Decimal | None = None
            moment: dt.datetime | None = None
            day: dt.date | None = None
            clock: dt.time | None = None
            span: dt.timedelta | None = None
            token: UUID | None = None
            raw: bytes | None = None
            level: Level | None = None
            size: Literal["small", "large"] | None = None
            doc: dict[str, Any] | None = None
            tags: list[str] | None = None

        yield db


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("created_at", "updated_at")}


@pytest.mark.parametrize("ending", FORMATS)
async def test_every_type_comes_back_as_it_was(db: DataFlow, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"things.{ending}"
    await db.Thing.bulk_create([FULL, {"id": "nothing"}])
    before = [without_times(one) async for one in db.Thing.stream()]
    assert await export_records(db, "Thing", file) == 2
    await db.Thing.bulk_delete(filter={}, all=True)
    done = await load_records(db, "Thing", file)
    assert done["created"] == 2
    assert [without_times(one) async for one in db.Thing.stream()] == before


@pytest.mark.parametrize("ending", FORMATS)
async def test_a_part_of_the_records_and_fields_can_be_written(db: DataFlow, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"things.{ending}"
    await db.Thing.bulk_create([{"id": f"t{n}", "number": n} for n in range(5)])
    assert await export_records(db, "Thing", file, filter={"number": {"$gt": 2}}, fields=["id", "number"]) == 2
    done = await load_records(db, "Thing", file, on_conflict="skip", batch_size=1)
    assert (done["created"], done["skipped"]) == (0, 2)


async def test_a_csv_has_a_header_and_empty_cells_for_null(db: DataFlow, tmp_path: Path) -> None:
    await db.Thing.create(id="a", flag=False, doc={"k": 1})
    await export_records(db, "Thing", tmp_path / "things.csv", fields=["id", "text", "flag", "doc"])
    assert (tmp_path / "things.csv").read_text() == 'id,text,flag,doc\na,,false,"{""k"": 1}"\n'


async def test_a_bad_row_is_named_and_nothing_is_loaded(db: DataFlow, tmp_path: Path) -> None:
    file = tmp_path / "things.csv"
    file.write_text("id,number\na,1\nb,many\n")
    with pytest.raises(DataFlowError) as refused:
        await load_records(db, "Thing", file)
    assert (refused.value.code, refused.value.context["row"]) == ("DF-N104", 1)
    lines = tmp_path / "things.jsonl"
    lines.write_text('{"id": "a"}\n{"id": \n')
    with pytest.raises(DataFlowError, match="row 1 is no JSON") as refused:
        await load_records(db, "Thing", lines)
    assert refused.value.code == "DF-N117"
    assert await db.Thing.count() == 0


@pytest.mark.parametrize(
    ("text", "code"), [("id,nope\na,1\n", "DF-N103"), ("id\na,b\n", "DF-N103"), ("number\n1\n", "DF-N102")]
)
async def test_columns_that_are_no_fields_are_refused(db: DataFlow, tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "things.csv").write_text(text)
    with pytest.raises(DataFlowError) as refused:
        await load_records(db, "Thing", tmp_path / "things.csv")
    assert refused.value.code == code


async def test_an_ending_without_a_format_is_refused(db: DataFlow, tmp_path: Path) -> None:
    with pytest.raises(DataFlowError, match=r"no format has the ending '\.xlsx'") as refused:
        await export_records(db, "Thing", tmp_path / "things.xlsx")
    assert refused.value.code == "DF-N105"


async def test_an_export_that_fails_leaves_the_old_file_alone(db: DataFlow, tmp_path: Path) -> None:
    file = tmp_path / "things.jsonl"
    file.write_text(json.dumps({"id": "old"}))
    with pytest.raises(DataFlowError):
        await export_records(db, "Thing", file, filter={"nope": 1})
    assert file.read_text() == '{"id": "old"}'
    assert not (tmp_path / ".things.jsonl.part").exists()  # nothing waits for it
