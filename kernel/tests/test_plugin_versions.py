"""Requirements on the kernel's version."""

import pytest

from dataflow.plugins.versions import meets, unmet_requirement


@pytest.mark.parametrize(
    ("version", "specifiers", "met"),
    [
        ("0.1.0", ">=0.1,<0.2", True),
        ("0.2.0", ">=0.1,<0.2", False),
        ("0.1", "==0.1.0", True),
        ("0.1.0", "==0.1.*", True),
        ("0.2.0", "!=0.1.*", True),
        ("0.1.3", "!=0.1.*", False),
        ("0.10.0", ">=0.9", True),
        ("1.4.9", "~=1.4.2", True),
        ("1.5.0", "~=1.4.2", False),
        ("1.4", "~=1.4.2", False),
        ("2.0", "~=1.4", False),
        ("1.9", "~=1.4", True),
        ("0.2.0rc1", "<0.2", False),
        ("0.2.0rc1", "<0.2rc2", True),
        ("0.2.0.dev3", ">=0.2", False),
        ("0.2.0a1", ">=0.2.0.dev1", True),
        ("0.2.0rc1", ">0.2.0b9", True),
        ("0.1.0.post1", ">=0.1", True),
        ("0.1.0+local.1", "==0.1.0", True),
        ("0.1", "===0.1", True),
        ("0.1.0", "===0.1", False),
        ("0.1.0", "", True),
        ("a-word", ">=1", True),
    ],
)
def test_versions_are_compared_as_installers_do(version: str, specifiers: str, met: bool) -> None:
    assert meets(version, specifiers) is met


@pytest.mark.parametrize(
    ("requirement", "unmet"),
    [
        ("dataflow-kernel>=2", True),
        ("DataFlow_Kernel >= 2", True),
        ("dataflow-kernel[fast]<1", True),
        ("dataflow-kernel (>=2)", True),
        ("dataflow-kernel>=1,<2", False),
        ("dataflow-kernel", False),
        ("dataflow-kernel>=2; extra == 'next'", False),
        ("dataflow-sql>=2", False),
    ],
)
def test_only_unconditional_requirements_on_the_kernel_count(requirement: str, unmet: bool) -> None:
    found = unmet_requirement(("attrs>=99", requirement), "dataflow-kernel", "1.0")
    assert found == (requirement if unmet else None)
