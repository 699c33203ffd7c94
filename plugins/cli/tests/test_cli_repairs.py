"""What ``validate --fix`` writes: mistakes are mended, and nothing else is touched."""

import ast
import io
import os
import stat
import tokenize
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataflow.diagnostics.problem import Applicability
from dataflow_cli.repairs import checked, replace_file

ONLY_SAFE: tuple[Applicability, ...] = ("safe",)
ALL_KINDS: tuple[Applicability, ...] = ("safe", "unsafe")

HEAD = """\
from dataflow import DataFlow

db = DataFlow()
now = "2026-01-01T00:00:00Z"


@db.model
class User:
    id: str
    name: str
    age: int = 0


workflow = db.workflow("welcome")
key  =  'u1'   # odd   spacing stays
"""
TAIL = "\n\nif __name__ == '__main__':   # as it is\n    print( 'done' )\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.py"


def mended(file: Path, calls: str, *, unsafe: bool = False) -> str:
    """The calls as they are after every fix that is allowed."""
    file.write_text(HEAD + calls + TAIL)
    found = checked(file, ALL_KINDS if unsafe else ONLY_SAFE)
    text = found.after.decode()
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)
    return text.removeprefix(HEAD).removesuffix(TAIL)


SAFE = [
    # one line, first, in the middle, last, with and without a comma behind it
    ('{"created_at": now, "id": key, "name": "A"}', '{"id": key, "name": "A"}'),
    ('{"id": key, "created_at": now, "name": "A"}', '{"id": key, "name": "A"}'),
    ('{"id": key, "name": "A", "created_at": now}', '{"id": key, "name": "A"}'),
    ('{"id": key, "name": "A", "created_at": now,}', '{"id": key, "name": "A",}'),
    ('{ "id":key , "created_at" : (now) , "name":"A" }', '{ "id":key , "name":"A" }'),
    # two at once, an f-string, a call, brackets inside
    ('{"created_at": f"{now}", "id": key, "name": "A", "updated_at": max([now, "}"])}', '{"id": key, "name": "A"}'),
    # several lines, comments
    (
        '{\n    "id": key,  # first\n    # by hand\n    "created_at": now,  # why\n    # name\n    "name": "A",\n}',
        '{\n    "id": key,  # first\n    # by hand\n    # why\n    # name\n    "name": "A",\n}',
    ),
    (
        '{\n    "id": key,\n    "name": "A",  # last\n    "created_at": now  # no comma\n}',
        '{\n    "id": key,\n    "name": "A"  # last\n    # no comma\n}',
    ),
    ('{\n    "created_at": now,\n    "id": key, "name": "A",\n}', '{\n    "id": key, "name": "A",\n}'),
    ('{"id": key, "name": "A",\n "created_at": now}', '{"id": key, "name": "A"}'),
    # nested, dict(...), merged
    ('{"data": {"id": key, "name": "A", "created_at": now}}', '{"data": {"id": key, "name": "A"}}'),
    ('dict(id=key, created_at=now, name="A")', 'dict(id=key, name="A")'),
    ('dict(\n    id=key,\n    name="A",\n    created_at=now,\n)', 'dict(\n    id=key,\n    name="A",\n)'),
    ('{"data": dict(id=key, name="A", created_at=now)}', '{"data": dict(id=key, name="A")}'),
    ('{**{"id": key, "created_at": now}, "name": "A"}', '{**{"id": key}, "name": "A"}'),
    ('{"id": key, "name": "A", **{"created_at": now}}', '{"id": key, "name": "A", **{}}'),
    # the same key twice
    ('{"created_at": now, "id": key, "name": "A", "created_at": now}', '{"id": key, "name": "A"}'),
]


@pytest.mark.parametrize(("wrong", "right"), SAFE)
def test_field_that_the_database_sets_is_taken_out(file: Path, wrong: str, right: str) -> None:
    call = 'workflow.add_node("UserCreateNode", "create", {})\n'
    assert mended(file, call.replace("{}", wrong)) == call.replace("{}", right)


def test_flat_update_keeps_the_user_s_own_expressions(file: Path) -> None:
    call = 'workflow.add_node("UserUpdateNode", "update", {})\n'
    wrong, right = '{"id": key, "name": f"{key}!"}', '{"filter": {"id": key}, "data": {"name": f"{key}!"}}'
    assert mended(file, call.replace("{}", wrong)) == call.replace("{}", right)
    assert mended(file, call.replace("{}", "dict(id=key, name='A')")) == call.replace(
        "{}", '{"filter": {"id": key}, "data": {"name": \'A\'}}'
    )


