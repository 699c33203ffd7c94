"""The problems of transactions, the same on every database."""

from __future__ import annotations

from dataflow.adapters import ScopeOptions
from dataflow.diagnostics import DataFlowError, Problem, Solution, Where, error_of

_WHERE = Where(operation="transaction")


def ended(options: ScopeOptions) -> DataFlowError:
    """DF-T101: the scope was committed or rolled back before."""
    return error_of(
        Problem(
            code="DF-T101",
            message=f"the transaction of '{options.holder}' has ended",
            where=_WHERE,
            context={"opened by": options.holder},
            cause="it was committed or rolled back; what runs after that would not be part of it",
            solutions=(Solution("keep everything inside its block:", "async with db.transaction(): ..."),),
        )
    )


def _block(holder: str) -> str:
    """The statement that opens a block, as its holder is entered."""
    return "with db.sync.transaction(): ..." if holder.startswith("db.sync") else "async with db.transaction(): ..."


def failed_before(options: ScopeOptions, failure: BaseException) -> DataFlowError:
    """DF-T102: a commit of a scope in which something failed."""
    # a driver's own text may hold values
    told = str(failure).partition("\n")[0] if isinstance(failure, DataFlowError) else type(failure).__name__
    return error_of(
        Problem(
            code="DF-T102",
            message=f"the transaction of '{options.holder}' was rolled back: a statement in it had failed",
            where=_WHERE,
            context={"opened by": options.holder, "failure": told},
            cause="the exception was caught inside the block, but half of a transaction is never committed",
            solutions=(
                Solution(
                    "let the exception leave the block, or give what may fail a scope of its own:",
                    _block(options.holder),
                ),
            ),
        )
    )


def lost(options: ScopeOptions) -> DataFlowError:
    """DF-T102: the database undid the transaction by itself."""
    return error_of(
        Problem(
            code="DF-T102",
            message=f"the transaction of '{options.holder}' was rolled back by the database",
            where=_WHERE,
            context={"opened by": options.holder},
            cause="a full disk, a lost connection, an interrupted write and the like undo a whole transaction",
        )
    )


def inner_open(options: ScopeOptions, patience_s: float) -> DataFlowError:
    """DF-A106: work in a scope whose savepoint stays open."""
    return error_of(
        Problem(
            code="DF-A106",
            message=f"a savepoint inside the transaction of '{options.holder}' was open for more than {patience_s:g} s",
            where=_WHERE,
            context={"opened by": options.holder, "pool_timeout_s": patience_s},
            cause="while a savepoint is open, the transaction around it waits for its end",
            solutions=(Solution("work in the innermost scope, or end it first:", "async with db.transaction(): ..."),),
        )
    )


def foreign(holder: str) -> DataFlowError:
    """DF-T108: a transaction of another database."""
    return error_of(
        Problem(
            code="DF-T108",
            message=f"the transaction of '{holder}' belongs to another database",
            where=_WHERE,
            context={"opened by": holder},
            cause="a transaction spans one database; two databases cannot commit as one",
            solutions=(
                Solution(
                    "open one of the instance that the operation is of:",
                    _block("db.transaction()" if "sync" not in holder else "db.sync.transaction()"),
                ),
            ),
        )
    )


def read_only(kind: str, options: ScopeOptions) -> DataFlowError:
    """DF-T103: a write in a read-only scope."""
    return error_of(
        Problem(
            code="DF-T103",
            message=f"'{kind}' writes, but the transaction of '{options.holder}' is read-only",
            where=_WHERE,
            context={"operation": kind, "opened by": options.holder},
            cause="it was opened with read_only=True",
            solutions=(Solution("open it for writing:", _block(options.holder)),),
        )
    )
