"""Constraint violations by table, from the server's log: counted as it grows, in bounded pieces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias
from zoneinfo import ZoneInfo

from gbtui import text
from gbtui.database.sql import identifier
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample
from gbtui.monitor.server.log_lines import NAMES, Violation, began, cut, violations
from gbtui.monitor.window import LAST, RESET, Moment, Ring, Window, counted, growth, kept
from gbtui.times import rfc3339

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

TAIL: Final = 256 * 1024
"""Bytes of the log that the first reading looks at."""
MOST: Final = 1024 * 1024
"""Bytes of a later reading; what was written beyond that is passed over, and said."""
_FORGET: Final = timedelta(minutes=5)
"""After so long without a reading the log is looked at afresh: files may have come and gone meanwhile."""
_JSON_FROM: Final = 150000
_FIND: Final = "pg_catalog.pg_current_logfile(text)"
_READ: Final = "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)"

_Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Settings:
    collected: bool
    destination: str
    quiet: bool
    zone: str
    version_num: int
    may_find: bool
    may_read: bool


@dataclass(frozen=True, slots=True)
class _Log:
    kind: str
    path: str
    size: int | None


@dataclass(frozen=True, slots=True)
class _Owner:
    name: str
    schema: str
    table: str


@dataclass(frozen=True, slots=True)
class Violations:
    """A constraint that refused statements. What they would have written is not read."""

    KEY: ClassVar = ("database", "table", "constraint", "code")

    database: str
    table: str
    """"" where the message does not name it and the constraint is not one of this database."""
    constraint: str
    """Its name; of a not-null constraint the column's."""
    kind: str
    """"unique", "foreign key", "check", "not null", "exclusion"."""
    code: str
    """SQLSTATE."""
    refused: int | None
    """Statements refused in the window; None: there is only one reading yet."""
    total: int
    """Statements refused in all of the log that was read."""
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class _Count:
    total: int
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the log has been read."""

    path: str
    offset: int
    since: datetime | None
    """When the first record that was read was written."""
    passed_over: int
    read_at: datetime
    owners: Mapping[str, str]
    """Tables by constraint, as far as they were looked up."""
    exact: bool
    """A record begins at `offset`."""


async def _read(database: "Database", _scope: "Scope", before: Sample[Violations] | None) -> Reading[Violations]:
    (settings,) = await database.rows(_Settings, "server/violations_settings")
    if missing := _missing(settings, database.facts.user):
        return Reading((), skipped=(f"{ABSENT}{missing}",))
    kinds = [kind for kind in ("jsonlog", "csvlog") if kind in settings.destination]
    logs = await database.rows(_Log, "server/violations_log", kinds)
    if not logs or logs[0].size is None:
        return Reading((), skipped=(f"{ABSENT}the server has not begun its log file yet",))
    log, now = logs[0], datetime.now(UTC)
    place: _Place | None = kept(before).own
    if place is None or now - place.read_at > _FORGET:
        place, before = None, None
    found, place = await _follow(database, log, place, _zone(settings.zone), now)
    counts = _added(kept(before).ring, found)
    place = replace(place, owners=await _owners(database, counts, place.owners))
    return counted(before, Moment(now, counts), _over, place)


def _missing(settings: _Settings, user: str) -> str:
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


async def _follow(
    database: "Database", log: _Log, place: _Place | None, zone: tzinfo | None, now: datetime
) -> tuple[list[Violation], _Place]:
    """What was logged since the last reading: the rest of a file that was rotated away, then the newest one."""
    size = log.size or 0
    if place is None:
        start = max(0, size - TAIL)
        place = _Place(log.path, start, None, 0, now, {}, exact=start == 0)
    found: list[Violation] = []
    if place.path != log.path:
        found, place = await _piece(database, log.kind, place, None, zone)
        place = replace(place, path=log.path, offset=0, exact=True)
    if size < place.offset:  # the same name, begun anew (log_truncate_on_rotation)
        place = replace(place, offset=0, exact=True)
    if size - place.offset > MOST:
        passed = size - place.offset - TAIL
        place = replace(place, offset=size - TAIL, passed_over=place.passed_over + passed, exact=False)
    more, place = await _piece(database, log.kind, place, size - place.offset, zone)
    return found + more, replace(place, read_at=now)


async def _piece(
    database: "Database", kind: str, place: _Place, length: int | None, zone: tzinfo | None
) -> tuple[list[Violation], _Place]:
    """The violations in a piece of a file, and the place behind its last whole record."""
    if length == 0:
        return [], place
    (row,) = await database.fetch("server/violations_read", place.path, place.offset, length or MOST)
    piece: bytes = row["piece"] or b""
    records, used = cut(piece, kind, at_start=place.exact)
    if not records and len(piece) >= TAIL:  # one record as large as all that is read at once: beyond it
        used = len(piece)
    exact = bool(records) or (place.exact and used < TAIL)
    since = place.since or began(records, zone)
    return list(violations(records, kind, zone, datetime.now(UTC))), replace(
        place, offset=place.offset + used, since=since, exact=exact
    )


def _added(ring: Ring[_Key, _Count], found: Iterable[Violation]) -> dict[_Key, _Count]:
    """The counts so far and what was found now."""
    counts = dict(ring.window(LAST).now.counters) if len(ring) else {}
    for each in found:
        key = each.database, each.code, each.table, each.constraint
        last = counts.get(key)
        counts[key] = _Count(last.total + 1, max(last.last_seen, each.at)) if last else _Count(1, each.at)
    return counts


async def _owners(database: "Database", counts: Iterable[_Key], known: Mapping[str, str]) -> Mapping[str, str]:
    """The tables of constraints whose message names none; those of other databases cannot be looked up."""
    here = database.facts.database
    unknown = {name for place, _, table, name in counts if place == here and name and not table} - known.keys()
    if not unknown:
        return known
    found = await database.rows(_Owner, "server/violations_tables", sorted(unknown))
    named = {each.name: each.table if each.schema == "public" else f"{each.schema}.{each.table}" for each in found}
    return {**known, **dict.fromkeys(unknown, ""), **named}


def _over(window: Window[_Key, _Count], place: _Place) -> Reading[Violations]:
    rows = []
    for key, now in window.now.counters.items():
        database, code, table, constraint = key
        grown = growth(window.before(key), now, ("total",)) if window.known else None
        rows.append(
            Violations(
                database=database,
                table=table or place.owners.get(constraint, ""),
                constraint=constraint,
                kind=NAMES.get(code, ""),
                code=code,
                refused=grown["total"] if grown else None,
                total=now.total,
                last_seen=now.last_seen,
            )
        )
    rows.sort(key=lambda row: (-(row.refused or 0), -row.last_seen.timestamp(), -row.total))
    return Reading(tuple(rows), None if window.span == RESET else window.seconds, _told(place))


def _told(place: _Place) -> tuple[str, ...]:
    since = f"since {rfc3339(place.since)[:16]}Z" if place.since else "from now on"
    said = [f"counted in {place.path} {since}"]
    if place.passed_over:
        said.append(f"{text.size(place.passed_over)} of it were written too fast to be read: counts are at least these")
    return tuple(said)


VIOLATIONS = Probe(
    "violations",
    "constraints that refuse statements, by table, from the server's log",
    Violations,
    10.0,
    _read,
    privilege="pg_monitor",
    deltas=True,
    over=_over,
)
