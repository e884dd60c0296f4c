"""The registry of jobs. To add one is one async function and one entry here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gbtui.errors import UsageError
from gbtui.lifecycle import sizes
from gbtui.lifecycle.jobs import cleaning, keeping, upkeep
from gbtui.lifecycle.jobs.job import Counts, Job, Run


async def _forget(run: Run) -> Counts:
    return await upkeep.forget_runs(run, list(JOBS))


_ALL: Final = (
    Job("partitions", "make the months that tables of messages and records will need", "10 0 * * *",
        upkeep.make_partitions, "CALL gb_meta.run_job('partitions')"),
    Job("sessions", "revoke expired sessions; their messages stay", "5 * * * *", cleaning.revoke_expired,
        "CALL gb_meta.run_job('sessions')"),
    Job("sizes", "sample the sizes that forecasts rest on", "15 * * * *", sizes.sample_sizes),
    Job("retention", "remove what is past retention, by policy", "45 1 * * *", keeping.apply_retention),
    Job("purge", "delete users and organizations whose grace is over", "20 2 * * *", keeping.purge),
    Job("orphans", "remove associations of what is not there", "40 2 * * sun", cleaning.remove_orphans),
    Job("documents", "list documents that no session used for 90 days", "10 3 * * sun", cleaning.list_unused),
    Job("statistics", "refresh the planner's statistics where they are stale", "30 3 * * *",
        upkeep.refresh_statistics),
    Job("seal", "seal the months of the audit log that have ended", "30 4 2 * *", upkeep.seal_audit),
    Job("runs", "forget runs of jobs older than 400 days", "50 4 1 * *", _forget),
)  # fmt: skip

JOBS: Final[Mapping[str, Job]] = MappingProxyType({job.name: job for job in _ALL})
"""By name, in the order they are listed and run."""


def named(name: str) -> Job:
    """The job of this name; UsageError if there is none."""
    if name not in JOBS:
        raise UsageError("No such job", name, f"there are: {', '.join(JOBS)}")
    return JOBS[name]
