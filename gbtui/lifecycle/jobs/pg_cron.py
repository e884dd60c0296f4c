"""pg_cron, where it is installed and somebody asks for it: jobs that are nothing but SQL are run by the server."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gbtui.errors import UsageError
from gbtui.lifecycle.jobs.job import Job
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.standing import standings
from gbtui.security.deed import Deed

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

EXTENSION: Final = "pg_cron"
_NAME: Final = "gbtui {}"
"""What pg_cron calls them; of one name there is one for each login."""
_SCHEDULE: Final = "SELECT cron.schedule($1::text, $2::text, $3::text)"
_REMOVE: Final = (
    "SELECT cron.unschedule(j.jobid) FROM cron.job j WHERE j.jobname = $1::text AND j.username = current_user"
)


def in_sql() -> Sequence[Job]:
    """The jobs that pg_cron can run."""
    return [job for job in JOBS.values() if job.sql]


async def schedule(database: "Database", audit: "Audit") -> list[str]:
    """Tell pg_cron to run them when they are due; again after a schedule was set. What came of each, in a sentence.

    UsageError where pg_cron is not installed in this database.
    """
    _installed(database)
    jobs, told = in_sql(), []
    plans = [one.plan(job) for job, one in zip(jobs, await standings(database, jobs), strict=True)]
    async with database.writing() as connection:
        for job, plan in zip(jobs, plans, strict=True):
            if not plan.active or plan.zone != "UTC":
                why = "it is off" if not plan.active else f"pg_cron reads UTC, and its schedule is of {plan.zone}"
                told.append(f"{job.name}: left out: {why}")
                continue
            async with connection.transaction():
                await connection.execute(_SCHEDULE, _NAME.format(job.name), plan.schedule, job.sql)
                detail = {"job": job.name, "schedule": plan.schedule, "by": EXTENSION}
                await audit.within(connection, Deed("job.scheduled", "cron.job", job.name, detail=detail))
            told.append(f"{job.name}: {plan.schedule}: {job.sql}")
    return told


async def remove(database: "Database", audit: "Audit") -> list[str]:
    """Let pg_cron run none of them any more."""
    _installed(database)
    told = []
    async with database.writing() as connection:
        for job in in_sql():
            async with connection.transaction():
                if await connection.fetch(_REMOVE, _NAME.format(job.name)):
                    await audit.within(connection, Deed("job.unscheduled", "cron.job", job.name))
                    told.append(f"{job.name}: not run by pg_cron any more")
    return told or ["pg_cron ran none of them"]


def _installed(database: "Database") -> None:
    if EXTENSION not in database.facts.extensions:
        raise UsageError(
            "pg_cron is not installed here",
            f"database {database.facts.database} has no such extension",
            "it lives in the database that cron.database_name names; cron or a timer and gbtui jobs run do as well",
        )
