"""The caret of a refused option stands under it in the call that makes the instance."""

from collections.abc import Callable, Mapping

import pytest

from dataflow import ConfigError, DataFlow, DataFlowError, Problem
from dataflow.diagnostics.excerpt import excerpt_of

Make = Callable[[], DataFlow]

# fmt: off
CALLS: tuple[tuple[Make, Mapping[str, str]], ...] = (
    (lambda: DataFlow(debug=False, auto_migrat=True), {"DF-C104": "auto_migrat=True"}),
    (lambda: DataFlow(":memory:", pool_size="x", pool_timeout_s=1), {"DF-C102": 'pool_size="x"'}),
    (lambda: DataFlow(limits={"max_in": "x"}), {"DF-C102": '"max_in": "x"'}),
    (lambda: DataFlow(limits={"max_inn": 3}), {"DF-C104": '"max_inn": 3'}),
    (lambda: DataFlow(limits=3), {"DF-C102": "limits=3"}),
    (lambda: DataFlow(trace={"levl": "debug"}), {"DF-P108": '"levl": "debug"'}),
    (lambda: DataFlow(trace={"max_value_length": "x"}), {"DF-P108": '"max_value_length": "x"'}),
    (lambda: DataFlow(debug=False, plugins=["trce"]), {"DF-P101": 'plugins=["trce"]'}),
    (lambda: DataFlow(debug=False, plugins="trace"), {"DF-C102": 'plugins="trace"'}),
    (lambda: DataFlow(debug=False, cache_ttl_s=3), {"DF-C101": "cache_ttl_s=3"}),
    (lambda: DataFlow(debug=False, multi_tenant=True), {"DF-C101": "multi_tenant=True", "DF-C301": "multi_tenant=True"}),
    (lambda: DataFlow("nosql://host/x", debug=False), {"DF-A113": '"nosql://host/x"'}),
    (lambda: DataFlow(auto_migrate=True, existing_schema_mode=True), {"DF-C302": "existing_schema_mode=True"}),
    (lambda: DataFlow.production(":memory:", debug=False), {"DF-C304": '":memory:"'}),
    (lambda: DataFlow.testing(debug=False, pol_size=3), {"DF-C104": "pol_size=3"}),
)
# fmt: on


def pointed(problem: Problem) -> str:
    """The quoted line from the caret on."""
    excerpt = excerpt_of(problem)
    assert excerpt is not None
    return dict(excerpt.source)[excerpt.caret_line][excerpt.caret_column :]


@pytest.mark.parametrize(("make", "expected"), CALLS, ids=lambda one: " ".join(one) if isinstance(one, dict) else "")
def test_caret_stands_under_what_is_refused(make: Make, expected: Mapping[str, str]) -> None:
    with pytest.raises(DataFlowError) as caught:
        make()
    found = {one.code: pointed(one) for one in caught.value.problems}
    assert found.keys() == expected.keys()
    for code, text in expected.items():
        assert found[code].startswith(text)


def test_option_that_is_not_in_the_call_has_the_whole_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAFLOW_POOL_SIZE", "many")
    with pytest.raises(ConfigError) as caught:
        DataFlow(debug=False)
    (problem,) = caught.value.problems
    assert pointed(problem) == "DataFlow(debug=False)"


@pytest.mark.parametrize(
    ("make", "corrected"),
    [
        (lambda: DataFlow(auto_migrat=True), "DataFlow(auto_migrate=True)"),
        (lambda: DataFlow(limits={"max_inn": 3}), "DataFlow(limits={'max_in': 3})"),
        (lambda: DataFlow(trace={"levl": "debug"}), "DataFlow(trace={'level': 'debug'})"),
    ],
)
def test_misspelt_option_is_renamed_where_it_stands(make: Make, corrected: str) -> None:
    with pytest.raises(DataFlowError) as caught:
        make()
    assert caught.value.fix_script == corrected
