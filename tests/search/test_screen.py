"""`:search` in the console: what it shows while it reads, when it ends, is stopped, or cannot."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gbtui.database.database import Database
from gbtui.domain.conversation import Conversations
from gbtui.domain.search.search import MessageSearch
from gbtui.domain.search.searches import Searches
from gbtui.domain.tenant_list import scope_of
from gbtui.monitor.monitor import Monitor
from gbtui.security.audit import Audit
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected, Look
from gbtui.ui.describe import Describe
from screens.conversation import Conversation
from screens.search import Search
from tests.conftest import Connection
from tests.domain.platform import Place, place, say
from tests.search.conftest import build
from tests.search.test_search import document, say_at
from tests.ui.fakes import settle, text
from tests.waiting import until

pytestmark = pytest.mark.parametrize("platform_dsn", [18], indirect=True)


@pytest.fixture
async def acme(writer: Connection) -> Place:
    made, globex = await place(writer), await place(writer, "globex")
    await say_at(writer, made, "an old refund", days=3)
    for said in ("Where is my refund?", "it \x1b[31mcame back\x1b[0m", "a refund [b]again[/b]"):
        await say(writer, made, said)
    await say(writer, globex, "their refund")
    await document(writer, made, "Refunds.md", "how a refund is made " * 30)
    return made


@asynccontextmanager
async def opened(dsn: str, tmp_path: Path, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Pilot[int]]:
    """A console on the server, at its Overview."""
    async with Database(dsn) as database:
        monitor = Monitor(database)
        audit = Audit(database, tmp_path / "audit.jsonl")

        async def opener(_: object) -> Connected:
            return Connected(
                monitor, "prod", lambda: "primary", None, audit=audit,
                organization=lambda name: scope_of(database, name),
                conversations=Conversations(database), searches=Searches(database, audit),
            )  # fmt: skip

        app = Console(opener, Look("prod", "prod"))
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.current_mode == "overview" and app.screen.is_mounted)
            yield pilot
        await monitor.stop()


async def line(pilot: Pilot[int], typed: str) -> None:
    assert isinstance(pilot.app, Console)
    pilot.app.run_line(typed)
    await pilot.pause()


async def search(pilot: Pilot[int], typed: str) -> Search:
    """The screen of a search, at its end."""
    await line(pilot, f"search {typed}")
    await until(lambda: isinstance(pilot.app.screen, Search) and pilot.app.screen._at is not None)
    screen = pilot.app.screen
    assert isinstance(screen, Search)
    await until(lambda: not screen.busy)
    await settle(pilot)
    return screen


def shown(screen: Search) -> list[str]:
    return [row.snippet for row in screen.table.shown_rows]


async def test_what_is_found_opens_at_its_place(platform_dsn: str, acme: Place, tmp_path: Path) -> None:
    async with opened(platform_dsn, tmp_path) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        screen = await search(pilot, "refund --org acme")
        assert shown(screen) == ["a refund [b]again[/b]", "Where is my refund?"]
        assert "2 messages  refund  acme, since " in text(app)
        assert "no index" in text(app)
        assert "2 found" in text(app)
        screen.table.action_down()
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Conversation) and app.screen.turn is not None)
        conversation = app.screen
        assert isinstance(conversation, Conversation)
        assert conversation.turn is not None
        assert conversation.turn.event.text == "Where is my refund?"
        await pilot.press("q")
        await until(lambda: app.screen is screen)
        assert shown(screen) == ["a refund [b]again[/b]", "Where is my refund?"]
        await pilot.press("slash", *"where", "enter")
        await settle(pilot)
        assert shown(screen) == ["Where is my refund?"]
        await pilot.press("escape")
        await settle(pilot)
        assert len(shown(screen)) == 2
        # Another search stands in its place: back leads to where one looked from.
        await search(pilot, "came --org acme")
        await pilot.press("q")
        await until(lambda: app.current_mode == "overview" and len(app.screen_stack) == 1)


async def test_a_tenant_chosen_is_searched_alone(
    platform_dsn: str, acme: Place, tmp_path: Path, writer: Connection
) -> None:
    await build(platform_dsn)
    async with opened(platform_dsn, tmp_path) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        screen = await search(pilot, "refund")
        assert len(shown(screen)) == 4
        assert "4 found" in text(app)
        assert screen.table.go_to(next(row.id for row in screen.table.rows if row.organization == "globex"))
        await pilot.press("o")
        await until(lambda: not screen.busy and shown(screen) == ["their refund"])
        assert "acme" not in text(app).partition("\n")[2]
        await pilot.press("o")
        await until(lambda: not screen.busy and len(shown(screen)) == 4)
        await pilot.press("x")
        path = tmp_path / "found.json"
        screen.export(path)
        await until(path.exists)
        assert "a refund [b]again[/b]" in path.read_text()
        await app.recorded()
    put = await writer.fetchrow("SELECT * FROM gb_meta.audit_log WHERE action = 'search.exported'")
    assert put is not None
    assert (put["object_table"], put["org_id"]) == ("public.message_history", None)
    assert '"search": "refund"' in put["detail"]
    assert '"matches": 4' in put["detail"]


async def test_documents_open_with_their_text(
    platform_dsn: str, acme: Place, tmp_path: Path, writer: Connection
) -> None:
    async with opened(platform_dsn, tmp_path) as pilot:
        screen = await search(pilot, "refund --documents --org acme")
        assert [row.name for row in screen.table.shown_rows] == ["Refunds.md"]
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, Describe))
        await settle(pilot)
        assert "how a refund is made" in text(pilot.app)  # type: ignore[arg-type]
    viewed = await writer.fetchval("SELECT count(*) FROM gb_meta.audit_log WHERE action = 'document.viewed'")
    assert viewed >= 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("refund", ("Too much to read", "--build-index --read-write", "--org or --bot")),
        ("", (':search "late parcel" --since 7d',)),
        ("x --nonsense", ("no flag is called --nonsense",)),
        ("nowhere --org acme", ("3 messages read, 0 found",)),
        ("the --language en --org acme", ("leaves out such words",)),
    ],
)
async def test_where_nothing_is_found_it_says_why(
    platform_dsn: str, acme: Place, tmp_path: Path, typed: str, said: Sequence[str]
) -> None:
    async with opened(platform_dsn, tmp_path, (80, 24)) as pilot:
        await search(pilot, typed)
        told = " ".join(text(pilot.app).split())  # type: ignore[arg-type]
        for words in said:
            assert words in told


async def test_it_is_stopped_and_gone_on_with(
    platform_dsn: str, acme: Place, tmp_path: Path, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()
    step = MessageSearch._step

    async def slowly(self: MessageSearch, most: int) -> object:
        if self.read:
            await go_on.wait()
        else:
            self._number.least = self._number.most = self._number.size = 2
        return await step(self, most)

    monkeypatch.setattr(MessageSearch, "_step", slowly)
    async with opened(platform_dsn, tmp_path) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        await line(pilot, "search refund --org acme --since 7d")
        await until(lambda: isinstance(app.screen, Search) and len(app.screen._hits) == 1)
        screen = app.screen
        assert isinstance(screen, Search)
        await until(lambda: "searching … back to" in text(app) and "ctrl+c stops" in text(app))
        await pilot.press("ctrl+c")
        await until(lambda: "stopped: back to" in text(app))
        assert not screen.busy
        assert shown(screen) == ["a refund [b]again[/b]"]
        go_on.set()
        await pilot.press("down")
        await until(lambda: shown(screen) == ["a refund [b]again[/b]", "Where is my refund?", "an old refund"])


async def test_a_server_that_fails_leaves_what_was_found(
    platform_dsn: str, acme: Place, tmp_path: Path, writer: Connection
) -> None:
    async with opened(platform_dsn, tmp_path) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        async with writer.transaction():
            await writer.execute("LOCK TABLE message_history IN ACCESS EXCLUSIVE MODE")
            await search(pilot, f"refund --session {acme.session_id}")
            assert "Locked" in text(app)
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, Search) and len(app.screen._hits) == 3)
