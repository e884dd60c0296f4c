"""Retention over a year in minutes, the clock given: the table stays bounded, each run does its plan, a writer goes on.

Every week of the year that has passed some rows are said in it, and a run at its end keeps 90 days.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg

from bench.figure import Figure
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.lifecycle.archive.before import Before
from gbtui.lifecycle.archive.restoring import restore
from gbtui.lifecycle.archive.store import store
from gbtui.lifecycle.retention import Kind, plan, policy, run
from gbtui.security.audit import Audit
from tests.conftest import migrate
from tests.domain.platform import Place, place, say
from tests.lifecycle.ages import MONTHS

_WEEKS: Final = 52
_ROWS: Final = 5_000
"""Messages a week."""
_KEPT: Final = 90
_WAIT_MS: Final = 250.0
"""That one writer may wait, as for anything that gbtui does beside a platform."""
_ALONE: Final = 30.0
"""Seconds for which the writer writes alone."""
_FULL: Final = 18
"""Weeks after which as much is held as ever: 90 days and the month they begin in."""
_TALK: Final = """
    INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender, created_at)
    SELECT $1, $2, $3, $4, repeat('word ', 20), 'user', $5::timestamptz + n * interval '7 days' / $6::int
    FROM generate_series(0, $6::int - 1) n"""
_SIZE: Final = """
    SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
    WHERE inhparent = 'message_history'::regclass"""
_SUM: Final = "SELECT md5(string_agg((to_jsonb(m) - 'tx')::text, ',' ORDER BY id)) FROM message_history m"


def figures() -> Iterator[Figure]:
    """All of them."""
    yield from asyncio.run(_measured())


async def _measured() -> list[Figure]:
    home = Path(tempfile.mkdtemp(prefix="gbtui-", dir="/tmp"))
    embedded = EmbeddedServer(home)
    try:
        dsn = embedded.start()
        await migrate(dsn)
        db = await asyncpg.connect(dsn)
        try:
            await db.execute(MONTHS.format(table="public.message_history", first=-14))
            async with Database(dsn, read_only=False) as database:
                audit = Audit(database, home / "audit.jsonl", required=True)
                at = await place(db)
                await policy.keep(database, audit, Kind.MESSAGES, None, _KEPT)
                return [*await _year(db, database, audit, at), *await _archived(db, database, audit)]
        finally:
            await db.close()
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


async def _year(db: asyncpg.Connection, database: Database, audit: Audit, at: Place) -> list[Figure]:
    now = datetime.now(UTC)
    sizes, wrong, ended = list[int](), 0, asyncio.Event()
    writer = asyncio.create_task(_writer(database, at, ended))
    for week in range(_WEEKS, 0, -1):
        since = now - timedelta(days=7 * week)
        await db.execute(_TALK, at.session_id, at.user_id, at.bot_id, at.org_id, since, _ROWS)
        moment = since + timedelta(days=7)
        planned = await plan(database, moment, [Kind.MESSAGES])
        done = await run(database, audit, moment, [Kind.MESSAGES])
        wrong += planned.rows != done.rows
        sizes.append(await db.fetchval(_SIZE))
    ended.set()
    longest = await writer
    ended.clear()
    writer = asyncio.create_task(_writer(database, at, ended))
    await asyncio.sleep(_ALONE)
    ended.set()
    alone = await writer
    full = max(sizes[_FULL : _FULL + 9])
    return [
        Figure("a year: runs that did not do their plan", wrong, "runs", 0),
        Figure("a year: largest size, of that after 18 to 26 weeks", max(sizes) / full, "times", 1.25),
        Figure("a year: size at its end", sizes[-1] / 2**20, "MB"),
        Figure("a year: rows said", _WEEKS * _ROWS, "rows"),
        Figure("a writer's longest wait beside 52 runs", longest * 1000, "ms", _WAIT_MS, False, "alone", alone * 1000),
    ]  # fmt: skip


async def _writer(database: Database, at: Place, ended: asyncio.Event) -> float:
    longest = 0.0
    async with database.writing() as connection:
        await connection.execute("SET search_path = public")
        while not ended.is_set():
            begun = perf_counter()
            await say(connection, at, "now")
            longest = max(longest, perf_counter() - begun)
            await asyncio.sleep(0.01)
    return longest


async def _archived(db: asyncpg.Connection, database: Database, audit: Audit) -> list[Figure]:
    """Everything that is left, archived, removed, restored: equal by checksum."""
    folder = Path(tempfile.mkdtemp(prefix="gbtui-archives-"))
    try:
        before, held = await db.fetchval(_SUM), store(str(folder))
        await policy.keep(database, audit, Kind.MESSAGES, None, 1)
        begun = perf_counter()
        done = await run(database, audit, datetime.now(UTC), [Kind.MESSAGES], archive=Before(database, held))
        removed = perf_counter() - begun
        begun, rows = perf_counter(), 0
        for name in held.names():
            rows += (await restore(database, audit, held, name)).rows
        restored = perf_counter() - begun
        return [
            Figure("archived, read back, removed", done.rows / removed, "rows/s"),
            Figure("restored, each row compared", rows / restored, "rows/s"),
            Figure("not equal by checksum afterwards", float(before != await db.fetchval(_SUM)), "", 0),
        ]
    finally:
        shutil.rmtree(folder)
