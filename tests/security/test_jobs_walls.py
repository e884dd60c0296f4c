"""Jobs behind the walls: gb_dba runs them, nobody else does; who sees all sees the runs, a bound login does not."""

import asyncio
from pathlib import Path

import pytest

from gbtui.__main__ import main
from gbtui.database.database import Database
from gbtui.errors import DeniedError
from gbtui.lifecycle.jobs.due_run import run_due
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.running import Outcome, run
from gbtui.monitor.monitor import Monitor
from gbtui.security.audit import Audit
from tests.conftest import Connect, execute
from tests.domain.platform import place
from tests.security.conftest import Walled, command


async def test_jobs_are_for_gb_dba_and_their_runs_for_who_sees_all(
    walled: Walled, connect: Connect, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await execute(walled.server.dsn, "CREATE DATABASE walled_jobs TEMPLATE core STRATEGY file_copy")
    dsn = walled.server.of("walled_jobs")
    assert await asyncio.to_thread(command, dsn, "init") == 0
    db = await connect(dsn)
    at = await place(db)
    await db.execute(
        "INSERT INTO user_sessions (bot_id, session_token, expires_at) VALUES ($1, 'sha256:' || md5('x'), now())",
        at.bot_id,
    )
    await db.execute("DROP TABLE gb_part.message_history_p" + await db.fetchval(LAST))

    for login in ("w_operator", "w_viewer", "w_app"):
        async with Database(walled.server.of("walled_jobs", login), read_only=False) as database:
            with pytest.raises(DeniedError):
                await run(database, Audit(database, tmp_path / "audit.jsonl"), JOBS["orphans"])
    async with Database(walled.server.of("walled_jobs", "w_dba"), read_only=False) as database:
        audit = Audit(database, tmp_path / "audit.jsonl", required=True)
        done = {one.job: one async for one in run_due(database, audit, asyncio.Event(), print)}
    assert {name: one.told for name, one in done.items() if one.outcome is not Outcome.DONE} == {}
    assert set(done) == set(JOBS)
    assert (done["sessions"].told, done["partitions"].told) == ("1 session", "1 partition")
    # What was made belongs to the owner, as if the owner had made it.
    owners = (
        "SELECT DISTINCT pg_get_userbyid(relowner)::text FROM pg_class WHERE relnamespace = 'gb_part'::regnamespace"
    )
    assert [row[0] for row in await db.fetch(f"{owners} AND relkind = 'r'")] == ["gb_owner"]

    for login in ("w_viewer", "w_monitor"):
        async with Database(walled.server.of("walled_jobs", login)) as database:
            monitor = Monitor(database)
            for name in ("jobs", "job_runs", "forecast"):
                sample = await monitor.once(name)
                assert sample.error is None
                assert len(sample.rows) >= len(JOBS)
            await monitor.stop()
    async with Database(walled.server.of("walled_jobs", "w_reader")) as database:
        monitor = Monitor(database)
        for name in ("jobs", "job_runs", "forecast"):
            # It may read the tables, and row-level security would show it none: nothing is told, and not "never".
            assert "it needs GRANT gb_viewer" in (await monitor.once(name)).absent
        await monitor.stop()
    async with Database(walled.dsn("w_bound")) as database:
        assert not {"jobs", "job_runs", "forecast"} & set(Monitor(database).probes)
    capsys.readouterr()
    reader = walled.server.of("walled_jobs", "w_reader")
    for login, why in ((walled.dsn("w_bound"), "tells of the whole server"), (reader, "it needs GRANT gb_viewer")):
        for words in (("jobs",), ("jobs", "history")):
            assert await asyncio.to_thread(main, [*words, "--dsn", login]) == 1
            out, err = capsys.readouterr()
            assert (out, why in err) == ("", True)


LAST = "SELECT to_char(now() + interval '3 months', 'YYYYMM')"
