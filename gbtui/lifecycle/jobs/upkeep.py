"""Upkeep: statistics refreshed, partitions made ahead, the audit log sealed, the record of runs kept short."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier, statement
from gbtui.lifecycle import partitions
from gbtui.lifecycle.batches import Stopped
from gbtui.lifecycle.jobs.job import Counts, Run
from gbtui.lifecycle.jobs.paging import Page, affected, all_pages
from gbtui.security.chain import seal

RUNS_KEPT: Final = timedelta(days=400)
"""Runs are on record a year and a month."""
# As gentle as autovacuum, and no longer than ten minutes at a table.
_GENTLY: Final = (
    "SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '10min'; SET LOCAL vacuum_cost_delay = '2ms'"
)
_BUSY: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError)


async def refresh_statistics(run: Run) -> Counts:
    """ANALYZE what has changed much since the last time, and tables of partitions, which autovacuum passes over.

    A table that somebody has locked is left out: the next run comes by again.
    """
    found = await run.connection.fetch(statement("lifecycle/jobs/statistics_stale").text, run.now)
    done = busy = 0
    for row in found:
        if run.stop.is_set():
            raise Stopped
        try:
            async with run.connection.transaction():
                await run.connection.execute(_GENTLY)
                await run.connection.execute(
                    f"ANALYZE (SKIP_LOCKED) {identifier(row['schema'])}.{identifier(row['name'])}"
                )
        except _BUSY:
            busy += 1
        else:
            done += 1
    return {"tables": done, "left out, as they were busy": busy}


async def make_partitions(run: Run) -> Counts:
    """Make the months that are missing, and finish a detach that was stopped half way."""
    clock: datetime = await run.connection.fetchval("SELECT now()")
    made: Sequence[str] = await partitions.ensure(run.connection, _months_ahead(run.now, clock))
    if made:
        run.notes["made"] = list(made)
    return {"partitions": len(made)}


def _months_ahead(now: datetime, clock: datetime) -> int:
    """How many months ahead of the server's clock are as many ahead of `now` as there must be."""
    return partitions.MONTHS_AHEAD + (now.year - clock.year) * 12 + now.month - clock.month


async def seal_audit(run: Run) -> Counts:
    """Seal the months of the audit log that have ended."""
    sealed = await seal(run.connection, run.audit)
    if sealed:
        run.notes["sealed"] = {f"{month:%Y-%m}": chain.hex() for month, _, chain in sealed}
    return {"months": len(sealed), "records": sum(records for _, records, _ in sealed)}


async def forget_runs(run: Run, jobs: Sequence[str]) -> Counts:
    """Delete what is on record of runs older than a year and a month; the newest of each job stays."""
    batches = await run.batches("gb_meta.job_runs")
    text = statement("lifecycle/jobs/runs_old").text

    async def step(connection: Connection, limit: int, _: None) -> Page[None]:
        rows = affected(await connection.execute(text, list(jobs), run.now - RUNS_KEPT, limit))
        return Page(rows, rows, None)

    return {"runs": await all_pages(batches, step, None)}
