"""From the name of a plugin to its class: found, chosen, checked and imported, each plugin by itself."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from importlib import import_module

import attrs

from dataflow.diagnostics import Problem
from dataflow.plugins.discovery import InstalledPlugin, canonical, installed_plugins, installed_version
from dataflow.plugins.first_party import FIRST_PARTY
from dataflow.plugins.load_problems import (
    claimed_by_stranger,
    claimed_twice,
    failed_import,
    missing_plugin,
    not_a_plugin,
    wrong_version,
)
from dataflow.plugins.request import PluginRequest
from dataflow.plugins.versions import unmet_requirement

KERNEL = "dataflow-kernel"


@attrs.frozen
class Imported:
    """A plugin's class with the entry point that named it, or the problem that prevented it."""

    cls: type | None = None
    source: InstalledPlugin | None = None
    elapsed_ms: float = 0.0
    problem: Problem | None = None
    error: BaseException | None = None


def import_plugin(request: PluginRequest) -> Imported:
    """The class of an installed plugin. Whatever its import raises becomes a problem, except KeyboardInterrupt."""
    claims = _claims(request)
    if not claims:
        return Imported(problem=missing_plugin(request, sorted(installed_plugins())))
    if len(claims) > 1:
        return Imported(problem=claimed_twice(request.name, claims))
    source = claims[0]
    owner = FIRST_PARTY.get(request.name)
    if owner is not None and request.distribution is None and canonical(source.distribution) != owner:
        return Imported(problem=claimed_by_stranger(request.name, source, owner))
    problem = _check_version(source)
    return Imported(source=source, problem=problem) if problem is not None else _imported(request, source)


def _claims(request: PluginRequest) -> Sequence[InstalledPlugin]:
    claims = installed_plugins().get(request.name, ())
    if request.distribution is None:
        return claims
    return [one for one in claims if canonical(one.distribution) == canonical(request.distribution)]


def _check_version(source: InstalledPlugin) -> Problem | None:
    kernel = installed_version(KERNEL)
    unmet = None if kernel is None else unmet_requirement(source.requires, KERNEL, kernel)
    return None if kernel is None or unmet is None else wrong_version(source, unmet, kernel)


def _imported(request: PluginRequest, source: InstalledPlugin) -> Imported:
    started = time.perf_counter()
    try:
        # extras after the class, `module:Class [extra]`, are the installer's business
        module, _, path = source.value.partition("[")[0].partition(":")
        target: object = import_module(module.strip())
        for part in filter(None, path.strip().split(".")):
            target = getattr(target, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # SystemExit too: one plugin's module must not end the process
        return Imported(
            None, source, 0.0, failed_import(source, error, _place_of(error, source), request.origin), error
        )
    elapsed_ms = (time.perf_counter() - started) * 1_000
    if not isinstance(target, type):
        provider = f"'{source.distribution}'"
        return Imported(None, source, elapsed_ms, not_a_plugin(request.name, target, provider, request.origin))
    return Imported(target, source, elapsed_ms)


def _place_of(error: BaseException, source: InstalledPlugin) -> str:
    """Where an import failed: the line of a syntax error, or the innermost line outside of the import machinery."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if _is_plugins_own(one.filename)]
    if frames:
        return f"{frames[-1].filename}:{frames[-1].lineno}"
    return f"entry point {source.name} = {source.value}"


def _is_plugins_own(file: str) -> bool:
    return not (file.startswith("<frozen") or file == __file__ or file == import_module.__code__.co_filename)
