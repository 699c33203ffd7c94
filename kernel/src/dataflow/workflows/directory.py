"""The process-wide directory of live instances, through which ``WorkflowBuilder()`` finds a node by its name.

It holds nothing alive: an instance that is dropped leaves it.
"""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

from dataflow.nodes.node_type import NodeType

if TYPE_CHECKING:
    from dataflow.app import DataFlow

_lock = threading.Lock()
_instances: list[weakref.ref[DataFlow]] = []


def register_instance(app: DataFlow) -> None:
    """Make the nodes of an instance known to builders that were given none."""
    with _lock:
        _instances[:] = [one for one in _instances if one() not in (None, app)]
        _instances.append(weakref.ref(app))


def forget_instance(app: DataFlow) -> None:
    """Take an instance out, when it is closed."""
    with _lock:
        _instances[:] = [one for one in _instances if one() not in (None, app)]


def live_instances() -> list[DataFlow]:
    """The instances of this process in the order of their construction."""
    with _lock:
        return [app for app in (one() for one in _instances) if app is not None]


def find_apps_with(node_name: str) -> list[DataFlow]:
    """The live instances that have a node type of this name.

    A dropped instance may wait for the garbage collector (it refers to itself): before several are
    reported, what is unreachable is collected, so that a notebook cell can be run again.
    """
    found = _having(node_name)
    if len(found) > 1:
        found.clear()
        gc.collect()
        # what an object's finalizer looked at in the first pass goes in the second
        gc.collect()
        found = _having(node_name)
    return found


def owner_of(node: NodeType) -> DataFlow | None:
    """The instance whose node type this is."""
    return next((app for app in live_instances() if app.node_types.get(node.name) is node), None)


def _having(node_name: str) -> list[DataFlow]:
    return [app for app in live_instances() if node_name in app.node_types]
