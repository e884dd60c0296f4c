"""Running what is due: once, or again and again while the server restarts, fails over or is away for a while."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gbtui.errors import ConnectError, DeniedError, GbtuiError, RefusedError
from gbtui.lifecycle.batches import Tell
from gbtui.lifecycle.jobs.job import Job
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.running import Outcome, Result, run
from gbtui.lifecycle.jobs.standing import due_jobs, next_due, standings

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

Say = Callable[[Result], None]

LOOK: Final = 60.0
"""Seconds after which it is looked again at the latest: schedules may be changed, other processes may run jobs."""
SHORTEST: Final = 1.0
"""Seconds between two looks at least."""
AWAY: Final = 5.0
"""Seconds after which a server that went away, or became a standby, is asked again."""


async def run_due(
    database: "Database",
    audit: "Audit",
    stop: asyncio.Event,
    tell: Tell,
    *,
    say: Say = lambda _: None,
    now: datetime | None = None,
    jobs: Mapping[str, Job] = JOBS,
    archive: str = "",
) -> AsyncIterator[Result]:
    """Run the jobs that are due, one after the other; what others have taken meanwhile is left out."""
    known = list(jobs.values())
    found = await standings(database, known)
    for job in due_jobs(known, found, now or found[0].now):
        if stop.is_set():
            return
        result = await run(database, audit, job, now=now, only_due=True, stop=stop, tell=tell, archive=archive)
        if result.outcome not in (Outcome.BUSY, Outcome.NOT_DUE):
            say(result)
            yield result


async def keep_running(
    database: "Database",
    audit: "Audit",
    stop: asyncio.Event,
    tell: Tell,
    *,
    say: Say,
    jobs: Mapping[str, Job] = JOBS,
    archive: str = "",
) -> None:
    """Run what is due until `stop` is set.

    What passes by itself is waited for: a server that restarts, a standby that is to be promoted. Raised is what does
    not: RefusedError, DeniedError of a primary.
    """
    said = ""
    while not stop.is_set():
        try:
            await database.refresh_facts()
            if database.facts.in_recovery:
                said = _once(said, "the server is a standby: waiting for it to be promoted, or for the primary", tell)
                await pause(stop, AWAY)
                continue
            async for _ in run_due(database, audit, stop, tell, say=say, jobs=jobs, archive=archive):
                pass
            seconds = await _until_due(database, jobs)
        except (RefusedError, DeniedError):
            raise
        except GbtuiError as error:
            later = "; going on when it is back" if isinstance(error, ConnectError) else ""
            said = _once(said, f"{error}{later}", tell)
            await pause(stop, AWAY)
        else:
            said = ""
            await pause(stop, seconds)


async def _until_due(database: "Database", jobs: Mapping[str, Job]) -> float:
    known = list(jobs.values())
    found = await standings(database, known)
    now = found[0].now
    due = next_due(known, found, now)
    seconds = (due - now).total_seconds() if due else LOOK
    return min(max(seconds, SHORTEST), LOOK)


def _once(said: str, sentence: str, tell: Tell) -> str:
    if sentence != said:
        tell(sentence)
    return sentence


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to end."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
