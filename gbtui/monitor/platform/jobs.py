"""Background jobs: how each stands, when it is due, and the runs that are on record."""

from typing import TYPE_CHECKING, Final

from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.standing import MISSING, JobRow, JobRun, row_of, runs, standings
from gbtui.monitor.platform.absence import NO_PLATFORM
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_RUNS: Final = 300
"""Runs that are listed."""


async def why_not(database: "Database") -> str:
    """Why nothing can be told of jobs here; "" if it can. It is no failure: many databases have none."""
    if not database.facts.has_platform:
        return f"{ABSENT}{NO_PLATFORM}"
    (found,) = await database.fetch("lifecycle/jobs/there")
    if not found["there"]:
        return f"{ABSENT}{MISSING}"
    if not found["readable"]:
        return f'{ABSENT}it needs GRANT gb_viewer TO "{database.facts.user}"'
    return ""


async def _read(database: "Database", _scope: "Scope", _before: Sample[JobRow] | None) -> Reading[JobRow]:
    if why := await why_not(database):
        return Reading((), skipped=(why,))
    jobs = list(JOBS.values())
    found = await standings(database, jobs)
    listed = tuple(row_of(job, one, one.now) for job, one in zip(jobs, found, strict=True))
    return Reading(listed)


async def _runs(database: "Database", _scope: "Scope", _before: Sample[JobRun] | None) -> Reading[JobRun]:
    if why := await why_not(database):
        return Reading((), skipped=(why,))
    return Reading(tuple(await runs(database, list(JOBS), _RUNS)))


JOBS_PROBE: Final = Probe("jobs", "background jobs: how each stands, when it is due", JobRow, 30.0, _read, always=True)
JOB_RUNS: Final = Probe("job_runs", f"the last {_RUNS} runs of background jobs", JobRun, 15.0, _runs)
