"""Stepping through samples: the one before, the one after, and live again; bounded in what is kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gbtui.monitor.sample import Sample
from gbtui.ui.frames import MOST, MOST_ROWS, Frame, Frames
from gbtui.ui.widgets.live_table import LiveTable
from tests.ui.fakes import (
    ACTIVITY,
    CONNECTIONS,
    NOW,
    TENANTS,
    FrozenMonitor,
    connected,
    console,
    frozen_monitor,
    running,
    settle,
    text,
)
from tests.ui.test_console import press


def pids(app: Any) -> list[int]:
    """The backends in the list."""
    return [row.pid for row in app.screen.query_one("#list", LiveTable).shown_rows]


async def read(pilot: Any, monitor: FrozenMonitor, pid: int, seconds: int) -> None:
    """A reading that finds one backend, so many seconds after NOW."""
    rows = (replace(ACTIVITY[0], pid=pid),)
    monitor.put(Sample("activity", rows, NOW + timedelta(seconds=seconds)))
    await settle(pilot)


async def test_an_older_sample_holds_still_with_its_time_until_one_steps_past_the_newest() -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    async with running(app, (120, 24)) as pilot:
        await press(pilot, "u", "colon", *"activity", "enter", "comma")
        assert "no sample before this one is kept" in text(app)
        for number in (1, 2):
            await read(pilot, monitor, number, number)
        await press(pilot, "full_stop")
        assert "this is the newest sample" in text(app)
        await press(pilot, "comma")
        assert pids(app) == [1]
        assert "14:02:32, 1 sample back" in text(app)
        await read(pilot, monitor, 3, 3)
        assert pids(app) == [1]
        assert "14:02:32, 2 samples back" in text(app)
        await press(pilot, "full_stop")
        assert pids(app) == [2]
        await press(pilot, "full_stop")
        assert pids(app) == [3]
        assert "sample back" not in text(app)
        await read(pilot, monitor, 4, 4)
        assert pids(app) == [4]
        await press(pilot, "comma", "comma", "escape")
        assert pids(app) == [4]
        assert "▸ Activity" in text(app)
    assert app.failures == []


@pytest.mark.parametrize("key", ["2", "3"])
async def test_lists_of_the_platform_step_too(key: str) -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    async with running(app, (120, 24)) as pilot:
        await press(pilot, key)
        name = {"2": "tenants", "3": "sessions"}[key]
        rows = monitor.last(name).rows
        monitor.put(Sample(name, rows[:1], NOW + timedelta(seconds=2)))
        await settle(pilot)
        await press(pilot, "comma")
        assert len(app.screen.query_one("#list", LiveTable).shown_rows) == len(rows)
        await press(pilot, "full_stop")
        assert len(app.screen.query_one("#list", LiveTable).shown_rows) == 1


async def test_another_scope_is_another_story() -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    async with running(app, (120, 24)) as pilot:
        await press(pilot, "2")
        monitor.put(Sample("tenants", TENANTS[:1], NOW + timedelta(seconds=2)))
        await settle(pilot)
        await press(pilot, "comma", "o", "comma")
        assert "no sample before this one is kept" in text(app)


def test_what_is_kept_is_bounded_in_number_and_in_rows() -> None:
    frames = Frames()
    for number in range(3 * MOST):
        frames.add(
            {"connections": Sample("connections", (CONNECTIONS,), NOW + timedelta(seconds=number))}, "connections"
        )
    assert len(frames) == MOST
    wide = Frames()
    for _ in range(10):
        wide.add({"activity": Sample("activity", (None,) * (MOST_ROWS // 4), NOW)}, "activity")
    assert len(wide) == 4


def test_a_frame_that_was_dropped_while_it_was_looked_at_steps_on_to_the_oldest() -> None:
    frames = Frames()
    first: Frame = {"activity": Sample("activity")}
    frames.add(first, "activity")
    for _ in range(MOST):
        frames.add({"activity": Sample("activity")}, "activity")
    assert frames.back(first) == MOST
    with pytest.raises(LookupError):
        frames.beside(first, -1)
    oldest = frames.beside(first, 1)
    assert oldest is not None
    assert frames.back(oldest) == MOST - 1
