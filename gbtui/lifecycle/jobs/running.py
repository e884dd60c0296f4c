"""One run of a job: by one of many, on record with what it did, how long it took, who ran it and where."""

import asyncio
import json
import os
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.connection import DRIVER_ERRORS, Connection
from gbtui.database.rows import rows
from gbtui.database.sql import statement
from gbtui.database.translate import translate
from gbtui.errors import DeniedError, GbtuiError, UsageError
from gbtui.lifecycle.batches import Stopped, Tell
from gbtui.lifecycle.jobs.due import due_at
from gbtui.lifecycle.jobs.job import Job, Run
from gbtui.lifecycle.jobs.standing import Standing, told
from gbtui.security.deed import os_user
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

_ERROR: Final = 1_000
"""Characters of an error that are kept."""


class Outcome(StrEnum):
    """What came of asking for a run."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """It was told to end; what is done stays done, and it is due again."""
    BUSY = "busy"
    """Another process runs it."""
    NOT_DUE = "not due"
    """Somebody has just run it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it."""

    job: str
    outcome: Outcome
    told: str = ""
    """What it did, or why not."""
    seconds: float = 0.0


async def run(
    database: "Database",
    audit: "Audit",
    job: Job,
    *,
    now: datetime | None = None,
    only_due: bool = False,
    stop: asyncio.Event | None = None,
    tell: Tell = lambda _: None,
    archive: str = "",
) -> Result:
    """Run a job, unless another process does. `only_due`: nor if its schedule does not ask for it now.

    `archive` as in Run. `now` replaces the server's clock, for tests. A job that fails is told in the result and on
    record; raised is what leaves no record: ConnectError, LostError, DeniedError; UsageError behind a transaction-mode
    pooler, where a lock would not stay with its owner.
    """
    if database.facts.pooled:
        raise UsageError("A direct connection is needed", "a pooler is in between", "name the server itself")
    async with database.writing() as connection:
        await _may(connection)
        if not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", job.lock):
            held = await connection.fetch(statement("meta/search_builder").text, job.lock)
            who = f"server process {held[0]['pid']} runs it" if held else "another has just run it"
            return Result(job.name, Outcome.BUSY, who)
        try:
            found = await connection.fetch(statement("lifecycle/jobs/standing").text, [job.name], [job.lock])
            (standing,) = rows(Standing, found)
            at = now or standing.now
            if only_due and not ((due := due_at(standing.plan(job), standing.last, at)) and due <= at):
                return Result(job.name, Outcome.NOT_DUE, "not due")
            begin = statement("lifecycle/jobs/begin").text
            begun = await connection.fetchrow(begin, job.name, at, json.dumps(_where()))
            assert begun is not None
            before = _notes(begun["before"])
            work = Run(database, connection, audit, at, stop or asyncio.Event(), tell, before, archive)
            return await _recorded(job, work, begun["id"])
        finally:
            # The connection is closed behind our back, and the lock would last until then.
            if not connection.is_closed():
                await connection.execute("SELECT pg_catalog.pg_advisory_unlock_all()")


async def _may(connection: Connection) -> None:
    """DeniedError for who would see the tables in part: a job takes what it does not see for missing."""
    hidden = await connection.fetchval(statement("lifecycle/jobs/may").text)
    if hidden:
        raise DeniedError(
            "Permission denied",
            f"row-level security hides rows of {hidden} from this login: no job may run as it",
            "run jobs as a login of gb_dba: gbtui access grant",
        )


async def _recorded(job: Job, work: Run, number: int) -> Result:
    """Do the work, and note on run `number` what came of it."""
    began = time.monotonic()
    error: str | None = None
    counts: dict[str, int] = {}
    outcome = Outcome.DONE
    try:
        counts = dict(await job.work(work))
    except Stopped:
        outcome, error = Outcome.STOPPED, "told to end; what was done stays done"
    except asyncio.CancelledError:
        raise  # without a word: it shows as cut off, and is due again
    except Exception as fault:  # also a mistake of ours must be on record, and must not keep others from running
        if work.connection.is_closed():
            raise
        outcome, error = Outcome.FAILED, _why(fault, work.database.facts.user)
    seconds = time.monotonic() - began
    detail = {**work.notes, **({} if error else {"counts": counts})}
    state = "skipped" if outcome is Outcome.STOPPED else outcome.value
    ended = statement("lifecycle/jobs/end").text
    await work.connection.execute(ended, number, state, seconds, error, json.dumps(detail))
    return Result(job.name, outcome, error or told({"counts": counts}), seconds)


def _where() -> dict[str, object]:
    return {"host": clean(socket.gethostname())[:200], "process": os.getpid(), "os_user": os_user()}


def _why(fault: Exception, user: str) -> str:
    if isinstance(fault, DRIVER_ERRORS):
        fault = translate(fault, role=user)
    said = str(fault) if isinstance(fault, GbtuiError) else f"{type(fault).__name__}: {fault}"
    return clean(said)[:_ERROR]


def _notes(before: str | None) -> dict[str, Any]:
    found = json.loads(before) if before else {}
    return found if isinstance(found, dict) else {}
