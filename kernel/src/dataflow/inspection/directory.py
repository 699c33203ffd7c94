"""The models and the node types of an instance, each by its name and all of them as a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import attrs

from dataflow.diagnostics import ModelError, Problem, Solution, Where, WorkflowError, closest, error_of
from dataflow.inspection.report import Grid, Report
from dataflow.models.missing import not_registered
from dataflow.models.model import Model
from dataflow.nodes.node_type import NodeType

T = TypeVar("T")


class UnknownModel(ModelError, KeyError):
    """The error of ``db.models["Nobody"]``; to whoever takes it for a mapping, a key that is not there."""


class UnknownNode(WorkflowError, KeyError):
    """The same of ``db.nodes``."""


@attrs.frozen(eq=False, repr=False)
class Directory(Report, Mapping[str, T], Generic[T]):
    """A view that stays current. A name that is not there is a coded error with the closest one, and a KeyError too."""

    _entries: Mapping[str, T]

    def __getitem__(self, name: str) -> T:
        found = self._entries.get(name)
        if found is None:
            raise self.unknown(name)
        return found

    def unknown(self, name: str) -> KeyError:
        """The error of a name that is not there."""
        raise NotImplementedError  # abstract

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def get(self, name: str, default: Any = None) -> Any:
        return self._entries.get(name, default)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self._entries) or 'none'}>"


class Models(Directory[Model]):
    """``db.models``."""

    def unknown(self, name: str) -> KeyError:
        return UnknownModel.of(error_of(not_registered(name, self)).problems)

    def to_dict(self) -> dict[str, Any]:
        """Each model's table and where it was written."""
        return {name: {"table": one.table, "defined_at": str(one.defined_at)} for name, one in self.items()}

    def grids(self) -> Iterator[Grid]:
        rows = [
            (one.name, f"table {one.table}", f"{len(one.fields)} fields", one.options.description, one.defined_at)
            for one in self.values()
        ]
        yield Grid("models", ("model", "table", "fields", "description", "defined at"), rows)


class Nodes(Directory[NodeType]):
    """``db.nodes``."""

    def unknown(self, name: str) -> KeyError:
        return UnknownNode.of(error_of(_no_node(name, self)).problems)

    def to_dict(self) -> dict[str, Any]:
        """Each node's kind, model and description."""
        return {
            name: {"kind": one.kind, "model": one.model and one.model.name, "description": one.description}
            for name, one in self.items()
        }

    def grids(self) -> Iterator[Grid]:
        rows = [(one.name, one.model.name if one.model else "", one.description) for one in self.values()]
        yield Grid("nodes", ("node", "model", "description"), rows)


def _no_node(name: str, known: Mapping[str, object]) -> Problem:
    near = closest(name, known)
    return Problem(
        code="DF-W101",
        message=f"unknown node type '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
        where=Where(operation="inspect"),
        context={"given": name},
        cause="no model and no plugin of this instance has such a node",
        solutions=(Solution("see them all:", "db.nodes"),),
    )
