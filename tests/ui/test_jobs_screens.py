"""Jobs and growth on the screen: how they stand, the runs behind a job, the chart of the thing under the cursor."""

from dataclasses import replace
from pathlib import Path

from gbtui.lifecycle.jobs.standing import JobRun
from gbtui.monitor.sample import Sample
from gbtui.ui.entries import complete
from gbtui.ui.widgets.confirm import Confirm
from tests.conftest import Connect
from tests.domain.platform import place
from tests.ui.fakes import JOBS, NOW, ago, connected, console, frozen_monitor, running, settle, text
from tests.ui.test_doing import desk
from tests.waiting import until


async def test_a_job_that_fails_or_is_late_is_seen_and_enter_shows_its_runs() -> None:
    monitor = frozen_monitor()
    monitor.samples["job_runs"] = Sample(
        "job_runs",
        tuple(
            JobRun(job, "done", ago(hours=n), 12.0, f"{n} things", "", "dba", "root", "ops-1", 811, "", n)
            for n, job in enumerate(("sessions", "retention", "sessions"), 1)
        ),
        NOW,
    )
    app = console(connected(monitor))
    async with running(app) as pilot:
        app.run_line("jobs")
        await settle(pilot)
        shown = text(app).splitlines()
        (failed,) = [line for line in shown if line.lstrip("▸ ").startswith("retention")]
        assert "failed" in failed
        assert "The rows are never" in failed
        (late,) = [line for line in shown if line.lstrip("▸ ").startswith("statistics")]
        assert " late" in late
        (now,) = [line for line in shown if line.lstrip("▸ ").startswith("sizes")]
        assert "running" in now
        await pilot.press("j", "enter")
        await settle(pilot)
        assert "1 things" in text(app)
        assert "3 things" in text(app)
        assert "2 things" not in text(app)
        await pilot.press("escape", "q")
        await settle(pilot)
        assert "retention" in text(app)
    assert app.failures == []


async def test_where_no_job_ever_ran_it_is_said_how_to() -> None:
    monitor = frozen_monitor()
    never = tuple(replace(row, stands="never", last_run=None) for row in JOBS)
    monitor.samples["jobs"] = Sample("jobs", never, NOW)
    app = console(connected(monitor))
    async with running(app, (120, 30)) as pilot:
        app.run_line("jobs")
        await settle(pilot)
        assert "no job ever ran here: gbtui jobs run" in text(app)


async def test_the_chart_is_of_the_row_under_the_cursor() -> None:
    app = console()
    async with running(app) as pilot:
        app.run_line("forecast")
        await settle(pilot)
        assert "databases all: 374 GB, +2.9 GB a day (high confidence, 60 days)" in text(app)
        assert "full in 31 d, in 28 d at the soonest" in text(app)
        assert "█" in text(app)
        await pilot.press("j")
        await settle(pilot)
        assert "table message_history: 81.2 GB" in text(app)
        assert "if kept 365 days, about 28.9 GB would go" in text(app)
        await pilot.press("G")
        await settle(pilot)
        assert "too few days for a forecast" in text(app)
        await pilot.press("o")
        await settle(pilot)
        assert app.scope.label == "acme"
        assert "whole server" in text(app)
        assert "4 things" in text(app)
    assert app.failures == []


async def test_a_job_is_run_from_the_screen_when_the_console_may_act(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db = await connect(dsn)
    at = await place(db)
    await db.execute(
        "INSERT INTO user_sessions (bot_id, session_token, expires_at) VALUES ($1, 'sha256:' || md5('x'), now())",
        at.bot_id,
    )
    async with desk(dsn, tmp_path) as (app, pilot):
        app.run_line("jobs")
        await until(lambda: "partitions" in text(app))
        assert "job" not in complete("job", app.entries)
        app.run_line("job sessions")
        await settle(pilot)
        assert "read-only: :unlock" in text(app)
    async with desk(dsn, tmp_path, read_only=False) as (app, pilot):
        app.run_line("jobs")
        await until(lambda: "partitions" in text(app))
        assert "job" in complete("job", app.entries)
        await pilot.press("j")
        app.run_line("job")
        await until(lambda: isinstance(app.screen, Confirm))
        await until(lambda: "revoke expired sessions" in text(app))
        await pilot.press("y")
        await until(lambda: "job sessions: done: 1 session" in text(app))
        await until(lambda: any("sessions" in line and " done " in line for line in text(app).splitlines()))
    assert await db.fetchval("SELECT count(*) FROM user_sessions WHERE session_token LIKE 'revoked:%'") == 1
