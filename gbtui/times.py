"""Times as people type and read them: one grammar and one way to print, everywhere.

    10m   1h30m   2d ago                  so long ago; in 10m: so long from now
    14:10   14:10:30                      the last time it was that late
    yesterday 14:10   today               that day; alone, its midnight
    2026-11-22   2026-11-22 14:10         that day, that time
    2026-11-22T14:10:00.5+01:00           RFC 3339
    14:10 UTC   14:10 Europe/Berlin       any of the above with a zone; without one, the reader's own

Pure: the present is a parameter.
"""

import re
import time as _time
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from gbtui.errors import UsageError
from gbtui.text import age

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_UNIT_NAMES: Final = {
    name: unit
    for unit, names in {
        "ms": "millisecond milliseconds",
        "s": "sec secs second seconds",
        "m": "min mins minute minutes",
        "h": "hour hours",
        "d": "day days",
        "w": "week weeks",
    }.items()
    for name in names.split()
}
_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_DAY: Final = r"(?P<day>today|yesterday|\d{4}-\d{2}-\d{2})"
_TIME: Final = r"(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)"
_ZONE: Final = r"(?P<zone>z|utc|local|[+-]\d{2}(?::?\d{2})?|[a-z]+(?:/[a-z0-9_+-]+)+)"
_MOMENT: Final = re.compile(rf"(?:{_DAY}(?:t|\s+|$))?(?:{_TIME})?(?:\s*{_ZONE})?", re.IGNORECASE)
_HINT: Final = "write 10m, 14:10, yesterday 14:10, 2026-11-22 14:10 or 2026-11-22T14:10:00Z"
_FAR: Final = 100 * 366 * 86400.0  # seconds; a longer span is a typing error, and datetime cannot hold them all


class Clock(Enum):
    """How times are shown: the reader's zone, UTC, or as an age."""

    LOCAL = "local"
    UTC = "utc"
    RELATIVE = "relative"


def awake() -> float:
    """Seconds that go on while the machine sleeps, where the system counts so; setting the date changes nothing."""
    return _time.clock_gettime(getattr(_time, "CLOCK_BOOTTIME", _time.CLOCK_MONOTONIC))


def seconds(text: str) -> float | None:
    """The length of time that `text` means ("90s", "1h30m", "2 days"), or None if it means none."""
    text = text.strip().lower()
    total, position = 0.0, 0
    while found := _LENGTH.match(text, position):
        unit = _UNIT_NAMES.get(found[2], found[2])
        if unit not in _UNITS:
            return None
        total += float(found[1]) * _UNITS[unit]
        position = found.end()
    return total if 0 < position == len(text) else None


def parse(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment that `text` means, in UTC.

    `now` must carry a zone. `zone` is the reader's (None: the machine's). Raises UsageError with examples.
    """
    wanted = text.strip()
    if wanted.lower() == "now":
        return now.astimezone(UTC)
    ahead = wanted.lower().startswith("in ")
    length = seconds(wanted[3:] if ahead else wanted.lower().removesuffix("ago").removeprefix("-"))
    if length is not None:
        if length > _FAR:
            raise UsageError("Not a time", f"“{text}” is more than a century away", _HINT)
        return now.astimezone(UTC) + timedelta(seconds=length if ahead else -length)
    found = _MOMENT.fullmatch(wanted)
    if not wanted or found is None or not (found["day"] or found["time"]):
        raise UsageError("Not a time", f"“{text}” is none", _HINT)
    try:
        return _moment(found["day"], found["time"], _zone(found["zone"], zone), now)
    except (ValueError, OverflowError) as error:
        raise UsageError("Not a time", f"“{text}”: {error}", _HINT) from error


def parse_end(text: str, now: datetime, start: datetime, zone: tzinfo | None = None) -> datetime:
    """The same for the end of a span: a time of day alone is the first one behind `start`, not the last that passed."""
    moment = parse(text, now, zone)
    found = _MOMENT.fullmatch(text.strip())
    if found is None or found["day"] or not found["time"]:
        return moment
    day = start.astimezone(zone).date() - timedelta(days=1)
    while True:
        moment = _moment(day.isoformat(), found["time"], _zone(found["zone"], zone), now)
        if moment > start:
            return moment
        day += timedelta(days=1)


def full(moment: datetime, zone: tzinfo | None = None) -> str:
    """`moment` with its day, its date and its zone: the echo of what was typed.

    >>> full(datetime(2026, 11, 22, 13, 10, tzinfo=UTC), UTC)
    'Sun 2026-11-22 13:10:00 UTC'
    """
    local = moment.astimezone(zone)
    name = local.tzname() or ""
    shift = local.strftime("%z")
    shift = f"{shift[:3]}:{shift[3:5]}"
    suffix = name if name == "UTC" else f"{shift} ({name})" if name.isalpha() else shift
    return f"{_WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M:%S} {suffix}"


def show(moment: datetime, now: datetime, clock: Clock = Clock.LOCAL, zone: tzinfo | None = None) -> str:
    """`moment` as briefly as it stays clear: the time today, with the date before that, or an age.

    At most 16 cells. `zone` is the reader's (None: the machine's).
    """
    if clock is Clock.RELATIVE:
        return ago((now - moment).total_seconds())
    own = UTC if clock is Clock.UTC else zone
    here, today = moment.astimezone(own), now.astimezone(own)
    if here.date() == today.date():
        return f"{here:%H:%M:%S}"
    if here.year == today.year:
        return f"{here:%m-%d %H:%M:%S}"
    return f"{here:%Y-%m-%d %H:%M}"


def ago(length: float) -> str:
    """`length` seconds as a coarse age: "now", "40 s", "3 m", "5 h", "2 d"; "in 3 m" when it lies ahead."""
    if abs(length) < 1:
        return "now"
    return age(length) if length > 0 else f"in {age(-length)}"


def rfc3339(moment: datetime) -> str:
    """`moment` for machines: RFC 3339 in UTC with microseconds."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _moment(day: str | None, clock: str | None, zone: tzinfo | None, now: datetime) -> datetime:
    """Put day and time together in `zone`; a time alone is the last one that has passed."""
    today = now.astimezone(zone).date()
    at = _clock(clock) if clock else time()
    named = {"today": today, "yesterday": today - timedelta(days=1)}.get(day.lower()) if day else today
    date = named or datetime.strptime(day or "", "%Y-%m-%d").date()
    moment = _in_zone(datetime.combine(date, at), zone)
    if day is None and moment > now:
        moment = _in_zone(datetime.combine(today - timedelta(days=1), at), zone)
    return moment.astimezone(UTC)


def _in_zone(naive: datetime, zone: tzinfo | None) -> datetime:
    return naive.replace(tzinfo=zone) if zone is not None else naive.astimezone()


def _clock(text: str) -> time:
    whole, _, fraction = text.replace(",", ".").partition(".")
    hour, minute, *rest = (int(part) for part in whole.split(":"))
    return time(hour, minute, rest[0] if rest else 0, int(fraction[:6].ljust(6, "0")) if fraction else 0)


def _zone(text: str | None, default: tzinfo | None) -> tzinfo | None:
    if text is None:
        return default
    name = text.lower()
    if name in ("z", "utc"):
        return UTC
    if name == "local":
        return None
    if name[0] in "+-":
        sign = -1 if name[0] == "-" else 1
        digits = name[1:].replace(":", "").ljust(4, "0")
        return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as error:  # KeyError: ZoneInfoNotFoundError; OSError: a folder of zones, not a zone
        raise ValueError(f"no time zone is called {text}") from error
