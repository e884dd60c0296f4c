"""Activity: who runs, who waits, who sits idle in a transaction."""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui.database.sql import statement
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server import tags
from gbtui.monitor.server.blockers import Blockers, blockers
from gbtui.redact import cut_at

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

TEXT: Final = 600
"""Characters of a statement that are fetched; the whole text is fetched when it is described."""


_SERVING: Final = frozenset(
    {"client backend", "parallel worker", "autovacuum worker", "walsender", "background worker"}
)
"""As queries/server/activity.sql tells them apart."""


_AGES: Final = ("transaction_age", "query_age", "state_age")


@dataclass(frozen=True, slots=True)
class _Row:
    pid: int
    leader: int | None
    kind: str
    database: str
    user: str
    application: str
    client: str
    state: str
    wait_type: str
    wait_event: str
    transaction_age: float | None
    query_age: float | None
    state_age: float | None
    backend_start: datetime
    query_id: int | None
    own: bool
    query: str = field(metadata=cut_at(TEXT))


@dataclass(frozen=True, slots=True)
class Backend:
    """One backend; its parallel workers are counted in it."""

    KEY: ClassVar = ("pid", "backend_start")

    pid: int
    kind: str
    """The server's backend_type: "client backend", "autovacuum worker", "walsender" …"""
    database: str
    user: str
    application: str
    client: str
    state: str
    """"active", "idle", "idle in transaction", "idle in transaction (aborted)" …; "" for the server's own."""
    wait_type: str
    wait_event: str
    blocked_by: tuple[int, ...]
    """Pids it waits for (0: a prepared transaction), soft blockers included."""
    transaction_age: float | None
    """Seconds since its transaction began; None outside one."""
    query_age: float | None
    """Seconds since its statement began; None while none runs."""
    state_age: float | None
    """Seconds in the present state."""
    workers: int
    """Parallel workers it leads."""
    backend_start: datetime
    query_id: int | None
    own: bool
    """gbtui's own connection."""
    query: str
    """Its statement, or the last one where it is idle; cut."""
    tenant: str
    """From a sqlcommenter tag in front of the statement or in application_name; "" without one."""
    bot: str

    @property
    def in_transaction(self) -> bool:
        """Idle in a transaction, failed or not: it holds its locks and its snapshot for nothing."""
        return self.state.startswith("idle in transaction")

    @property
    def served(self) -> bool:
        """Whether somebody's connection or a worker on somebody's behalf; else one of the server's own processes."""
        return self.kind in _SERVING or (self.kind.startswith("logical replication") and self.kind.endswith("worker"))

    @property
    def waiting(self) -> bool:
        """Waits for a lock that another backend holds or wants."""
        return self.wait_type == "Lock"


async def _busy(database: "Database", scope: "Scope", _before: Sample[Backend] | None) -> Reading[Backend]:
    return await _read(database, scope, "busy")


async def _idle(database: "Database", scope: "Scope", _before: Sample[Backend] | None) -> Reading[Backend]:
    return await _read(database, scope, "idle")


async def _read(database: "Database", scope: "Scope", which: str) -> Reading[Backend]:
    raw = await database.rows(_Row, statement("server/activity", where=(which,)), TEXT)
    waiting = [row.pid for row in raw if row.wait_type == "Lock"]
    everyone = _folded(raw, await blockers(database, waiting))
    if scope.org_id is None:
        return Reading(tuple(everyone))
    wanted = {scope.label, str(scope.org_id)}
    rows = tuple(backend for backend in everyone if backend.tenant in wanted)
    left_out = len(everyone) - len(rows)
    return Reading(rows, skipped=(f"{left_out} backends of others, or without a tenant's tag, are hidden",))


def _folded(raw: list[_Row], waits_for: Blockers) -> list[Backend]:
    """Parallel workers are counted in their leader, if it is there; here and not in SQL, where it costs a sort."""
    here = {row.pid for row in raw}
    led = Counter(row.leader for row in raw if row.leader in here and row.leader != row.pid)
    return [
        _backend(row, led[row.pid], waits_for.get(row.pid, ()) if row.wait_type == "Lock" else ())
        for row in raw
        if row.leader not in here or row.leader == row.pid
    ]


def _backend(row: _Row, workers: int, blocked_by: tuple[int, ...]) -> Backend:
    found = tags.tags(row.query, row.application)
    kept = {field.name: getattr(row, field.name) for field in fields(_Row) if field.name != "leader"}
    # Ages count from when the statement began, which is cheaper to know than the time at each row: some began since.
    kept |= {name: max(0.0, kept[name]) for name in _AGES if kept[name] is not None}
    return Backend(**kept, blocked_by=blocked_by, workers=workers, tenant=tags.tenant(found), bot=tags.bot(found))


ACTIVITY = Probe(
    "activity",
    "what each backend that is not idle does, since when, and what it waits for",
    Backend,
    1.0,
    _busy,
    always=True,
    privilege="pg_read_all_stats",
    scoped=True,
)
IDLE = Probe(
    "idle",
    "idle connections, with the statement each ran last, and the server's own processes",
    Backend,
    2.0,
    _idle,
    privilege="pg_read_all_stats",
    scoped=True,
)
