"""What changed on a server within a day: what its own records tell, and what was seen while watching. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from gbtui.text import plural

DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_AT_START: Final = timedelta(seconds=5)
"""So soon a starting server has its own processes; younger ones are of a second start, after a crash."""
_SOON: Final = timedelta(seconds=1)
"""A server loads its configuration when it starts: that is no change."""
_STATISTICS_SINCE: Final = 150000
"""From this version on only a stop that was not clean loses statistics; before, a standby lost them at each start."""
_MOST: Final = 200
"""Events of a day that are remembered."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed, and when."""

    at: datetime
    """By the server's clock."""
    age: float
    """Seconds from then to the reading, by the same clock."""
    kind: str
    """restart, crash, promotion, failover, reload, migration, reset or connections"""
    what: str
    """The sentence."""
    brief: str
    """The same in a few words, without its time."""
    is_trouble: bool = False
    """Whether somebody should know: a stop that was not clean, another server that answers."""


@dataclass(frozen=True, slots=True)
class Server:
    """The server at one moment."""

    now: datetime
    started_at: datetime
    configured_at: datetime
    in_recovery: bool
    address: str
    timeline: str | None
    """Eight hexadecimal digits; None on a standby."""
    has_migrations: bool


@dataclass(frozen=True, slots=True)
class Reset:
    """When statistics of one kind began anew."""

    kind: str
    """ "database" or "server" (of all databases)."""
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Beginning:
    """Connections of an application that began together, or (kind "server") the server's own processes."""

    kind: str
    application: str
    number: int
    total: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration of ours."""

    version: str
    name: str
    applied_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that one reading knows."""

    server: Server
    version_num: int
    made_at: datetime | None
    """When the cluster was made; None where the role may not know."""
    resets: Sequence[Reset] = ()
    beginnings: Sequence[Beginning] = ()
    applied: Sequence[Applied] = ()
    began_timeline: datetime | None = None
    """When the newest timeline began; None on the first one, or where the role may not know."""


def events(known: Known, before: Server | None = None, seen: Sequence[Event] = ()) -> tuple[Event, ...]:
    """All of the last day, newest first: told by the server, seen since `before`, and `seen` earlier."""
    now = known.server.now
    told = [*_started(known), *_reset(known), *_applied(known), *_began(known), *_promoted(known)]
    found = {_key(event): event for event in (*seen, *told)}
    if before is not None:
        fresh = _seen(before, known.server, promoted=any(e.kind == "promotion" and now - e.at < _MINUTE for e in told))
        found |= {_key(event): event for event in fresh}
    lately = [
        replace(event, age=max(0.0, (now - event.at).total_seconds()))
        for event in found.values()
        if now - event.at <= DAY
    ]
    lately.sort(key=lambda event: event.at, reverse=True)
    return tuple(lately[:_MOST])


def _key(event: Event) -> tuple[str, datetime, str]:
    """What makes an event the same when it is told again: of a start more may be known later."""
    return event.kind, event.at.replace(microsecond=0), "" if event.kind == "restart" else event.what


def lasting(found: Iterable[Event]) -> tuple[Event, ...]:
    """Those that the server's records may tell no more when the next of their kind has come."""
    return tuple(event for event in found if event.kind not in ("migration", "connections"))


def _started(known: Known) -> Iterable[Event]:
    server = known.server
    processes = next((one.at for one in known.beginnings if one.kind == "server"), server.started_at)
    crashed = processes - server.started_at > _AT_START and _statistics_lost(known, processes, early=_AT_START)
    new = (
        known.made_at is None or server.started_at - known.made_at < 2 * _MINUTE
    )  # its first statistics began just now
    if not new and not crashed and _statistics_lost(known, server.started_at):
        what = "started after a stop that was not clean: a crash, an immediate stop, or a copy"
        yield Event(server.started_at, 0.0, "restart", what, "unclean restart", is_trouble=True)
    else:
        yield Event(server.started_at, 0.0, "restart", "the server was started", "restart")
    if crashed:
        what = "a server process crashed: all sessions were ended, the server recovered by itself"
        yield Event(processes, 0.0, "crash", what, "server process crashed", is_trouble=True)
    if server.configured_at - server.started_at > _SOON:
        yield Event(server.configured_at, 0.0, "reload", "the configuration was loaded anew", "reload")


