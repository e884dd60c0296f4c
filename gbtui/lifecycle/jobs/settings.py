"""When a job runs, set by somebody: kept in the database, on record there by its own trigger."""

from typing import TYPE_CHECKING

from gbtui.database.sql import statement
from gbtui.errors import UsageError
from gbtui.lifecycle.jobs.due import Plan
from gbtui.lifecycle.jobs.job import Job

if TYPE_CHECKING:
    from gbtui.database.database import Database


async def change(database: "Database", job: Job, schedule: str | None, zone: str | None, active: bool | None) -> None:
    """Set what is given, keep the rest. UsageError for a schedule that never comes, or a zone that is none."""
    async with database.writing() as connection, connection.transaction():
        found = await connection.fetchrow(statement("lifecycle/jobs/settings_get").text, job.name)
        kept = tuple(found) if found else (None, None, True)
        wanted = (
            schedule if schedule is not None else kept[0],
            zone if zone is not None else kept[1],
            active if active is not None else kept[2],
        )
        plan = Plan(wanted[0] or job.schedule, wanted[1] or "UTC", wanted[2])
        if trouble := plan.trouble():
            raise UsageError(job.name, trouble, "five fields as cron has them, or @daily; a zone such as Europe/Berlin")
        await connection.execute(statement("lifecycle/jobs/settings_set").text, job.name, *wanted)


async def reset(database: "Database", job: Job) -> None:
    """Let it run when gbtui says again."""
    async with database.writing() as connection:
        await connection.execute(statement("lifecycle/jobs/settings_reset").text, job.name)
