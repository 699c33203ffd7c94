"""Whatever a call is given, it is stored exactly or refused with a code, and the refusal can be shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypedDict
from uuid import UUID

import pytest

from dataflow import DataFlow, DataFlowError, Index, ModelError, NodeError, field
from dataflow.diagnostics import Secret


class Shape(TypedDict):
    sides: int


@pytest.fixture(scope="module")
def db() -> Iterator[DataFlow]:
    db = DataFlow()

    @db.model
    class Thing:
        id: int
        text: str = ""
        whole: int = 0
        part: float = 0.0
        price: Decimal = Decimal(0)
        when: datetime | None = None
        day: date | None = None
        span: timedelta | None = None
        owner: UUID | None = None
        body: dict | None = None  # type: ignore[type-arg]  # a document of any shape
        tags: list[str] | None = None
        shape: Shape | None = None
        code: str | None = field(default=None, unique=True)

    yield db
    db.sync.close()


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def itself() -> dict[str, Any]:
    made: dict[str, Any] = {}
    made["again"] = [made, made]
    return made


def deep() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(3_000):
        made = {"inside": made}
    return made


KEYS = [0, None, 1.5, b"id", (1, 2), object, 10**5_000, Mute()]
VALUES = [
    itself(),
    deep(),
    10**5_000,
    Mute(),
    float("nan"),
    Decimal("sNaN"),
    "\0",
    "\ud800",
    object,
    {1: 2},
    [[]],
    "x" * 3_000_000,
]
OPERATIONS = [
    ("create", "text"), ("read", "id"), ("read", "filter"), ("read", "fields"), ("update", "id"), ("update", "data"),
    ("update", "filter"), ("update", "return_records"), ("delete", "id"), ("delete", "filter"), ("delete", "all"),
    ("list", "filter"), ("list", "sort"), ("list", "limit"), ("list", "offset"), ("list", "cursor"), ("list", "count"),
    ("count", "filter"), ("upsert", "conflict_on"), ("upsert", "update"), ("bulk_create", "on_conflict"),
    ("bulk_create", "conflict_on"), ("bulk_create", "return_ids"), ("bulk_create", "batch_size"), ("bulk_create", "progress"),
    ("bulk_update", "filter"), ("bulk_delete", "ids"), ("bulk_delete", "filter"), ("bulk_upsert", "conflict_on"),
    ("create", "transaction"), ("delete", "transaction"),
]  # fmt: skip
BEGUN: dict[str, dict[str, Any]] = {
    "bulk_create": {"data": [{"text": "a"}]},
    "bulk_update": {"data": {"text": "a"}},
    "bulk_upsert": {"data": [{"text": "a"}]},
    "delete": {"filter": {}},
}


def check_shown(error: DataFlowError) -> None:
    """An error of a reasonable size, in every form that it has."""
    assert len(str(error)) < 20_000
    assert len(repr(error)) < 3_000
    json.dumps(error.to_dict())
    assert error.fix_script is not None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("key", KEYS, ids=lambda key: type(key).__name__)
@pytest.mark.parametrize(
    "name", ["Create", "Read", "Update", "Delete", "List", "Count", "Upsert", "BulkCreate", "BulkUpdate", "BulkDelete", "BulkUpsert"]
)  # fmt: skip
def test_key_that_is_no_text_is_an_unknown_name_wherever_it_stands(db: DataFlow, name: str, key: Any) -> None:
    bad = {key: None}
    for params in (
        bad,
        {"data": bad},
        {"data": [bad]},
        {"filter": bad},
        {"data": {"text": bad}},
        {"where": bad, "create": bad},
    ):
        workflow = db.workflow()
        workflow.add_node(f"Thing{name}Node", "step", params)
        with pytest.raises(DataFlowError) as caught:
            workflow.build()
        assert caught.value.code.startswith(("DF-N", "DF-W"))
        check_shown(caught.value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(("operation", "name"), OPERATIONS)
def test_parameter_of_any_value_is_taken_or_refused_with_a_code(
    db: DataFlow, operation: str, name: str, value: Any
) -> None:
    try:
        getattr(db.sync.Thing, operation)(**BEGUN.get(operation, {}) | {name: value})
    except DataFlowError as error:
        refusal = error
    else:
        return
    assert refusal.code.startswith(("DF-N", "DF-W", "DF-T", "DF-X102"))
    check_shown(refusal)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_parameter_of_any_value_is_refused_when_the_workflow_is_built(db: DataFlow, value: Any) -> None:
    workflow = db.workflow()
    workflow.add_node("ThingUpdateNode", "update", {"filter": {"body": value}, "data": {"whole": value}})
    with pytest.raises(DataFlowError) as caught:
        workflow.build()
    check_shown(caught.value)


@pytest.mark.parametrize("given", [0, "x", [], ["text"], (), {"text"}, [{}], object])
@pytest.mark.parametrize("operation", ["create", "upsert"])
def test_record_that_is_no_dict_is_refused(db: DataFlow, operation: str, given: Any) -> None:
    before = db.sync.Thing.count()
    for fields in ({}, {"text": "a"}):
        with pytest.raises(NodeError) as caught:
            getattr(db.sync.Thing, operation)(given, **fields)
        assert caught.value.code == "DF-N101"
    assert db.sync.Thing.count() == before


@pytest.mark.parametrize("operation", ["bulk_create", "bulk_update", "bulk_upsert"])
def test_null_in_place_of_records_is_refused_when_the_workflow_is_built(db: DataFlow, operation: str) -> None:
    node = "Thing" + "".join(part.title() for part in operation.split("_")) + "Node"
    workflow = db.workflow()
    workflow.add_node(node, "step", {"data": None})
    with pytest.raises(DataFlowError) as built:
        workflow.build()
    with pytest.raises(DataFlowError) as called:
        getattr(db.sync.Thing, operation)(None)
    assert built.value.code == called.value.code == "DF-N101"


def test_secret_inside_a_value_that_holds_itself_is_masked(db: DataFlow) -> None:
    made = itself()
    made["key"] = Secret("hunter2hunter2")
    with pytest.raises(NodeError) as caught:
        db.sync.Thing.create(text=made)
    assert "hunter2" not in str(caught.value) + repr(caught.value) + json.dumps(caught.value.to_dict())


class Label(str, Enum):  # noqa: UP042  # the str() of a StrEnum is its text, and of this is not
    TEXT = "text"


def test_name_may_be_a_member_of_a_text_enum(db: DataFlow) -> None:
    made = db.sync.Thing.create({Label.TEXT: "by name"})
    assert db.sync.Thing.count({Label.TEXT: "by name", "id": made["id"]}) == 1
    assert db.sync.Thing.list({"id": made["id"]}, sort=[{Label.TEXT: 1}])["total"] == 1


class Moment(datetime):
    pass


class Day(date):
    pass


class Span(timedelta):
    pass


class DriverUUID(UUID):
    pass


def test_instance_of_a_subclass_is_stored_as_the_type_itself(db: DataFlow) -> None:
    given = {
        "when": Moment(2026, 1, 31, 12, tzinfo=UTC),
        "day": Day(2026, 1, 31),
        "span": Span(minutes=5),
        "owner": DriverUUID(int=7),
    }
    made = db.sync.Thing.create(given)
    read = db.sync.Thing.read(made["id"])
    for name, kind in (("when", datetime), ("day", date), ("span", timedelta), ("owner", UUID)):
        assert type(made[name]) is type(read[name]) is kind
        assert made[name] == read[name] == given[name]


@pytest.mark.parametrize("given", ["1_000", "\N{FULLWIDTH DIGIT ONE}", "1e", "--1"])
@pytest.mark.parametrize("name", ["whole", "part", "price"])
def test_text_that_only_python_reads_as_a_number_is_refused(db: DataFlow, name: str, given: str) -> None:
    with pytest.raises(NodeError) as caught:
        db.sync.Thing.create({name: given})
    assert caught.value.code == "DF-N104"


def test_nested_value_says_what_it_lacks(db: DataFlow) -> None:
    with pytest.raises(NodeError) as caught:
        db.sync.Thing.create(shape={})
    assert caught.value.message == (
        "wrong value for 'shape' of Thing: expected a Shape or a dict of its fields; 'sides' is missing"
    )


def broken() -> int:
    raise RuntimeError("no number today")


@pytest.mark.parametrize(
    ("factory", "code", "expected"),
    [
        (broken, "DF-N104", "int from its default_factory, which raised RuntimeError: no number today"),
        (lambda: "many", "DF-N104", "an int"),
        (lambda: None, "DF-N114", "int, not None"),
    ],
)
def test_default_factory_that_makes_no_value_of_its_field_is_told_on_every_way(
    factory: Callable[[], Any], code: str, expected: str
) -> None:
    db = DataFlow()

    @db.model
    class Draw:
        id: str
        number: int = field(default_factory=factory)

    workflow = db.workflow()
    workflow.add_node("DrawCreateNode", "create", {"data": {"id": "a"}})
    calls: tuple[Callable[[], object], ...] = (
        lambda: db.sync.Draw.create(id="a"),
        lambda: db.sync.Draw.upsert(id="a"),
        lambda: db.sync.Draw.bulk_create([{"id": "a"}, {"id": "b"}]),
        workflow.build,
    )
    for call in calls:
        with pytest.raises(DataFlowError) as caught:
            call()
        assert caught.value.code == code
        assert caught.value.message == f"wrong value for 'number' of Draw: expected {expected}"
    assert db.sync.Draw.count() == 0
    db.sync.close()


def test_index_of_what_is_no_name_is_refused() -> None:
    db = DataFlow()
    with pytest.raises(ModelError) as caught:

        @db.model
        class Listed:
            __indexes__ = [Index(["name"])]  # type: ignore[arg-type]  # noqa: RUF012  # what is tried; a plain class
            id: str
            name: str

    assert caught.value.code == "DF-M115"
