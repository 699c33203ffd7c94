"""What the distributions promise each other, and what the lock and the profiles name."""

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECTS = {
    project["name"]: project
    for path in [ROOT / "pyproject.toml", *ROOT.glob("kernel/pyproject.toml"), *ROOT.glob("[ap]*/*/pyproject.toml")]
    for project in [tomllib.loads(path.read_text())["project"]]
}
ROOT_PROJECT = PROJECTS["dataflow"]
EXTRAS: dict[str, list[str]] = ROOT_PROJECT["optional-dependencies"]
PROFILES = tomllib.loads((ROOT / "plugins.toml").read_text())["profiles"]
PLUGINS = {
    name for project in PROJECTS.values() for name in project.get("entry-points", {}).get("dataflow.plugins", {})
}


def _own(requirements: list[str]) -> dict[str, str]:
    split = (re.fullmatch(r"([\w-]+)(?:\[[\w,-]+\])?(.*)", requirement) for requirement in requirements)
    return {match[1]: match[2] for match in split if match and match[1].startswith("dataflow")}


def test_extras_name_existing_distributions_by_exact_version() -> None:
    for requirements in EXTRAS.values():
        assert _own(requirements) == {name: f"=={PROJECTS[name]['version']}" for name in _own(requirements)}


def test_all_is_the_sum_of_the_extras() -> None:
    assert set(EXTRAS["all"]) == {requirement for requirements in EXTRAS.values() for requirement in requirements}


@pytest.mark.parametrize("name", PROJECTS)
def test_distributions_accept_a_range_of_each_other(name: str) -> None:
    own = _own(PROJECTS[name]["dependencies"])
    assert own == dict.fromkeys(own, ">=0.1,<0.2")


def test_every_distribution_is_reachable_from_the_root() -> None:
    reached = set(_own([*ROOT_PROJECT["dependencies"], *EXTRAS["all"]]))
    for name in list(reached):
        reached |= set(_own(PROJECTS[name]["dependencies"]))
    assert reached == set(PROJECTS) - {"dataflow"}


def test_kernel_depends_on_four_libraries() -> None:
    names = {re.split(r"[<>=\[]", requirement)[0] for requirement in PROJECTS["dataflow-kernel"]["dependencies"]}
    assert names == {"pluggy", "attrs", "cattrs", "importlib-metadata"}


@pytest.mark.parametrize("profile", PROFILES)
def test_profile_names_plugins_that_exist(profile: str) -> None:
    assert set(PROFILES[profile]["plugins"]) <= PLUGINS


@pytest.mark.parametrize("plugin", sorted(PLUGINS))
def test_registered_plugin_can_be_loaded(plugin: str) -> None:
    (entry,) = entry_points(group="dataflow.plugins", name=plugin)
    assert isinstance(entry.load(), type)


def test_lock_names_the_public_index_only() -> None:
    lock = (ROOT / "uv.lock").read_text()
    addresses = set(re.findall(r'(?:registry|url) = "([^"]+)"', lock))
    assert [
        a for a in addresses if not a.startswith(("https://pypi.org/simple", "https://files.pythonhosted.org/"))
    ] == []
    assert "file://" not in lock
