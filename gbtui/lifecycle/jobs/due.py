"""When a job is due: once for each time its schedule names, however many ask. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gbtui.domain.schedule import next_run, zone_of
from gbtui.errors import UsageError

AGAIN: Final = timedelta(hours=1)
"""A run that failed is tried again after this time, if its schedule does not come first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a job runs."""

    schedule: str
    zone: str = "UTC"
    active: bool = True

    def trouble(self) -> str:
        """Why it can never run; "" if it can."""
        if zone_of(self.zone) is None:
            return f"{self.zone} is no time zone"
        try:
            due = next_run(self.schedule, datetime(2000, 1, 1, tzinfo=UTC))
        except UsageError as error:
            return error.message
        return "" if due else "no such day ever comes"


@dataclass(frozen=True, slots=True)
class Last:
    """A job's last run."""

    state: str
    """running, done, failed, skipped (stopped before its end)."""
    started_at: datetime
    finished_at: datetime | None


def due_at(plan: Plan, last: Last | None, now: datetime) -> datetime | None:
    """The moment from which it is due, or will be; None: never (switched off, or its schedule names no day).

    A job that never ran is due now, as anacron has it. One that was told to end is due at once; one that failed or was
    cut off after an hour, or when its schedule says if that is earlier: whatever broke it may do so again.
    """
    if not plan.active or plan.trouble():
        return None
    if last is None:
        return now
    if last.state == "skipped":
        return last.finished_at or last.started_at
    slot = next_run(plan.schedule, last.started_at, zone_of(plan.zone) or UTC)
    if last.state in ("running", "failed"):
        again = (last.finished_at or last.started_at) + AGAIN
        return min(slot, again).astimezone(UTC) if slot else again
    return slot.astimezone(UTC) if slot else None
