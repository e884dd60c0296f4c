"""Tables and indexes: partitions behind one row, and back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.table_sizes import Measured, Table
from gbtui.monitor.server.tables import TABLES, Figures, Known
from gbtui.monitor.window import Moment, counted
from gbtui.ui.describe import Describe
from tests.ui.advised import INVALID
from tests.ui.fakes import NOW, connected, console, frozen_monitor, running, settle, text


def sample(*readings: float) -> Sample[object]:
    """A partitioned table, its two partitions, and a plain one, read so many seconds ago."""
    assert TABLES.over is not None
    parent = Table(1, "public", "p", True, None, 0, None, 0, 0, 0, 0, 0, 0, 0, None, None, False, 0, 0)
    made: Sample[object] = Sample("tables")
    for ago in readings:
        at = NOW - timedelta(seconds=ago)
        scans = 1000 - round(ago)
        tables = (
            parent,
            replace(parent, id=2, name="p_a", partitioned=False, parent=1, seq_scans=scans),
            replace(parent, id=3, name="p_b", partitioned=False, parent=1),
            replace(parent, id=4, name="plain", partitioned=False),
        )
        sizes = {2: Measured(2, 8192, 0, 0, at), 3: Measured(3, 16384, 0, 0, at), 4: Measured(4, 512, 0, 0, at)}
        moment = Moment(at, {table.id: Figures(table, sizes.get(table.id)) for table in tables})
        reading = counted(made, moment, TABLES.over, Known())
        made = Sample("tables", reading.rows, NOW, reading.window, memory=reading.memory)
    return made


async def test_enter_shows_the_partitions_and_esc_all_again() -> None:
    monitor = frozen_monitor()
    monitor.put(sample(60, 0))
    app = console(connected(monitor))
    async with running(app) as pilot:
        await pilot.press("8")
        await settle(pilot)
        assert "▸p (2) " in text(app)
        assert "24.0 kB" in text(app)
        await pilot.press("enter")
        await settle(pilot)
        shown = text(app)
        assert "partitions of p" in shown
        assert [line.split()[0].strip("▸") for line in shown.splitlines()[3:5]] == ["p_b", "p_a"]
        assert "plain" not in shown
        await pilot.press("escape")
        await settle(pilot)
        assert " plain " in text(app)
        assert text(app).splitlines()[3].startswith("▸p (2)")


async def test_partitions_are_those_of_the_newest_sample_and_no_other() -> None:
    """Their counters are those of now: under an older sample's time they would be a lie."""
    monitor = frozen_monitor()
    monitor.put(sample(60, 0))
    app = console(connected(monitor))
    async with running(app) as pilot:
        await pilot.press("8")
        await settle(pilot)
        monitor.put(replace(sample(120, 60, 0), taken_at=NOW + timedelta(seconds=30)))
        await settle(pilot)
        await pilot.press("comma", "enter")
        await settle(pilot)
        assert "1 sample back" in text(app)
        assert "partitions are told of the newest sample alone" in text(app)
        await pilot.press("full_stop", "enter", "comma")
        await settle(pilot)
        assert "partitions of p" in text(app)
        assert "sample back" not in text(app)


async def test_what_has_no_partitions_is_described() -> None:
    monitor = frozen_monitor()
    monitor.put(sample(60, 0))
    app = console(connected(monitor))
    async with running(app) as pilot:
        await pilot.press("8", "j", "enter")
        await settle(pilot)
        assert isinstance(app.screen, Describe)


async def test_t_tells_the_use_of_tables_over_another_window() -> None:
    monitor = frozen_monitor()
    monitor.put(sample(300, 60, 10, 0))
    app = console(connected(monitor))
    async with running(app) as pilot:
        await pilot.press("8", "t", "t")
        await settle(pilot)
        assert "  5 m (t)" in text(app).splitlines()[1]
        await pilot.press("9")
        await settle(pilot)
        assert "(t)" in text(app).splitlines()[1], "the same choice holds for indexes"


async def test_indexes_are_narrowed_by_what_they_are() -> None:
    app = console()
    async with running(app) as pilot:
        await pilot.press("9", "slash", *"is:invalid", "enter")
        await settle(pilot)
        lines = text(app).splitlines()
        assert "1 of 3 indexes" in lines[1]
        assert "user_sessions_old" in lines[3]
        assert "invalid" in lines[3]


async def test_beside_an_index_stands_what_is_advised_and_y_copies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = console()
    sent: list[str] = []
    monkeypatch.setattr(app, "send", sent.append)
    async with running(app, (120, 40)) as pilot:
        await pilot.press("9", "slash", *"is:advised", "enter")
        await settle(pilot)
        (line,) = [line for line in text(app).splitlines() if "user_sessions" in line]
        assert "invalid" in line.split("user_sessions_old")[1]
        await pilot.press("y")
        assert sent == [INVALID.statement]
        await pilot.press("escape", "slash", *"is:withheld", "enter")
        await settle(pilot)
        (line,) = [line for line in text(app).splitlines() if "message_history" in line]
        assert "withheld" in line
        assert "~12 %" in line
        await pilot.press("d")
        await settle(pilot)
        told = text(app)
        assert "rarely used: withheld" in told
        assert "replica-b may use it and was not asked: connection refused" in told
        assert "2 of 2 nodes, window 12 d" in told
        assert "5,300 scans on replica-c" in told
        assert "about 12 % of it is air, rough: several columns" in told


async def test_indexes_are_there_before_their_advice_is() -> None:
    monitor = frozen_monitor()
    advice = monitor.samples.pop("index_advice")
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        await pilot.press("9")
        await settle(pilot)
        assert "user_sessions_pkey" in text(app)
        assert "withheld" not in text(app)
        monitor.put(advice)
        await settle(pilot)
        assert "withheld" in text(app)
