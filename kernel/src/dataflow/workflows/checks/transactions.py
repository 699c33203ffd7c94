"""Transactions: who joins which scope, and what a scope allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from dataflow.diagnostics import Fix, Problem, Solution
from dataflow.workflows.membership import is_membership, is_scope
from dataflow.workflows.sketch import DraftStep, Link, Sketch, connection_call, link_where

START = ("start",)


def check_transactions(sketch: Sketch) -> Iterator[Problem]:
    """What is wrong with the joining of scopes; what only the order shows is a matter of the cycles."""
    yield from _connections(sketch)
    for step in sketch.steps.values():
        if step.node is None:
            continue
        if not is_scope(step) and step.node.is_database_node and "transaction" in step.params:
            yield _given_as_value(sketch, step)
        joined = [link for link in sketch.into(step.id) if is_membership(sketch, link) and link.output == START]
        if len(joined) > 1:
            yield _two_scopes(step, joined)
        if is_scope(step):
            yield from _inside(sketch, step)


def _connections(sketch: Sketch) -> Iterator[Problem]:
    for link in sketch.links:
        starts = link.output == START and is_scope(sketch.steps.get(link.source))
        if starts == is_membership(sketch, link) or sketch.steps[link.target].node is None:
            continue
        yield _start_elsewhere(sketch, link) if starts else _no_scope(sketch, link)


def _inside(sketch: Sketch, scope: DraftStep) -> Iterator[Problem]:
    members = [sketch.steps[name] for name in sketch.scopes.inside(scope.id)]
    if not members:
        yield _nobody(scope)
    yield from (_retried(scope, one) for one in members if one.call.retry is not None and _is_database_node(one))
    if scope.params.get("retries"):
        yield from _repeated(sketch, scope, members)
    if scope.params.get("read_only") is True:
        yield from (_write(scope, member) for member in members if _writes(member))
    apps = {id(member.app): member for member in members if member.node is not None and member.node.model is not None}
    if len(apps) > 1:
        yield _two_databases(scope, [*apps.values()])


def _repeated(sketch: Sketch, scope: DraftStep, members: Sequence[DraftStep]) -> Iterator[Problem]:
    if sketch.scopes.around(scope.id):
        yield _inner_retries(sketch, scope)
    yield from (_not_repeatable(scope, one) for one in members if one.node is not None and one.node.outside_effects)


def _is_database_node(step: DraftStep) -> bool:
    return step.node is not None and step.node.is_database_node and not is_scope(step)


def _writes(step: DraftStep) -> bool:
    operation = None if step.node is None else step.node.operation
    return operation is not None and operation.writes and step.params.get("read_only") is not True


def _given_as_value(sketch: Sketch, step: DraftStep) -> Problem:
    scopes = [one.id for one in sketch.steps.values() if is_scope(one)]
    given = step.params["transaction"]
    scope = given if given in scopes else (scopes or ["tx"])[0]
    call = connection_call(scope, "start", step.id, "transaction")
    added = "" if scopes else f'workflow.add_node("TransactionScopeNode", "{scope}", {{}})\n'
    return Problem(
        code="DF-T105",
        message=f"'{step.id}' was given a transaction as a value; in a workflow it joins one by a connection",
        where=step.where("transaction"),
        context={"given": given, "transactions": ", ".join(scopes) or "none"},
        cause="a transaction exists only while the workflow runs",
        solutions=(Solution("connect it instead:", added + call),),
        fix=Fix("unsafe", script=added + call),
    )


def _two_scopes(step: DraftStep, joined: Sequence[Link]) -> Problem:
    names = [link.source for link in joined]
    return Problem(
        code="DF-T105",
        message=f"'{step.id}' joins {len(names)} transactions: " + ", ".join(f"'{name}'" for name in names),
        where=link_where(joined[-1].call, step.id),
        context={"transactions": ", ".join(names)},
        cause="a node runs on one connection and is committed once",
        solutions=(
            Solution("leave one of the connections out,"),
            Solution(
                "or nest the scopes, and join the inner one:",
                connection_call(names[0], "start", names[1], "transaction"),
            ),
        ),
    )


def _start_elsewhere(sketch: Sketch, link: Link) -> Problem:
    node = sketch.steps[link.target].node
    joins = node is not None and node.is_database_node
    call = connection_call(link.source, "start", link.target, "transaction")
    return Problem(
        code="DF-T105",
        message=f"'start' of '{link.source}' goes to '{link.target}.{link.call.input}', which takes no transaction",
        where=link_where(link.call, link.target),
        context={"connection": link.text},
        cause="a node joins a transaction through its input 'transaction'",
        solutions=(Solution("write it as:", call),)
        if joins
        else (
            Solution(f'make it run behind the start instead: add_node(..., "{link.target}", after=["{link.source}"])'),
        ),
        fix=Fix("safe", script=call) if joins else None,
    )


def _no_scope(sketch: Sketch, link: Link) -> Problem:
    source = sketch.steps.get(link.source)
    call = connection_call(link.source if is_scope(source) else "tx", "start", link.target, "transaction")
    added = "" if is_scope(source) else 'workflow.add_node("TransactionScopeNode", "tx", {})\n'
    return Problem(
        code="DF-T105",
        message=f"'transaction' of '{link.target}' is connected to '{link.source}.{'.'.join(link.output)}', which starts none",
        where=link_where(link.call, link.target),
        context={"connection": link.text},
        cause="a transaction comes from output 'start' of a TransactionScopeNode",
        solutions=(Solution("write it as:", added + call),),
        fix=Fix("unsafe", script=added + call),
    )


def _nobody(scope: DraftStep) -> Problem:
    return Problem(
        code="DF-T105",
        message=f"nothing runs in transaction '{scope.id}'",
        where=scope.where(),
        cause="a node that does not join a transaction is committed by itself, at once",
        solutions=(
            Solution("let nodes join it:", connection_call(scope.id, "start", "<node>", "transaction")),
            Solution("or add them inside its block:", f'with workflow.transaction("{scope.id}"): ...'),
        ),
    )


def _write(scope: DraftStep, member: DraftStep) -> Problem:
    return Problem(
        code="DF-T106",
        message=f"'{member.id}' ({member.type_name}) writes, but transaction '{scope.id}' is read-only",
        where=member.where(),
        context={"transaction": scope.id, "operation": member.where().operation},
        cause="the database would refuse the statement in the middle of the run",
        solutions=(
            Solution(f"let '{scope.id}' write: leave out 'read_only'", f'with workflow.transaction("{scope.id}"): ...'),
            Solution(f"or take '{member.id}' out of '{scope.id}'"),
        ),
    )


def _retried(scope: DraftStep, member: DraftStep) -> Problem:
    return Problem(
        code="DF-W112",
        message=f"'retry' of '{member.id}' has no effect inside transaction '{scope.id}'",
        where=member.where(),
        context={"retry": member.call.retry, "transaction": scope.id},
        cause="the first failure of a member rolls the whole transaction back, so there is nothing left to try again in",
        solutions=(Solution("leave 'retry' out, and run the workflow again when it failed"),),
    )


def _inner_retries(sketch: Sketch, scope: DraftStep) -> Problem:
    outermost = sketch.scopes.around(scope.id)[-1]
    return Problem(
        code="DF-T105",
        message=f"'retries' of '{scope.id}' can do nothing inside transaction '{outermost}'",
        where=scope.where("retries"),
        context={"outermost": outermost},
        cause="what others were in the way of is the whole transaction, and only that can be done again",
        solutions=(Solution(f"give 'retries' to '{outermost}' instead"),),
    )


def _not_repeatable(scope: DraftStep, member: DraftStep) -> Problem:
    return Problem(
        code="DF-T105",
        message=f"'{member.id}' ({member.type_name}) cannot stand in transaction '{scope.id}', which may be done again",
        where=member.where(),
        context={"transaction": scope.id, "retries": scope.params.get("retries")},
        cause="a rollback does not undo what it does outside of the database, so it would be done twice",
        solutions=(
            Solution("say that doing it again does no harm:", "@node(idempotent=True)"),
            Solution(f"or take it out of '{scope.id}', or leave 'retries' out"),
        ),
    )


def _two_databases(scope: DraftStep, members: Sequence[DraftStep]) -> Problem:
    return Problem(
        code="DF-T105",
        message=f"transaction '{scope.id}' holds nodes of {len(members)} databases",
        where=attrs.evolve(scope.where()),
        context={member.id: repr(member.app) for member in members},
        cause="one connection belongs to one database, and none can commit for another",
        solutions=(Solution("give each database a transaction of its own"),),
    )
