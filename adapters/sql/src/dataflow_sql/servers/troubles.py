"""What a server refused or why it could not be asked, in neutral terms; each kind is worded once for all databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import attrs

from dataflow.diagnostics import Problem, Solution, Where

Kind = Literal[
    "deadlock", "serialization", "lock", "slow", "unanswered", "cancelled", "full", "read_only", "permission", "missing",
    "login", "database", "host", "refused", "starting", "silent", "tls", "tls_none", "tls_wanted", "tls_authority", "tls_name", "lost", "closed", "crowded", "altered", "sql", "value",
    "other",
]  # fmt: skip


@attrs.frozen(kw_only=True)
class Trouble:
    """One failure. ``text`` is the server's own wording where it holds no values, ``code`` its name for the error."""

    kind: Kind
    code: str = ""
    text: str = ""
    #: what the message names: a table, a user, a host
    thing: str = ""
    #: of a statement that is understood, and breaks a rule of a table
    is_refusal: bool = False
    #: how long an answer was waited for
    after_s: float | None = None


@attrs.frozen(kw_only=True)
class Surroundings:
    """What a message may tell of the instance: the URL with its password masked, and its deadlines."""

    database: str
    product: str
    connect_timeout_s: float
    statement_timeout_s: float | None


def trouble_problem(trouble: Trouble, where: Where, around: Surroundings) -> Problem:
    """The problem of a failure that is no refused row."""
    code, message, cause, solutions = _WORDS[trouble.kind](trouble, around)
    context = {"database": around.database}
    if trouble.code:
        context[f"{around.product} code"] = trouble.code
    return Problem(
        code=code,
        message=message,
        where=where,
        context=context,
        cause=cause,
        solutions=solutions,
        introspection={"reason": trouble.kind},
    )


_Worded = tuple[str, str, str, tuple[Solution, ...]]
_RETRY = Solution("do the whole transaction again, which then succeeds:", "except ContentionError: ...")
_UNENCRYPTED = Solution("on a network that you trust, do without:", 'DataFlow(ssl={"mode": "prefer"})')
_URL = 'DataFlow("{scheme}://user:password@host:port/database")'


def _deadlock(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A107",
        "two transactions wait for each other, and this one was chosen to be rolled back",
        "each had changed a row that the other wanted next",
        (_RETRY, Solution("change rows in the same order everywhere, such as by id")),
    )


def _serialization(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A108",
        "another transaction changed what this one has read",
        "the isolation level promises that transactions look as if they ran one after another, and these cannot",
        (_RETRY,),
    )


def _lock(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A106",
        "a row or table stayed locked by another transaction for longer than statements may wait",
        "a transaction keeps what it changed locked until it ends",
        (Solution("end the other transaction sooner, or do this again:", _RETRY.code),),
    )


def _slow(trouble: Trouble, around: Surroundings) -> _Worded:
    limit = "its limit" if around.statement_timeout_s is None else f"{around.statement_timeout_s:g} s"
    return (
        "DF-A109",
        f"the statement ran for longer than {limit} and was stopped",
        "'statement_timeout_s' bounds every statement",
        (
            Solution("give statements more time:", "DataFlow(statement_timeout_s=...)"),
            Solution("or help them with an index:", '__indexes__ = [Index("...")]'),
        ),
    )


def _unanswered(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A109",
        f"the server did not answer within {trouble.after_s:g} s, and was waited for no longer",
        "it is cut off, frozen or overloaded, or keeps no deadline of its own for such a statement; it was asked to stop "
        "it, and the connection was closed",
        (
            Solution("look whether the server can be reached and has something to do:", "await db.ping()"),
            Solution("give statements more time:", "DataFlow(statement_timeout_s=...)"),
        ),
    )


def _cancelled(trouble: Trouble, around: Surroundings) -> _Worded:
    return "DF-A109", "the statement was cancelled", "somebody had the server stop it; nothing of it remains", ()


def _full(trouble: Trouble, around: Surroundings) -> _Worded:
    return "DF-A110", f"there is no room left on the {around.product} server", "its disk or a limit of its is full", ()


def _read_only(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A111",
        "the database takes no writes",
        "it is a replica, or was set to be read only",
        (Solution("connect to the primary server:", _url(around)),),
    )


#: what PostgreSQL says where no GRANT would do
_OWNED = "must be owner of "


def _permission(trouble: Trouble, around: Surroundings) -> _Worded:
    if trouble.text.startswith(_OWNED):
        return (
            "DF-A123",
            f"the database user does not own {trouble.thing}",
            "the server lets the owner alone do that, and whoever is a member of the role that owns it",
            (
                Solution("do it as the owner, by another URL"),
                Solution("or make the user a member of the owner:", "GRANT owner TO user"),
            ),
        )
    named = f" to use {trouble.thing}" if trouble.thing else " for that"
    return (
        "DF-A123",
        f"the database user has no permission{named}",
        "the server checks the rights of the user that the URL names",
        (Solution("grant it, as its owner:", f"GRANT ... ON {trouble.thing or '...'} TO ..."),),
    )


def _missing(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A114",
        trouble.text or "the database has no such table or column",
        "the database has no table or column of that name",
        (Solution("have the tables looked at again:", "db.schema_cache.clear()"),),
    )


def _login(trouble: Trouble, around: Surroundings) -> _Worded:
    named = f" of user '{trouble.thing}'" if trouble.thing else ""
    return (
        "DF-A115",
        f"the server refuses the login{named}",
        "the password is wrong, the user is unknown there, or may not come from this host",
        (Solution("check user and password; special characters are written with a % (@ is %40):", _url(around)),),
    )


