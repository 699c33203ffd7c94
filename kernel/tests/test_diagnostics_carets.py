"""The caret stands under what is wrong, however the call is written."""

import linecache
from typing import Any

import pytest

from dataflow.diagnostics import CallSite, Problem, Where
from dataflow.diagnostics.excerpt import excerpt_of
from dataflow.diagnostics.plain import plain_text


class Builder:
    """Keeps where it was called, as a workflow's builder does."""

    def __init__(self) -> None:
        self.sites: list[CallSite] = []

    def add_node(self, *given: object, **named: object) -> "Builder":
        self.sites.append(CallSite.here(1))
        return self

    @property
    def last(self) -> CallSite:
        return self.sites[-1]


@pytest.fixture
def builder() -> Builder:
    return Builder()


def pointed(site: CallSite, *path: str | int, **context: object) -> str:
    """The caret's line from the caret on."""
    problem = Problem(code="DF-N104", message="wrong", where=Where(call=site, path=path), context=context)
    excerpt = excerpt_of(problem)
    assert excerpt is not None
    text = dict(excerpt.source)[excerpt.caret_line]
    return text[excerpt.caret_column :]


def shown(site: CallSite, *path: str | int, **context: object) -> list[str]:
    """The quoted lines, without their numbers."""
    problem = Problem(code="DF-N104", message="wrong", where=Where(call=site, path=path), context=context)
    excerpt = excerpt_of(problem)
    assert excerpt is not None
    return [text[6:] for _, text in excerpt.lines()]


def test_key_of_a_nested_dict(builder: Builder) -> None:
    builder.add_node("UserCreateNode", "create", {"data": {"name": "Alice", "age": "twenty"}})
    assert pointed(builder.last, "data", "age") == '"age": "twenty"}})'


def test_equal_keys_on_different_levels(builder: Builder) -> None:
    builder.add_node("UserUpdateNode", "update", {"filter": {"id": "a"}, "data": {"id": "b"}})
    assert pointed(builder.last, "data", "id") == '"id": "b"}})'
    assert pointed(builder.last, "filter", "id") == '"id": "a"}, "data": {"id": "b"}})'


def test_row_of_a_list(builder: Builder) -> None:
    builder.add_node("UserBulkCreateNode", "bulk", {"data": [{"id": "a"}, {"id": 2}]})
    assert pointed(builder.last, "data", 1, "id") == '"id": 2}]})'


def test_missing_field_is_shown_at_the_dict_that_lacks_it(builder: Builder) -> None:
    # fmt: off
    builder.add_node("UserCreateNode", "create", {
        "data": {"name": "Alice"}
    })
    # fmt: on
    assert shown(builder.last, "data", missing="id") == [
        '|     builder.add_node("UserCreateNode", "create", {',
        '|         "data": {"name": "Alice"}',
        "|                 ^ 'id' is missing",
    ]


def test_several_missing_fields(builder: Builder) -> None:
    builder.add_node("UserCreateNode", "create", {"data": {}})
    assert shown(builder.last, "data", missing="id, name")[-1].endswith("^ missing: id, name")


def test_expected_type_is_the_caret_s_label(builder: Builder) -> None:
    builder.add_node("UserCreateNode", "create", {"age": "twenty"})
    assert shown(builder.last, "age", expected="int")[-1].endswith("^ expected int")


def test_keyword_argument(builder: Builder) -> None:
    builder.add_node("UserCreateNode", "create", name="Alice", age="twenty")
    assert pointed(builder.last, "age") == 'age="twenty")'
    assert pointed(builder.last, "data", "age") == 'age="twenty")'


def test_dict_in_a_keyword_argument(builder: Builder) -> None:
    builder.add_node(node_type="UserCreateNode", params={"data": {"age": "twenty"}})
    assert pointed(builder.last, "data", "age") == '"age": "twenty"}})'