LEFT = [
    # what a name is bound to on the way may be needed later
    'workflow.add_node("UserCreateNode", "create", {"id": key, "name": "A", "created_at": (then := now)})\n',
    # values that stand elsewhere, where something else may see them
    'given = {"id": key, "name": "A", "created_at": now}\n'
    'workflow.add_node("UserCreateNode", "create", given)\nprint(given)\n',
    'given = {"id": key, "name": "A", "created_at": now}\n'
    'given["age"] = 3\nworkflow.add_node("UserCreateNode", "create", given)\n',
    'given = {"id": key, "name": "A"}\ngiven |= {"created_at": now}\nworkflow.add_node("UserCreateNode", "create", given)\n',
    'given = {"id": key, "name": "A", "created_at": now}\n__all__ = ["given"]\n'
    'workflow.add_node("UserCreateNode", "create", given)\n',
    'given = other = {"id": key, "name": "A", "created_at": now}\n'
    'workflow.add_node("UserCreateNode", "create", given)\n',
    'for given in [{"id": key, "name": "A", "created_at": now}]:\n'
    '    workflow.add_node("UserCreateNode", "create", given)\n',
    'def add(given):\n    workflow.add_node("UserCreateNode", "create", given)\n\n\n'
    'add({"id": key, "name": "A", "created_at": now})\n',
    # a value that is computed would be frozen
    'workflow.add_node("UserListNode", "list", {"filter": {"name__contains": key}})\n',
    # a comment that would have to find its new place
    'workflow.add_node("UserUpdateNode", "update", {\n    "id": key,  # whose\n    "name": "B",\n})\n',
]


@pytest.mark.parametrize("calls", LEFT)
def test_what_cannot_be_mended_surely_is_left(file: Path, calls: str) -> None:
    assert mended(file, calls, unsafe=True) == calls
    assert checked(file, ALL_KINDS).problems


HELD = [
    # at the top of the file, in a function, in a block, with a type, with comments
    (
        'given = {"id": key, "name": "A", "created_at": now}\nworkflow.add_node("UserCreateNode", "create", given)\n',
        'given = {"id": key, "name": "A"}\nworkflow.add_node("UserCreateNode", "create", given)\n',
    ),
    (
        'def add() -> None:\n    given: dict = {\n        "id": key,\n        "created_at": now,  # why\n        "name": "A",\n    }\n'
        '    workflow.add_node("UserCreateNode", "create", params=given)\n\n\nadd()\n',
        'def add() -> None:\n    given: dict = {\n        "id": key,\n        # why\n        "name": "A",\n    }\n'
        '    workflow.add_node("UserCreateNode", "create", params=given)\n\n\nadd()\n',
    ),
    (
        'data = {"id": key, "name": "A", "created_at": now}\nif key:\n    given = {"data": data}\n'
        '    workflow.add_node("UserCreateNode", "create", given)\n',
        'data = {"id": key, "name": "A"}\nif key:\n    given = {"data": data}\n'
        '    workflow.add_node("UserCreateNode", "create", given)\n',
    ),
    (
        'given = {"created_at": now}\nworkflow.add_node("UserCreateNode", "create", {"id": key, "name": "A", **given})\n',
        'given = {}\nworkflow.add_node("UserCreateNode", "create", {"id": key, "name": "A", **given})\n',
    ),
    # the whole of it
    (
        'given = {"id": key, "name": f"{key}!"}\nworkflow.add_node("UserUpdateNode", "update", given)\n',
        'given = {"filter": {"id": key}, "data": {"name": f"{key}!"}}\nworkflow.add_node("UserUpdateNode", "update", given)\n',
    ),
]


@pytest.mark.parametrize(("wrong", "right"), HELD)
def test_dict_that_a_variable_holds_for_one_call_is_mended(file: Path, wrong: str, right: str) -> None:
    assert mended(file, wrong) == right
    assert checked(file, ONLY_SAFE).problems == ()


ADDED = [
    ('{"filter": {"name__contains": "A"}}', '{"filter": {"name": {"$contains": \'A\'}}}'),
    ('{"filter": {"age": 3, "name__contains": "A",}}', '{"filter": {"age": 3, "name": {"$contains": \'A\'},}}'),
    ('{"filter": {"age": 3,\n  "name__contains": "A"}}', '{"filter": {"age": 3, "name": {"$contains": \'A\'}}}'),
    (
        '{"filter": {\n    "age": 3,  # years\n    "name__contains": "A",\n    "id": key,\n}}',
        '{"filter": {\n    "age": 3,  # years\n    "id": key,\n    "name": {"$contains": \'A\'},\n}}',
    ),
    ('{"filter": dict(name__contains="A", age=3)}', '{"filter": dict(age=3, name={"$contains": \'A\'})}'),
]


