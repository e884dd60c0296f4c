"""`:sql` and `e` as somebody sees them: on a real database, in a console whose panels stand still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from gbtui.database.database import Database
from gbtui.domain.explain.explain import Explainer
from gbtui.domain.sql_line.history import History
from gbtui.domain.sql_line.run import SqlLine
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.callers import Caller
from gbtui.security.audit import Audit
from gbtui.ui import sql_verbs
from gbtui.ui.app import Console
from gbtui.ui.prompt import Prompt
from gbtui.ui.value_view import RowView
from screens.sql import SqlResult
from tests.conftest import Connect
from tests.ui.fakes import NOW, connected, console, frozen_monitor, running, text
from tests.ui.test_console import press
from tests.waiting import until


@dataclass
class Stage:
    app: Console
    pilot: Pilot[int]
    database: Database
    history: History

    async def enter(self, line: str) -> None:
        self.app.run_line(line)
        await self.pilot.pause()
        await until(lambda: not getattr(self.app.screen, "busy", False))
        await self.pilot.pause()

    async def shows(self, *told: str) -> None:
        try:
            await until(lambda: all(one in text(self.app) for one in told), 4.0)
        except AssertionError:
            pytest.fail(f"{told} is not shown:\n{text(self.app)}")


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    kept = History(tmp_path / "history.json")
    monkeypatch.setattr(sql_verbs, "history", lambda: kept)
    monkeypatch.setitem(Prompt.HISTORY, ":", [])
    return kept


@asynccontextmanager
async def staged(dsn: str, history: History, tmp_path: Path, **changes: Any) -> AsyncIterator[Stage]:
    async with Database(dsn) as database:
        audit = Audit(database, tmp_path / "audit.jsonl")
        explainer, line = Explainer(database, audit), SqlLine(database)
        app = console(connected(frozen_monitor(), audit=audit, explainer=explainer, sql_line=line, **changes))
        async with running(app, (100, 30)) as pilot:
            yield Stage(app, pilot, database, history)
        await app.recorded()
    assert app.failures == []


async def test_a_statement_is_answered_described_read_on_exported_and_on_record(
    filled_dsn: str, history: History, tmp_path: Path, connect: Connect
) -> None:
    async with staged(filled_dsn, history, tmp_path) as stage:
        await stage.enter("sql SELECT NULL AS n, slug, repeat('xy', 4500) AS long FROM organizations ORDER BY slug")
        await stage.shows("16 rows", "acme", "NULL", f"as {stage.database.facts.user}")
        await press(stage.pilot, "j", "d")
        assert isinstance(stage.app.screen, RowView)
        await stage.shows("n  text, NULL", "slug  text, 4 characters", "1 to 4,000 of 9,000 characters; d reads on")
        await press(stage.pilot, "j", "j", "j", "d")
        await stage.shows("4,001 to 8,000 of 9,000")
        await press(stage.pilot, "escape", "x")
        prompt = stage.app.screen.query_one(Prompt)
        assert prompt.typed.endswith(".csv 100MB")
        await press(stage.pilot, "escape")
        await stage.enter(f"export {tmp_path / 'out.csv'} 1MB")
        await stage.shows("wrote 16 rows")
        assert (tmp_path / "out.csv").read_text().count("\n") == 17
        await stage.app.recorded()
        admin = await connect(filled_dsn)
        rows = await admin.fetch(
            "SELECT action, detail::text FROM gb_meta.audit_log WHERE action LIKE 'sql.%' ORDER BY 1"
        )
        assert [row["action"] for row in rows] == ["sql.exported", "sql.run"]
        assert "FROM organizations" in rows[1]["detail"]
        assert history.statements()[-1].startswith("SELECT NULL")


async def test_what_is_wrong_is_said_and_nothing_runs_by_going_back(
    sample_dsn: str, history: History, tmp_path: Path
) -> None:
    async with staged(sample_dsn, history, tmp_path) as stage:
        await stage.enter("sql DELETE FROM bots")
        await stage.shows("DELETE is not run here")
        assert not isinstance(stage.app.screen, SqlResult)
        await stage.enter("sql SELECT * FORM bots -- --in acme")
        await stage.shows("at sign 10: FORM bots")
        await stage.enter("set deadline 2s")
        assert stage.app.deadline == 2.0
        await stage.enter("set deadline 1d")
        await stage.shows("from 1s to 1h")
        await stage.enter("sql SELECT 41 + 1 AS answer")
        await stage.shows("42")
        await press(stage.pilot, "3", "backspace")
        await stage.shows("SELECT 41 + 1 AS answer", "r runs it")
        await press(stage.pilot, "r")
        await stage.shows("42")
        stage.app.run_line("link")
        await stage.shows("a statement is run, not gone to")


async def test_ctrl_c_stops_it_and_a_filter_asks_by_column(sample_dsn: str, history: History, tmp_path: Path) -> None:
    async with staged(sample_dsn, history, tmp_path) as stage:
        stage.app.run_line("sql SELECT pg_sleep(60)")
        await stage.shows("ctrl+c stops it")
        await press(stage.pilot, "ctrl+c")
        await stage.shows("stopped after")
        stage.app.screen.query_one(Prompt).open(":", "sql ")
        await stage.pilot.pause()
        line = stage.app.screen.query_one(Input)
        line.post_message(
            events.Paste("SELECT slug, length(slug) AS len, -- a comment\n E'\\x1b]0;owned\\x07'\nFROM organizations")
        )
        await stage.pilot.pause()
        assert line.value.endswith("AS len, E'\\x1b]0;owned\\x07' FROM organizations")
        await press(stage.pilot, "enter")
        await stage.shows("16 rows")
        screen = stage.app.screen
        assert isinstance(screen, SqlResult)
        assert "\x1b" not in text(stage.app)
        screen.narrow("slug:acme len<5")
        assert [row.values[0].text for row in screen.table.shown_rows] == ["acme"]


async def test_e_shows_the_plan_with_the_cursor_on_the_worst_node_and_analyze_wants_a_word(
    sample_dsn: str, history: History, tmp_path: Path
) -> None:
    async with staged(sample_dsn, history, tmp_path) as stage:
        await stage.enter("explain SELECT * FROM message_history WHERE message LIKE $1 ORDER BY created_at")
        await stage.shows("worst", "a generic plan", "SELECT *", "FROM message_history")
        stage.app.run_line("analyze")
        await stage.shows("its parameter has no value")
        stage.app.run_line("analyze '%parcel%'")
        await stage.shows("type run and enter")
        await press(stage.pilot, *"run", "enter")
        await stage.shows("run once with your rights", "expected")
        await press(stage.pilot, "q", "7", "e")
        await stage.shows("cannot be explained")


async def test_a_statements_description_shows_it_laid_out_and_who_was_seen_running_it() -> None:
    monitor = frozen_monitor()
    monitor.samples["callers"] = Sample(
        "callers", (Caller(7002, "acme", "support", 0.75, 30, 40), Caller(7002, "", "", 0.25, 10, 40)), NOW, 60.0
    )
    app = console(connected(monitor))
    async with running(app, (100, 40)) as pilot:
        await press(pilot, "7", "j", "d")
        shown = text(app)
        for told in (
            "FROM message_history m",
            "WHERE m.created_at > $1",
            "acme / support",
            "75 % of 40 samples",
            "no tag",
        ):
            assert told in shown, told
