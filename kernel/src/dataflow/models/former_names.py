"""Former names that a migration cannot follow: two fields of one column, and fields that exchange their names."""

from __future__ import annotations

from collections.abc import Mapping

from dataflow.models.field_options import refuse
from dataflow.models.findings import Findings
from dataflow.models.model import Field, Model


def check_former_names(model: Model, findings: Findings) -> None:
    """Find fields whose 'renamed_from' contradicts that of another one."""
    former = {field.name: field.renamed_from for field in model.fields.values() if field.renamed_from}
    first: dict[str, str] = {}
    for name, old in former.items():
        known = first.setdefault(old, name)
        circle = circle_of(name, former)
        if known != name:
            _second(model.fields[name], known, findings)
        elif circle and name == min(circle):
            _exchanged(model.fields[name], circle, findings)


def circle_of(name: str, former: Mapping[str, str]) -> list[str]:
    """The names from one to its former one and on, when that comes back to the first; none when it does not."""
    found = [name]
    while (old := former.get(found[-1], "")) and old not in found:
        found.append(old)
    return found if old == name else []


def _second(field: Field, first: str, findings: Findings) -> None:
    refuse(
        findings,
        field,
        f"'renamed_from={field.renamed_from!r}': '{first}' has it too",
        "a column is renamed to one field; another that shall have its values is filled by a program of your own",
        ("leave it out where the field is a new one:", f"{field.name}: {field.spelling}"),
    )


def _exchanged(field: Field, circle: list[str], findings: Findings) -> None:
    refuse(
        findings,
        field,
        f"'renamed_from={field.renamed_from!r}': {' from '.join(repr(one) for one in (*circle, circle[0]))} is a circle",
        "before and after such an exchange the table looks the same, so that nothing tells whether it was done",
        (
            "rename one of them to a name of its own, migrate, and give it its last name in the next release:",
            f'{field.name}_new: {field.spelling} = field(renamed_from="{field.renamed_from}")',
        ),
    )
