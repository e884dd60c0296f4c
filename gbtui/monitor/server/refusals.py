"""Attempts that the server refused, from its log: who wanted what, and how often. Without statements or contents."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.log_follow import Count, Place, added, follow, newest, still, told
from gbtui.monitor.server.log_lines import Refusal, refusals
from gbtui.monitor.window import RESET, Moment, Window, counted, growth, kept

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_Key: TypeAlias = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """What one login was refused."""

    KEY: ClassVar = ("database", "user", "client", "what", "code")

    database: str
    user: str
    """The login that was used, or tried."""
    client: str
    """Where it came from; "[local]": a socket of the server's machine."""
    what: str
    """"table users", "rows of bots" (a policy), "audit record (delete)", "login"; "" where the log does not name it."""
    code: str
    """SQLSTATE."""
    refused: int | None
    """Attempts in the window; None: there is only one reading yet."""
    total: int
    """Attempts in all of the log that was read."""
    last_seen: datetime


async def _read(database: "Database", _scope: "Scope", before: Sample[Refused] | None) -> Reading[Refused]:
    source, why = await newest(database)
    if source is None:
        return Reading((), skipped=(why,))
    place: Place | None = kept(before).own
    now = datetime.now(UTC)
    if not still(place, now):
        place, before = None, None
    found, place = await follow(database, source, place, refusals)
    return counted(before, Moment(now, added(before, found, _key)), _over, place)


def _key(each: Refusal) -> _Key:
    return each.database, each.user, each.client, each.what, each.code


def _over(window: Window[_Key, Count], place: Place) -> Reading[Refused]:
    rows = []
    for key, now in window.now.counters.items():
        grown = growth(window.before(key), now, ("total",)) if window.known else None
        rows.append(Refused(*key, grown["total"] if grown else None, now.total, now.last_seen))
    rows.sort(key=lambda row: (-(row.refused or 0), -row.last_seen.timestamp(), -row.total))
    return Reading(tuple(rows), None if window.span == RESET else window.seconds, told(place))


REFUSALS = Probe(
    "refusals",
    "attempts that the server refused, by login and object, from its log",
    Refused,
    10.0,
    _read,
    privilege="pg_monitor",
    deltas=True,
    over=_over,
)
