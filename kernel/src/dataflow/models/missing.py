"""Names that an instance does not have: a model asked for as an attribute, by its name, or by its class."""

from __future__ import annotations

from collections.abc import Iterable

from dataflow.diagnostics import ModelError, Problem, Solution, Where, closest, error_of


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
            *(Solution(f"use '{one}':", f"db.{one}") for one in near),
            Solution("or register it:" if near else "register it:", f"@db.model\nclass {name}: ..."),
        ),
    )
    return MissingModel.of(error_of(problem).problems)


def not_registered(cls: object, known: Iterable[str]) -> Problem:
    """DF-M120: a class, or a name, that is not a model of the instance."""
    name = cls if isinstance(cls, str) else getattr(cls, "__name__", repr(cls))
    return Problem(
        code="DF-M120",
        message=f"'{name}' is not a model of this instance",
        where=Where(model=name),
        context={"given": name, "registered": ", ".join(known) or "none"},
        cause="db[...] takes a class that was registered on the same instance",
        solutions=(Solution("register it:", f"@db.model\nclass {name}: ..."),),
    )
