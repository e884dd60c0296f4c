"""The xmin horizon: who keeps vacuum from removing dead rows, how far back, and what to do about each kind."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server import tags
from gbtui.monitor.server.activity import TEXT

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class _Row:
    holder: str
    name: str
    pid: int | None
    backend_start: datetime | None
    database: str
    user: str
    application: str
    state: str
    xmin_age: int
    catalog_xmin_age: int | None
    held_age: float | None
    query: str
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """One that holds the horizon back; the one furthest back comes first."""

    KEY: ClassVar = ("holder", "name", "pid")
    LATER: ClassVar = ("database", "user", "application", "tenant", "state", "statement", "query", "backend_start")

    holder: str
    """"backend", "prepared" (a prepared transaction), "slot" (of replication), "standby" (by its hot_standby_feedback);
    each needs another act."""
    name: str
    pid: int | None
    xmin_age: int
    """How many transactions back: rows that were deleted since stay, however often vacuum runs. Of a logical slot that
    holds the catalogs alone: how far back it holds these."""
    held_age: float | None
    """Seconds since its transaction began; of a slot, on 17 and later, since nobody uses it."""
    holds: str
    """Where dead rows stay because of it: "this database", "database NAME" (nothing of this one but the catalogs that
    all share), "all databases", "catalogs" (of the slot's database)."""
    advice: str
    """What to do about it."""
    statement: str
    """The act, to be copied; "" where it must be done elsewhere."""
    state: str
    database: str
    user: str
    application: str
    tenant: str
    backend_start: datetime | None
    query: str

    @property
    def is_backend(self) -> bool:
        """A session that can be cancelled or terminated."""
        return self.holder == "backend"

    @property
    def here(self) -> bool:
        """Whether it keeps dead rows of this database's tables."""
        return self.holds in ("this database", "all databases")


def shown(row: _Row) -> Holder:
    """The row as people read it."""
    advice, statement = _act(row)
    catalogs_alone = row.holder == "slot" and not row.xmin_age
    return Holder(
        holder=row.holder,
        name=row.name,
        pid=row.pid,
        xmin_age=row.catalog_xmin_age or 0 if catalogs_alone else row.xmin_age,
        held_age=row.held_age,
        holds=_holds(row, catalogs_alone),
        advice=advice,
        statement=statement,
        state=row.state,
        database=row.database,
        user=row.user,
        application=row.application,
        tenant=tags.tenant(tags.tags(row.query, row.application)),
        backend_start=row.backend_start,
        query=row.query,
    )


def _holds(row: _Row, catalogs_alone: bool) -> str:
    if catalogs_alone:
        return "catalogs"
    if row.holder in ("slot", "standby") or not row.database:
        return "all databases"
    return f"database {row.database}" if row.elsewhere else "this database"


def _act(row: _Row) -> tuple[str, str]:
    """What to do, in words and as a statement."""
    match row.holder:
        case "prepared":
            gid = row.name.replace("'", "''")
            where = f", in database {row.database}" if row.elsewhere else ""
            return f"ask its coordinator, then commit or roll it back by name{where}", f"ROLLBACK PREPARED '{gid}';"
        case "slot" if row.state.endswith("not in use"):
            drop = f"SELECT pg_drop_replication_slot('{row.name}');"
            return "bring its reader back; if nobody will ever read from it again, drop it", drop
        case "slot":
            reader = row.application or "its reader"
            return f"{reader} holds it: end the long query there, or look why it confirms so little", ""
        case "standby":
            return "end the long query on that standby, or turn off hot_standby_feedback there", ""
        case _:
            return _act_on_backend(row)


def _act_on_backend(row: _Row) -> tuple[str, str]:
    if row.state.startswith("idle"):
        act = f"terminate pid {row.pid}: a cancel does nothing to an idle transaction"
        return act, f"SELECT pg_terminate_backend({row.pid});"
    if row.state == "active":
        return f"cancel pid {row.pid}, if nobody waits for its result", f"SELECT pg_cancel_backend({row.pid});"
    return "the server's own: it ends by itself", ""


async def holders(database: "Database") -> list[Holder]:
    """Who holds it back, the one furthest back first; one more than LISTED says that there are more."""
    return [shown(row) for row in await database.rows(_Row, "server/horizon", LISTED + 1, TEXT)]


async def _read(database: "Database", _scope: "Scope", _before: Sample[Holder] | None) -> Reading[Holder]:
    found = await holders(database)
    skipped = (f"only the {LISTED} furthest back are listed",) if len(found) > LISTED else ()
    return Reading(tuple(found[:LISTED]), skipped=skipped)


HORIZON = Probe(
    "horizon",
    "who holds the xmin horizon back, so that dead rows stay: how far, how long, what to do",
    Holder,
    5.0,
    _read,
    always=True,
    privilege="pg_read_all_stats",
)
