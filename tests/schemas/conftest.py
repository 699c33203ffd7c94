"""Every real schema once per kind of database: those of applications, and scripts of a directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest
from tests.schemas.databases import Place, dump, load
from tests.schemas.real import MAKERS, RealSchema, make

from dataflow_testkit.databases import KINDS, Databases, Kind
from dataflow_testkit.pytest_plugin import DATABASES

#: a directory of ``name.kind.sql``
SCRIPTS = os.environ.get("DATAFLOW_TEST_SCHEMAS", "")


@attrs.frozen
class Origin:
    """Where a schema comes from: an application, or a script."""

    kind: Kind
    name: str
    script: Path | None = None

    def __str__(self) -> str:
        return f"{self.name}-{self.kind}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "real" in metafunc.fixturenames:
        kinds = metafunc.config.stash[DATABASES].kinds()
        found = [Origin(kind, name) for kind in kinds for name in MAKERS]
        found += [one for one in _scripts() if one.kind in kinds]
        metafunc.parametrize("real", found, indirect=True, ids=str, scope="module")


def _scripts() -> Iterator[Origin]:
    for file in sorted(Path(SCRIPTS).glob("*.*.sql")) if SCRIPTS else ():
        name, _, kind = file.stem.rpartition(".")
        found = next((one for one in KINDS if one == kind), None)
        assert found is not None, f"'{file.name}' is of no kind: {', '.join(KINDS)}"
        yield Origin(found, name, file)


@pytest.fixture(scope="session")
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Kind, Place]:
    databases: Databases = request.config.stash[DATABASES]
    servers = databases.servers()
    return {kind: Place(kind, servers.get(kind, str(tmp_path_factory.mktemp("real")))) for kind in databases.kinds()}


@pytest.fixture(scope="session")
def made(places: Mapping[Kind, Place]) -> Iterator[Callable[[str], Mapping[Kind, str]]]:
    """The databases in which an application has made its tables, all in one process of its own."""
    found: dict[str, dict[Kind, str]] = {}
    with ExitStack() as stack:

        def of(name: str) -> Mapping[Kind, str]:
            if name not in found:
                found[name] = {}
                for kind, place in places.items():
                    url = found[name][kind] = place.emptied(name)
                    stack.callback(place.drop, url)
                make(name, list(found[name].values()))
            return found[name]

        yield of


@pytest.fixture(scope="module")
def real(
    request: pytest.FixtureRequest,
    places: Mapping[Kind, Place],
    made: Callable[[str], Mapping[Kind, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealSchema]:
    origin: Origin = request.param
    place, directory = places[origin.kind], tmp_path_factory.mktemp(str(origin))
    if origin.script is None:
        yield RealSchema(origin.kind, made(origin.name)[origin.kind], place, directory)
        return
    url = place.emptied("script")
    try:
        load(origin.kind, url, origin.script.read_text(encoding="utf-8"))
        yield RealSchema(origin.kind, url, place, directory)
    finally:
        place.drop(url)


@pytest.fixture
def elsewhere(real: RealSchema) -> Iterator[str]:
    """The URL of an empty database of the same kind."""
    url = real.place.emptied("elsewhere")
    yield url
    real.place.drop(url)


@pytest.fixture
def restored(real: RealSchema) -> Iterator[str]:
    """The URL of a database that was made from a dump of the schema: some conditions are spelt anew as they are read."""
    url = real.place.emptied("restored")
    load(real.kind, url, dump(real.kind, real.url))
    yield url
    real.place.drop(url)
