"""On a real server: what is around a thing is walked, and it is acted on only when the console may act."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import ScreenStackError
from textual.pilot import Pilot

from gbtui.database.database import Database
from gbtui.domain.conversation import Conversations
from gbtui.domain.rooms.reading import Rooms
from gbtui.domain.tenant_list import scope_of
from gbtui.lifecycle.hands import Hands
from gbtui.monitor.monitor import Monitor
from gbtui.security.audit import Audit
from gbtui.security.guard import Guard
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected
from gbtui.ui.entries import complete
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.related import Related
from gbtui.ui.widgets.confirm import Confirm
from gbtui.ui.widgets.live_table import LiveTable
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place, say
from tests.ui.fakes import _is_open as is_open
from tests.ui.fakes import console, settle, text
from tests.waiting import until


@asynccontextmanager
async def desk(
    dsn: str, folder: Path, *, read_only: bool = True
) -> AsyncIterator[tuple[Console, Pilot[int]]]:  # fmt: skip
    """The console on a server, at its tenants."""
    async with Database(dsn, read_only=read_only) as database:
        monitor, audit = Monitor(database), Audit(database, folder / "audit.jsonl")
        app = console(
            Connected(
                monitor, "prod-eu", lambda: "primary", audit=audit, hands=Hands(database, audit), rooms=Rooms(database),
                guard=Guard(database, read_only=read_only, name="prod-eu"), conversations=Conversations(database),
                organization=lambda name: scope_of(database, name),
            )
        )  # fmt: skip
        await monitor.start()
        async with app.run_test(size=(100, 40)) as pilot:
            await until(lambda: is_open(app))
            await pilot.press("2")
            await until(lambda: _listed(app))
            yield app, pilot
        await monitor.stop()


def _listed(app: Console) -> bool:
    """Whether a list stands there with its rows; between two modes there is no screen at all."""
    try:
        return isinstance(app.screen, ListScreen) and bool(app.screen.query("#list")) and bool(table(app).rows)
    except ScreenStackError:
        return False


def table(app: Console) -> LiveTable[Any]:
    assert isinstance(app.screen, ListScreen)
    return app.screen.table


async def line(app: Console, pilot: Pilot[int], words: str) -> None:
    app.run_line(words)
    await settle(pilot)


async def acme(connect: Connect, dsn: str) -> tuple[Connection, Place]:
    db = await connect(dsn)
    at = await place(db)
    await say(db, at, "hello")
    return db, at


async def test_d_shows_what_is_around_and_enter_goes_there(dsn: str, connect: Connect, tmp_path: Path) -> None:
    await acme(connect, dsn)
    async with desk(dsn, tmp_path) as (app, pilot):
        await pilot.press("d")
        await until(lambda: _tree(app, "+ bots"))
        await pilot.press("tab", "l", "l")  # into the bots, and open them
        await until(lambda: _tree(app, "support-acme"))
        await pilot.press("l", "l")
        await until(lambda: _tree(app, "message_history") and _tree(app, "^ acme"))
        assert _line(app, "user_sessions").split() == ["+", "user_sessions", "1"]
        await pilot.press("enter")
        await until(lambda: app.place.panel.startswith("bot "))
        assert "acme ▸ support-acme" in text(app).splitlines()[0]


async def test_a_row_without_a_page_is_described_and_that_is_on_record(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db, at = await acme(connect, dsn)
    await db.execute("INSERT INTO clicks (session_id, element_id) VALUES ($1, 'buy')", at.session_id)
    async with desk(dsn, tmp_path) as (app, pilot):
        await line(app, pilot, f"bot {at.bot_id} sessions")
        await until(lambda: _listed(app))
        await pilot.press("d")
        await until(lambda: _tree(app, "clicks"))
        tree = app.screen.query_one(Related)
        tree.focus()
        await pilot.press(*"j" * [row.split("\t")[0].strip() for row in tree.lines].index("clicks"), "l")
        await until(lambda: tree.lines[-1] and _tree(app, "+ ", below="clicks"))
        await pilot.press("l", "enter")
        await until(lambda: "element id" in text(app) and "buy" in text(app))
        await until(lambda: _recorded(db, "row.viewed"))


async def _recorded(db: Connection, action: str) -> bool:
    return bool(await db.fetchval("SELECT count(*) FROM gb_meta.audit_log WHERE action = $1", action))


def _line(app: Console, word: str) -> str:
    return next((one for one in text(app).splitlines() if word in one), "").lstrip(" ▸")


def _tree(app: Console, word: str, below: str = "") -> bool:
    rows = [f"{one}" for tree in app.screen.query(Related).results() for one in _shown(tree)]
    at = next((n for n, one in enumerate(rows) if below in one), 0)
    return any(word in one for one in rows[at + bool(below) :])


def _shown(tree: Related) -> list[str]:
    return [tree.render_line(y).text for y in range(tree.size.height)]


async def test_what_acts_does_not_exist_while_it_is_read_only(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, _ = await acme(connect, dsn)
    names = {"delete", "end", "deactivate", "activate", "revoke"}
    async with desk(dsn, tmp_path) as (app, pilot):
        offered = {name for word in ("d", "e", "a", "r") for name in complete(word, app.entries)}
        assert not names & offered
        for name in sorted(names):
            await line(app, pilot, name)
            assert f"{name}: read-only: :unlock" in text(app)
        await line(app, pilot, "preview")
        await until(lambda: "message_history" in text(app) and "nothing is changed" in text(app))
        await pilot.press("escape")
        await line(app, pilot, "unlock")
        await pilot.press(*"prod-eu", "enter")
        await settle(pilot)
        assert names <= {name for word in ("d", "e", "a", "r") for name in complete(word, app.entries)}
        assert await db.fetchval("SELECT count(*) FROM organizations") == 1


async def test_a_tenant_is_deleted_only_by_its_name(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, _ = await acme(connect, dsn)
    async with desk(dsn, tmp_path, read_only=False) as (app, pilot):
        await line(app, pilot, "delete")
        await until(lambda: "Delete organization acme?" in text(app))
        shown = text(app)
        assert "message_history: 1 deleted" in shown
        await pilot.press("enter", *"acne", "enter")
        assert isinstance(app.screen, Confirm)
        assert await db.fetchval("SELECT count(*) FROM organizations") == 1
        await pilot.press(*["backspace"] * 4, *"acme", "enter")
        await until(lambda: "organization acme is deleted" in text(app), 30.0)
        assert await db.fetchval("SELECT count(*) FROM organizations") == 0
        assert await _recorded(db, "organization.deleted")


async def test_escape_interrupts_a_delete_and_it_is_gone_on_with(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, at = await acme(connect, dsn)
    holder = await connect(dsn)
    await holder.execute("BEGIN; SELECT FROM user_sessions FOR UPDATE")
    async with desk(dsn, tmp_path, read_only=False) as (app, pilot):
        await line(app, pilot, "delete organization acme")
        await until(lambda: "esc leaves everything" in text(app))
        await pilot.press(*"acme", "enter")
        await until(lambda: "somebody holds rows of it" in text(app))
        await pilot.press("escape")
        await until(lambda: ":delete organization acme goes on" in text(app))
        await line(app, pilot, "deletions")
        await until(lambda: "interrupted, begun" in text(app))
        await holder.execute("ROLLBACK")
        await pilot.press("escape")
        await line(app, pilot, f"delete organization {at.org_id}")
        await until(lambda: "esc leaves everything" in text(app))
        await pilot.press(*"acme", "enter")
        await until(lambda: "organization acme is deleted" in text(app), 30.0)
        assert await db.fetchval("SELECT count(*) FROM message_history") == 0


async def test_a_session_is_ended_with_one_key_and_stays(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, at = await acme(connect, dsn)
    async with desk(dsn, tmp_path, read_only=False) as (app, pilot):
        await line(app, pilot, f"bot {at.bot_id} sessions")
        await until(lambda: _listed(app))
        await line(app, pilot, "end")
        await until(lambda: "esc leaves everything" in text(app))
        assert "its messages stay" in text(app)
        await pilot.press("y")
        await until(lambda: "has ended" in text(app))
        assert await db.fetchval("SELECT expires_at <= now() FROM user_sessions")
        await line(app, pilot, "deactivate")
        assert "this is no deed for a session" in text(app)
