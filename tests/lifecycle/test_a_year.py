"""A year in seconds: days pass, people talk, jobs run by the day's clock; what is kept stays bounded."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gbtui.database.database import Database
from gbtui.lifecycle.jobs.due_run import run_due
from gbtui.lifecycle.jobs.job import NO_ARCHIVE
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.running import Outcome
from gbtui.security.audit import Audit
from tests.conftest import Connect, Connection
from tests.domain.platform import place

BACK, AHEAD = 335, 30
"""The year begins so many days before today and ends so many after, so that it also runs into months yet to come."""
EVERY = 14
"""Jobs run once a fortnight, which is harder on them than each day, and the test is so much faster."""
KEPT = 60
DAILY = 40
NAMES = ("partitions", "sessions", "retention", "runs")
SAID = """
    WITH s AS (
        INSERT INTO user_sessions (user_id, bot_id, session_token, created_at, updated_at, expires_at)
        SELECT $1, $2, 'sha256:' || md5(n::text || t::text), t, t, t + interval '1 day'
        FROM generate_series(1, 2) n,
            generate_series($3::timestamptz, $3::timestamptz + interval '1 day' * ($5::int - 1), interval '1 day') t
        RETURNING id, user_id, bot_id, created_at
    )
    INSERT INTO message_history (session_id, user_id, bot_id, message, sender, created_at)
    SELECT id, user_id, bot_id, repeat('said ', 40), 'user', created_at + n * interval '1 minute'
    FROM s, generate_series(1, $4::int / 2) n"""
MONTHS = """
    SELECT to_date(right(c.relname, 6), 'YYYYMM') AS month
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'message_history'::regclass ORDER BY 1"""
SIZE = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('message_history') WHERE isleaf"


async def test_a_year_leaves_no_more_than_its_policies_keep(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(dsn)
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    day, end = today - timedelta(days=BACK), today + timedelta(days=AHEAD)
    at = await place(db)
    await as_it_was(db, day)
    await db.execute(
        "UPDATE gb_meta.retention_policies SET keep_days = $1 WHERE kind IN ('messages', 'sessions')", KEPT
    )
    sizes, said = list[int](), 0
    jobs = {name: JOBS[name] for name in NAMES}
    async with Database(dsn, read_only=False) as database:
        audit = Audit(database, tmp_path / "audit.jsonl")
        while day < end:
            await db.execute(SAID, at.user_id, at.bot_id, day, DAILY, EVERY)
            day += timedelta(days=EVERY)
            said += DAILY * EVERY
            ran = [one async for one in run_due(
                database, audit, asyncio.Event(), lambda _: None, now=day, jobs=jobs, archive=NO_ARCHIVE)]  # fmt: skip
            assert {one.outcome for one in ran} == {Outcome.DONE}, ran
            assert {one.job for one in ran} >= set(NAMES) - {"runs"}, ran
            # The next days' messages have a place, and three months more; what is past its policy is gone.
            months = [row["month"] for row in await db.fetch(MONTHS)]
            assert months_between(months[0], day.date()) <= KEPT // 28 + 1
            assert months_between(day.date(), months[-1]) == 3
            sizes.append(int(await db.fetchval(SIZE)))
        kept = await db.fetchval("SELECT count(*) FROM message_history")
        assert said >= 365 * DAILY
        assert (KEPT - 1) * DAILY <= kept <= (KEPT + 1) * DAILY
        assert await db.fetchval("SELECT min(created_at) FROM message_history") >= day - timedelta(days=KEPT + 1)

    # From the second quarter on it grows no more: a table of which nothing goes would be four times as large.
    quarter = len(sizes) // 4
    assert max(sizes[quarter:]) <= 1.3 * max(sizes[quarter : 2 * quarter])
    # Each session is revoked when it expires, and goes when its messages are gone.
    assert await db.fetchval("SELECT count(*) FROM user_sessions WHERE session_token NOT LIKE 'revoked:%'") <= 4
    assert await db.fetchval("SELECT count(*) FROM user_sessions") <= 2 * (KEPT + 2 * EVERY)
    assert await db.fetchval("SELECT count(*) FROM gb_meta.job_runs") <= len(sizes) * len(NAMES)


async def as_it_was(db: Connection, day: datetime) -> None:
    """The months of messages as they were made on that day: four, the first open to the past.

    Audit records are of the server's own clock, so their months stay.
    """
    found = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'message_history'::regclass"
    for row in await db.fetch(found):
        await db.execute(f"DROP TABLE {row['name']}")
    for ahead in range(4):
        await db.execute("SELECT gb_meta.ensure_partition('message_history', $1)", month_on(day.date(), ahead))


def month_on(day: date, months: int) -> date:
    """The first of the month so many months on."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def months_between(first: date, last: date) -> int:
    """How many months lie between two days' months."""
    return (last.year - first.year) * 12 + last.month - first.month
