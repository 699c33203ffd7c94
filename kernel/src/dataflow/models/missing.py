"""Names that an instance does not have: a model asked for as an attribute, by its name, or by its class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataflow.diagnostics import ModelError, Problem, Solution, Where, closest, error_of

#: what the names that other libraries use are called here
OPERATIONS: Mapping[str, tuple[str, str]] = {
    "get": ("to read one record:", "await db.{model}.read(id)"),
    "get_or_none": ("to read one record:", "await db.{model}.read(id, raise_on_not_found=False)"),
    "first": ("to read the first that matches:", "await db.{model}.read(filter={{...}}, raise_on_not_found=False)"),
    "find_one": ("to read the first that matches:", "await db.{model}.read(filter={{...}}, raise_on_not_found=False)"),
    "exists": ("to know whether there is one:", "await db.{model}.count({{...}}) > 0"),
    "insert": ("to create a record:", "await db.{model}.create(...)"),
    "add": ("to create a record:", "await db.{model}.create(...)"),
    "save": ("to change a record:", "await db.{model}.update(id, {{...}})"),
    "remove": ("to delete a record:", "await db.{model}.delete(id)"),
    "get_or_create": ("to create what is not there:", "await db.{model}.upsert({{...}})"),
    "update_or_create": ("to change or create:", "await db.{model}.upsert({{...}})"),
    **dict.fromkeys(
        ("filter", "filter_by", "where", "find", "exclude"),
        ("to find records:", 'await db.{model}.list({{"active": True}})'),
    ),
    **dict.fromkeys(("all", "objects", "query", "select"), ("to find records:", "await db.{model}.list()")),
}
#: the same for names of an instance
INSTANCE: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("session", "Session", "add"), ("to create a record:", "await db.User.create(...)")),
    **dict.fromkeys(("query", "select"), ("to find records:", 'await db.User.list({"active": True})')),
    **dict.fromkeys(
        ("create_all", "create_tables", "init", "initialize", "connect", "metadata"),
        ("tables are made, and connections opened, at their first use; to do it now:", "await db.ping()"),
    ),
    **dict.fromkeys(
        ("execute", "execute_query", "raw", "sql", "fetch", "fetchall"),
        ("for SQL of your own:", 'workflow.add_node("SQLNode", "ask", {"sql": "SELECT ..."})'),
    ),
    **dict.fromkeys(
        ("begin", "commit", "rollback", "atomic"), ("for a transaction:", "async with db.transaction(): ...")
    ),
}


class MissingOperation(ModelError, AttributeError, TypeError):
    """The error of ``db.User.filter``; to ``hasattr`` and inspection tools it is an attribute that is not there."""


def missing_operation(model: str, name: str, known: Iterable[str]) -> AttributeError:
    """DF-M119 for an operation that other libraries have, or that is misspelt; for a private name a plain error."""
    if name.startswith("_"):
        return AttributeError(f"the operations of {model} have no attribute '{name}'")
    names = list(known)
    near = [] if name in OPERATIONS else closest(name, names)[:1]
    ways = (
        [Solution(text, code.format(model=model)) for text, code in (OPERATIONS[name],)] if name in OPERATIONS else []
    )
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return _operations(
        model,
        f"'{name}' is no operation of {model}{hint}",
        (*(Solution(f"use '{one}':", f"await db.{model}.{one}(...)") for one in near), *ways)
        or (Solution(f"the operations are: {', '.join(names)}"),),
        {"given": name, "operations": ", ".join(names)},
    )


def not_a_collection(model: str) -> AttributeError:
    """DF-M119 for operations that are looped over, counted or called as if they were the records."""
    return _operations(
        model,
        f"'db.{model}' has the operations of {model}: it is neither its records nor its class",
        (
            Solution("to get records:", f'(await db.{model}.list())["records"]'),
            Solution("to count them:", f"await db.{model}.count()"),
            Solution("to create one:", f"await db.{model}.create(...)"),
        ),
        {},
    )


def _operations(model: str, message: str, ways: tuple[Solution, ...], context: dict[str, str]) -> AttributeError:
    problem = Problem(
        code="DF-M119",
        message=message,
        where=Where(model=model),
        context=context,
        cause="operations are awaited: await db.User.create(...), or db.sync.User.create(...) in code without a loop",
        solutions=ways,
    )
    return MissingOperation.of(error_of(problem).problems)


class MissingModel(ModelError, AttributeError):
    """The error of ``db.Nobody``; to ``hasattr`` and inspection tools it is an attribute that is not there."""


def missing_attribute(name: str, known: Iterable[str]) -> AttributeError:
    """DF-M120 for a name that may be meant for a model; for a private one a plain error, which tools ask for and drop."""
    if name.startswith("_"):
        return AttributeError(f"DataFlow has no attribute '{name}'")
    names = list(known)
    near = closest(name, names)[:1]
    hint = f"; did you mean '{near[0]}'?" if near else ""
    problem = Problem(
        code="DF-M120",
        message=f"DataFlow has no attribute or model '{name}'{hint}",
        where=Where(model=name),
        context={"given": name, "registered": ", ".join(names) or "none"},
        cause="a model is an attribute of the instance that it was registered on",
        solutions=(
            *(Solution(*way) for way in [INSTANCE.get(name)] if way is not None),
            *(Solution(f"use '{one}':", f"db.{one}") for one in near),
            Solution(
                "or register it:" if near or name in INSTANCE else "register it:", f"@db.model\nclass {name}: ..."
            ),
        ),
    )
    return MissingModel.of(error_of(problem).problems)


def not_registered(cls: object, known: Iterable[str]) -> Problem:
    """DF-M120: a class, or a name, that is not a model of the instance."""
    is_name = isinstance(cls, str)
    name = str(cls) if is_name else getattr(cls, "__name__", repr(cls))
    names = list(known)
    # a class cannot be misspelt: it is that of another instance
    near = closest(name, names)[:1] if is_name else []
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return Problem(
        code="DF-M120",
        message=f"'{name}' is not a model of this instance{hint}",
        where=Where(model=name),
        context={"given": name, "registered": ", ".join(names) or "none"},
        cause="no class of that name was registered on this instance"
        if is_name
        else "db[...] takes a class that was registered on the same instance",
        solutions=(
            *(Solution(f"use '{one}':", f"'{one}'") for one in near),
            Solution("or register it:" if near else "register it:", f"@db.model\nclass {name}: ..."),
        ),
    )
