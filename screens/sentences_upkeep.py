"""What the panels of jobs, schedules and growth say in one sentence on Health."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from gbtui.text import age, plural, size


def _jobs(rows: Sequence[Any]) -> str:
    wrong = [row for row in rows if row.stands in ("failed", "cut off")]
    if not any(row.last_run for row in rows):
        return f"{plural(len(rows), 'job')}, none ever ran here: gbtui jobs run"
    if wrong:
        return f"{plural(len(wrong), 'job')} of {len(rows)} failed: {', '.join(row.job for row in wrong)}"
    newest = max((row for row in rows if row.last_run), key=lambda row: row.last_run)
    running = [row.job for row in rows if row.stands == "running"]
    now = f"; running: {', '.join(running)}" if running else ""
    return f"{plural(len(rows), 'job')}; the last was {newest.job}: {newest.result or newest.stands}{now}"


def _runs(rows: Sequence[Any]) -> str:
    failed = sum(row.state == "failed" for row in rows)
    return f"{plural(len(rows), 'run')} on record, {failed} failed; the last: {rows[0].job}"


def _schedules(rows: Sequence[Any]) -> str:
    wrong = sum(row.automations for row in rows if row.trouble)
    number = sum(row.automations for row in rows)
    said = f"; {wrong} cannot run as written" if wrong else ""
    return f"{plural(number, 'active automation')} by {plural(len(rows), 'schedule')}{said}"


def _forecast(rows: Sequence[Any]) -> str:
    top = rows[0]
    if top.growth_bytes_per_day is None:
        return f"{top.kind} {top.name}: {size(top.size_bytes)}; too few days for a forecast"
    full = f", full in {age(top.full_in_age)}" if top.full_in_age is not None else ""
    return f"{top.kind} {top.name}: {size(top.growth_bytes_per_day)} more a day ({top.confidence} confidence){full}"


SENTENCES: Final[Mapping[str, Callable[[Sequence[Any]], str]]] = {
    "jobs": _jobs,
    "job_runs": _runs,
    "schedules": _schedules,
    "forecast": _forecast,
}
NONE: Final[Mapping[str, str]] = {
    "job_runs": "no job ever ran here",
    "schedules": "no automation is active",
    "forecast": "no size was sampled yet",
}
