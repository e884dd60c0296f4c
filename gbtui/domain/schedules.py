"""The schedules by which automations run: in words, when next, and which of them can never run or are misread."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from gbtui.domain.schedule import in_words, next_run, zone_of
from gbtui.errors import UsageError


@dataclass(frozen=True, slots=True)
class RawSchedule:
    """A schedule and a zone as they are stored, and how many active automations have both."""

    schedule: str
    zone: str
    automations: int
    organizations: int
    org_id: UUID
    example: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule, and what comes of it. gbtui runs no automation."""

    KEY: ClassVar = ("schedule", "zone")

    schedule: str
    zone: str
    """In which it is read, by the bots' configuration; "": none is named, UTC is assumed."""
    automations: int
    """Active automations that have both."""
    organizations: int
    next_run: datetime | None
    """When it is due; None: never."""
    what: str
    """The schedule in words."""
    trouble: str
    """Why it never runs, or not when somebody meant; "": all is well."""
    example: str
    """One of them, and its bot."""
    org_id: UUID
    """The organization of that one."""

    @property
    def invalid(self) -> bool:
        """Whether something is wrong with it."""
        return bool(self.trouble)


def schedules(found: Iterable[RawSchedule]) -> tuple[Schedule, ...]:
    """What is wrong first, then the soonest. Pure."""
    made = [_schedule(raw) for raw in found]
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(made, key=lambda one: (not one.invalid, one.next_run or never, one.schedule, one.zone)))


def _schedule(raw: RawSchedule) -> Schedule:
    zone = zone_of(raw.zone) if raw.zone else UTC
    words, due, trouble = "", None, "" if zone else f"{raw.zone} is no time zone: it is read in UTC"
    try:
        words = in_words(raw.schedule)
        due = next_run(raw.schedule, raw.now, zone or UTC)
        trouble = trouble or ("" if due else "no such day comes within 50 years")
    except UsageError as error:
        trouble = error.message
    return Schedule(
        raw.schedule, raw.zone, raw.automations, raw.organizations, due.astimezone(UTC) if due else None, words,
        trouble, raw.example, raw.org_id,
    )  # fmt: skip
