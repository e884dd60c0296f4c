"""Panels made from a record: rows that bear names stay rows, some fields wait to be chosen, `y` copies the act."""

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.horizon import Holder
from tests.monitor.test_checks import made
from tests.ui.fakes import NOW, connected, console, frozen_monitor, running, settle, text

HELD = made(
    Holder, holder="prepared", name="left behind", xmin_age=1204, held_age=7200.0, holds="this database",
    advice="ask its coordinator, then commit or roll it back by name", statement="ROLLBACK PREPARED 'left behind';",
)  # fmt: skip


async def test_one_holder_is_a_row_with_its_advice_and_y_copies_its_statement() -> None:
    monitor = frozen_monitor()
    monitor.samples["horizon"] = Sample("horizon", (HELD,), NOW)
    app = console(connected(monitor))
    sent: list[str] = []
    app.send = sent.append  # type: ignore[assignment, method-assign]
    async with running(app) as pilot:
        for key in ["colon", "h", "o", "r", "i", "z", "o", "n", "enter"]:
            await pilot.press(key)
            await settle(pilot)
        shown = text(app)
        assert "prepared left behind" in shown
        assert "ask its coordinator" in shown
        assert "backend start" not in shown
        await pilot.press("y")
        await settle(pilot)
        assert sent == ["ROLLBACK PREPARED 'left behind';"]
    assert app.failures == []


async def test_a_long_way_never_hides_where_one_is_nor_whether_one_may_act() -> None:
    app = console()
    async with running(app, (80, 24)) as pilot:
        for name in ("errors", "violations", "checkpoints", "wal", "wal_held", "temp_files"):
            await pilot.press("colon", *name, "enter")
            await settle(pilot)
        head = text(app).splitlines()[0]
        assert "▸ Overview ▸ … ▸ " in head
        assert "▸ Temp files" in head
        assert "READ-ONLY" in head