@pytest.mark.parametrize(("wrong", "right"), ADDED)
def test_entries_are_added_where_that_is_allowed(file: Path, wrong: str, right: str) -> None:
    call = 'workflow.add_node("UserListNode", "list", {})\n'
    assert mended(file, call.replace("{}", wrong)) == call.replace("{}", wrong)
    assert ast.dump(ast.parse(mended(file, call.replace("{}", wrong), unsafe=True))) == ast.dump(
        ast.parse(call.replace("{}", right))
    )
    assert mended(file, call.replace("{}", wrong), unsafe=True) == call.replace("{}", right)


LISTED = [
    ('"UserListNode", "list", {"sort": ["name", "-agee"]}', '"UserListNode", "list", {"sort": ["name", "-age"]}'),
    (
        '"UserListNode", "list", {\n    "fields": [\n        "nmae",  # who\n        "age",\n    ],\n}',
        '"UserListNode", "list", {\n    "fields": [\n        "name",  # who\n        "age",\n    ],\n}',
    ),
    (
        '"UserBulkCreateNode", "load", {"data": [("u1", "A", 3), ("u2", "B", 4)]}',
        "\"UserBulkCreateNode\", \"load\", {\"data\": [{'id': 'u1', 'name': 'A', 'age': 3}, "
        "{'id': 'u2', 'name': 'B', 'age': 4}]}",
    ),
]


@pytest.mark.parametrize(("wrong", "right"), LISTED)
def test_elements_of_lists_are_mended_where_that_is_allowed(file: Path, wrong: str, right: str) -> None:
    call = f"workflow.add_node({wrong})\n"
    assert mended(file, call) == call
    assert mended(file, call, unsafe=True) == f"workflow.add_node({right})\n"


UNSAFE = [
    ('"UserCraeteNode", "create", {"id": key, "name": "A"}', '"UserCreateNode", "create", {"id": key, "name": "A"}'),
    (
        '"UserCreateNode", "create", {"id": key, \'nmae\': "A"}',
        '"UserCreateNode", "create", {"id": key, \'name\': "A"}',
    ),
    ('"UserCreateNode", "create", dict(id=key, nmae="A")', '"UserCreateNode", "create", dict(id=key, name="A")'),
]


@pytest.mark.parametrize(("wrong", "right"), UNSAFE)
def test_misspelt_names_are_mended_only_where_that_is_allowed(file: Path, wrong: str, right: str) -> None:
    call = f"workflow.add_node({wrong})\n"
    assert mended(file, call) == call
    assert mended(file, call, unsafe=True) == f"workflow.add_node({right})\n"


def test_connections_and_templates_are_mended_one_after_the_other(file: Path) -> None:
    calls = (
        'workflow.add_node("UserCreateNode", "create", {"id": key, "name": "A"})\n'
        'workflow.add_node("UserReadNode", "read", {\n    "id": "${create.id}",\n})\n'
        'workflow.add_node("UserDeleteNode", "delete")\n'
        'workflow.add_connection("raed", output="idd", target="delete", input="id")\n'
    )
    assert mended(file, calls, unsafe=True) == (
        'workflow.add_node("UserCreateNode", "create", {"id": key, "name": "A"})\n'
        'workflow.add_node("UserReadNode", "read", {})\n'
        'workflow.add_connection("create", "id", "read", "id")\n'
        'workflow.add_node("UserDeleteNode", "delete")\n'
        'workflow.add_connection("read", output="id", target="delete", input="id")\n'
    )
    assert checked(file, ALL_KINDS).problems == ()


def test_several_calls_on_one_line_and_one_in_a_loop(file: Path) -> None:
    calls = (
        'workflow.add_node("UserCreateNode", "a", {"id": "a", "name": "A", "created_at": now}); '
        'workflow.add_node("UserCreateNode", "b", {"id": "b", "name": "B", "created_at": now})\n'
        'for n in "cd":\n    workflow.add_node("UserCreateNode", n, {"id": n, "name": n, "updated_at": now})\n'
    )
    right = calls.replace(', "created_at": now', "").replace(', "updated_at": now', "")
    assert mended(file, calls) == right


def test_error_that_ends_the_file_hides_the_next_until_it_is_mended(file: Path) -> None:
    calls = (
        'workflow.add_node("UserCreateNode", "a", {"id": "a", "name": "A", "created_at": now})\nworkflow.build()\n'
        'other = db.workflow("other")\nother.add_node("UserCreateNode", "b", {"id": "b", "name": "B", "created_at": now})\n'
        "other.build()\n"
    )
    assert mended(file, calls) == calls.replace(', "created_at": now', "")


def test_models_in_a_file_beside_it(file: Path) -> None:
    (file.parent / "own_models.py").write_text(HEAD.partition("workflow =")[0])
    text = (
        "from own_models import db, now\nfrom dataflow import WorkflowBuilder\n\nworkflow = WorkflowBuilder()\n"
        'workflow.add_node("UserCreateNode", "a", {"id": "a", "name": "A", "created_at": now})\n'
        'workflow.add_node("UserCreateNode", "b", {"id": "b", "nmae": "A"})\n'
    )
    file.write_text(text)
    found = checked(file, ALL_KINDS)
    assert found.problems == ()
    assert found.after.decode() == text.replace(', "created_at": now', "").replace("nmae", "name")


