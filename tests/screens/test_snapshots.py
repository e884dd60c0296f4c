"""Every screen and every state of it, at two sizes."""

import time
from collections.abc import Iterator

import pytest

from gbtui.errors import DeadlineError, DeniedError
from tests.screens.snapshot import check
from tests.ui.fakes import SILENCE, WAITING, connected, console, frozen_monitor, running, settle, text
from tests.ui.test_acting import Stage

SIZES = ((80, 24), (120, 40))


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are drawn in the reader's zone: here UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("overview", ""),
        ("tenants", "2"),
        ("sessions", "3"),
        ("tail", "4"),
        ("queries", "7"),
        ("queries-wide", "7 l l l l l l l l l l l"),
        ("query", "7 j d"),
        ("health", "0"),
        ("bots", "colon b o t s enter"),
        ("keys", "question_mark"),
        ("filtered", "3 slash w a i t colon"),
        ("command", "colon t"),
        ("described", "d"),
        ("panel", "colon c o n n e c t i o n s enter"),
        ("tables", "8"),
        ("indexes", "9"),
        ("scoped", "2 o 3"),
        ("jobs", "colon j o b s enter"),
        ("forecast", "colon f o r e c a s t enter"),
    ],
)
async def test_screen(name: str, keys: str, size: tuple[int, int]) -> None:
    app = console()
    async with running(app, size) as pilot:
        for key in keys.split():
            await pilot.press(key)
            await settle(pilot)
        check(f"{name}-{size[0]}x{size[1]}", text(app))
    assert app.failures == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_silence(size: tuple[int, int]) -> None:
    """A bot fell silent, people wait: the verdict says it in one sentence, enter leads to those who wait."""
    app = console(connected(frozen_monitor((SILENCE, WAITING))))
    async with running(app, size) as pilot:
        check(f"silence-{size[0]}x{size[1]}", text(app))
        await pilot.press("down", "enter")
        await settle(pilot)
        check(f"waiting-{size[0]}x{size[1]}", text(app))
    assert app.failures == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("name", "keys"), [("activity", "5"), ("locks", "6"), ("cancel", "6 C"), ("terminate", "5 K")])
async def test_queue(name: str, keys: str, size: tuple[int, int]) -> None:
    """Sessions wait behind an ALTER that waits itself."""
    stage = Stage()
    async with running(stage.app, size) as pilot:
        for key in keys.split():
            await pilot.press(key)
            await settle(pilot)
        check(f"{name}-{size[0]}x{size[1]}", text(stage.app))
    assert stage.app.failures == []


@pytest.mark.parametrize("name", ["calm", "loading", "denied", "stale", "empty", "demo", "banner", "plain"])
async def test_state(name: str) -> None:
    monitor = frozen_monitor(()) if name == "calm" else frozen_monitor()
    changes: dict[str, object] = {}
    look: dict[str, object] = {}
    match name:
        case "loading":
            del monitor.samples["sessions"]
        case "denied":
            del monitor.samples["sessions"]
            error = DeniedError(
                "Not allowed", "permission denied for table user_sessions", "GRANT pg_read_all_data TO watch"
            )
            monitor.fail("sessions", error, keep=False)
        case "stale":
            monitor.fail("sessions", DeadlineError("No answer in time", "sessions took longer than 8 s"))
        case "empty":
            monitor.samples["sessions"] = (
                frozen_monitor().last("locks").__class__("sessions", (), monitor.last("rates").taken_at)
            )
        case "demo":
            changes, look = {"demo": True, "read_only": False}, {"demo": True}
        case "banner":
            changes = {"banner": "3 migrations are pending: this console is read-only"}
        case "plain":
            look = {"plain": True}
    app = console(connected(monitor, **changes), **look)
    async with running(app) as pilot:
        if name not in ("calm", "demo", "banner"):
            await pilot.press("3")
            await settle(pilot)
        check(f"state-{name}", text(app))
