"""What is said of a backend before it is ended: who it is, and where the act is useless or does harm. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from gbtui.domain.backends import Act, Target
from gbtui.text import NOTHING, age, clean

OWN: Final = "gbtui"
_WRAPAROUND: Final = "(to prevent wraparound)"  # in the text that the server gives its own worker
_COMMENTS: Final = re.compile(r"^(\s*/\*[^*]*\*/\s*)+")
_AGAIN: Final = {
    "autovacuum worker": "an autovacuum worker: the table is taken up again later, and its work begins anew",
    "logical replication worker": "a subscription's worker: the server starts it again at once",
    "logical replication apply worker": "a subscription's worker: the server starts it again at once",
    "logical replication tablesync worker": "it copies a table for a subscription: the copy begins anew",
    "parallel worker": "a parallel worker: the statement of its leader fails with it",
    "background worker": "a worker of the server or an extension: it may be started again",
}


def facts(target: Target, tenant: str, frees: int | None) -> tuple[str, str]:
    """One line that says who it is, one with its statement."""
    whose = f"{target.user or target.kind}, {target.application or 'no application name'}, {target.client}"
    where = f"tenant {tenant}" if tenant else "no tenant's tag"
    helps = _helps(frees) or "nobody waits for it"
    return (
        f"pid {target.pid}: {clean(whose)}, {clean(where)}",
        f"{doing(target)}; {helps}; {clean(target.query) or 'no statement'}",
    )


def doing(target: Target) -> str:
    """Its state and since when, and how old its transaction is."""
    state = (
        f"{target.state or target.kind} for {age(target.state_age)}" if target.state_age is not None else target.state
    )
    opened = f", in a transaction for {age(target.transaction_age)}" if target.transaction_age is not None else ""
    return f"{state}{opened}" if state else NOTHING


def short(target: Target, tenant: str, frees: int | None) -> str:
    """All of it in one line, for a list of several."""
    names = ", ".join(name for name in (target.user or target.kind, target.application, tenant) if name)
    helps = f", {_helps(frees)}" if frees is not None else ""
    old = age(target.transaction_age if target.transaction_age is not None else target.state_age)
    return f"{target.pid}  {clean(names)}, {target.state} {old}{helps}  {untagged(clean(target.query))}"


def untagged(query: str) -> str:
    """A statement without the comments in front, whose tags are told elsewhere."""
    return _COMMENTS.sub("", query) or query


def _helps(frees: int | None) -> str:
    if frees is None:
        return ""
    return f"frees {frees}" if frees else "frees nobody alone"


def warnings(act: Act, target: Target) -> Iterator[str]:
    """Where this act does nothing to this backend, or what it costs."""
    if act is Act.CANCEL and target.state.startswith("idle in transaction"):
        yield "a cancel does nothing to it: its transaction and its locks stay; K ends it"
    elif act is Act.CANCEL and target.state == "idle":
        yield "it runs nothing: a cancel does nothing to it"
    if target.kind == "walsender":
        follower = "a standby's, subscriber's or backup's connection"
        yield (
            f"{follower}: a cancel does nothing to it"
            if act is Act.CANCEL
            else f"{follower}: a backup fails, others connect again"
        )
    elif target.kind == "autovacuum worker" and _WRAPAROUND in target.query:
        yield "autovacuum against wraparound: it starts again at once, and the work done so far is lost"
    elif target.kind in _AGAIN:
        yield _AGAIN[target.kind]
    if target.application == OWN:
        yield "a gbtui console's own connection: it opens another when it needs one"
    elif act is Act.TERMINATE and target.transaction_age is not None and target.kind == "client backend":
        yield "what it did in its transaction is undone"
