"""A tenant-bound operator, through every command and every screen: not one value of another tenant comes out."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from gbtui.__main__ import main
from gbtui.commands.console import connected
from gbtui.commands.scraping import families
from gbtui.config import load
from gbtui.database.database import Database
from gbtui.domain.rooms.entrances import ROOMS_OF
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.metrics.expose import points
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probes import PROBES
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected, Look, Progress
from gbtui.ui.live_screen import LiveScreen
from screens import SCREENS
from tests.security.conftest import Walled
from tests.security.world import mark
from tests.ui.fakes import settle, text
from tests.waiting import until

BOUND = [name for name, probe in PROBES.items() if not probe.whole_server]


def leaks(output: str, walled: Walled) -> list[str]:
    """What of other tenants stands in an output: their texts, and the keys of their rows."""
    theirs = [mark("globex"), mark("third")]
    for name in ("globex", "third"):
        tenant = walled.world.tenants[name]
        keys = (str(key) for rows in tenant.rows.values() for key in rows.values())
        # A running number stands in every output, whosoever it is.
        theirs += [str(tenant.org_id), *(key for key in keys if not key.isdigit())]
    return [word for word in theirs if word in output.lower()]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings of anybody's, and exports go where they can be looked at."""
    (tmp_path / "none.toml").write_text("")
    monkeypatch.setenv("GBTUI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)
    yield


def said(capfd: pytest.CaptureFixture[str], walled: Walled, *words: str, login: str = "w_bound") -> tuple[int, str]:
    """A command's exit code, and all it writes."""
    try:
        code = main([*words, "--dsn", walled.dsn(login)])
    except SystemExit as stop:
        code = int(stop.code or 0)
    told = capfd.readouterr()
    return code, told.out + told.err


def test_every_probe_that_show_prints(walled: Walled, capfd: pytest.CaptureFixture[str]) -> None:
    ours = ""
    for name in PROBES:
        code, told = said(capfd, walled, "show", name, "--json")
        assert leaks(told, walled) == [], name
        if name in BOUND:
            ours += told
        else:
            assert code == 1, name
            assert f"{name} tells of the whole server, and this login is bound to acme" in told
    assert mark("acme") in ours
    assert {"tenants", "sessions", "bots"} <= set(BOUND)
    assert {"activity", "locks", "queries", "tables", "settings", "platform"}.isdisjoint(BOUND)


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        (("tail", "--last", "9", "--limit", "2"), True),
        (("tail", "--last", "9", "--limit", "2", "--json"), True),
        (("tail", "--stream", "audit", "--last", "9", "--limit", "9", "--json"), False),
        (("search", "parcel", "--since", "1d"), True),
        (("search", "parcel", "--org", "acme", "--json"), True),
        (("search", "--holding", "refund", "--since", "1d", "--json"), True),
        (("search", "refund", "--documents", "--org", "acme", "--json"), True),
        (("audit", "--json"), True),
        (("audit",), True),
        (("check",), False),
        (("check", "--json"), False),
        (("check", "--only", "connections"), False),
        (("report",), False),
        (("show", "tenants", "--csv"), True),
        (("show", "sessions"), True),
        (("config",), False),
        (("migrate", "status"), False),
        (("access", "list"), False),
        (("access", "explain", "w_viewer"), False),
    ],
)
def test_every_command(words: tuple[str, ...], ours: bool, walled: Walled, capfd: pytest.CaptureFixture[str]) -> None:
    _, told = said(capfd, walled, *words)
    assert leaks(told, walled) == []
    assert "Traceback" not in told
    assert (mark("acme") in told) or not ours, told


@pytest.mark.parametrize("command", [("show", "sessions"), ("tail", "--last", "1"), ("search", "parcel"), ("audit",)])
def test_naming_another_tenant_says_what_naming_none_says(
    command: tuple[str, ...], walled: Walled, capfd: pytest.CaptureFixture[str]
) -> None:
    """By its slug or its id: whether it exists is not told."""
    theirs = walled.world.tenants["globex"]
    told = []
    for name in (mark("globex"), str(theirs.org_id), "no-such-tenant"):
        code, output = said(capfd, walled, *command, "--org", name)
        assert code == 2
        told.append(output.replace(name, "NAME"))
    assert told[0] == told[1] == told[2]


def test_a_login_of_several_sees_these(walled: Walled, capfd: pytest.CaptureFixture[str]) -> None:
    _, told = said(capfd, walled, "show", "tenants", "--json", login="w_two")
    assert mark("third") in told
    assert '"organization": "acme"' in told
    assert mark("globex") not in told


async def test_the_metrics(walled: Walled) -> None:
    async with Database(walled.dsn("w_bound")) as database:
        monitor = Monitor(database)
        for name in monitor.probes:
            await monitor.once(name)
        told = str(families(points(monitor, CHECKS, datetime.now(UTC))))
        await monitor.stop()
    assert leaks(told, walled) == []
    assert set(re.findall(r"'probe': '(\w+)'", told)) <= set(BOUND)
    assert "'probe': 'bots'" in told


