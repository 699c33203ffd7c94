"""The primary key: a field named 'id', of type str, int or UUID."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dataflow.diagnostics import Fix
from dataflow.models.findings import Findings, listed
from dataflow.models.model import Field

KEY_KINDS = ("str", "int", "uuid")
RULE = "every model has a primary key, a field named 'id' of type str, int or UUID"


def check_key(names: Mapping[str, str], fields: Mapping[str, Field], findings: Findings) -> None:
    """Report a missing key or one of a wrong type.

    :param names: every declared name with the text of its declaration, also those whose type is wrong.
    :param fields: those that could be built.
    """
    if "id" not in names:
        _missing(names, findings)
        return
    key = fields.get("id")
    if key is not None and (key.type.kind not in KEY_KINDS or key.nullable):
        _wrong_type(key, findings)


def key_like(model: str, names: Iterable[str]) -> str | None:
    """The field that probably is the key under another name."""
    own = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model).lower()
    wanted = (f"{own}_id", f"{own.replace('_', '')}id", f"id_{own}", "pk", "uuid", "guid", "key", "_id", "uid", "oid")
    folded = {name.lower(): name for name in names}
    found = next((folded[one] for one in wanted if one in folded), None)
    # the field of another spelling: 'ID'
    return folded.get("id", found)


def _missing(names: Mapping[str, str], findings: Findings) -> None:
    meant = key_like(findings.model, names)
    if meant is not None:
        renamed = re.sub(rf"^\s*{re.escape(meant)}\b", "id", names[meant])
        code = findings.source.with_fields(names, {meant: renamed})
        text, message = f"rename '{meant}' to 'id', and nothing else:", f"; rename '{meant}' to 'id'"
    else:
        code = findings.source.with_fields(names, {"id": "id: str"})
        text, message = "add one:", ""
    findings.add(
        "DF-M101",
        f"model '{findings.model}' has no primary key named 'id'{message}",
        RULE + "; the key is named 'id' in every model, and foreign keys are named after what they refer to",
        (text, code),
        field=meant,
        context={"found": listed([*names])},
        fix=Fix("unsafe", code),
    )


def _wrong_type(key: Field, findings: Findings) -> None:
    better = str(key.type) if key.type.kind in KEY_KINDS else "str"
    why = "; it cannot be None" if key.nullable and key.type.kind in KEY_KINDS else ""
    findings.add(
        "DF-M102",
        f"primary key 'id' of {findings.model} is of type '{key.spelling}'",
        RULE + why,
        ("give it one of these types:", f"id: {better}"),
        *((("or let the database make it:", "id: int"),) if better != "int" else ()),
        field="id",
        context={"given": key.spelling, "allowed": "str, int, UUID"},
        fix=Fix("unsafe", f"id: {better}"),
    )
