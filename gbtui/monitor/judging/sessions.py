"""Sessions that use up slots, sit in transactions, or wait for each other."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.connections import Connections
from gbtui.monitor.server.locks import LockMember

_DDL: Final = frozenset({"ALTER", "CREATE", "DROP", "LOCK", "REFRESH", "REINDEX"})
_COMMENTS: Final = re.compile(r"^(\s*/\*.*?\*/)+", re.DOTALL)


def connections(view: View) -> Iterator[Finding]:
    """Slots open to everybody are running out; the reserved ones are not counted as free."""
    here: Connections = view.rows("connections")[0]
    usable = here.max_connections - here.reserved
    share = here.used / usable if usable > 0 else 1.0
    if share < view.limit("connections"):
        return
    critical = share >= view.limit("connections_critical")
    idle = f", {here.idle} of them idle" if here.idle else ""
    left = f"; {here.free} are left ({here.reserved} more are reserved)"
    if here.used > usable:
        usable, left = here.max_connections, "; only superusers' reserved ones are left"
        if here.used >= here.max_connections:
            left = "; not even one of the reserved is left"
    yield Finding(
        Severity.CRITICAL if critical else Severity.WARNING,
        "connections",
        "max_connections",
        f"{here.used} of {usable} connection slots are taken{idle}{left}",
        f"most are {here.most_of}'s; pools that are too large, or clients that do not give connections back",
        "shrink the pools or put a pooler in between; ending idle sessions gives slots back at once",
        "pool",
        number=here.used,
    )


def idle_in_transaction(view: View) -> Iterator[Finding]:
    """Transactions that their clients left open."""
    limit = view.limit("idle_in_transaction")
    idle = [b for b in view.rows("activity") if b.in_transaction and (b.state_age or 0.0) >= limit]
    if not idle:
        return
    worst = max(idle, key=lambda b: b.state_age or 0.0)
    age = worst.state_age or 0.0
    failed = " after an error" if "aborted" in worst.state else ""
    others = f"; {len(idle) - 1} more do too" if len(idle) > 1 else ""
    yield Finding(
        Severity.CRITICAL if age >= view.limit("idle_in_transaction_critical") else Severity.WARNING,
        "idle_in_transaction",
        str(worst.pid),
        f"pid {worst.pid} ({who(worst)}) sits idle in a transaction for {text.age(age)}{failed}{others}",
        "its client began a transaction and neither commits nor rolls back;"
        " it keeps its locks, and vacuum from removing what others delete",
        f"find out what the client waits for; else terminate pid {worst.pid} (a cancel does nothing to an idle one)",
        "activity",
        f"SELECT pg_terminate_backend({worst.pid});",
        view.now - timedelta(seconds=age),
        narrow='state:"idle in transaction"',
        number=len(idle),
    )


def long_transaction(view: View) -> Iterator[Finding]:
    """A client's statement in a transaction that runs for very long."""
    limit = view.limit("long_transaction")
    long = [
        b
        for b in view.rows("activity")
        if b.kind == "client backend" and b.state == "active" and (b.transaction_age or 0.0) >= limit
    ]
    if not long:
        return
    worst = max(long, key=lambda b: b.transaction_age or 0.0)
    age = worst.transaction_age or 0.0
    yield Finding(
        Severity.WARNING,
        "long_transaction",
        str(worst.pid),
        f"pid {worst.pid} ({who(worst)}) is in a transaction that runs for {text.age(age)}",
        "a long report, a dump or a migration; until it ends vacuum cannot remove rows deleted since it began",
        f"if nobody waits for its result, cancel pid {worst.pid}",
        "activity",
        f"SELECT pg_cancel_backend({worst.pid});",
        view.now - timedelta(seconds=age),
        number=len(long),
    )


