"""Lists longer than a page: the first is live, the others are read when one moves on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from gbtui.domain.page import Page as Rows
from gbtui.domain.scope import Scope
from gbtui.domain.session_list import Session
from gbtui.monitor.sample import Sample
from gbtui.ui import paged
from gbtui.ui.paged import PAGE, Page
from gbtui.ui.widgets.live_table import LiveTable
from tests.ui.fakes import ACTIVITY, NOW, SESSIONS, connected, console, frozen_monitor, running, settle, text
from tests.waiting import until


def session(number: int) -> Session:
    return replace(SESSIONS[0], id=UUID(int=9000 + number), last_activity=NOW - timedelta(seconds=number))


ALL = [session(number) for number in range(2 * PAGE + 50)]


async def page(scope: Scope, last: Any) -> Sequence[Any]:
    return [row for row in ALL if row.last_activity < last.last_activity][:PAGE]


async def test_moving_down_past_the_last_row_reads_on_while_the_first_page_stays_live() -> None:
    monitor = frozen_monitor()
    monitor.put(Sample("sessions", tuple(ALL[:PAGE]), NOW))
    app = console(connected(monitor, pages={"sessions": page}))
    async with running(app, (80, 24)) as pilot:
        await pilot.press("3")
        await settle(pilot)
        assert "200 sessions, newest activity first  more: down" in text(app)
        table = app.screen.query_one("#list", LiveTable)
        await pilot.press("G")
        await settle(pilot)
        assert (table.cursor_index, len(table.rows)) == (PAGE - 1, PAGE)
        await pilot.press("j")
        await until(lambda: len(table.rows) == 2 * PAGE)
        await settle(pilot)
        assert "400 sessions, newest activity first  200 live, 200 read 14:02:31  more: down" in text(app)
        assert table.cursor_row == ALL[PAGE]
        # A new session pushes the last live one out of its page: it stays in the list.
        fresh = replace(session(0), id=UUID(int=1), last_activity=NOW + timedelta(seconds=1))
        monitor.put(Sample("sessions", (fresh, *ALL[: PAGE - 1]), NOW))
        await settle(pilot)
        assert list(table.rows) == [fresh, *ALL[: 2 * PAGE]]
        assert table.cursor_row == ALL[PAGE]
        await pilot.press("G", "j")
        await until(lambda: len(table.rows) == len(ALL) + 1)
        await settle(pilot)
        assert "all of them" in text(app)


async def test_a_short_list_offers_no_more() -> None:
    app = console(connected(pages={"sessions": page}))
    async with running(app) as pilot:
        await pilot.press("3", "G", "j")
        await settle(pilot)
        assert "more" not in text(app).split("\n")[1]


async def test_idle_connections_are_left_out_of_activity_counted_and_shown_on_demand() -> None:
    monitor = frozen_monitor()
    idle = replace(ACTIVITY[0], pid=99, state="idle", query="SELECT 'the last one'")
    begun = replace(ACTIVITY[0], state="idle", query="SELECT 'older'")
    monitor.samples["idle"] = Sample("idle", (idle, begun), NOW)
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        await pilot.press(":", *"activity", "enter")
        await settle(pilot)
        assert "left out: 44 idle, 7 of the server (i)" in text(app)
        table = app.screen.query_one("#list", LiveTable)
        await pilot.press("i")
        await settle(pilot)
        assert "with the idle and the server's (i)" in text(app)
        assert [(row.pid, row.state) for row in table.rows] == [(4711, "active"), (99, "idle")]
        await pilot.press("i")
        await settle(pilot)
        assert [row.pid for row in table.rows] == [4711]
        assert "idle" not in monitor.names


async def test_a_panel_that_leaves_nothing_out_has_no_such_key() -> None:
    app = console()
    async with running(app) as pilot:
        await pilot.press(":", *"tables", "enter")
        await settle(pilot)
        assert "i" not in app.screen.active_bindings


def _stands_on(table: LiveTable[Session], row: Session) -> bool:
    return table.cursor_row == row


def both_ways(rows: Sequence[Session]) -> Page:
    """Pages that know what stands in front of them; an edge is the index of a row, negative: of the page before it."""

    async def read(scope: Scope, edge: Any) -> Rows[Session]:
        start = edge if edge >= 0 else max(0, -edge - PAGE)
        found = rows[start : start + PAGE] if edge >= 0 else rows[start:-edge]
        end = start + len(found)
        return Rows(tuple(found), end if end < len(rows) else None, -start if start > 0 else None)

    return read


async def test_depth_holds_no_more_rows_than_it_must_and_the_way_back_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paged, "MOST", 4 * PAGE)
    rows = [session(number) for number in range(9 * PAGE)]
    monitor = frozen_monitor()
    monitor.put(Sample("sessions", tuple(rows[:PAGE]), NOW, behind=PAGE))
    app = console(connected(monitor, pages={"sessions": both_ways(rows)}))
    async with running(app, (120, 24)) as pilot:
        await pilot.press("3")
        await settle(pilot)
        table = app.screen.query_one("#list", LiveTable)
        for number in range(2, 10):
            await pilot.press("G", "j")
            await until(partial(_stands_on, table, rows[(number - 1) * PAGE]))
            assert len(table.rows) <= 5 * PAGE
        await settle(pilot)
        assert table.rows[-1] == rows[-1]
        assert "further down, read 14:02:31  g: the live ones  all of them" in text(app)
        # Up, over the first row held, to what was let go; the rows are whole and in order all the way.
        first = table.rows[0]
        table.go_to(first.id)
        await pilot.press("k")
        await until(lambda: table.cursor_row == rows[rows.index(first) - 1])
        held = rows.index(table.rows[0])
        assert list(table.rows) == rows[held : held + len(table.rows)]
        assert len(table.rows) <= 5 * PAGE
        await pilot.press("g")
        await settle(pilot)
        assert list(table.rows) == rows[:PAGE]
        assert table.cursor_row == rows[0]
        assert "more: down" in text(app)


async def test_going_back_up_meets_the_live_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paged, "MOST", 3 * PAGE)
    rows = [session(number) for number in range(6 * PAGE)]
    monitor = frozen_monitor()
    monitor.put(Sample("sessions", tuple(rows[:PAGE]), NOW, behind=PAGE))
    app = console(connected(monitor, pages={"sessions": both_ways(rows)}))
    async with running(app, (120, 24)) as pilot:
        await pilot.press("3")
        await settle(pilot)
        table = app.screen.query_one("#list", LiveTable)
        for number in range(2, 6):
            await pilot.press("G", "j")
            await until(partial(_stands_on, table, rows[(number - 1) * PAGE]))
        while table.rows[0] != rows[0]:
            first = table.rows[0]
            table.go_to(first.id)
            await pilot.press("k")
            await until(partial(_stands_on, table, rows[rows.index(first) - 1]))
        assert list(table.rows) == rows[: len(table.rows)]
        assert "200 live" in text(app)
