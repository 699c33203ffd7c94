"""What a caller asks for, checked as a whole before anything is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataflow import DataFlow
from dataflow.diagnostics import Problem, closest, error_of
from dataflow.models.model import Model
from dataflow.plugins.code_owners import publish_codes
from dataflow_generate_data.codes import CODES
from dataflow_generate_data.planning import Request, Values
from dataflow_generate_data.problems import unknown_field, unknown_model, wrong_argument
from dataflow_generate_data.words import LOCALES


def checked_request(
    db: DataFlow, counts: Mapping[Any, int], seed: int, locale: str, null_share: float, values: Values | None
) -> Request:
    """The request, its models by name.

    :raises DataFlowError: GEN-101 and GEN-102, all at once.
    """
    # an instance need not have loaded the plugin to be filled by it
    publish_codes([("generate-data", CODES)])
    named = {
        one if isinstance(one, str) else getattr(one, "__name__", str(one)): number for one, number in counts.items()
    }
    problems = [*_of_counts(db, named), *_of_options(seed, locale, null_share), *_of_values(db, named, values or {})]
    if problems:
        raise error_of(problems)
    return Request(named, seed, locale, float(null_share), values or {})


def _of_counts(db: DataFlow, counts: Mapping[str, Any]) -> Iterator[Problem]:
    if not counts:
        yield wrong_argument("numbers of records", {}, "a number for each model", 'generate(db, {"User": 100})')
    for name, number in counts.items():
        if name not in db.models:
            yield unknown_model(name, db.models)
        elif not _is_int(number) or number < 0:
            example = f'generate(db, {{"{name}": 100}})'
            yield wrong_argument(f"number of records of {name}", number, "an int from 0", example)


def _of_options(seed: Any, locale: Any, null_share: Any) -> Iterator[Problem]:
    if not _is_int(seed):
        yield wrong_argument("seed", seed, "an int", "generate(db, {...}, seed=7)")
    if locale not in LOCALES:
        near = closest(str(locale), LOCALES)[:1] or ["en"]
        yield wrong_argument(
            "locale", locale, f"one of {', '.join(LOCALES)}", f'generate(db, {{...}}, locale="{near[0]}")'
        )
    is_number = isinstance(null_share, int | float) and not isinstance(null_share, bool)
    if not is_number or not 0 <= null_share <= 1:
        yield wrong_argument("null_share", null_share, "a share from 0 to 1", "generate(db, {...}, null_share=0.1)")


def _of_values(db: DataFlow, counts: Mapping[str, Any], values: Values) -> Iterator[Problem]:
    models: dict[str, Model] = {name: db.models[name] for name in counts if name in db.models}
    for name, given in values.items():
        model, _, field_name = name.partition(".")
        field = models[model].fields.get(field_name) if model in models else None
        if field is None or field.is_managed or field.is_key or field.reference is not None:
            yield unknown_field(name, models)
        elif not callable(given) and not given:
            yield wrong_argument(
                f"values of {name}",
                given,
                "some values, or a function of a random",
                'values={"User.country": ["DE", "FR"]}',
            )


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
