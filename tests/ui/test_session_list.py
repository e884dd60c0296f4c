"""The operator's inbox: its filter is answered by the server, and a session that was found by time opens there."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from gbtui.domain.session_list import Wish
from gbtui.monitor.sample import Sample
from gbtui.ui.widgets.live_table import LiveTable
from tests.ui.fakes import NOW, SESSIONS, connected, console, frozen_monitor, running, settle, text
from tests.waiting import until


async def test_what_is_typed_narrows_what_is_here_and_then_asks_the_server() -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        await pilot.press("3", "/", *"is:waiting")
        await settle(pilot)
        assert "1 of 4 sessions" in text(app)
        await until(lambda: bool(monitor.wishes))
        assert monitor.wishes == [Wish(marks=("waiting",))]
        assert "latest word first" in text(app)
        await pilot.press("enter", "escape")
        await settle(pilot)
        assert "4 sessions, newest activity first" in text(app)
        assert [name for name in monitor.names if name == "sessions"] == ["sessions"]


async def test_the_command_line_names_a_filter_of_a_list() -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        app.run_line("sessions is:expiring bot:support")
        await settle(pilot)
        assert app.current_mode == "sessions"
        assert monitor.wishes == [Wish(bot="support", marks=("expiring",))]
        assert "next to end first  /is:expiring bot:support" in text(app)


async def test_who_is_found_by_a_time_is_opened_there_and_left_as_the_list_was() -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    opened: list[object] = []
    async with running(app, (120, 40)) as pilot:
        app.open_session = lambda *place: opened.append(place)  # type: ignore[method-assign]
        app.run_line('sessions at:"2026-11-22 14:00Z"')
        await settle(pilot)
        at = NOW - timedelta(minutes=3)
        rows = [
            replace(SESSIONS[2], at=at, at_message=UUID(int=77)),
            replace(SESSIONS[0], at=at, at_message=UUID(int=78)),
        ]
        monitor.put(Sample("sessions", tuple(rows), NOW))
        await settle(pilot)
        assert "2 sessions, nearest word first" in text(app)
        assert "around Sun 2026-11-22" in text(app)
        table = app.screen.query_one("#list", LiveTable)
        assert "at" in [column.id for column in table.columns]
        await pilot.press("j", "enter")
        await settle(pilot)
        assert opened == [(SESSIONS[0].id, (at, UUID(int=78)))]
        await pilot.press("escape")
        await settle(pilot)
        assert "at" not in [column.id for column in table.columns]


async def test_where_nothing_is_so_it_says_what_was_looked_for() -> None:
    monitor = frozen_monitor()
    monitor.samples["sessions"] = Sample("sessions", (), NOW)
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        app.run_line('sessions at:"2026-11-22 03:00Z"')
        await settle(pilot)
        assert "no session has a message within a quarter of an hour of Sun 2026-11-22" in text(app)
        app.run_line("sessions at:yesterday")
        await settle(pilot)
        assert "a time of day, too" in text(app)
