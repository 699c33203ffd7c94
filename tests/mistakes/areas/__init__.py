"""The list, area by area."""

from __future__ import annotations

import attrs
from tests.mistakes.areas import (
    configuration,
    connections,
    filters,
    migrations,
    model_options,
    models,
    orm_habits,
    parameters,
    plugins,
    results,
    runtimes,
    schema,
    transactions,
    workflows,
    writes,
)
from tests.mistakes.mistake import Mistake

_AREAS = (
    models,
    model_options,
    configuration,
    parameters,
    writes,
    orm_habits,
    filters,
    migrations,
    connections,
    workflows,
    runtimes,
    results,
    transactions,
    schema,
    plugins,
)

MISTAKES: tuple[Mistake, ...] = tuple(attrs.evolve(one, area=area.AREA) for area in _AREAS for one in area.MISTAKES)