@pytest.mark.parametrize(
    ("encoding", "newline"),
    [("utf-8", "\n"), ("utf-8", "\r\n"), ("utf-8-sig", "\r\n"), ("latin-1", "\n"), ("latin-1", "\r\n")],
)
def test_encoding_newlines_and_mode_stay(file: Path, encoding: str, newline: str) -> None:
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    call = 'workflow.add_node("UserCreateNode", "größe", {\n    "id": "ä",\n    "created_at": now,\n    "name": "é"})\n'
    text = (cookie + HEAD + call + TAIL).replace("\n", newline).encode(encoding)
    file.write_bytes(text)
    file.chmod(0o750)
    found = checked(file, ONLY_SAFE)
    right = (
        (cookie + HEAD + call.replace('    "created_at": now,\n', "") + TAIL).replace("\n", newline).encode(encoding)
    )
    assert found.after == right
    replace_file(file, found.before, found.after)
    assert file.read_bytes() == right
    assert stat.S_IMODE(file.stat().st_mode) == 0o750
    assert os.listdir(file.parent) == [file.name]


def test_file_that_was_changed_meanwhile_and_a_link_are_respected(file: Path) -> None:
    import click

    link = file.parent / "link.py"
    file.write_bytes(b"old")
    link.symlink_to(file)
    replace_file(link, b"old", b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    with pytest.raises(click.ClickException, match="was changed by somebody else"):
        replace_file(link, b"old", b"newer")
    assert file.read_bytes() == b"new"


# Generated programs: each value, each gap and each order that a formatter or a person may write.
BLANKS = st.sampled_from(["", " ", "\n    ", "  # a comment\n    ", "\n\n    # above\n    "])
VALUES = st.sampled_from(
    ['"A"', "key", "(key)", 'f"{key}-{1 + 1}"', "str([1, {2: 3}])", "'it''s'", '"""long\ntext"""', '"🙂é"']
)


@st.composite
def dicts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """The text of a record with none, one or two planted fields, and the planted names."""
    planted = draw(st.lists(st.sampled_from(["created_at", "updated_at"]), unique=True, max_size=2))
    names = draw(st.permutations(["id", "name", *planted]))
    parts = []
    for name in names:
        value = "now" if name in planted and draw(st.booleans()) else draw(VALUES)
        quote = draw(st.sampled_from(["'", '"']))
        parts.append(f"{draw(BLANKS)}{quote}{name}{quote}{draw(st.sampled_from(['', ' ']))}: {value}")
    comma = draw(st.sampled_from(["", ","]))
    text = "{" + f"{draw(st.sampled_from(['', ' ']))},".join(parts) + comma + draw(BLANKS) + "}"
    return (f'{{"data": {text}}}' if draw(st.booleans()) else text), planted


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(one.string.strip() for one in tokens if one.type == tokenize.COMMENT)


def without(text: str, names: list[str]) -> str:
    """What the program says, without some keys."""

    class Remover(ast.NodeTransformer):
        def visit_Dict(self, node: ast.Dict) -> ast.AST:
            self.generic_visit(node)
            kept = [
                (key, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if not (isinstance(key, ast.Constant) and key.value in names)
            ]
            return ast.Dict([key for key, _ in kept], [value for _, value in kept])

    return ast.dump(Remover().visit(ast.parse(text)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(dicts(), min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"]))
def test_planted_mistakes_are_mended_and_everything_else_stays(
    file: Path, records: list[tuple[str, list[str]]], newline: str
) -> None:
    calls = [f'workflow.add_node("UserCreateNode", "n{n}", {text})\n' for n, (text, _) in enumerate(records)]
    text = HEAD + "".join(calls) + TAIL
    before = text.replace("\n", newline).encode()
    file.write_bytes(before)
    found = checked(file, ONLY_SAFE)
    assert [one.code for one in found.problems] == []
    after = found.after.decode().replace(newline, "\n")
    assert found.after == after.replace("\n", newline).encode()
    planted = ["created_at", "updated_at"]
    assert ast.dump(ast.parse(after)) == without(text, planted)
    assert comments(after) == comments(text)
    # a call without a planted mistake is the same, byte by byte
    for call, (_, names) in zip(calls, records, strict=True):
        assert names or call in after
    assert after.startswith(HEAD)
    assert after.endswith(TAIL)
    assert (found.after == before) == (not any(names for _, names in records))
    file.write_bytes(found.after)
    assert checked(file, ONLY_SAFE).after == found.after
