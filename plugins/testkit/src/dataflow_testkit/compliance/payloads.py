"""Texts that a careless database layer would take for something else, in hundreds; and how their effects are found."""

from __future__ import annotations

import itertools
import json
import traceback
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dataflow import DataFlow, DataFlowError
from dataflow.rendering import render
from dataflow_testkit.compliance.suite import sql

#: in a table that no payload is for: what no answer and no error may hold
CANARY = "c4n4ry-w0rd"
_ENDS = (
    "'", '"', "`", "''", "\\'", "\\\\'", "')", "'))", '")', "\\", "$$", "$a$", "*/", "\n", "\r\n", "\u7e17'", "\xbf'", "%27", "'||'",
)  # fmt: skip
_ATTACKS = (
    " OR 1 = 1", "; UPDATE payload_canaries SET word = 'dead'", "; DROP TABLE payload_canaries", ", word = 'dead'",
    " UNION SELECT word, word FROM payload_canaries", " || (SELECT word FROM payload_canaries) || ",
)  # fmt: skip
_REST = ("", " -- ", " #", " /*")
INJECTIONS: Sequence[str] = tuple(map("".join, itertools.product(_ENDS, _ATTACKS, _REST)))
#: signs of SQL, of drivers' placeholders, of patterns, formats and paths
SIGNS: Sequence[str] = (
    *"'\"`\\;,#/*-%_?$:@&|!~^=<>()[]{}.+ ", "--", "-- ", "/*", "*/", "/*!50000 x */", "%%", "%%%", "%s", "%%s", "%d", "%(a)s",
    "%(x", "$1", "$$", "$a$x$a$", ":a", "::text", ":=", "?1", "@a", "@@version", "{0}", "{a}", "{{", "${a}", "\\n", "\\0", "\\x00",
    "\\u0027", "\\N", "\\%", "\\_", "|%", "[a]", "[!a]", "*?", "(?i)", ".*", "$[0]", "$.a", "a.b", "a[0]", '"a"."b"', "NULL",
    "null", "None", "true", "DEFAULT", "CURRENT_TIMESTAMP", "0x27", "1e999", "NaN", "-0", "0", "01", "-1", "w0", "v_id", "excluded",
)  # fmt: skip
ODD: Sequence[str] = (
    "", " ", "  ", "a", "A", "a ", " a", "a\t", "a\n", "\n", "\t", "\x01", "\x08", "\x1a", "\x1b[31m", "\x7f", "\x85", "\xa0", "\u2028",
    "\u200b", "a\u200bb", "\ufeff", "\u202eabc", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u540d\u524d",
    "\xe9", "e\u0301", "\xc9", "\u212b", "\xc5", "A\u030a", "\ufb01", "fi", "\xdf", "ss", "SS", "\u0130", "i", "I", "\u0131", "\u01c5",
    "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "\U0010ffff", "\ud7ff", "\ue000", "\ufffd",
    "\uffff", "\u2019", "\u02bc", "\uff07", "\uff02", "\u037e", "\u202e'; --", "\u7e17\\", "x" * 700,
)  # fmt: skip
#: what a filter or a workflow would take for an operator, a reference or a template
WORDS: Sequence[str] = (
    "$ne", "$gt", "$where", "$or", "$inc", "$in", "$regex", "$expr", "$eq", "__class__", "__proto__", "constructor", "id__ne",
    "text__contains", "id\0", "text'", 'text"', "text`", "text;", "text --", "text, word", "text)", "(SELECT word)", "text.word",
    "payload_records.text", "*", "1", "id as x", "text desc", "-text; --", "--text", "-'", "count(*)", "rowid", "ctid", "\ud800",
    "$" + "x" * 300, "TEXT", "Text", "\uff54ext", "text\u200b", '{"$ne": ""}', "${a.b}", "{{ a }}", "a.b.c.d", "..", ".", "",
)  # fmt: skip
TEXTS: Sequence[str] = tuple(dict.fromkeys((*INJECTIONS, *SIGNS, *ODD, *(one for one in WORDS if one.isprintable()))))
#: values that filters take for operators, where a value belongs
OPERATORS: Sequence[Any] = (
    {"$ne": ""}, {"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$in": ["a"]}, {"$exists": True}, {"$not": {"$eq": ""}},
    {"$where": "1 = 1"}, {"$or": [{}]}, {"": ""}, {"a": {"$ne": ""}}, {"$inc": 1}, [{"$ne": ""}], ["a"], ({"$ne": ""},), {},
)  # fmt: skip


class PayloadCanary:
    id: int
    word: str


async def plant(db: DataFlow) -> None:
    """Fill the table of canaries."""
    await db.PayloadCanary.bulk_delete(filter={}, all=True)
    await db.PayloadCanary.bulk_create([{"id": 1, "word": CANARY}, {"id": 2, "word": CANARY}])


async def check_canaries(db: DataFlow) -> None:
    """That nobody touched them, seen by another instance."""
    rows = (await sql(db, "SELECT id, word FROM payload_canaries ORDER BY id", read_only=True))["rows"]
    assert rows == [{"id": 1, "word": CANARY}, {"id": 2, "word": CANARY}]


def parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def everything_shown(error: BaseException) -> str:
    """All that anybody could read of an error: every rendering, and the traceback with all causes."""
    found = ["".join(traceback.format_exception(error)), str(error), repr(error)]
    if isinstance(error, DataFlowError):
        found += [
            json.dumps(error.to_dict(), default=repr),
            error._repr_html_() if hasattr(error, "_repr_html_") else "",
        ]
        found += [render(error.problems, style) for style in ("plain", "json", "llm")]
    return "\n".join(found)


def check_error(error: BaseException, secrets: Iterable[str] = (CANARY,)) -> DataFlowError:
    """That an error is one of the framework's, has a code, and shows no secret anywhere."""
    assert isinstance(error, DataFlowError), repr(error)
    assert error.code.startswith("DF-"), error.code
    # a mistake of the framework's, or a driver's that nobody knew
    assert error.code not in ("DF-A199", "DF-P110", "DF-X101"), str(error)
    shown = everything_shown(error)
    assert [secret for secret in secrets if secret in shown] == []
    return error


async def refusal(work: Awaitable[Any], secrets: Iterable[str] = (CANARY,)) -> DataFlowError:
    """Await what must be refused, and give the checked error."""
    try:
        answer = await work
    except Exception as error:
        return check_error(error, secrets)
    raise AssertionError(f"it was taken: {answer!r:.200}")


async def answered(work: Awaitable[Any]) -> Any:
    """The answer, or None where there is a refusal; neither may hold a canary."""
    try:
        answer = await work
    except Exception as error:
        check_error(error)
        return None
    assert CANARY not in repr(answer)
    return answer


def by_id(records: Iterable[Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    return {record["id"]: record for record in records}