def _database(trouble: Trouble, around: Surroundings) -> _Worded:
    named = f"'{trouble.thing}'" if trouble.thing else "of that name"
    return (
        "DF-A118",
        f"the server has no database {named}",
        "the name stands after the last '/' of the URL",
        (Solution("create it, or correct the name:", f"CREATE DATABASE {trouble.thing or '...'}"),),
    )


def _host(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unreachable(
        around, f"there is no host '{trouble.thing}'", "its name has no address", "check the name of the host:"
    )


def _refused(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unreachable(
        around,
        f"nothing answers at {trouble.thing}",
        "the connection was refused: no server listens there",
        "start the server, or check host and port:",
    )


def _starting(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A112",
        f"nothing answers at {trouble.thing} yet: it is starting or stopping",
        "the server is there and takes no connections: after a crash it mends its data first, and a full disk keeps it from that",
        (Solution("do it again when the server takes connections; its log says what keeps it from that"),),
    )


def _silent(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unreachable(
        around,
        f"{trouble.thing or 'the server'} did not answer within {around.connect_timeout_s:g} s",
        "a firewall drops the packets, or the server is too busy to answer",
        "check host and port, or wait for longer (connect_timeout_s):",
    )


def _unreachable(around: Surroundings, message: str, cause: str, cure: str) -> _Worded:
    return "DF-A112", message, cause, (Solution(cure, _url(around)),)


def _tls(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unencrypted(trouble.text or "the two sides did not agree", _UNENCRYPTED)


def _tls_none(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unencrypted(
        "the server offers none", Solution("have the server offer it: it needs a certificate and its key"), _UNENCRYPTED
    )


def _tls_wanted(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unencrypted(
        "the server refuses this user without one", Solution("allow it:", 'DataFlow(ssl={"mode": "require"})')
    )


def _tls_authority(trouble: Trouble, around: Surroundings) -> _Worded:
    named = Solution("name who signed the certificate:", 'DataFlow(ssl={"mode": "verify-full", "ca": "ca.pem"})')
    return _unencrypted(trouble.text, named, _UNENCRYPTED)


def _tls_name(trouble: Trouble, around: Surroundings) -> _Worded:
    return _unencrypted(
        trouble.text,
        Solution("connect to a name that stands in the certificate:", _url(around)),
        Solution("or have only its signature checked:", 'DataFlow(ssl={"mode": "verify-ca", "ca": "ca.pem"})'),
    )


def _unencrypted(why: str, *cures: Solution) -> _Worded:
    cause = "'ssl' says how a connection is to be encrypted and what the server has to prove"
    return "DF-A121", f"no encrypted connection could be made: {why}", cause, cures


def _lost(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A122",
        "the connection to the server was lost; nothing of this transaction or statement remains",
        "the server was restarted, or something between here and there closed the connection",
        (Solution("do it again: the pool opens new connections by itself"),),
    )


def _closed(trouble: Trouble, around: Surroundings) -> _Worded:
    return "DF-A119", "the connection is closed", "the instance was closed while the operation waited", ()


def _crowded(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A124",
        "the server takes no more connections",
        "all clients together have as many as the server's limit allows",
        (
            Solution(
                "keep fewer per process, or put a pooler in between:", "DataFlow(pool_size=5, pool_max_overflow=0)"
            ),
        ),
    )


def _altered(trouble: Trouble, around: Surroundings) -> _Worded:
    return (
        "DF-A108",
        "a table was altered while this transaction was using it",
        "the server had prepared the statement for the table as it was, and a transaction cannot go on after that",
        (_RETRY,),
    )


def _sql(trouble: Trouble, around: Surroundings) -> _Worded:
    said = f": {trouble.text}" if trouble.text else ""
    return (
        "DF-A120",
        f"{around.product} refuses the statement{said}",
        "rows that are there, or would be, break a rule of their table"
        if trouble.is_refusal
        else f"it is not SQL that {around.product} understands",
        (),
    )


def _value(trouble: Trouble, around: Surroundings) -> _Worded:
    said = f": {trouble.text}" if trouble.text else ""
    return "DF-A105", f"the database cannot hold a value{said}", "a column is narrower than the value", ()


def _other(trouble: Trouble, around: Surroundings) -> _Worded:
    return "DF-A199", f"{around.product} failed with {trouble.code}", "the exception above is the driver's own", ()


def _url(around: Surroundings) -> str:
    return _URL.format(scheme=around.database.partition("://")[0])


_WORDS: Mapping[Kind, Callable[[Trouble, Surroundings], _Worded]] = {
    "deadlock": _deadlock,
    "serialization": _serialization,
    "lock": _lock,
    "slow": _slow,
    "unanswered": _unanswered,
    "cancelled": _cancelled,
    "full": _full,
    "read_only": _read_only,
    "permission": _permission,
    "missing": _missing,
    "login": _login,
    "database": _database,
    "host": _host,
    "refused": _refused,
    "starting": _starting,
    "silent": _silent,
    "tls": _tls,
    "tls_none": _tls_none,
    "tls_wanted": _tls_wanted,
    "tls_authority": _tls_authority,
    "tls_name": _tls_name,
    "lost": _lost,
    "closed": _closed,
    "crowded": _crowded,
    "altered": _altered,
    "sql": _sql,
    "value": _value,
    "other": _other,
}
