"""Locks: the tree of who waits for whom, from the server's own pg_blocking_pids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server import tags
from gbtui.monitor.server.activity import TEXT
from gbtui.monitor.server.blockers import remember
from gbtui.monitor.server.lock_tree import places
from gbtui.redact import cut_at

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class LockRow:
    """One member as the server tells of it, before it has its place."""

    pid: int
    kind: str
    database: str
    user: str
    application: str
    client: str
    state: str
    blocked_by: tuple[int, ...]
    prepared: tuple[str, ...]
    locktype: str
    mode: str
    relation: str
    wait_age: float | None
    transaction_age: float | None
    state_age: float | None
    backend_start: datetime | None
    query: str = field(metadata=cut_at(TEXT))


@dataclass(frozen=True, slots=True)
class LockMember:
    """One backend (or prepared transaction) of the tree; rows stand in the tree's reading order."""

    depth: int
    """0: waits for nobody. The row above with a smaller depth is what it queues behind."""
    pid: int
    """0 for a prepared transaction."""
    gid: str
    """Name of the prepared transaction; "" for a backend."""
    frees: int
    """Waiters whose only blocker it is."""
    holds: int
    """All that wait behind it."""
    blocked_by: tuple[int, ...]
    state: str
    kind: str
    wait_age: float | None
    """Seconds it has waited for the lock; None for a root (and for a moment after the wait began)."""
    transaction_age: float | None
    state_age: float | None
    mode: str
    """Mode of the lock it waits for; "" for a root."""
    locktype: str
    relation: str
    """What is fought over: of a waiter the relation it wants, of a root what those right behind it want."""
    database: str
    user: str
    application: str
    client: str
    tenant: str
    backend_start: datetime | None
    query: str
    """The statement it runs, or ran last; cut."""

    @property
    def waits(self) -> bool:
        """Whether it waits itself."""
        return bool(self.blocked_by)


def tree(raw: list[LockRow]) -> tuple[LockMember, ...]:
    """The rows in the tree's order, prepared transactions standing for themselves instead of as pid 0."""
    by_key: dict[str, LockRow] = {}
    blockers: dict[str, tuple[str, ...]] = {}
    for row in raw:
        if row.pid == 0:
            continue
        by_key[str(row.pid)] = row
        named = [f"prepared {gid}" for gid in row.prepared] or ["prepared"]
        blockers[str(row.pid)] = tuple(
            key for pid in dict.fromkeys(row.blocked_by) for key in ([str(pid)] if pid else named)
        )
    members = []
    for key, place in places(blockers).items():
        row = by_key.get(key) or _stand_in(key)
        wanted = row.relation or next((by_key[w].relation for w, b in blockers.items() if key in b), "")
        kept = {field.name: getattr(row, field.name) for field in fields(LockRow) if field.name != "prepared"}
        kept["relation"] = wanted
        gid = key.removeprefix("prepared").strip() if key.startswith("prepared") else ""
        tenant = tags.tenant(tags.tags(row.query, row.application))
        members.append(
            LockMember(depth=place.depth, frees=place.frees, holds=place.holds, gid=gid, tenant=tenant, **kept)
        )
    return tuple(members)


def _stand_in(key: str) -> LockRow:
    """A member the server told nothing of: a prepared transaction, or a backend that ended meanwhile."""
    prepared = key.startswith("prepared")
    blank = LockRow(0, "", "", "", "", "", "", (), (), "", "", "", None, None, None, None, "")
    return replace(blank, kind="prepared transaction") if prepared else replace(blank, pid=int(key), state="gone")


def within(members: Sequence[LockMember], names: Collection[str]) -> tuple[LockMember, ...]:
    """The trees in which a tenant of these names waits or makes wait, each whole: the cure may lie with another's."""
    tree_of: dict[int, int] = {}  # place in the list -> the root's place
    for place, member in enumerate(members):
        tree_of[place] = place if member.depth == 0 else tree_of[place - 1]
    place_of = {member.pid: place for place, member in enumerate(members) if member.pid}
    # A waiter stands under one of its blockers; its other blockers' trees belong to it as well.
    joined = {root: {root} for root in tree_of.values()}
    for place, member in enumerate(members):
        for pid in member.blocked_by:
            if pid in place_of:
                both = joined[tree_of[place]] | joined[tree_of[place_of[pid]]]
                joined.update(dict.fromkeys(both, both))
    wanted = {root for place, m in enumerate(members) if m.tenant in names for root in joined[tree_of[place]]}
    return tuple(member for place, member in enumerate(members) if tree_of[place] in wanted)


async def _read(database: "Database", scope: "Scope", _before: Sample[LockMember] | None) -> Reading[LockMember]:
    raw = await database.rows(LockRow, "server/locks", TEXT)
    remember(database, {row.pid: row.blocked_by for row in raw if row.blocked_by})
    members = tree(raw)
    if scope.org_id is None:
        return Reading(members)
    kept = within(members, {scope.label, str(scope.org_id)})
    left_out = len(members) - len(kept)
    return Reading(kept, skipped=(f"{left_out} in trees without this tenant are hidden",) if left_out else ())


LOCKS = Probe(
    "locks",
    "the tree of backends that wait for each other's locks",
    LockMember,
    1.0,
    _read,
    always=True,
    privilege="pg_read_all_stats",
    scoped=True,
)
