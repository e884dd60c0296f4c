"""Jobs inside the server: the procedure does what the job does, under its lock and on its record; pg_cron calls it."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.errors import UsageError
from gbtui.lifecycle.jobs import pg_cron
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.running import Outcome, run
from gbtui.lifecycle.jobs.settings import change
from gbtui.lifecycle.jobs.standing import row_of, runs, standings
from gbtui.security.audit import Audit
from tests import older
from tests.conftest import Connect, migrate
from tests.domain.platform import place

EXTENSION = Path("/usr/share/postgresql/15/extension/pg_cron.control")


async def test_the_procedure_does_what_the_job_does_under_the_same_lock(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db, holder = await connect(dsn), await connect(dsn)
    at = await place(db)
    await db.execute(
        """INSERT INTO user_sessions (bot_id, session_token, expires_at)
           SELECT $1, 'sha256:' || md5('old' || n), now() - n * interval '1 minute' FROM generate_series(1, 1200) n""",
        at.bot_id,
    )
    async with Database(dsn, read_only=False) as database:
        for job in pg_cron.in_sql():
            assert await db.fetchval("SELECT gb_meta.job_lock($1)", job.name) == job.lock
        # While another holds the lock it does nothing, and says nothing.
        await holder.execute(f"SELECT pg_advisory_lock({JOBS['sessions'].lock})")
        await db.execute(JOBS["sessions"].sql)
        assert await runs(database, ["sessions"], 5) == []
        await holder.execute("SELECT pg_advisory_unlock_all()")

        await db.execute(JOBS["sessions"].sql)
        assert await db.fetchval("SELECT count(*) FROM user_sessions WHERE session_token LIKE 'revoked:%'") == 1200
        recorded = "SELECT sum((detail ->> 'rows')::int) FROM gb_meta.audit_log WHERE action = 'session.expired'"
        assert await db.fetchval(recorded) == 1200
        (one,) = await runs(database, ["sessions"], 5)
        assert (one.state, one.result, one.host) == ("done", "1,200 sessions", "pg_cron")
        # And so it is not due for gbtui.
        audit = Audit(database, tmp_path / "audit.jsonl")
        assert (await run(database, audit, JOBS["sessions"], only_due=True)).outcome is Outcome.NOT_DUE

        await db.execute("ALTER TABLE user_sessions RENAME TO elsewhere")
        await db.execute(JOBS["sessions"].sql)
        (standing,) = await standings(database, [JOBS["sessions"]])
        row = row_of(JOBS["sessions"], standing, standing.now)
        assert row.stands == "failed"
        assert "user_sessions" in row.error
        assert await db.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_where_it_is_not_installed_that_is_said(dsn: str, tmp_path: Path) -> None:
    async with Database(dsn, read_only=False) as database:
        with pytest.raises(UsageError, match="pg_cron is not installed here"):
            await pg_cron.schedule(database, Audit(database, tmp_path / "audit.jsonl"))


@pytest.fixture
def cron_dsn() -> Iterator[str]:
    if older.binaries(15) is None or not EXTENSION.exists():
        pytest.skip("needs the system's PostgreSQL 15 with pg_cron")
    settings = ("shared_preload_libraries=pg_cron", "cron.database_name=postgres", "cron.use_background_workers=on")
    with older.running(15, *settings) as dsn:
        asyncio.run(migrate(dsn))
        yield dsn


async def test_pg_cron_is_told_and_untold(cron_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(cron_dsn)
    await db.execute("CREATE EXTENSION pg_cron")
    told = "SELECT string_agg(jobname || ': ' || schedule || ' ' || command, '; ' ORDER BY jobname) FROM cron.job"
    async with Database(cron_dsn, read_only=False) as database:
        audit = Audit(database, tmp_path / "audit.jsonl")
        for _ in range(2):
            await pg_cron.schedule(database, audit)
            assert await db.fetchval(told) == (
                "gbtui partitions: 10 0 * * * CALL gb_meta.run_job('partitions'); "
                "gbtui sessions: 5 * * * * CALL gb_meta.run_job('sessions')"
            )
        await change(database, JOBS["sessions"], "*/20 * * * *", "Europe/Berlin", None)
        assert re.match("sessions: left out: pg_cron reads UTC", (await pg_cron.schedule(database, audit))[1])
        await pg_cron.remove(database, audit)
        assert await db.fetchval("SELECT count(*) FROM cron.job") == 0
