"""How each job stands: its last run, when it is due, who runs it; and the runs that are on record."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.domain.schedule import in_words
from gbtui.errors import DeniedError, GbtuiError, UsageError
from gbtui.lifecycle.jobs.due import Last, Plan, due_at
from gbtui.lifecycle.jobs.job import Job
from gbtui.text import clean, count

if TYPE_CHECKING:
    from gbtui.database.database import Database

MISSING: Final = "this database keeps no jobs: gbtui migrate up makes their tables"
NEVER: Final = "no job ever ran here: gbtui jobs run, by cron or a timer, or gbtui jobs daemon (docs/jobs.md)"
GRANT: Final = "GRANT gb_viewer or gb_monitor"
_OWN: Final = ("counts", "host", "process", "os_user")
"""What a run's detail says of itself; the rest is what the job noted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A job as the database has it."""

    job: str
    id: int | None
    state: str | None
    started_at: datetime | None
    finished_at: datetime | None
    actor: str
    error: str
    detail: str
    done_at: datetime | None
    schedule: str | None
    zone: str | None
    active: bool
    pid: int | None
    standby: bool
    """A standby does not see its primary's locks: there nobody can tell that a run was cut off."""
    now: datetime

    @property
    def is_running(self) -> bool:
        """Whether a process works on it, as far as can be told here."""
        return self.state == "running" and (self.pid is not None or self.standby)

    def plan(self, job: Job) -> Plan:
        """When it runs: as set here, else as the registry has it."""
        return Plan(self.schedule or job.schedule, self.zone or "UTC", self.active)

    @property
    def last(self) -> Last | None:
        """Its last run; None: it never ran."""
        if self.state is None or self.started_at is None:
            return None
        return Last(self.state, self.started_at, self.finished_at)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job for whoever looks."""

    KEY: ClassVar = ("job",)
    LATER: ClassVar = ("schedule", "zone", "actor", "os_user", "host", "process", "pid")

    job: str
    stands: str
    """done, failed, running, stopped, cut off (its process went away), never (it never ran) or off."""
    last_run: datetime | None
    took_ms: float | None
    result: str
    """What the last run did."""
    next_run: datetime | None
    """When it is due; a time in the past: it is overdue, somebody has to run it."""
    overdue_age: float | None
    """Seconds since it is due; None: it is not, or it never ran."""
    what: str
    """Its schedule in words; where it can never run, why."""
    error: str
    done_at: datetime | None
    """When the last run began that was done."""
    title: str
    schedule: str
    zone: str
    own_schedule: bool
    """Whether somebody set its schedule here."""
    actor: str
    """Database login of the last run."""
    os_user: str
    host: str
    process: int | None
    """The process on that host."""
    pid: int | None
    """The server process that runs it now."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run that is on record."""

    KEY: ClassVar = ("id",)

    job: str
    state: str
    """done, failed, stopped, running (or cut off: see the list of jobs)."""
    started_at: datetime
    took_ms: float | None
    result: str
    error: str
    actor: str
    os_user: str
    host: str
    process: int | None
    notes: str
    """What it left for the next run, or for whoever looks."""
    id: int


@dataclass(frozen=True, slots=True)
class RawRun:
    """A run as it is stored."""

    id: int
    job: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    actor: str
    error: str
    detail: str


async def standings(database: "Database", jobs: Sequence[Job]) -> list[Standing]:
    """Of each of these jobs, in their order. Raises the GbtuiError tree."""
    await readable(database)
    names, locks = [job.name for job in jobs], [job.lock for job in jobs]
    return await database.rows(Standing, "lifecycle/jobs/standing", names, locks)


async def runs(database: "Database", jobs: Iterable[str], limit: int) -> list[JobRun]:
    """The last runs of these jobs, newest first."""
    await readable(database)
    return [run_of(raw) for raw in await database.rows(RawRun, "lifecycle/jobs/runs", list(jobs), limit)]


