"""The script of an error repairs the caller's own calls."""

from typing import Any

import pytest

from dataflow import DataFlow
from dataflow.diagnostics import CallSite, Edit, Fix, Problem, Where, error_of
from dataflow.diagnostics.fixes import fix_script

Given = dict[str, Any]


def here(*given: object, **named: object) -> CallSite:
    return CallSite.here(1)


class Chain:
    """Calls that follow each other."""

    def __init__(self) -> None:
        self.sites: list[CallSite] = []

    def add(self, *given: object) -> "Chain":
        self.sites.append(CallSite.here(1))
        return self


def corrected(site: CallSite, *edits: Edit) -> str:
    return fix_script([Problem(code="DF-N104", message="wrong", where=Where(call=site), fix=Fix("safe", edits=edits))])


def test_field_is_added_to_nested_data() -> None:
    site = here("UserCreateNode", "create", {"data": {"name": "Alice"}})
    assert corrected(site, Edit(("data", "id"), "add", '"u1"')) == (
        "here('UserCreateNode', 'create', {'data': {'name': 'Alice', 'id': 'u1'}})"
    )


def test_field_is_added_to_flat_parameters() -> None:
    site = here("UserCreateNode", "create", {"name": "Alice"})
    assert (
        corrected(site, Edit(("id",), "add", "42")) == "here('UserCreateNode', 'create', {'name': 'Alice', 'id': 42})"
    )


def test_field_is_added_to_keywords_of_a_direct_call() -> None:
    site = here(name="Alice")
    assert corrected(site, Edit(("data", "id"), "add", "42")) == "here(name='Alice', id=42)"


def test_field_is_removed() -> None:
    site = here("UserCreateNode", "create", {"data": {"id": "u1", "created_at": None}})
    assert (
        corrected(site, Edit(("data", "created_at"), "remove"))
        == "here('UserCreateNode', 'create', {'data': {'id': 'u1'}})"
    )


def test_keyword_is_removed() -> None:
    site = here(id="u1", created_at=None)
    assert corrected(site, Edit(("data", "created_at"), "remove")) == "here(id='u1')"


def test_field_is_renamed() -> None:
    site = here("UserCreateNode", "create", {"data": {"emial": "a@b.c"}})
    assert corrected(site, Edit(("data", "emial"), "rename", "email")) == (
        "here('UserCreateNode', 'create', {'data': {'email': 'a@b.c'}})"
    )


def test_keyword_is_renamed() -> None:
    site = here(emial="a@b.c")
    assert corrected(site, Edit(("data", "emial"), "rename", "email")) == "here(email='a@b.c')"


def test_value_is_replaced_in_a_row_of_a_list() -> None:
    site = here("UserBulkCreateNode", "bulk", {"data": [{"age": 1}, {"age": "two"}]})
    assert corrected(site, Edit(("data", 1, "age"), "replace", "2")) == (
        "here('UserBulkCreateNode', 'bulk', {'data': [{'age': 1}, {'age': 2}]})"
    )


def test_value_of_a_keyword_is_replaced() -> None:
    site = here(age="two")
    assert corrected(site, Edit(("data", "age"), "replace", "2")) == "here(age=2)"


def test_all_parameters_are_replaced() -> None:
    edit = Edit((), "replace", "{'filter': {'id': 'u1'}, 'data': {'name': 'Bob'}}")
    assert corrected(here("UserUpdateNode", "update", {"id": "u1", "name": "Bob"}), edit) == (
        "here('UserUpdateNode', 'update', {'filter': {'id': 'u1'}, 'data': {'name': 'Bob'}})"
    )
    assert corrected(here("UserUpdateNode", params={"id": "u1"}), edit) == (
        "here('UserUpdateNode', params={'filter': {'id': 'u1'}, 'data': {'name': 'Bob'}})"
    )
    assert corrected(here({"id": "u1"}, {"name": "Bob"}), edit) == ""


def test_calls_of_a_chain_keep_what_they_follow() -> None:
    # fmt: off
    chain = (Chain()
        .add({"a": 1})
        .add({"b": 1}))
    # fmt: on
    assert corrected(chain.sites[1], Edit(("b",), "replace", "2")) == "Chain().add({'a': 1}).add({'b': 2})"