def blocked(view: View) -> Iterator[Finding]:
    """Sessions wait for locks; names the row whose end helps most, and the mildest act."""
    members: Sequence[LockMember] = view.rows("locks")
    waiting = [m for m in members if m.waits]
    longest = max((m.wait_age or 0.0 for m in waiting), default=0.0)
    if not waiting or (longest < view.limit("blocked") and len(waiting) < view.limit("blocked_sessions_critical")):
        return
    critical = longest >= view.limit("blocked_critical") or len(waiting) >= view.limit("blocked_sessions_critical")
    target = best(members)
    behind = [m for m in waiting if m is not target]
    advice, statement = _act(target)
    yield Finding(
        Severity.CRITICAL if critical else Severity.WARNING,
        "blocked",
        target.gid or str(target.pid),
        f"{_crowd(behind)} up to {text.age(longest)} for locks, {_place(target, behind)}",
        _why(target, members),
        advice,
        "locks",
        statement,
        view.now - timedelta(seconds=longest),
        number=len(waiting),
    )


def _crowd(behind: Sequence[LockMember]) -> str:
    """How many wait, and whose they are where one tenant stands out."""
    tenants = Counter(m.tenant for m in behind if m.tenant).most_common(1)
    sessions = text.plural(len(behind), "session waits", "sessions wait")
    if not tenants or len(behind) == 1:
        return sessions
    name, number = tenants[0]
    whose = f"all {name}'s" if number == len(behind) else f"{number} of them {name}'s"
    return f"{len(behind)} sessions ({whose}) wait"


def _place(target: LockMember, behind: Sequence[LockMember]) -> str:
    """Behind whom: all of them, or most."""
    share = "" if target.holds >= len(behind) else f"{target.holds} of them "
    return f"{share}behind {_name(target)}"


def best(members: Sequence[LockMember]) -> LockMember:
    """The member whose end lets most go on at once; among equals one that only waits itself, then the oldest root.

    Where nobody's end frees anybody (a waiter has several blockers), the one that holds most.
    """
    return max(members, key=lambda m: (m.frees, m.waits if m.frees else m.holds, m.holds, m.transaction_age or 0.0))


def _act(target: LockMember) -> tuple[str, str]:
    """The mildest act that ends it, in words and as a statement."""
    frees = f"frees {target.frees}" if target.frees else "frees nobody yet: those who wait have other blockers too"
    if target.gid or target.kind == "prepared transaction":
        quoted = target.gid.replace("'", "''")
        return f"finish or roll back the prepared transaction {target.gid}: {frees}", f"ROLLBACK PREPARED '{quoted}';"
    if target.state.startswith("idle"):
        act = f"terminate pid {target.pid} (it is {target.state}, a cancel does nothing): {frees}"
        return act, f"SELECT pg_terminate_backend({target.pid});"
    waits = ", which waits itself" if target.waits else ""
    return (
        f"cancel pid {target.pid} ({verb(target.query)}, {who(target)}){waits}: {frees}",
        f"SELECT pg_cancel_backend({target.pid});",
    )


def _why(target: LockMember, members: Sequence[LockMember]) -> str:
    on = f" on {target.relation}" if target.relation else ""
    if target.waits:
        roots = [
            m for m in members if not m.waits and (m.pid in target.blocked_by or (m.gid and 0 in target.blocked_by))
        ]
        behind = " and ".join(_name(root) for root in roots[:2]) or "others"
        return f"it wants {target.mode or 'a lock'}{on} and queues behind {behind}; who comes later queues behind it"
    if target.state.startswith("idle"):
        return f"it holds its locks{on} while its client does nothing (for {text.age(target.state_age)})"
    return f"it holds its locks{on} until its transaction ends (runs for {text.age(target.transaction_age)})"


def _name(member: LockMember) -> str:
    if member.gid or member.kind == "prepared transaction":
        return f"the prepared transaction {member.gid}".rstrip()
    return f"pid {member.pid} ({verb(member.query)}, {who(member)})"


def verb(query: str) -> str:
    """What kind of statement: its first word, of DDL the first two; without the comment in front."""
    words = re.findall(r"[A-Za-z]+", _COMMENTS.sub("", query)[:40].upper())
    return " ".join(words[: 2 if words[0] in _DDL else 1]) if words else "no statement"


def who(backend: Backend | LockMember) -> str:
    """Application or user, and the tenant where it is known and not said already."""
    name = backend.application or backend.user or backend.kind
    return f"{name}, {backend.tenant}" if backend.tenant and backend.tenant not in name else name