def _statistics_lost(known: Known, at: datetime, early: timedelta = timedelta()) -> bool:
    """Whether all kinds of statistics began anew just then, as after a stop that was not clean."""
    times = [reset.at for reset in known.resets if reset.kind == "server"]
    told = bool(times) and known.version_num >= _STATISTICS_SINCE
    return told and all(_comes_with(time, at, early) for time in times)


def _comes_with(reset: datetime, start: datetime, early: timedelta) -> bool:
    """Whether a reset is part of a start. After a crash it may come a little before the other processes begin."""
    return -early <= reset - start <= _MINUTE


def _reset(known: Known) -> Iterable[Event]:
    """Resets that somebody asked for: not those of a start, nor of the cluster's making."""
    starts = [known.server.started_at, *(one.at for one in known.beginnings if one.kind == "server")]
    if known.made_at:
        starts.append(known.made_at)
    asked = [reset for reset in known.resets if not any(_comes_with(reset.at, start, _AT_START) for start in starts)]
    for reset in asked:
        whose = f"of database {reset.name}" if reset.kind == "database" else f"of {reset.name}"
        yield Event(reset.at, 0.0, "reset", f"statistics {whose} were reset", f"statistics of {reset.name} reset")


def _applied(known: Known) -> Iterable[Event]:
    for one in known.applied:
        what = f"migration {one.version} ({one.name}) was applied by {one.actor}"
        yield Event(one.applied_at, 0.0, "migration", what, "migration")


def _began(known: Known) -> Iterable[Event]:
    for one in known.beginnings:
        if one.kind == "clients" and one.at - known.server.started_at > _MINUTE:
            share = f"{one.number} of {one.total}" if one.number < one.total else f"all {one.number}"
            what = f"{share} connections of {one.application} began within a minute"
            yield Event(one.at, 0.0, "connections", what, f"{share} {one.application} sessions new")


def _promoted(known: Known) -> Iterable[Event]:
    if known.began_timeline is not None:
        number = int(known.server.timeline or "0", 16)
        what = f"timeline {number} began: a standby was promoted, or a backup recovered"
        yield Event(known.began_timeline, 0.0, "promotion", what, f"timeline {number}", is_trouble=True)


def _seen(before: Server, now: Server, *, promoted: bool) -> Iterable[Event]:
    """What two readings differ in, beyond what the server tells by itself."""
    if now.address != before.address and now.started_at != before.started_at:
        what = f"{now.address} answers, a {_role(now)}; before it was {before.address}, a {_role(before)}"
        yield Event(now.now, 0.0, "failover", what, f"failover to {now.address}", is_trouble=True)
    elif now.in_recovery != before.in_recovery and not promoted:
        yield Event(now.now, 0.0, "promotion", f"became {_role(now)}", f"became {_role(now)}", is_trouble=True)


def _role(server: Server) -> str:
    return "standby" if server.in_recovery else "primary"


def made_at(system_identifier: int | None) -> datetime | None:
    """When a cluster was made: the first half of its identifier."""
    return datetime.fromtimestamp(system_identifier >> 32, UTC) if system_identifier else None


def brief(found: Sequence[Event], old: float = 0.0) -> Iterable[tuple[str, float, bool]]:
    """Kind by kind, the newest first: a few words, the age, whether it is trouble; of several migrations, how many."""
    kinds: dict[str, list[Event]] = {}
    for event in found:
        kinds.setdefault(event.kind, []).append(event)
    for kind, events in kinds.items():
        newest = events[0]
        words = newest.brief
        if kind == "migration" and len(events) > 1:
            words = plural(len(events), "migration")
        elif len(events) > 1:
            words = f"{words} (+{len(events) - 1})"
        yield words, newest.age + old, newest.is_trouble