# --- the console -----------------------------------------------------------------------------------------


@asynccontextmanager
async def console(dsn: str, tmp_path: Path) -> AsyncIterator[tuple[Console, Pilot[int]]]:
    """The real console on the walled database."""
    config = load({"dsn": dsn, "migrate": "off"}, {}, tmp_path / "none.toml")
    async with AsyncExitStack() as held:

        async def opener(progress: Progress) -> Connected:
            return await connected(config, held, progress)

        app = Console(opener, Look("test", "test"))
        async with app.run_test(size=(200, 50)) as pilot:
            await until(lambda: app.connected is not None and isinstance(app.screen, LiveScreen))
            await settle(pilot)
            yield app, pilot


async def test_every_screen_room_description_copy_and_export(
    walled: Walled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}
    copied: list[str] = []
    monkeypatch.delenv("TMUX", raising=False)
    acme = walled.world.tenants["acme"]
    async with console(walled.dsn("w_bound"), tmp_path) as (app, pilot):
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        assert app.scope.org_id == acme.org_id
        assert app.current_mode == "tenants"

        async def look(name: str) -> None:
            await settle(pilot)
            try:
                await until(lambda: _has_come(app))
            except AssertionError:
                raise AssertionError(f"{name}: {text(app)}") from None
            seen[name] = text(app)
            await pilot.press("d")
            await settle(pilot)
            seen[f"{name} described"] = text(app)
            await pilot.press("Y", "y", "escape" if len(app.screen_stack) > 1 else "y")
            app.run_line(f"export {tmp_path}/{name.replace(' ', '_')}.json")
            await settle(pilot)

        for entry in SCREENS:
            app.run_line(entry.name)
            await settle(pilot)
            if entry.bound:
                assert app.current_mode == entry.name
                await look(entry.name)
            else:
                assert app.current_mode != entry.name
                assert "bound to acme" in text(app)
                if entry.digit:
                    await pilot.press(entry.digit)
                    await settle(pilot)
                assert app.current_mode != entry.name
        for name in BOUND:
            app.open_panel(name)
            await look(f"panel {name}")
        for line in ("tenant acme", f"bot {acme.key('public.bots', '')}", f"user {acme.key('public.users', 'ann')}"):
            for room in ("", *ROOMS_OF[line.partition(" ")[0]]):
                app.run_line(f"{line} {room}".strip())
                await look(f"{line.partition(' ')[0]} {room}")
        app.open_session(acme.rows["public.user_sessions"]["ann"])  # type: ignore[arg-type]
        await until(lambda: "parcel" in text(app))
        await look("conversation")
        app.open_session(walled.world.tenants["globex"].rows["public.user_sessions"]["gus"])  # type: ignore[arg-type]
        await look("their conversation")
        app.run_line("search parcel --since 1d")
        await look("search")
        app.run_line(f"user {walled.world.tenants['globex'].rows['public.users']['gus']}")
        await settle(pilot)
        app.run_line("tail")
        await look("tail again")
    for name, shown in seen.items():
        typed = str(walled.world.tenants["globex"].rows["public.user_sessions"]["gus"])
        assert leaks(shown.replace(typed, "").replace(typed.partition("-")[0], ""), walled) == [], name
    for name, written in files(tmp_path).items():
        assert leaks(written, walled) == [], name
    assert leaks("\n".join(copied), walled) == []
    assert mark("acme") in seen["tail"]
    assert mark("acme") in seen["sessions"]
    assert "parcel" in seen["conversation"]


async def test_the_scope_cannot_be_widened(walled: Walled, tmp_path: Path) -> None:
    async with console(walled.dsn("w_bound"), tmp_path) as (app, pilot):
        acme = walled.world.tenants["acme"].org_id
        for line in ("all", "org", f"org {walled.world.tenants['globex'].org_id}", f"org {mark('globex')}"):
            app.run_line(line)
            await settle(pilot)
            assert app.scope.org_id == acme, line
        await pilot.press("o")
        await settle(pilot)
        assert app.scope.org_id == acme
        assert "bound to acme: there is no wider scope" in text(app)


async def test_one_of_several_can_be_chosen_and_all_of_them_again(walled: Walled, tmp_path: Path) -> None:
    async with console(walled.dsn("w_two"), tmp_path) as (app, pilot):
        assert app.scope.mine
        app.run_line("org third")
        await until(lambda: app.scope.org_id == walled.world.tenants["third"].org_id)
        app.run_line("all")
        await settle(pilot)
        assert app.scope.mine
        app.run_line("all")
        await settle(pilot)
        assert "there is no wider scope" in text(app)
        app.run_line(f"org {mark('globex')}")
        await settle(pilot)
        assert app.scope.mine


def files(folder: Path) -> dict[str, str]:
    """What was exported, by name."""
    return {file.name: file.read_text() for file in folder.iterdir()}


def _has_come(app: Console) -> bool:
    """Whether what is shown is no longer being read."""
    screen: Any = app.screen
    return not isinstance(screen, LiveScreen) or "reading …" not in text(app)
