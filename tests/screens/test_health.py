"""What the Health screen says of all panels together, in which order, and what it asks for that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gbtui.errors import DeadlineError, DeniedError
from gbtui.monitor.finding import Finding, Severity
from gbtui.ui.widgets.live_table import LiveTable
from screens.health import PanelRow, summary
from tests.ui.fakes import FINDINGS, connected, console, frozen_monitor, running, settle, text
from tests.waiting import until

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


def test_a_note_is_a_finding_and_a_panel_without_answer_is_not_called_well() -> None:
    note = Finding(
        Severity.INFO, "deadlocks", "rates", "1 deadlock", "two sessions crossed", "lock in one order", "rates"
    )
    well = PanelRow("pool", Severity.OK, "all idle", NOW, "now", None)
    noted = PanelRow("rates", Severity.INFO, "1 deadlock", NOW, "now", note)
    denied = PanelRow("tables", None, "denied: GRANT pg_monitor TO me", None, "–", None)
    assert summary([well]) == "no findings"
    assert summary([well, noted]) == "1 with findings"
    assert summary([well, noted, denied]) == "1 with findings, 1 not known"


def panels(app: Any) -> list[str]:
    """The names in the list, as they stand."""
    return [row.name for row in app.screen.query_one("#list", LiveTable).shown_rows]


async def test_what_is_not_known_stands_behind_what_is_bad_and_before_what_is_well() -> None:
    monitor = frozen_monitor()
    monitor.fail("tables", DeniedError("no", "rights", "GRANT pg_monitor TO watch"), keep=False)
    monitor.fail("activity", DeadlineError("No answer in time", "8 s"))
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        await pilot.press("0")
        await settle(pilot)
        names = panels(app)
        assert names[:2] == ["locks", "replication"]
        assert set(names[2:4]) == {"tables", "activity"}
        assert names.index("pool") < names.index("databases")  # which was never read
        assert "denied: GRANT pg_monitor TO watch" in text(app)
        assert "no answer: No answer in time" in text(app)


async def test_a_panel_that_nobody_looks_at_is_asked_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = frozen_monitor(FINDINGS)
    app = console(connected(monitor))
    async with running(app) as pilot:
        await pilot.press("0")
        await settle(pilot)
        always = {probe.name for probe in monitor.probes.values() if probe.always}
        assert monitor.names == always
        await until(lambda: "idle" in monitor.asked)
        assert not set(monitor.asked) & always
        before = list(monitor.asked)
        app.screen._look()  # type: ignore[attr-defined]
        await settle(pilot)
        assert monitor.asked == before
        later = app.now() + timedelta(minutes=2)
        monkeypatch.setattr(app, "now", lambda: later)
        app.screen._look()  # type: ignore[attr-defined]
        await until(lambda: monitor.asked.count("idle") == before.count("idle") + 1)
        await pilot.press("p")
        monkeypatch.setattr(app, "now", lambda: later + timedelta(minutes=2))
        asked = len(monitor.asked)
        app.screen._look()  # type: ignore[attr-defined]
        await settle(pilot)
        assert len(monitor.asked) == asked


async def test_the_boxes_are_watched_while_there_is_room_for_them() -> None:
    app = console()
    async with running(app, (120, 40)) as pilot:
        await pilot.press("0")
        await settle(pilot)
        assert app.connected is not None
        names = app.connected.monitor.names  # type: ignore[attr-defined]
        assert {"pool", "tables", "locks", "replication"} <= names