def test_all_problems_of_one_call_make_one_line() -> None:
    site = here("UserCreateNode", "create", {"data": {"emial": "a", "created_at": None}})
    where = Where(call=site)
    problems = [
        Problem(
            code="DF-N102",
            message="a",
            where=where,
            fix=Fix("placeholder", edits=(Edit(("data", "id"), "add", "..."),)),
        ),
        Problem(
            code="DF-N103",
            message="b",
            where=where,
            fix=Fix("unsafe", edits=(Edit(("data", "emial"), "rename", "email"),)),
        ),
        Problem(
            code="DF-N106", message="c", where=where, fix=Fix("safe", edits=(Edit(("data", "created_at"), "remove"),))
        ),
        Problem(code="DF-W103", message="d", where=where, fix=Fix("unsafe", script="workflow.add_connection(...)")),
        Problem(code="DF-W103", message="e", where=where, fix=Fix("unsafe", script="workflow.add_connection(...)")),
        Problem(code="DF-W107", message="f", where=where),
    ]
    assert error_of(problems).fix_script == (
        "here('UserCreateNode', 'create', {'data': {'email': 'a', 'id': ...}})\nworkflow.add_connection(...)"
    )
    assert fix_script(problems, only=("safe",)) == ("here('UserCreateNode', 'create', {'data': {'emial': 'a'}})")


def test_call_in_a_loop_is_repaired_once() -> None:
    sites = [here({"data": {"name": name}}) for name in ("a", "b")]
    fix = Fix("placeholder", edits=(Edit(("data", "id"), "add", '"..."'),))
    problems = [Problem(code="DF-N102", message="missing", where=Where(call=site), fix=fix) for site in sites]
    assert fix_script(problems) == "here({'data': {'name': name, 'id': '...'}})"


@pytest.mark.parametrize(
    "edit",
    [
        Edit((), "remove"),
        Edit((), "replace", "{'a': <value>}"),
        Edit(("data", "nowhere"), "remove"),
        Edit(("nowhere", "id"), "add", "1"),
        Edit(("data", "id"), "replace", "<a value>"),
        Edit(("data", 0), "rename", "x"),
    ],
    ids=str,
)
def test_edit_without_a_place_in_the_call_gives_no_script(edit: Edit) -> None:
    site = here({"data": {"id": 1}})
    assert corrected(site, edit) == ""


def test_row_of_a_list_cannot_be_renamed() -> None:
    site = here({"data": [1, 2]})
    assert corrected(site, Edit(("data", 0), "rename", "x")) == ""


def test_parameters_from_a_variable_cannot_be_edited() -> None:
    parameters: Given = {"data": {"emial": 1}}
    assert corrected(here(parameters), Edit(("data", "emial"), "rename", "email")) == ""


def test_code_without_source_gives_no_script() -> None:
    space: Given = {"here": here}
    exec(compile("site = here({'emial': 1})", "<console>", "exec"), space)
    assert corrected(space["site"], Edit(("emial",), "rename", "email")) == ""


def test_misspelt_field_that_is_missing_too_is_only_renamed() -> None:
    site = here("UserCreateNode", "create", {"emial": "a"})
    where = Where(call=site)
    problems = [
        Problem(
            code="DF-N102", message="a", where=where, fix=Fix("placeholder", edits=(Edit(("email",), "add", '"..."'),))
        ),
        Problem(
            code="DF-N103", message="b", where=where, fix=Fix("unsafe", edits=(Edit(("emial",), "rename", "email"),))
        ),
    ]
    assert fix_script(problems) == "here('UserCreateNode', 'create', {'email': 'a'})"


@pytest.mark.parametrize("params", [{"name": "Bob"}, {"data": {"name": "Bob"}}])
def test_missing_field_is_added_where_the_others_are(params: Given) -> None:
    db = DataFlow()

    @db.model
    class User:
        id: str
        name: str

    workflow = db.workflow()
    flat = "data" not in params
    if flat:
        workflow.add_node("UserCreateNode", "create", {"name": "Bob"})
    else:
        workflow.add_node("UserCreateNode", "create", {"data": {"name": "Bob"}})
    wanted = "{'name': 'Bob', 'id': '...'}"
    assert workflow.validate().fix_script == (
        f"workflow.add_node('UserCreateNode', 'create', {wanted if flat else '{' + repr('data') + ': ' + wanted + '}'})"
    )
