"""Every code: its title, and the kind of problem under which related ones are grouped. Codes are never reused."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

#: of the framework's own codes; no plugin may have it
KERNEL_PREFIX = "DF"


@attrs.frozen
class Entry:
    """One code: what it is called, and the kind of problem under which related ones are headed together."""

    title: str
    group: str


def _entries(group: str, titles: Mapping[str, str]) -> dict[str, Entry]:
    return {f"{KERNEL_PREFIX}-{code}": Entry(title, group) for code, title in titles.items()}


_CONFIGURATION = _entries(
    "Configuration",
    {
        "C101": "option of a plugin that is not loaded",
        "C102": "wrong value of an option",
        "C103": "database URL that cannot be read",
        "C104": "unknown option",
        "C105": "plugins.toml cannot be used",
        "C106": "unknown profile",
        "C107": "profiles extend each other in a circle",
        "C108": "the named plugins.toml is not there",
        "C109": "optional plugin that is not asked for",
    },
)
_UNWISE = _entries(
    "Warnings",
    {
        "C201": "debug output in a production profile",
        "C202": "Python code nodes in a production profile",
        "C203": "schema cache validation without a schema cache",
        "C204": "pool timeout shorter than connect timeout",
        "C205": "environment variable that looks like an option",
        "C206": "optional plugin skipped",
        "C207": "debug without a plugin that prints",
        "C208": "blocked name that no plugin has",
    },
)
_CONFLICTS = _entries(
    "Conflicting options",
    {
        "C301": "in-memory database with features that need a persistent one",
        "C302": "automatic tables together with an existing schema",
        "C303": "profile for real data without a database",
        "C304": "profile for real data with an in-memory database",
    },
)
_UNSAFE = _entries("Unsafe settings", {"C401": "connection that need not be encrypted"})
_MODELS = _entries(
    "Models",
    {
        "M101": "model without a primary key named 'id'",
        "M102": "primary key of a wrong type",
        "M103": "field without an annotation",
        "M104": "annotation that cannot be resolved",
        "M105": "type that no column can hold",
        "M106": "reserved field name",
        "M107": "two fields of one name",
        "M108": "mutable default shared between records",
        "M109": "default that does not fit its field",
        "M110": "model name that hides an attribute of the instance",
        "M111": "field annotated with another model",
        "M112": "reference to an unknown model or field",
        "M113": "second model of the same name",
        "M114": "unknown or wrong option in '__dataflow__'",
        "M115": "wrong index",
        "M116": "two models with one table",
        "M117": "field option that does not fit its type",
        "M118": "not a class that can be a model",
        "M119": "a model used like an object of an ORM",
        "M120": "not a model of this instance",
        "M121": "name that a database does not take",
    },
)
_NODES = {
    **_entries(
        "Parameter structure",
        {
            "N101": "parameters of the wrong form",
            "N107": "unknown parameter",
            "N116": "parameters that exclude or need each other",
            "N117": "row of a wrong form",
        },
    ),
    **_entries("Missing required fields", {"N102": "missing required fields"}),
    **_entries("Unknown names", {"N103": "unknown field"}),
    **_entries(
        "Type mismatches",
        {
            "N104": "wrong type of a value",
            "N105": "value outside of its bounds",
            "N111": "number outside of its bounds",
            "N114": "null in a field that may not be null",
            "N115": "change that an update cannot make",
        },
    ),
    **_entries("Auto-managed fields", {"N106": "auto-managed field set by hand"}),
    **_entries(
        "Filters and sorts",
        {
            "N108": "empty filter on a write",
            "N109": "unknown filter operator",
            "N110": "wrong operand of a filter",
            "N112": "sort that cannot be read",
            "N113": "filter beyond its limits",
            "N121": "cursor of another list",
        },
    ),
    **_entries(
        "Functions and code",
        {
            "N118": "PythonCodeNode that cannot run",
            "N119": "function that cannot be a node",
            "N120": "statement that SQLNode refuses",
        },
    ),
}
_WORKFLOWS = {
    **_entries(
        "Structure",
        {
            "W102": "wrong or duplicate node id",
            "W107": "cycle",
            "W111": "node type of several instances",
            "W112": "wrong setting of a step",
            "W115": "workflow without nodes",
            "W116": "not a workflow",
            "W117": "workflow that cannot be written as data",
            "W118": "data that is not a written workflow",
            "W119": "picture in an unknown format",
        },
    ),
    **_entries("Unknown names", {"W101": "unknown node type"}),
    **_entries(
        "Connections",
        {
            "W103": "connection to or from an unknown node",
            "W104": "unknown output",
            "W105": "unknown input",
            "W106": "connection between types that do not fit",
            "W113": "input given twice",
        },
    ),
    **_entries("Templates", {"W108": "template in a parameter"}),
    **_entries("Missing required fields", {"W109": "missing required input"}),
    **_entries("Branches", {"W110": "branch that is never taken"}),
    **_entries("Workflow inputs", {"W114": "wrong input of a workflow"}),
}
_EXECUTION = _entries(
    "Execution",
    {
        "X101": "a node raised an exception",
        "X102": "no such record",
        "X103": "stale version",
        "X104": "used after close",
        "X105": "called from inside its own event loop",
        "X106": "time limit passed",
        "X107": "connection found nothing in a result",
        "X108": "nothing executes the node",
        "X109": "wrong setting of a run",
        "X110": "call that was not awaited",
        "X111": "result used as what it is not",
        "X112": "limit of the operating system that is too low",
        "X113": "operation without a plan",
    },
)
_TRANSACTIONS = _entries(
    "Transactions",
    {
        "T101": "transaction that has ended",
        "T102": "commit of a failed transaction",
        "T103": "write in a read-only transaction",
        "T104": "outcome unknown",
        "T105": "transaction scope that cannot be built",
        "T106": "write inside a read-only scope",
        "T107": "transaction open for too long",
        "T108": "transaction of another database",
        "T109": "transaction of another event loop",
        "T110": "saga that cannot be built",
        "T111": "saga that was undone",
        "T112": "saga that could not be undone",
    },
)
_SCHEMA = _entries(
    "Schema",
    {
        "S101": "missing table",
        "S102": "table that differs from its model",
        "S103": "index of a model that its table lacks",
    },
)
_MIGRATIONS = _entries(
    "Migrations",
    {
        "G101": "migration engine that is not loaded",
        "G102": "database whose adapter cannot be migrated",
        "G103": "migrations that are to be applied",
        "G104": "schema that changed after the plan was made",
        "G105": "step that failed",
        "G106": "another one's migration took too long",
        "G107": "migration lock that was lost",
        "G108": "migration file that cannot be used",
        "G109": "schema that is ahead of this code",
        "G110": "revision that cannot be undone",
        "G111": "schema that is not as planned",
        "G112": "object that cannot be made anew",
        "G113": "unknown or unavailable strategy",
        "G114": "step that needs a connection of its own",
        "G115": "migration lock with another token",
        "G116": "revisions of Alembic that cannot be continued",
        "G117": "table without a model",
        "G118": "schema that models do not say in full",
        "G119": "table that is not to be dropped",
        "G120": "wrong argument of a migration",
        "G121": "accepted name of nothing",
        "G122": "revision that is in the history already",
    },
)
_CHECKPOINTS = _entries(
    "Checks of migrations",
    {
        "G301": "check that failed before a migration",
        "G302": "check that failed after a migration",
        "G303": "check that cannot be made",
    },
)
_STOPS = _entries(
    "Decisions to make",
    {
        "G201": "column that would be dropped",
        "G202": "type that would lose values",
        "G203": "change that looks like a rename",
        "G204": "required column for rows that have no value",
        "G205": "column that may not be null, and is",
        "G206": "unique index on values that repeat",
        "G207": "foreign key whose target is missing",
        "G208": "table that would be dropped",
        "G209": "type that values cannot be converted to",
        "G210": "renamed from a column that is not there",
        "G211": "key that a table without a model refers to",
        "G212": "rename that a view or a trigger does not follow",
    },
)
_FOREIGN_KEYS = _entries(
    "Foreign keys",
    {
        "G401": "foreign key without an index",
        "G402": "foreign key between columns that differ",
        "G403": "rows that refer to nothing",
        "G404": "foreign key that does not hold for all rows",
        "G405": "foreign keys that want different things of a row",
        "G406": "cascade that goes far",
        "G407": "foreign keys that are not checked",
        "G408": "delete that foreign keys refuse",
        "G409": "dropped table that others refer to",
    },
)
_PLUGINS = _entries(
    "Plugins",
    {
        "P101": "plugin that is not installed",
        "P102": "plugin that cannot be imported or made",
        "P103": "unknown hook",
        "P104": "hook with a wrong signature",
        "P105": "two plugins of one name",
        "P106": "plugin for another version",
        "P107": "plugin both asked for and blocked",
        "P108": "wrong option of a plugin",
        "P109": "asynchronous hook",
        "P110": "hook that raised",
        "P111": "hook with a wrong answer",
        "P112": "not a plugin",
        "P113": "hook that is registered too late",
        "P114": "error codes that a plugin may not have",
        "P115": "debug output without a plugin that prints",
    },
)
_ADAPTERS = _entries(
    "Database",
    {
        "A101": "unique violation",
        "A102": "foreign key violation",
        "A103": "null in a column that may not be null",
        "A104": "check violation",
        "A105": "value that the column refuses",
        "A106": "database locked, or no connection free",
        "A107": "deadlock",
        "A108": "serialization failure",
        "A109": "statement cancelled or too slow",
        "A110": "disk full",
        "A111": "read-only database",
        "A112": "database server that cannot be reached",
        "A113": "database URL that no adapter takes",
        "A114": "missing table or column",
        "A115": "login refused",
        "A116": "database cannot be opened",
        "A117": "corrupt database",
        "A118": "database that does not exist",
        "A119": "connection closed",
        "A120": "statement that the database refuses",
        "A121": "encrypted connection that cannot be made",
        "A122": "connection lost",
        "A123": "permission denied",
        "A124": "too many connections",
        "A125": "server older than those that are tried",
        "A126": "more connections than the server takes",
        "A127": "commits that a loss of power may take away",
        "A199": "other database error",
    },
)

CATALOGUE: Mapping[str, Entry] = {
    **_CONFIGURATION,
    **_UNWISE,
    **_CONFLICTS,
    **_UNSAFE,
    **_MODELS,
    **_NODES,
    **_WORKFLOWS,
    **_EXECUTION,
    **_TRANSACTIONS,
    **_SCHEMA,
    **_MIGRATIONS,
    **_STOPS,
    **_CHECKPOINTS,
    **_FOREIGN_KEYS,
    **_PLUGINS,
    **_ADAPTERS,
}
