"""From a finding to its object: the screen behind it opens narrowed, with the cursor on the row it is about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.sample import Sample
from gbtui.ui.subject import is_about
from gbtui.ui.widgets.live_table import LiveTable
from tests.ui.fakes import (
    ACTIVITY,
    FINDINGS,
    NOW,
    TABLES,
    FrozenMonitor,
    connected,
    console,
    frozen_monitor,
    running,
    settle,
    text,
)
from tests.ui.test_console import press

BUSY = tuple(replace(ACTIVITY[0], pid=pid, state=state) for pid, state in ((1, "active"), (2, "idle"), (3, "idle")))
IDLE = Finding(
    Severity.WARNING, "idle_in_transaction", "3", "pid 3 sits idle", "its client", "terminate it", "activity",
    narrow="state:idle",
)  # fmt: skip


def watching(*findings: Finding, **rows: Any) -> FrozenMonitor:
    """The usual server with these findings and rows."""
    monitor = frozen_monitor(findings)
    monitor.samples |= {name: Sample(name, tuple(found), NOW, 1.0) for name, found in rows.items()}
    return monitor


def table(app: Any) -> LiveTable[Any]:
    """The visible list."""
    found: LiveTable[Any] = app.screen.query_one("#list", LiveTable)
    return found


def under_cursor(app: Any) -> Any:
    """The row under its cursor."""
    return table(app).cursor_row


async def test_enter_on_a_finding_sets_the_filter_and_puts_the_cursor_on_its_row() -> None:
    app = console(connected(watching(IDLE, activity=BUSY)))
    async with running(app) as pilot:
        await press(pilot, "enter")
        assert [row.pid for row in table(app).shown_rows] == [2, 3]
        assert under_cursor(app).pid == 3
        assert "/state:idle" in text(app)
        await press(pilot, "escape")
        assert under_cursor(app).pid == 3
    assert app.failures == []


async def test_the_cursor_waits_for_rows_that_are_not_read_yet() -> None:
    monitor = watching(IDLE)
    del monitor.samples["activity"]
    app = console(connected(monitor))
    async with running(app) as pilot:
        await press(pilot, "enter")
        monitor.put(Sample("activity", BUSY[:2], NOW - timedelta(minutes=1)))  # of an earlier visit
        await settle(pilot)
        assert "not here any more" not in text(app)
        monitor.put(Sample("activity", BUSY, NOW))
        await settle(pilot)
        assert under_cursor(app).pid == 3


async def test_what_is_gone_meanwhile_is_said_to_be_and_the_cursor_goes_where_it_is_moved() -> None:
    monitor = watching(IDLE, activity=BUSY[:2], idle=())
    app = console(connected(monitor))
    async with running(app) as pilot:
        await press(pilot, "enter")
        monitor.put(Sample("activity", BUSY[:2], NOW))
        await settle(pilot)
        assert "3 is not here any more" in text(app)
        monitor.put(Sample("activity", BUSY, NOW))
        await settle(pilot)
        assert under_cursor(app).pid == 2


async def test_enter_on_a_row_of_health_leads_to_the_object_of_its_finding() -> None:
    finding = replace(FINDINGS[1], subject="public.user_sessions", screen="tables")
    app = console(connected(watching(finding, tables=TABLES)))
    async with running(app) as pilot:
        await press(pilot, "0")
        table(app).go_to("tables")
        await press(pilot, "enter")
        assert under_cursor(app).name == "user_sessions"


@pytest.mark.parametrize("subject", ["user_sessions", "public.user_sessions"])
def test_a_table_is_called_with_or_without_its_schema(subject: str) -> None:
    assert is_about(TABLES[1], subject)
    assert not is_about(TABLES[0], subject)
