"""Events: what changed within a day, read from the server at once, and what was seen to change since."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gbtui.monitor.privilege import holds
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.event import (
    Applied,
    Beginning,
    Event,
    Known,
    Reset,
    Server,
    events,
    lasting,
    made_at,
)

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_FIRST: Final = "00000001"
_LASTING: Final = 60.0
"""Seconds that connections must have lasted before it is told that they began together."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The file that tells when the newest timeline began."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Memory:
    server: Server
    seen: tuple[Event, ...]
    timeline: Timeline | None


async def _read(database: "Database", _scope: "Scope", before: Sample[Event] | None) -> Reading[Event]:
    memory = before.memory if before and isinstance(before.memory, _Memory) else None
    (server,) = await database.rows(Server, "server/events")
    resets = await database.rows(Reset, "server/events_resets")
    skipped = []
    beginnings: list[Beginning] = []
    if holds(database.facts, "pg_read_all_stats"):
        beginnings = await database.rows(Beginning, "server/events_sessions", _LASTING)
    else:
        skipped.append(f'when connections began is not known: GRANT pg_monitor TO "{database.facts.user}"')
    applied = await database.rows(Applied, "meta/events") if server.has_migrations else []
    timeline = await _timeline(database, server, memory.timeline if memory else None)
    known = Known(
        server,
        database.facts.version_num,
        made_at(database.facts.system_identifier),
        resets,
        beginnings,
        applied,
        timeline.at if timeline else None,
    )
    found = events(known, memory.server if memory else None, memory.seen if memory else ())
    return Reading(found, skipped=tuple(skipped), memory=_Memory(server, lasting(found), timeline))


async def _timeline(database: "Database", server: Server, known: Timeline | None) -> Timeline | None:
    """When a primary's timeline began; looked up once for each."""
    wanted = f"{server.timeline}.history"
    if server.timeline in (None, _FIRST) or not holds(database.facts, "pg_monitor"):
        return None
    if known is not None and known.name == wanted:
        return known
    found = await database.rows(Timeline, "server/events_timeline")
    return next((one for one in found if one.name == wanted), None)


EVENTS = Probe(
    "events",
    "what changed within a day: starts, reloads, migrations, resets, connections, promotions",
    Event,
    10.0,
    _read,
    always=True,
)
