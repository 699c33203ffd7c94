"""Codes that plugins bring: a prefix has one owner, and every code a page."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dataflow import DataFlow, DataFlowError, PluginError, hookimpl
from dataflow.diagnostics import Entry, ErrorCodes, Problem, error_of, page_of


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Make a package with pages, named after the test: a module is imported once in a process."""
    package = f"acme_{abs(hash(request.node.name))}"
    folder = tmp_path / package / "pages"
    folder.mkdir(parents=True)
    (tmp_path / package / "__init__.py").touch()
    for code in ("ACME-101", "ACME-Q102", "DF-Q101"):
        (folder / f"{code}.md").write_text(f"# {code}: quota exceeded\n\nWait until midnight.\n")
    monkeypatch.syspath_prepend(tmp_path)
    return f"{package}/pages"


def plugin(name: str, codes: object) -> object:
    """A plugin of a class of its own, which is what it is called by."""

    def dataflow_error_codes(self: object) -> object:
        return codes

    return type(name, (), {"dataflow_error_codes": hookimpl(dataflow_error_codes)})()


def codes(pages: str, *known: str, prefix: str = "ACME") -> ErrorCodes:
    return ErrorCodes(prefix, {code: Entry("quota exceeded", "Quotas") for code in known}, pages)


def refusal(*plugins: object) -> list[str]:
    with pytest.raises(PluginError) as caught:
        DataFlow(plugins=list(plugins))
    assert {one.code for one in caught.value.problems} == {"DF-P114"}
    return [one.message.partition(": ")[2] for one in caught.value.problems]


def test_code_of_a_plugin_has_its_title_kind_and_page(pages: str) -> None:
    DataFlow(plugins=[plugin("Quotas", codes(pages, "ACME-101", "ACME-Q102"))])
    error = error_of(Problem(code="ACME-101", message="no more notes"))
    assert error.embedded_docs == "# ACME-101: quota exceeded\n\nWait until midnight.\n"
    assert (error.problems[0].title, error.problems[0].group) == ("quota exceeded", "Quotas")
    assert error.doc_link == "dataflow explain ACME-101"
    assert str(error).startswith("error[ACME-101]: no more notes\n")
    assert page_of("acme-q102") == page_of("ACME-Q102") != page_of("ACME-103") is None


def test_error_of_a_plugin_is_none_of_the_framework_s_areas() -> None:
    # "QUOTA-1" has the T of transactions where the framework's codes have the letter of their area
    assert type(error_of(Problem(code="QUOTA-1", message="no more notes"))) is DataFlowError


def test_two_instances_may_have_the_same_plugin(pages: str) -> None:
    for _ in range(2):
        DataFlow(plugins=[plugin("Quotas", codes(pages, "ACME-101"))])
    # as in a notebook, whose cell is run again with another code
    DataFlow(plugins=[plugin("Quotas", codes(pages, "ACME-Q102"))])
    assert page_of("ACME-101") is None


def test_prefix_of_the_framework_is_refused(pages: str) -> None:
    assert refusal(plugin("Quotas", codes(pages, "DF-Q101", prefix="DF"))) == [
        "the prefix 'DF' belongs to the framework"
    ]
    assert page_of("DF-Q101") is None


def test_prefix_of_another_plugin_is_refused(pages: str) -> None:
    given = codes(pages, "ACME-101")
    assert refusal(plugin("Quotas", given), plugin("Limits", given)) == [
        "the prefix 'ACME' belongs to the plugin 'quotas'"
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (
            {"prefix": "acme"},
            "the prefix 'acme' is not two to twelve capital letters and digits that begin with a letter",
        ),
        ({"known": ("OTHER-101",)}, "'OTHER-101' is not 'ACME-' and a number"),
        ({"known": ("ACME-",)}, "'ACME-' is not 'ACME-' and a number"),
        ({"known": ("ACME-404",)}, "'ACME-404' has no page '{pages}/ACME-404.md'"),
        ({"folder": "nowhere_at_all"}, "'ACME-101' has no page 'nowhere_at_all/ACME-101.md'"),
    ],
)
def test_codes_that_cannot_be_looked_up_are_refused(pages: str, given: Mapping[str, object], fault: str) -> None:
    made = codes(
        str(given.get("folder", pages)),
        *given.get("known", ("ACME-101",)),  # type: ignore[misc]  # texts, as above
        prefix=str(given.get("prefix", "ACME")),
    )
    assert refusal(plugin("Broken", made)) == [fault.format(pages=pages)]


def test_page_that_says_something_else_is_refused(pages: str) -> None:
    made = ErrorCodes("ACME", {"ACME-101": Entry("another title", "Quotas")}, pages)
    assert refusal(plugin("Broken", made)) == ["the page of 'ACME-101' does not begin with '# ACME-101: another title'"]


def test_answer_that_is_no_codes_is_refused() -> None:
    with pytest.raises(PluginError) as caught:
        DataFlow(plugins=[plugin("Broken", ["ACME-101"])])
    assert caught.value.code == "DF-P111"
