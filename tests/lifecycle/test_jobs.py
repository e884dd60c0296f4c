"""Background jobs: what each does and leaves alone, one of many runs it, each run on record, and when each is due."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from gbtui.database.database import Database
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.things import Kind, find
from gbtui.errors import DeniedError, LockedError, LostError
from gbtui.lifecycle.jobs.due import AGAIN, Last, Plan, due_at
from gbtui.lifecycle.jobs.due_run import keep_running, run_due
from gbtui.lifecycle.jobs.job import NO_ARCHIVE, Counts, Job, Run
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.running import Outcome, Result, run
from gbtui.lifecycle.jobs.settings import change
from gbtui.lifecycle.jobs.standing import JobRow, row_of, runs, standings
from gbtui.lifecycle.soft_delete import SoftDelete
from gbtui.monitor.check import THRESHOLDS, View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.judging.jobs import jobs as judge
from gbtui.monitor.sample import Sample
from gbtui.security.audit import Audit
from tests.conftest import Connect, Connection, Server, execute
from tests.domain.platform import Place, place
from tests.waiting import until

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


class Scene:
    """A database whose jobs may be run."""

    def __init__(self, database: Database, db: Connection, audit: Audit) -> None:
        self.database, self.db, self.audit = database, db, audit

    async def run(self, job: str | Job, **more: Any) -> Result:
        """Run one; what failed is told."""
        result = await run(self.database, self.audit, JOBS[job] if isinstance(job, str) else job, **more)
        assert result.outcome is not Outcome.FAILED, result.told
        return result

    async def row(self, job: Job | str, now: datetime | None = None) -> JobRow:
        """How it stands."""
        job = JOBS[job] if isinstance(job, str) else job
        (one,) = await standings(self.database, [job])
        return row_of(job, one, now or one.now)


@pytest.fixture
async def scene(dsn: str, connect: Connect, tmp_path: Path) -> AsyncIterator[Scene]:
    async with Database(dsn, read_only=False, pool_size=30) as database:
        yield Scene(database, await connect(dsn), Audit(database, tmp_path / "audit.jsonl"))


def made(work: Callable[[Run], Awaitable[Counts]], schedule: str = "0 3 * * *") -> Job:
    """A job that is not in the registry."""
    return Job(f"test-{uuid4().hex[:8]}", "a test", schedule, work)


async def nothing(_: Run) -> Counts:
    """A job that has nothing to do."""
    return {}


# --- one of many -------------------------------------------------------------------------------------------


async def test_of_twenty_at_once_one_runs_it_and_nobody_does_again_until_it_is_due(scene: Scene) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    at_once = 0

    async def work(_: Run) -> Counts:
        nonlocal at_once
        at_once += 1
        begun.set()
        await may_end.wait()
        return {"things": 3}

    job = made(work)
    asked = [asyncio.ensure_future(run(scene.database, scene.audit, job, only_due=True)) for _ in range(20)]
    await until(lambda: sum(one.done() for one in asked) == 19)
    await asyncio.wait_for(begun.wait(), 10)
    busy = [one.result() for one in asked if one.done()]
    assert {one.outcome for one in busy} == {Outcome.BUSY}
    assert "server process" in busy[0].told
    assert (await scene.row(job)).stands == "running"
    may_end.set()
    (done,) = set(await asyncio.gather(*asked)) - set(busy)
    assert (done.outcome, done.told, at_once) == (Outcome.DONE, "3 things", 1)

    late = await asyncio.gather(*(run(scene.database, scene.audit, job, only_due=True) for _ in range(20)))
    assert {one.outcome for one in late} <= {Outcome.NOT_DUE, Outcome.BUSY}
    assert len(await runs(scene.database, [job.name], 50)) == 1
    # Asked for by name it runs all the same.
    may_end.set()
    assert (await scene.run(job)).outcome is Outcome.DONE
    assert at_once == 2


async def test_each_run_is_on_record_with_what_it_did_who_and_where(scene: Scene) -> None:
    async def work(run: Run) -> Counts:
        run.notes["seen"] = [*run.before.get("seen", []), run.now.isoformat()]  # type: ignore[misc]
        return {"apples": 2, "pears": 0}

    job = made(work)
    await scene.run(job, now=NOON)
    await scene.run(job, now=NOON + timedelta(days=1))
    newest, first = await runs(scene.database, [job.name], 10)
    assert (newest.state, newest.result, newest.error) == ("done", "2 apples", "")
    assert newest.host
    assert newest.process
    assert newest.actor == scene.database.facts.user
    assert first.started_at == NOON
    assert json.loads(newest.notes)["seen"] == [NOON.isoformat(), (NOON + timedelta(days=1)).isoformat()]


async def test_a_job_that_fails_is_on_record_and_found_and_the_next_one_runs(scene: Scene) -> None:
    async def work(run: Run) -> Counts:
        await run.connection.execute("SELECT 1 / 0")
        return {}

    broken, well = made(work), made(nothing)
    jobs = {one.name: one for one in (broken, well)}
    results = [one async for one in run_due(scene.database, scene.audit, asyncio.Event(), print, jobs=jobs)]
    assert [one.outcome for one in results] == [Outcome.FAILED, Outcome.DONE]
    row = await scene.row(broken)
    assert row.stands == "failed"
    assert "division by zero" in row.error
    (finding,) = found(row, await scene.row(well))
    assert finding.subject == broken.name
    assert "failed; it was never done" in finding.what
    assert "division by zero" in finding.why


async def test_one_that_is_cut_off_shows_and_the_next_run_ends_its_record(scene: Scene) -> None:
    begun = asyncio.Event()

    async def work(run: Run) -> Counts:
        begun.set()
        await run.connection.execute("SELECT pg_sleep(60)")
        return {}

    job = made(work)
    running = asyncio.ensure_future(run(scene.database, scene.audit, job))
    await begun.wait()
    pid = await until(lambda: _pid(scene, job))
    await scene.db.execute("SELECT pg_terminate_backend($1)", pid)
    with pytest.raises(LostError):
        await running
    row = await scene.row(job)
    assert row.stands == "cut off"
    (standing,) = await standings(scene.database, [job])
    assert row_of(job, replace(standing, standby=True), standing.now).stands == "running", "a standby cannot tell"
    assert "was cut off" in found(row)[0].what
    # Whatever cut it off may do so again: an hour later, not at once.
    assert row.next_run == row.last_run + AGAIN if row.last_run else False

    await scene.run(Job(job.name, job.title, job.schedule, nothing))
    newest, first = await runs(scene.database, [job.name], 10)
    assert (newest.state, first.state, first.error) == ("done", "failed", "cut off")
    assert found(await scene.row(job)) == []


async def _pid(scene: Scene, job: Job) -> int | None:
    return (await scene.row(job)).pid


async def test_one_that_is_told_to_end_ends_on_record_and_is_due_again(scene: Scene) -> None:
    stop = asyncio.Event()

    async def work(run: Run) -> Counts:
        batches = await run.batches("public.clicks")
        stop.set()
        await batches.run(lambda _: nothing(run))  # type: ignore[arg-type,return-value]
        return {}

    job = made(work)
    assert (await run(scene.database, scene.audit, job, stop=stop)).outcome is Outcome.STOPPED
    row = await scene.row(job)
    assert row.stands == "stopped"
    assert row.next_run is not None
    assert row.overdue_age is not None


async def test_who_would_see_rows_in_part_runs_no_job(server: Server, dsn: str, scene: Scene, tmp_path: Path) -> None:
    role = f"partly_{uuid4().hex[:8]}"
    await scene.db.execute(
        f"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA gb_meta TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA public,"
        f" gb_meta TO {role}; ALTER TABLE user_sessions ENABLE ROW LEVEL SECURITY"
    )
    try:
        async with Database(server.of(urlsplit(dsn).path[1:], role), read_only=False) as partly:
            with pytest.raises(DeniedError, match="row-level security hides rows"):
                await run(partly, Audit(partly, tmp_path / "audit.jsonl"), JOBS["orphans"])
    finally:
        await scene.db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


# --- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "finished", "due"),
    [
        ("done", NOON, datetime(2026, 7, 2, 3, 0, tzinfo=UTC)),
        ("failed", NOON, NOON + AGAIN),
        ("failed", NOON + timedelta(hours=14, minutes=30), datetime(2026, 7, 2, 3, 0, tzinfo=UTC)),
        ("skipped", NOON, NOON),
        ("running", None, NOON + AGAIN),
    ],
)
def test_when_it_is_due_after_a_run(state: str, finished: datetime | None, due: datetime) -> None:
    assert due_at(Plan("0 3 * * *"), Last(state, NOON, finished), NOON) == due


def test_when_it_is_due_at_first_in_another_zone_and_never() -> None:
    assert due_at(Plan("0 3 * * *"), None, NOON) == NOON
    done = Last("done", NOON, NOON)
    assert due_at(Plan("0 3 * * *", "Europe/Berlin"), done, NOON) == datetime(2026, 7, 2, 1, 0, tzinfo=UTC)
    assert due_at(Plan("0 3 * * *", active=False), done, NOON) is None
    assert due_at(Plan("0 0 31 2 *"), done, NOON) is None
    assert due_at(Plan("0 3 * * *", "Mars/Olympus"), done, NOON) is None


def test_a_night_of_the_changed_clock_has_one_run() -> None:
    """Half past two comes twice on 25 October in Berlin, and not at all on 29 March."""
    for before, clock in (
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "00:30"),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "01:00"),
    ):
        last, ran = Last("done", before, before), []
        for hour in range(24):
            now = before + timedelta(hours=hour, minutes=45)
            due = due_at(Plan("30 2 * * *", "Europe/Berlin"), last, now)
            if due and due <= now:
                ran.append(f"{due:%H:%M}")
                last = Last("done", now, now)
        assert ran == [clock]


async def test_it_is_late_when_nobody_runs_it_and_not_where_nobody_ever_did(scene: Scene) -> None:
    never = await scene.row("purge", NOON)
    assert (never.stands, never.overdue_age, found(never)) == ("never", None, [])
    await scene.run("purge", now=NOON)
    due = datetime(2026, 7, 2, 2, 20, tzinfo=UTC)
    row = await scene.row("purge", NOON + timedelta(hours=1))
    assert (row.next_run, row.overdue_age) == (due, None)
    for hours, severity in ((2, []), (4, [Severity.WARNING]), (50, [Severity.CRITICAL])):
        late = await scene.row("purge", due + timedelta(hours=hours))
        assert [one.severity for one in found(late)] == severity
    assert "job purge is 2 d late" in found(late)[0].what


async def test_a_schedule_can_be_set_and_one_that_never_comes_is_refused(scene: Scene) -> None:
    await scene.run("statistics", now=NOON)
    await change(scene.database, JOBS["statistics"], "15 */6 * * *", None, None)
    await change(scene.database, JOBS["statistics"], None, "Asia/Kolkata", None)
    row = await scene.row("statistics", NOON)
    assert row.next_run == datetime(2026, 7, 1, 12, 45, tzinfo=UTC)
    assert row.own_schedule
    await change(scene.database, JOBS["statistics"], None, None, False)
    assert (await scene.row("statistics", NOON)).stands == "off"
    for schedule, zone in (("0 0 31 2 *", None), ("every day", None), (None, "Mars/Olympus")):
        with pytest.raises(Exception, match="statistics"):
            await change(scene.database, JOBS["statistics"], schedule, zone, None)
    said = await scene.db.fetchval(
        """SELECT after ->> 'zone' FROM gb_meta.audit_log
           WHERE object_table = 'gb_meta.job_settings' AND after ->> 'active' = 'false'"""
    )
    assert said == "Asia/Kolkata"


def found(*rows: JobRow) -> list[Finding]:
    """What is found of these jobs."""
    sample = Sample("jobs", rows, NOON)
    return list(judge(View({"jobs": sample}, lambda _: (), THRESHOLDS, NOON)))


# --- each of them ------------------------------------------------------------------------------------------


async def test_expired_sessions_are_revoked_and_nothing_else_changes(scene: Scene, connect: Connect, dsn: str) -> None:
    db, holder = scene.db, await connect(dsn)
    at = await place(db)
    await db.execute(
        """INSERT INTO user_sessions (bot_id, session_token, expires_at, updated_at)
           SELECT $1, 'sha256:' || md5('old' || n), now() - n * interval '1 hour', now() - interval '9 days'
           FROM generate_series(1, 500) n""",
        at.bot_id,
    )
    await db.execute(
        """INSERT INTO message_history (session_id, bot_id, message, sender)
           SELECT id, bot_id, 'hello', 'user' FROM user_sessions"""
    )
    told = "SELECT count(*), min(updated_at), sum(extract(epoch FROM expires_at)) FROM user_sessions"
    before = await db.fetchrow(told)
    held = await db.fetchval("SELECT id FROM user_sessions WHERE expires_at < now() ORDER BY expires_at DESC LIMIT 1")
    await holder.execute("BEGIN")
    await holder.execute("SELECT FROM user_sessions WHERE id = $1 FOR UPDATE", held)

    assert (await scene.run("sessions")).told == "499 sessions"
    assert await db.fetchval("SELECT count(*) FROM user_sessions WHERE session_token LIKE 'revoked:%'") == 499
    assert await db.fetchrow(told) == before
    assert await db.fetchval("SELECT count(*) FROM message_history") == before[0] if before else False
    recorded = "SELECT sum((detail ->> 'rows')::int) FROM gb_meta.audit_log WHERE action = 'session.expired'"
    assert await db.fetchval(recorded) == 499
    # What somebody held is taken the next time, though that begins where the last run ended.
    await holder.execute("COMMIT")
    assert (await scene.run("sessions")).told == "1 session"
    assert (await scene.run("sessions")).told == "nothing to do"
    assert (
        await db.fetchval("SELECT count(*) FROM user_sessions WHERE expires_at > now() AND session_token LIKE 'rev%'")
        == 0
    )


async def test_what_is_past_retention_goes_and_what_should_be_archived_stays_without_a_place_for_it(
    scene: Scene,
) -> None:
    at = await place(scene.db)
    await scene.db.execute(
        """INSERT INTO user_login_tokens (user_id, token, expires_at)
           SELECT $1, 'sha256:' || md5('t' || n), now() - n * interval '1 day' FROM generate_series(-2, 40) n""",
        at.user_id,
    )
    assert (await scene.run("retention")).told == "11 tokens"
    assert await scene.db.fetchval("SELECT count(*) FROM user_login_tokens") == 32

    await scene.db.execute("UPDATE gb_meta.retention_policies SET keep_days = 90 WHERE kind = 'clicks'")
    await scene.db.execute("INSERT INTO clicks (session_id, element_id) VALUES ($1, 'x')", at.session_id)
    later = datetime.now(UTC) + timedelta(days=100)
    await scene.run("retention", now=later)
    assert await scene.db.fetchval("SELECT count(*) FROM clicks") == 1
    (newest, _) = await runs(scene.database, ["retention"], 5)
    assert "no place for archives is named, so these stay: clicks, audit" in newest.notes
    assert (await scene.run("retention", now=later, archive=NO_ARCHIVE)).told == "1 click"


async def test_what_is_past_its_grace_is_deleted(scene: Scene) -> None:
    acme, _ = await place(scene.db), await place(scene.db, "globex")
    soft = SoftDelete(scene.database, scene.audit, Catalog(scene.database))
    await soft.schedule(await find(scene.database, Kind.ORGANIZATION, "acme"), timedelta(days=30), "they left")
    assert (await scene.run("purge")).told == "nothing to do"
    result = await scene.run("purge", now=datetime.now(UTC) + timedelta(days=31))
    assert result.told == "1 thing, 3 rows"
    assert await scene.db.fetchval("SELECT string_agg(slug, ',') FROM organizations") == "globex"
    assert await scene.db.fetchval("SELECT count(*) FROM user_sessions WHERE id = $1", acme.session_id) == 0


async def test_associations_of_what_is_not_there_are_removed_and_no_others(scene: Scene) -> None:
    db, at = scene.db, await place(scene.db)
    await knowledge(db, at)
    # As a restore with triggers disabled leaves it.
    await db.execute("SET session_replication_role = replica")
    await db.execute(
        """INSERT INTO user_kb_associations (session_id, collection_id, org_id)
           SELECT gen_random_uuid(), 'used', $1 FROM generate_series(1, 300)""",
        at.org_id,
    )
    await db.execute(
        "INSERT INTO session_tool_associations (session_id, tool_id, org_id) VALUES ($1, 'gone', $2)",
        at.session_id, at.org_id,
    )  # fmt: skip
    assert (await scene.run("orphans")).told == "300 collection links, 1 tool link"
    assert await db.fetchval("SELECT string_agg(collection_id, ',') FROM user_kb_associations") == "used"


async def test_unused_documents_are_counted_and_their_collections_named(scene: Scene) -> None:
    at = await place(scene.db)
    await knowledge(scene.db, at)
    assert (await scene.run("documents")).told == "nothing to do"
    # A hundred days later, with one collection still in use.
    later = datetime.now(UTC) + timedelta(days=100)
    await scene.db.execute("UPDATE user_sessions SET updated_at = $1", later)
    assert (await scene.run("documents", now=later)).told == "2 documents, 1 collection"
    (newest, _) = await runs(scene.database, ["documents"], 5)
    (listed,) = json.loads(newest.notes)["unused"]
    assert (listed["organization"], listed["collection"], listed["documents"]) == ("acme", "unused", 2)
    assert await scene.db.fetchval("SELECT count(*) FROM kb_documents") == 3


async def knowledge(db: Connection, at: Place) -> None:
    """A collection that a session uses, and one that none does."""
    await db.execute(
        "INSERT INTO kb_collections (id, name, bot_id) VALUES ('used', 'used', $1), ('unused', 'unused', $1)", at.bot_id
    )
    await db.execute(
        """INSERT INTO kb_documents (collection_id, bot_id, name, content)
           VALUES ('used', $1, 'a', 'text'), ('unused', $1, 'b', 'text'), ('unused', $1, 'c', 'text')""",
        at.bot_id,
    )
    await db.execute("INSERT INTO user_kb_associations (session_id, collection_id) VALUES ($1, 'used')", at.session_id)


async def test_stale_statistics_are_refreshed_and_a_locked_table_is_left_out(
    scene: Scene, connect: Connect, dsn: str
) -> None:
    db, holder = scene.db, await connect(dsn)
    at = await place(db)
    fill = """INSERT INTO user_sessions (bot_id, session_token)
              SELECT $1, 'sha256:' || md5($2 || n::text) FROM generate_series(1, 2000) n"""
    await db.execute(fill, at.bot_id, "a")
    await db.execute("INSERT INTO message_history (session_id, bot_id, message, sender) VALUES ($1, $2, 'x', 'user')",
                     at.session_id, at.bot_id)  # fmt: skip
    await db.execute("SELECT pg_stat_force_next_flush()")
    await scene.run("statistics")
    analyzed = "SELECT analyze_count FROM pg_stat_all_tables WHERE relid = $1::text::regclass"
    await until(lambda: db.fetchval(analyzed, "user_sessions"))
    assert await db.fetchval("SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'message_history' AND inherited")
    await db.execute("SELECT pg_stat_clear_snapshot()")
    assert (await scene.run("statistics")).told == "nothing to do"

    await db.execute(fill, at.bot_id, "b")
    await db.execute("SELECT pg_stat_force_next_flush()")
    await holder.execute("BEGIN; LOCK TABLE user_sessions")
    await scene.run("statistics")
    await holder.execute("ROLLBACK")
    assert await db.fetchval(analyzed, "user_sessions") == 1
    await scene.run("statistics")
    await until(lambda: _twice(db, analyzed))


async def _twice(db: Connection, analyzed: str) -> bool:
    return bool(await db.fetchval(analyzed, "user_sessions") == 2)


async def test_months_are_made_and_sealed_and_old_runs_forgotten(scene: Scene) -> None:
    await scene.db.execute("DROP TABLE gb_part.message_history_p" + f"{_months_on(2):%Y%m}")
    assert (await scene.run("partitions")).told == "1 partition"
    assert (await scene.run("seal")).outcome is Outcome.DONE
    for days in (500, 450, 10):
        await scene.run("purge", now=datetime.now(UTC) - timedelta(days=days))
    assert (await scene.run("runs")).told == "2 runs"
    assert len(await runs(scene.database, ["purge"], 10)) == 1


def _months_on(months: int) -> datetime:
    now = datetime.now(UTC)
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    return now.replace(year=year, month=month + 1, day=1)


# --- for ever ----------------------------------------------------------------------------------------------


async def test_what_keeps_running_goes_on_when_the_server_was_away(
    server: Server, dsn: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gbtui.lifecycle.jobs.due_run.AWAY", 0.05)
    monkeypatch.setattr("gbtui.lifecycle.jobs.due_run.LOOK", 0.05)
    name = urlsplit(dsn).path[1:]
    ran, told, stop = 0, list[str](), asyncio.Event()

    async def work(_: Run) -> Counts:
        nonlocal ran
        ran += 1
        raise LockedError("Not now")

    jobs = {"one": Job("one", "a test", "* * * * *", work)}
    async with Database(dsn, read_only=False) as database:
        kept = asyncio.ensure_future(
            keep_running(database, scene.audit, stop, told.append, say=lambda one: told.append(one.told), jobs=jobs)
        )
        await until(lambda: ran == 1)
        await execute(server.dsn, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await execute(server.dsn, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        await until(lambda: len(told) > 1 or kept.done())
        await execute(server.dsn, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        # Its last run is made long ago, so that it is due at once.
        await execute(dsn, "UPDATE gb_meta.job_runs SET started_at = '2020-01-01', finished_at = '2020-01-01'")
        await until(lambda: ran == 2 or kept.done())
        stop.set()
        await kept
