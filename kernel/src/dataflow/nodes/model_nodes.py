"""The eleven nodes of every model, given on the same hook that plugins use; a twelfth restores soft-deleted records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from dataflow.expressions.limits import Limits
from dataflow.models.model import Model
from dataflow.models.types import BOOL, DICT, INT, LIST, STR, FieldType
from dataflow.nodes.families.bulk import BulkCreateFamily, BulkDeleteFamily, BulkUpdateFamily, BulkUpsertFamily
from dataflow.nodes.families.create import CreateFamily
from dataflow.nodes.families.delete import DeleteFamily, RestoreFamily
from dataflow.nodes.families.family import Family
from dataflow.nodes.families.listing import ListFamily
from dataflow.nodes.families.read import CountFamily, ReadFamily
from dataflow.nodes.families.update import UpdateFamily
from dataflow.nodes.families.upsert import UpsertFamily
from dataflow.nodes.model_values import ModelValues
from dataflow.nodes.node_type import NodeType, Output
from dataflow.operations.operation import (
    BulkCreate,
    BulkUpdate,
    Count,
    Create,
    Delete,
    List,
    Operation,
    Read,
    Update,
    Upsert,
)
from dataflow.plugins.hookspecs import hookimpl

FAMILIES: Mapping[type[Family], tuple[type[Operation], str]] = {
    CreateFamily: (Create, "insert one record"),
    ReadFamily: (Read, "read one record"),
    UpdateFamily: (Update, "change the records that match"),
    DeleteFamily: (Delete, "delete the records that match"),
    ListFamily: (List, "a page of the records that match"),
    CountFamily: (Count, "how many records match"),
    UpsertFamily: (Upsert, "insert one record, or change the one with the same unique key"),
    BulkCreateFamily: (BulkCreate, "insert many records, all or none"),
    BulkUpdateFamily: (BulkUpdate, "change many records, all or none"),
    BulkDeleteFamily: (Delete, "delete many records"),
    BulkUpsertFamily: (BulkCreate, "insert many records, changing those that exist"),
}


@attrs.define(eq=False)
class ModelNodes:
    """The kernel's own plugin for ``dataflow_nodes``."""

    limits: Limits

    @hookimpl
    def dataflow_nodes(self, model: Model | None) -> Iterable[NodeType]:
        if model is None:
            return ()
        values = ModelValues(model, self.limits)
        families = dict(FAMILIES)
        if model.options.soft_delete:
            families[RestoreFamily] = (Update, "bring soft-deleted records back")
        return [_node_type(family(values), *entry) for family, entry in families.items()]


def _node_type(family: Family, operation: type[Operation], description: str) -> NodeType:
    return NodeType(
        name=family.node_name,
        kind=family.kind,
        parameters=family.parameters,
        outputs=outputs(family.values.model, family.kind),
        behaviour=family,
        model=family.values.model,
        operation=operation,
        description=description,
    )


def outputs(model: Model, kind: str) -> tuple[Output, ...]:
    """What a model's node of one kind gives."""
    fields = tuple(
        Output(name=field.name, type=field.type, nullable=field.nullable, description=field.description)
        for field in model.fields.values()
    )
    parts = {field.name: field.type for field in model.fields.values()}
    records = Output(name="records", type=FieldType("list", list, item=DICT), parts=parts, description="the records")
    return {
        "create": fields,
        "read": fields,
        "update": (Output(name="updated", type=INT), records, *fields),
        "delete": (Output(name="deleted", type=INT),),
        "restore": (Output(name="restored", type=INT),),
        "list": (
            records,
            Output(name="total", type=INT, nullable=True),
            Output(name="next_cursor", type=STR, nullable=True),
        ),
        "count": (Output(name="count", type=INT),),
        "upsert": (*fields, Output(name="created", type=BOOL)),
        "bulk_create": (
            Output(name="created", type=INT),
            Output(name="skipped", type=INT),
            Output(name="updated", type=INT),
            Output(name="ids", type=LIST, nullable=True),
        ),
        "bulk_update": (Output(name="updated", type=INT),),
        "bulk_delete": (Output(name="deleted", type=INT),),
        "bulk_upsert": (Output(name="created", type=INT), Output(name="updated", type=INT)),
    }[kind]