def test_call_over_many_lines_is_cut_around_the_caret(builder: Builder) -> None:
    # fmt: off
    builder.add_node(
        "UserCreateNode",
        "create",
        {
            "a": 1,
            "b": 2,
            "c": 3,
            "d": 4,
            "e": 5,
            "f": 6,
            "g": 7,
            "age": "twenty",
            "h": 8,
            "i": 9,
            "j": 10,
        },
    )
    # fmt: on
    assert [line.strip("| ") for line in shown(builder.last, "age")] == [
        "builder.add_node(",
        "",
        '"f": 6,',
        '"g": 7,',
        '"age": "twenty",',
        "^",
        '"h": 8,',
        '"i": 9,',
    ]  # fmt: skip


def test_columns_after_characters_of_several_bytes(builder: Builder) -> None:
    builder.add_node("UserCreateNode", "größer", {"größe": "ä", "age": "twenty"})
    assert pointed(builder.last, "age") == '"age": "twenty"})'


def test_caret_follows_wide_and_combining_characters() -> None:
    site = written("def call(b):\n    b.add_node('名前', 'e\u0301', {'age': 1})\n", "wide")
    source, caret = shown(site, "age")
    # two characters take two columns each, the accent none
    assert caret.index("^") == source.index("'age'") + 2 - 1


def test_caret_keeps_tabs() -> None:
    site = written("def call(b):\n\tb.add_node(\t{'age': 1})\n", "tabs")
    assert shown(site, "age") == ["| \tb.add_node(\t{'age': 1})", "| \t           \t ^"]


def test_chained_methods(builder: Builder) -> None:
    # fmt: off
    (builder
        .add_node("A", "a", {"age": 1})
        .add_node("B", "b", {"age": 2})
    )
    # fmt: on
    first, second = builder.sites
    assert pointed(first, "age") == '"age": 1})'
    assert pointed(second, "age") == '"age": 2})'


def test_call_as_argument_of_a_call(builder: Builder) -> None:
    inner = Builder()
    builder.add_node(inner.add_node({"age": 1}), {"age": 2})
    assert pointed(inner.last, "age") == '"age": 1}), {"age": 2})'
    assert pointed(builder.last, "age") == '"age": 2})'


def test_path_that_the_source_does_not_have_ends_at_its_deepest_known_part(builder: Builder) -> None:
    data = {"age": "twenty"}
    builder.add_node("UserCreateNode", "create", {"data": data})
    assert pointed(builder.last, "data", "age") == '"data": data})'


def test_parameters_from_a_variable_are_shown_by_the_call(builder: Builder) -> None:
    parameters = {"age": "twenty"}
    builder.add_node("UserCreateNode", "create", parameters)
    assert pointed(builder.last, "age") == 'builder.add_node("UserCreateNode", "create", parameters)'


def test_code_without_source_has_file_and_line_only(builder: Builder) -> None:
    exec(compile("\nb.add_node({'age': 1})", "<console>", "exec"), {"b": builder})
    problem = Problem(code="DF-N104", message="wrong", where=Where(call=builder.last, path=("age",)))
    assert plain_text([problem]) == (
        "error[DF-N104]: wrong\n  --> <console>:2\nDocumentation: dataflow explain DF-N104"
    )


def test_place_that_is_no_call_is_shown_by_its_line() -> None:
    sites: list[CallSite] = []

    class Watched(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> "Watched":
            sites.append(CallSite.here(1))
            return super().__new__(mcs, name, bases, body)

    class User(metaclass=Watched): ...

    assert shown(sites[0])[0] == "|     class User(metaclass=Watched): ..."


def test_source_that_no_longer_parses_is_shown_by_its_line() -> None:
    site = written("def call(b):\n    b.add_node({'age': 1})\n", "changed", then="def call(b)\n    b.add_node(\n")
    assert shown(site, "age") == ["|     b.add_node("]


def test_long_line_is_cut() -> None:
    site = written(f"def call(b):\n    b.add_node({{'age': 1, 'name': '{'x' * 500}'}})\n", "long")
    source, caret = shown(site, "age")
    assert source.endswith("xxx...")
    assert len(source) < 180
    assert caret == "|                 ^"


def written(source: str, name: str, then: str | None = None) -> CallSite:
    """The site of the call in a source file of its own, which may hold something else by the time it is read."""
    file = f"<{name}>"
    space: dict[str, Any] = {}
    exec(compile(source, file, "exec"), space)
    text = source if then is None else then
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    builder = Builder()
    space["call"](builder)
    return builder.last
