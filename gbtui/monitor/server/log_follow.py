"""The server's log, followed as it grows in bounded pieces: what probes count in it, never a row's contents."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from gbtui import text
from gbtui.database.sql import identifier
from gbtui.monitor.sample import ABSENT, Sample
from gbtui.monitor.server.log_lines import began, cut
from gbtui.monitor.window import LAST, Ring, kept
from gbtui.times import rfc3339

if TYPE_CHECKING:
    from gbtui.database.database import Database

TAIL: Final = 256 * 1024
"""Bytes of the log that the first reading looks at."""
MOST: Final = 1024 * 1024
"""Bytes of a later reading; what was written beyond that is passed over, and said."""
_FORGET: Final = timedelta(minutes=5)
"""After so long without a reading the log is looked at afresh: files may have come and gone meanwhile."""
_JSON_FROM: Final = 150000
_FIND: Final = "pg_catalog.pg_current_logfile(text)"
_READ: Final = "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)"


class Event(Protocol):
    """Something that a record of the log tells."""

    @property
    def at(self) -> datetime:
        """When it was written."""


T = TypeVar("T", bound=Event)
K = TypeVar("K", bound=Hashable)
Parse: TypeAlias = Callable[[bytes, str, tzinfo | None, datetime], Iterator[T]]
"""Whole records, "jsonlog" or "csvlog", the log's zone, and what to take a time for that cannot be read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server logs, and whether this role may read it."""

    collected: bool
    destination: str
    quiet: bool
    zone: str
    version_num: int
    may_find: bool
    may_read: bool


@dataclass(frozen=True, slots=True)
class Log:
    """A file that is written now."""

    kind: str
    path: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """The file that is written now, and the zone of its times (None: one that this machine does not know)."""

    log: Log
    zone: tzinfo | None


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was found in all of the log that was read."""

    total: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """How far the log has been read."""

    path: str
    offset: int
    since: datetime | None
    """When the first record that was read was written."""
    passed_over: int
    read_at: datetime
    exact: bool
    """A record begins at `offset`."""


async def newest(database: "Database") -> tuple[Source | None, str]:
    """The file that is written now and its zone; or why there is none that can be read."""
    (settings,) = await database.rows(Settings, "server/violations_settings")
    if missing := _missing(settings, database.facts.user):
        return None, f"{ABSENT}{missing}"
    kinds = [kind for kind in ("jsonlog", "csvlog") if kind in settings.destination]
    logs = await database.rows(Log, "server/violations_log", kinds)
    if not logs or logs[0].size is None:
        return None, f"{ABSENT}the server has not begun its log file yet"
    return Source(logs[0], _zone(settings.zone)), ""


def _missing(settings: Settings, user: str) -> str:
    """Which setting or right is missing, and what gives it."""
    role = identifier(user)
    if not settings.collected:
        return "needs logging_collector = on (a restart) and log_destination = 'jsonlog' or 'csvlog'"
    if not any(kind in settings.destination for kind in ("jsonlog", "csvlog")):
        kind = "jsonlog" if settings.version_num >= _JSON_FROM else "csvlog"
        return f"needs log_destination = '{settings.destination},{kind}' (ALTER SYSTEM, then a reload)"
    if settings.quiet:
        return "needs log_min_messages = error or lower: errors are not logged"
    lacking = [name for name, may in ((_FIND, settings.may_find), (_READ, settings.may_read)) if not may]
    return f"needs GRANT EXECUTE ON FUNCTION {', '.join(lacking)} TO {role}" if lacking else ""


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a zone that this machine does not know
        return None


def still(place: Place | None, now: datetime) -> bool:
    """Whether reading can go on from a place."""
    return place is not None and now - place.read_at <= _FORGET


async def follow(database: "Database", source: Source, place: Place | None, parse: Parse[T]) -> tuple[list[T], Place]:
    """What was logged since the last reading: the rest of a file that was rotated away, then the newest one."""
    log = source.log
    size, now = log.size or 0, datetime.now(UTC)
    if place is None:
        start = max(0, size - TAIL)
        place = Place(log.path, start, None, 0, now, exact=start == 0)
    found: list[T] = []
    if place.path != log.path:
        found, place = await _piece(database, source, place, None, parse)
        place = replace(place, path=log.path, offset=0, exact=True)
    if size < place.offset:  # the same name, begun anew (log_truncate_on_rotation)
        place = replace(place, offset=0, exact=True)
    if size - place.offset > MOST:
        passed = size - place.offset - TAIL
        place = replace(place, offset=size - TAIL, passed_over=place.passed_over + passed, exact=False)
    more, place = await _piece(database, source, place, size - place.offset, parse)
    return found + more, replace(place, read_at=now)


async def _piece(
    database: "Database", source: Source, place: Place, length: int | None, parse: Parse[T]
) -> tuple[list[T], Place]:
    """What is told in a piece of a file, and the place behind its last whole record."""
    if length == 0:
        return [], place
    kind, zone = source.log.kind, source.zone
    (row,) = await database.fetch("server/violations_read", place.path, place.offset, length or MOST)
    piece: bytes = row["piece"] or b""
    records, used = cut(piece, kind, at_start=place.exact)
    if not records and len(piece) >= TAIL:  # one record as large as all that is read at once: beyond it
        used = len(piece)
    exact = bool(records) or (place.exact and used < TAIL)
    since = place.since or began(records, zone)
    return list(parse(records, kind, zone, datetime.now(UTC))), replace(
        place, offset=place.offset + used, since=since, exact=exact
    )


def added(before: Sample[Any] | None, found: Iterable[T], key: Callable[[T], K]) -> dict[K, Count]:
    """The counts so far and what was found now."""
    ring: Ring[K, Count] = kept(before).ring
    counts: dict[K, Count] = dict(ring.window(LAST).now.counters) if len(ring) else {}
    for each in found:
        last = counts.get(key(each))
        counts[key(each)] = Count(last.total + 1, max(last.last_seen, each.at)) if last else Count(1, each.at)
    return counts


def told(place: Place) -> tuple[str, ...]:
    """Since when, and what was passed over."""
    since = f"since {rfc3339(place.since)[:16]}Z" if place.since else "from now on"
    said = [f"counted in {place.path} {since}"]
    if place.passed_over:
        said.append(f"{text.size(place.passed_over)} of it were written too fast to be read: counts are at least these")
    return tuple(said)
