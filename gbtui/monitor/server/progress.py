"""Progress: the commands that report how far they are, each as one row."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server import tags
from gbtui.monitor.server.activity import TEXT
from gbtui.monitor.server.progress_share import done

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

AGAINST_WRAPAROUND: Final = "(to prevent wraparound)"
"""How the server marks the statement of an autovacuum that must run; only readers of all statistics see it."""


@dataclass(frozen=True, slots=True)
class _Row:
    pid: int
    command: str
    database: str
    relation: str
    index: str
    details: str
    kind: str
    user: str
    application: str
    wait_type: str
    wait_event: str
    age: float | None
    backend_start: datetime | None
    query: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One running command."""

    KEY: ClassVar = ("pid",)
    LATER: ClassVar = ("index", "user", "application", "tenant", "query", "backend_start")

    command: str
    """"VACUUM", "autovacuum", "autovacuum (wraparound)", "ANALYZE", "CREATE INDEX CONCURRENTLY", "COPY FROM" …"""
    relation: str
    """Table it works on; "#" and its number for one of another database, whose catalog is not ours to read."""
    done_share: float | None
    """Of the present phase, not of the whole command. Unknown where the server tells no total."""
    age: float | None
    """Seconds it has run."""
    pid: int
    phase: str
    done: str
    """The share in numbers; without a total what is done so far."""
    waits: str
    """What it waits for now, as type and event; a vacuum that sleeps for its cost limit shows VacuumDelay."""
    index: str
    database: str
    user: str
    application: str
    tenant: str
    backend_start: datetime | None
    query: str
    """Its statement; cut."""

    @property
    def wraparound(self) -> bool:
        """An autovacuum against wraparound: cancelled it begins anew."""
        return self.command.endswith("(wraparound)")


def shown(row: _Row) -> Progress:
    """The row as people read it."""
    details: dict[str, Any] = json.loads(row.details)
    far = done(row.command, details)
    return Progress(
        command=command(row.command, details, row.kind, row.query),
        relation=row.relation,
        done_share=far.share,
        age=row.age,
        pid=row.pid,
        phase=str(details.get("phase") or ""),
        done=far.told,
        waits=" ".join(filter(None, (row.wait_type, row.wait_event))),
        index=row.index,
        database=row.database,
        user=row.user,
        application=row.application,
        tenant=tags.tenant(tags.tags(row.query, row.application)),
        backend_start=row.backend_start,
        query=row.query,
    )


def command(view: str, details: dict[str, Any], kind: str, query: str) -> str:
    """What runs, in the words of who started it."""
    if view in ("vacuum", "analyze") and kind == "autovacuum worker":
        automatic = "autovacuum" if view == "vacuum" else "autoanalyze"
        return f"{automatic} (wraparound)" if AGAINST_WRAPAROUND in query else automatic
    if view == "copy":
        return str(details.get("command") or "COPY")
    if view == "basebackup":
        return "base backup"
    return str(details.get("command") or view.upper())


async def _read(database: "Database", _scope: "Scope", _before: Sample[Progress] | None) -> Reading[Progress]:
    rows = await database.rows(_Row, "server/progress", TEXT)
    return Reading(tuple(shown(row) for row in rows))


PROGRESS = Probe(
    "progress",
    "commands that report how far they are: vacuum, index builds, backups, COPY …",
    Progress,
    2.0,
    _read,
    privilege="pg_read_all_stats",
)
