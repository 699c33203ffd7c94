"""The reference page of the configuration, written from the declarations."""

import attrs

from dataflow.config.known_options import PLUGIN_OPTIONS
from dataflow.config.options import kernel_options
from dataflow.config.reference import render_reference


@attrs.define(eq=False)
class Metrics:
    prefix: str = attrs.field(metadata={"description": "What each name begins with."})
    every_s: float | None = 2.5


def test_every_option_has_a_row_with_type_default_variable_and_meaning() -> None:
    page = render_reference()
    assert (
        "| `pool_size` | `int` | `5` | `DATAFLOW_POOL_SIZE` | How many connections the pool keeps. |"
        in page.splitlines()
    )
    assert [name for name in kernel_options() if f"\n| `{name}` | `" not in page] == []
    assert [name for name in PLUGIN_OPTIONS if f"\n| `{name}` | `" not in page] == []


def test_the_built_in_profiles_stand_side_by_side() -> None:
    page = render_reference()
    assert (
        "|  | development | production | with_migrations | testing |\n|---|---|---|---|---|\n"
        "| plugins | trace, progress, visualize, profile, generate-data |  | migrations, locks, checkpoints, foreign-keys, progress |  |"
        in page
    )
    assert "| `pool_size` | `5` | `20` | `5` |" in page


def test_a_plugin_that_is_named_has_a_section_of_its_own() -> None:
    assert (
        "## Options of the plugin `metrics`\n\n"
        "| option | type | default | variable | meaning |\n"
        "|---|---|---|---|---|\n"
        "| `metrics.prefix` | `str` | required | `DATAFLOW_METRICS_PREFIX` | What each name begins with. |\n"
        "| `metrics.every_s` | `float \\| None` | `2.5` | `DATAFLOW_METRICS_EVERY_S` |  |\n"
    ) in render_reference({"metrics": Metrics})