async def readable(database: "Database") -> None:
    """Raise where nothing can be told of jobs: no tables, or rows that this role does not see."""
    (found,) = await database.fetch("lifecycle/jobs/there")
    if not found["there"]:
        raise GbtuiError("No jobs here", MISSING)
    if not found["readable"]:
        user = database.facts.user
        raise DeniedError("Permission denied", f"{user} may not see the runs of jobs", f'{GRANT} TO "{user}"')


def row_of(job: Job, standing: Standing, now: datetime) -> JobRow:
    """A job for whoever looks, at a time. Pure."""
    plan, last, detail = standing.plan(job), standing.last, _object(standing.detail)
    due = due_at(plan, last, now)
    running = standing.is_running
    # What never ran has not been missed yet: perhaps nobody wants jobs here.
    overdue = (now - due).total_seconds() if due and last and not running and due < now else None
    return JobRow(
        job.name, _stands(standing, plan), standing.started_at, _took(standing.started_at, standing.finished_at),
        told(detail), None if running else due, overdue, _words(plan), standing.error, standing.done_at, job.title,
        plan.schedule, plan.zone, standing.schedule is not None, standing.actor, *_where(detail), standing.pid,
    )  # fmt: skip


def run_of(raw: RawRun) -> JobRun:
    """A run for whoever looks. Pure."""
    detail = _object(raw.detail)
    notes = {name: value for name, value in detail.items() if name not in _OWN}
    return JobRun(
        raw.job, "stopped" if raw.state == "skipped" else raw.state, raw.started_at,
        _took(raw.started_at, raw.finished_at), told(detail), raw.error, raw.actor, *_where(detail),
        clean(json.dumps(notes, ensure_ascii=False)) if notes else "", raw.id,
    )  # fmt: skip


def told(detail: Mapping[str, Any]) -> str:
    """What a run did, in a few words: "12 sessions"; "nothing to do" where it looked and there was none."""
    counts = detail.get("counts")
    if not isinstance(counts, dict):
        return ""
    some = [_counted(clean(str(name)), number) for name, number in counts.items() if number]
    return ", ".join(some) or "nothing to do"


def _counted(things: str, number: int) -> str:
    return f"{count(number)} {things.removesuffix('s') if number == 1 else things}"


def _stands(standing: Standing, plan: Plan) -> str:
    if standing.state == "running":
        return "running" if standing.is_running else "cut off"
    if not plan.active:
        return "off"
    return "stopped" if standing.state == "skipped" else standing.state or "never"


def _words(plan: Plan) -> str:
    if trouble := plan.trouble():
        return trouble
    try:
        words = in_words(plan.schedule)
    except UsageError as error:
        return error.message
    return words if plan.zone == "UTC" else f"{words}, {clean(plan.zone)}"


def _took(started: datetime | None, finished: datetime | None) -> float | None:
    return (finished - started).total_seconds() * 1000 if started and finished else None


def _where(detail: Mapping[str, Any]) -> tuple[str, str, int | None]:
    process = detail.get("process")
    told_process = process if isinstance(process, int) else None
    return clean(str(detail.get("os_user", ""))), clean(str(detail.get("host", ""))), told_process


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def due_jobs(jobs: Sequence[Job], standings: Sequence[Standing], now: datetime) -> list[Job]:
    """Those that are due and that nobody runs now. Pure."""
    pairs = zip(jobs, standings, strict=True)
    return [
        job
        for job, standing in pairs
        if standing.pid is None and (due := due_at(standing.plan(job), standing.last, now)) and due <= now
    ]


def next_due(jobs: Sequence[Job], standings: Sequence[Standing], now: datetime) -> datetime | None:
    """When the first of them is due; None: none ever. Pure."""
    times = [due_at(one.plan(job), one.last, now) for job, one in zip(jobs, standings, strict=True)]
    return min((each.astimezone(UTC) for each in times if each), default=None)
