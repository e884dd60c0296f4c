"""Schedules as the platform writes them (gb_meta.is_cron: five fields or an @word): in words, and when they run next.

Times follow Debian's cron: a job at a fixed time runs once on a day when the clock is put back, and right after the
gap on a day when it is put forward; a job of every so many minutes follows the clock.
"""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from gbtui.errors import UsageError

_WORDS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)


def zone_of(name: str) -> tzinfo | None:
    """The time zone of this name; None if there is none."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name may be a path that is no zone
        return None


@lru_cache(maxsize=1024)
def in_words(schedule: str) -> str:
    """ "At 03:00 every day". UsageError if cron would not take it."""
    return _parsed(schedule, _ANY).explain()


def next_run(schedule: str, after: datetime, zone: tzinfo = UTC) -> datetime | None:
    """When it runs first after a moment, its fields read in `zone`; None: never within 50 years.

    UsageError if cron would not take it.
    """
    return next(_parsed(schedule, after.astimezone(zone)), None)


def _parsed(schedule: str, at: datetime) -> CronSim:
    fields = _WORDS.get(schedule.strip().lower(), schedule)
    if len(fields.split()) != 5:  # the library would also take six, the first of them seconds
        raise UsageError("schedule", "cron has five fields or one @word", schedule)
    try:
        return CronSim(fields, at)
    except CronSimError as error:
        raise UsageError("schedule", f"cron would not take it: {str(error).lower()}", schedule) from error
