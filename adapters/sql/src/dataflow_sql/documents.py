"""JSON text that keeps its numbers where a database reads them as decimals: a float stays one, to its last digit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from dataflow.models.types import FieldType
from dataflow.values.documents import from_document, to_document
from dataflow_sql.codecs import Codec

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: a text is passed over; a float that Python writes with a positive exponent is what counts
_LARGE_FLOAT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?[0-9.]+e\+[0-9]+)')


def dumps(value: Any) -> str:
    """JSON whose large floats are written in full.

    1e+22 would come back from one database as digits without a point, which Python reads as an int; another would tell
    2.0**62, which Python writes as 4.611686018427388e+18, from the int.
    """
    text = _dumps(value)
    return _LARGE_FLOAT.sub(_in_full, text) if "e+" in text else text


def _in_full(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else f"{float(found[1]):.1f}"


def document_codec(field_type: FieldType, dumps: Callable[[Any], str] = dumps) -> Codec:
    if field_type.kind in ("dict", "any") or (field_type.kind == "list" and field_type.item is None):
        return Codec(dumps, json.loads)
    return Codec(
        lambda value: dumps(to_document(field_type, value)),
        lambda text: from_document(field_type, json.loads(text)),
    )
