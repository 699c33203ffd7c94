"""Objects that their definitions say all of, as statements."""

from __future__ import annotations

import json
from collections.abc import Callable

from dataflow.migrations import Defined
from dataflow_postgres.migrations import enums
from dataflow_postgres.migrations.names import comment_on, owner_of, qualified, quoted, text, with_settings
from dataflow_postgres.migrations.sequences import whole_counter

#: functions name tables that come later; the server then looks at their bodies when they run
_UNCHECKED = "SET LOCAL check_function_bodies = off"


def word(one: Defined) -> str:
    """What ALTER, DROP and COMMENT call it."""
    return one.options["word"].upper() if one.ref.kind == "routine" else one.ref.kind.replace("_", " ").upper()


def named(one: Defined) -> str:
    """Its name as ALTER, DROP and COMMENT want it."""
    ref = one.ref
    if ref.kind in ("trigger", "rule", "policy"):
        return f"{quoted(ref.name)} ON {owner_of(ref)}"
    return qualified(ref) + ref.signature


def created(one: Defined, *, owned: bool = True) -> list[str]:
    """:param owned: whether the table is there that a sequence belongs to."""
    found = _CREATED.get(one.ref.kind, _plainly)(one)
    if owned and "owned_by" in one.options:
        found.append(owner_set(one))
    return found + _comments(one) + list(one.access)


def owner_set(one: Defined) -> str:
    return f"ALTER SEQUENCE {qualified(one.ref)} OWNED BY {one.options.get('owned_by', 'NONE')}"


def _plainly(one: Defined) -> list[str]:
    found = [one.definition]
    if one.ref.kind in ("trigger", "rule") and "enabled" in one.options:
        found.append(f"ALTER TABLE {owner_of(one.ref)} {_enabling(one)}")
    if one.ref.kind == "statistics" and "target" in one.options:
        found.append(f"ALTER STATISTICS {qualified(one.ref)} SET STATISTICS {one.options['target']}")
    return found


def _enabling(one: Defined) -> str:
    return f"{one.options.get('enabled', 'enable').upper()} {one.ref.kind.upper()} {quoted(one.ref.name)}"


def _domain(one: Defined) -> list[str]:
    checks = json.loads(one.options.get("constraints", "{}"))
    parts = [
        one.definition,
        f"DEFAULT {one.options['default']}" if "default" in one.options else "",
        "NOT NULL" if "not_null" in one.options else "",
        *(f"CONSTRAINT {quoted(name)} {check}" for name, check in checks.items() if not check.endswith(" NOT VALID")),
    ]
    later = [
        f"ALTER DOMAIN {qualified(one.ref)} ADD CONSTRAINT {quoted(name)} {check}"
        for name, check in checks.items()
        if check.endswith(" NOT VALID")
    ]
    return [" ".join(part for part in parts if part), *later]


def _sequence(one: Defined) -> list[str]:
    kind = "UNLOGGED SEQUENCE" if "persistence" in one.options else "SEQUENCE"
    return [f"CREATE {kind} {qualified(one.ref)} {one.definition}"]


def _routine(one: Defined) -> list[str]:
    return [_UNCHECKED, one.definition]


def _view(one: Defined) -> list[str]:
    name, options = qualified(one.ref), one.options
    parts = [
        f"CREATE {word(one)} {name}",
        f"USING {quoted(options['using'])}" if "using" in options else "",
        f"WITH ({with_settings(options['with'])})" if "with" in options else "",
        f"TABLESPACE {quoted(options['tablespace'])}" if "tablespace" in options else "",
        f"AS {one.definition}",
    ]
    defaults = [part for part in options.get("defaults", "").split("; ") if part]
    return [" ".join(part for part in parts if part), *(f"ALTER VIEW {name} ALTER COLUMN {part}" for part in defaults)]


_CREATED: dict[str, Callable[[Defined], list[str]]] = {
    "domain": _domain, "sequence": _sequence, "routine": _routine, "view": _view, "materialized_view": _view,
}  # fmt: skip


def _comments(one: Defined) -> list[str]:
    found = [comment_on(f"{word(one)} {named(one)}", one.comment)] if one.comment else []
    columns = {
        name.removeprefix("comment of "): value for name, value in one.options.items() if name.startswith("comment of ")
    }
    return found + [comment_on(f"COLUMN {qualified(one.ref)}.{quoted(name)}", value) for name, value in columns.items()]


def dropped(one: Defined) -> list[str]:
    return [f"DROP {word(one)} {named(one)}"]


def altered(before: Defined, after: Defined) -> list[str] | None:
    """What makes one object the other where it stands, or None where it has to be made anew."""
    found = _ALTERED.get(after.ref.kind, _same)(before, after)
    if found is None:
        return None
    return found + (
        [comment_on(f"{word(after)} {named(after)}", after.comment)] if before.comment != after.comment else []
    )


def _same(before: Defined, after: Defined) -> list[str] | None:
    return [] if (before.definition, before.options) == (after.definition, after.options) else None


def _routine_replaced(before: Defined, after: Defined) -> list[str] | None:
    if before.options != after.options or after.options["word"] == "aggregate":
        return _same(before, after)
    return [] if before.definition == after.definition else _routine(after)


def _sequence_altered(before: Defined, after: Defined) -> list[str] | None:
    name, found = qualified(after.ref), list[str]()
    if before.options.get("persistence") != after.options.get("persistence"):
        found.append(f"ALTER SEQUENCE {name} SET {'UNLOGGED' if 'persistence' in after.options else 'LOGGED'}")
    if before.definition != after.definition:
        kind, _, options = after.definition.removeprefix("AS ").partition(" ")
        found.append(f"ALTER SEQUENCE {name} AS {kind} {whole_counter(options)}")
    if before.options.get("owned_by") != after.options.get("owned_by"):
        found.append(owner_set(after))
    return found


def _domain_altered(before: Defined, after: Defined) -> list[str] | None:
    if before.definition != after.definition:
        return None
    name, old, new = qualified(after.ref), before.options, after.options
    was, now = (json.loads(some.get("constraints", "{}")) for some in (old, new))
    found = [f"DROP CONSTRAINT {quoted(check)}" for check in was if was[check] != now.get(check)]
    if old.get("default") != new.get("default"):
        found.append(f"SET DEFAULT {new['default']}" if "default" in new else "DROP DEFAULT")
    if old.get("not_null") != new.get("not_null"):
        found.append("SET NOT NULL" if "not_null" in new else "DROP NOT NULL")
    found += [f"ADD CONSTRAINT {quoted(check)} {now[check]}" for check in now if was.get(check) != now[check]]
    return [f"ALTER DOMAIN {name} {one}" for one in found]


def _extension_altered(before: Defined, after: Defined) -> list[str] | None:
    if before.definition != after.definition:
        return None
    return [f"ALTER EXTENSION {qualified(after.ref)} UPDATE TO {text(after.options['version'])}"]


_ALTERED: dict[str, Callable[[Defined, Defined], list[str] | None]] = {
    "routine": _routine_replaced, "sequence": _sequence_altered, "domain": _domain_altered, "type": enums.extended,
    "extension": _extension_altered,
}  # fmt: skip
