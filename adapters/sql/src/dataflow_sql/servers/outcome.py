"""The problem of a write whose answer never came: it may be done, and it may not."""

from __future__ import annotations

from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of


def outcome_unknown(what: str, where: Where, why: str) -> DataFlowError:
    """DF-T104.

    :param what: what was asked for, such as ``commit`` or ``create``.
    """
    return error_of(
        Problem(
            code="DF-T104",
            message=f"the outcome of '{what}' is unknown: {why}",
            where=where,
            context={"operation": what},
            cause="the request had left when the connection was lost; the server may have done it before or not at all",
            solutions=(
                Solution("look whether it was done before doing it again:", "await db.Model.read(id, raise_on_not_found=False)"),
                Solution("or write so that doing it twice is doing it once:", 'await db.Model.upsert({...}, conflict_on=["id"])'),
            ),
        )
    )  # fmt: skip
