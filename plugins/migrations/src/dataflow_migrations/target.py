"""What a database should look like: the models' own objects as the models want them, everything else as it is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

import attrs

from dataflow.migrations import Constraint, Index, ObjectRef, SchemaObject, SchemaSnapshot
from dataflow.migrations.objects import fingerprint_of
from dataflow_migrations.diffing import is_like


@attrs.frozen
class Target:
    """``schema`` is the whole database as it should be; ``managed`` are the objects in it that are the models' own."""

    schema: SchemaSnapshot
    managed: tuple[ObjectRef, ...]
    #: of these, what others made and serves as it is: by name, what it is like
    adopted: Mapping[str, str]


@attrs.frozen
class Ownership:
    """Whose the objects are that are there.

    :param managed: what earlier plans have made or taken over; what models no longer want of it goes.
    :param adopted: what was taken over as others had made it, by name: it stays so until the models want something else.
    :param fitting: tables and columns that hold the models' values as they are: those that others made stay so.
    :param is_taken_over: whether what fits is the models' own from now on.
    """

    managed: Collection[ObjectRef]
    adopted: Mapping[str, str]
    fitting: Collection[ObjectRef]
    is_taken_over: bool = False

    def stays(self, there: SchemaObject, wanted: SchemaObject) -> bool:
        """Whether something that others made serves the models as it is."""
        if there.ref in self.managed:
            return self.adopted.get(str(there.ref)) == likeness(there, wanted)
        return there.ref in self.fitting

    def has(self, ref: ObjectRef) -> bool:
        return ref in self.managed or self.is_taken_over


def likeness(there: SchemaObject, wanted: SchemaObject) -> str:
    """What something looks like, and for what it serves so."""
    return " ".join(fingerprint_of(attrs.evolve(one, ref=ObjectRef(one.ref.kind, ""))) for one in (there, wanted))


def target_of(
    actual: SchemaSnapshot,
    wanted: SchemaSnapshot,
    owned: Ownership,
    drop_tables: Collection[str],
    accepted: Collection[str] = (),
) -> Target:
    """The models' schema laid over the one that is there, which has its new names already.

    :param accepted: objects of others, by their names, that may go with a column that they use.
    """
    managed = owned.managed
    objects = {
        ref: one
        for ref, one in actual.objects.items()
        if not _goes(ref, actual, wanted, managed) and (ref.table or ref.name) not in drop_tables
    }
    own: list[ObjectRef] = []
    parts: dict[ObjectRef | None, list[ObjectRef]] = defaultdict(list)
    for ref in objects:
        parts[ref.owner].append(ref)
    # also of what is changed now: once that is undone, it is true again
    adopted = {str(ref): owned.adopted[str(ref)] for ref in wanted.objects if str(ref) in owned.adopted}
    for ref, one in wanted.objects.items():
        if ref in objects and owned.stays(objects[ref], one):
            if owned.has(ref):
                own.append(ref)
                adopted[str(ref)] = likeness(objects[ref], one)
            continue
        differs = ref not in objects or objects[ref] != one
        if ref not in managed and differs and any(_serves(objects[part], one) for part in parts[ref.owner]):
            continue
        if (
            ref not in objects
            and _is_of_a_key(one, wanted)
            and any(_begins(objects[part], one) for part in parts[ref.owner])
        ):
            continue
        # where a column stands is not changed, only said of new tables
        if ref not in objects:
            parts[ref.owner].append(ref)
        objects[ref] = one
        own.append(ref)
    gone = [ref for ref in actual.objects if ref.kind == "column" and ref not in objects]
    for ref, one in list(objects.items()):
        if str(ref) in accepted and ref not in own and any(is_on(one, column) for column in gone):
            del objects[ref]
    return Target(
        attrs.evolve(actual, objects=objects.values(), dependencies=(*actual.dependencies,)), tuple(own), adopted
    )


def is_on(one: SchemaObject, column: ObjectRef) -> bool:
    """Whether an index or constraint is of a column, among others."""
    if one.ref.owner != column.owner:
        return False
    if isinstance(one, Constraint):
        return column.name in one.columns or _names(one.expression, column.name)
    return isinstance(one, Index) and any(_names(text, column.name) for text in (*one.keys, one.where))


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None


def _goes(ref: ObjectRef, actual: SchemaSnapshot, wanted: SchemaSnapshot, managed: Collection[ObjectRef]) -> bool:
    """Whether it is a part that the models had in one of their tables, and have no more."""
    return ref in managed and ref not in wanted.objects and ref.owner in wanted.objects and ref in actual.objects


def _serves(there: SchemaObject, wanted: SchemaObject) -> bool:
    """Whether something that others made does what an index or constraint of the models, of the same table, is for."""
    if isinstance(there, Index) and isinstance(wanted, Index):
        return is_like(there, wanted)
    if isinstance(there, Constraint) and isinstance(wanted, Constraint):
        return _essence(there) == _essence(wanted)
    if isinstance(there, Constraint) and isinstance(wanted, Index):
        return there.type == "unique" and wanted.unique and not wanted.where and there.columns == wanted.keys
    return False


def _is_of_a_key(one: SchemaObject, wanted: SchemaSnapshot) -> bool:
    """Whether it is an index that MySQL makes for a foreign key, by its name, where there is no other."""
    key = wanted.objects.get(attrs.evolve(one.ref, kind="constraint"))
    return isinstance(one, Index) and isinstance(key, Constraint) and key.type == "foreign"


def _begins(there: SchemaObject, wanted: SchemaObject) -> bool:
    """Whether rows are found by the columns of an index with something that others made, as MySQL sees it."""
    if not isinstance(wanted, Index):
        return False
    if isinstance(there, Constraint):
        keys = there.columns if there.type in ("primary", "unique") else ()
    else:
        keys = there.keys if isinstance(there, Index) and there.method in ("", "btree") else ()
    return keys[: len(wanted.keys)] == wanted.keys


def _essence(one: Constraint) -> tuple[object, ...]:
    """What a constraint is for, whatever it is called and however it is written."""
    return (
        one.type,
        one.columns,
        one.expression,
        one.referred_table,
        # SQLite's word for the key, which models call so
        one.referred_columns or (("id",) if one.type == "foreign" else ()),
        # both refuse to delete what is referred to
        "restrict" if one.on_delete == "no action" else one.on_delete,
        one.on_update,
    )
