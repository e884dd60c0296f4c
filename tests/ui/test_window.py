"""`t` in panels: other windows of the same rates, at once; nothing where there are none."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.rates import RATES, DatabaseCounters, _moment
from gbtui.monitor.window import counted
from gbtui.ui.chrome import Foot
from tests.ui.fakes import NOW, connected, console, frozen_monitor, running, settle, text


def rates(*readings: tuple[float, int]) -> Sample[Any]:
    """What readings (seconds ago, commits so far) of one database leave behind."""
    assert RATES.over is not None
    none: Any = dict.fromkeys((field.name for field in fields(DatabaseCounters)), 0)
    begun = NOW - timedelta(hours=2)
    zero = DatabaseCounters(**none | {"id": 1, "name": "a", "started_at": begun, "stats_reset": begun})
    sample: Sample[Any] = Sample("rates")
    for seconds, commits in readings:
        at = NOW - timedelta(seconds=seconds)
        reading = counted(sample, _moment([replace(zero, at=at, commits=commits)], None), RATES.over)
        sample = Sample("rates", reading.rows, NOW, reading.window, reading.skipped, memory=reading.memory)
    return sample


async def test_t_goes_through_the_windows_without_a_reading() -> None:
    monitor = frozen_monitor()
    monitor.put(rates((600, 0), (300, 6000), (60, 30_000), (1, 30_059), (0, 30_060)))
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        app.run_line("rates")
        await settle(pilot)
        seen = []
        for _ in range(6):
            lines = text(app).splitlines()
            caption = next(line for line in lines if "(t)" in line)
            figure = next(line for line in lines if "commits/s" in line).split()[1]
            seen.append((caption.split("(t)")[0].split("fields")[1].strip(), figure))
            await pilot.press("t")
            await settle(pilot)
        assert seen == [
            ("last 1 s", "1.0"),
            ("1 m", "1.0"),
            ("5 m", "80"),
            ("10 m of 15 m", "50"),
            ("since opened, 10 m", "50"),
            ("since reset, 2 h", "4.2"),
        ]
        assert monitor.reads == 0


async def test_a_window_can_be_named_and_is_refused_where_it_is_none() -> None:
    monitor = frozen_monitor()
    monitor.put(rates((600, 0), (300, 6000), (0, 30_060)))
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        app.run_line("rates")
        app.run_line("window 5m")
        await settle(pilot)
        assert " 5 m (t)" in text(app)
        app.run_line("window soon")
        await settle(pilot)
        assert "is no window" in text(app)


@pytest.mark.parametrize("line", ["locks", "overview", "health"])
async def test_where_there_are_no_rates_there_is_no_key(line: str) -> None:
    app = console()
    async with running(app, (120, 40)) as pilot:
        app.run_line(line)
        await settle(pilot)
        keys = {item.binding.id for item in app.screen.active_bindings.values() if item.enabled}
        assert "time" not in keys
        assert app.screen.query_one(Foot)
