"""From an organization to its bots and what they have, and back the same way, each list as it was left."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from textual.pilot import Pilot

from gbtui.domain import subject
from gbtui.domain.rooms.entrances import Entrance
from gbtui.domain.rooms.of_bots import Setting, Value
from gbtui.domain.rooms.of_mail import Draft, DraftWhole
from gbtui.domain.rooms.reading import Rooms
from gbtui.domain.rooms.room import MOST, Room
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import Subject
from gbtui.errors import UsageError
from gbtui.monitor.sample import Sample
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.places import Place
from tests.ui.fakes import ACME, BOTS, GLOBEX, NOW, ago, connected, console, frozen_monitor, running, settle, text
from tests.ui.test_on_record import Book

BOT = BOTS[0].id
ANN = UUID(int=201)
ENTRANCES = (
    Entrance("sessions", MOST, "conversations"),
    Entrance("configuration", 2, "keys and values"),
    Entrance("memories", None, 'GRANT SELECT ON "bot_memories" TO "watch"'),
    Entrance("drafts", 1, "mails"),
)


def setting(number: int, key: str, value: str, *, secret: bool = False) -> Setting:
    return Setting(
        key, value, len(value) or 40, secret, ago(days=1), UUID(int=number), ACME, "acme", BOT, "support", NOW
    )


SETTINGS = (
    setting(1, "api-key", "", secret=True),
    setting(2, "greeting", "Hello, " + "x" * 193),
    setting(3, "theme", "dark"),
)
DRAFT = Draft("About the order", "team@example.com", 1, 0, 11, ago(hours=1), None, ago(days=1), UUID(int=77))


class FrozenRooms(Rooms):
    """Knows one bot and one user."""

    def __init__(self) -> None:
        self.whole_of: list[Any] = []

    async def named(self, kind: str, text: str, scope: Scope = EVERYONE) -> Subject:
        """As the real one does."""
        known = {
            ("tenant", "acme"): subject.tenant(ACME, "acme"),
            ("tenant", str(ACME)): subject.tenant(ACME, "acme"),
            ("bot", "support@acme"): subject.bot(ACME, "acme", BOT, "support"),
            ("bot", str(BOT)): subject.bot(ACME, "acme", BOT, "support"),
            ("user", "ann"): subject.user(ANN, "ann", "ann@example.org"),
            ("user", str(ANN)): subject.user(ANN, "ann", "ann@example.org"),
        }
        if (kind, text) not in known:
            raise UsageError(f"Which {kind}?", f"no {kind} is called so: {text}")
        return known[kind, text]

    async def whole(self, room: Room, row: Any, scope: Scope) -> Any:
        """As the real one does."""
        self.whole_of.append(row)
        if room.name == "drafts":
            return DraftWhole("team@example.com", "", "", "About the order", "Dear all,\nsecret plans", "[]", False)
        return Value("Hello, " + "x" * 193 + " and the rest of it", False, False)


def stage(**changes: Any) -> Any:
    monitor = frozen_monitor()
    samples: dict[str, Sequence[Any]] = {
        "rooms": ENTRANCES, "configuration": SETTINGS, "memories": SETTINGS[2:], "drafts": (DRAFT,),
    }  # fmt: skip
    for name, rows in samples.items():
        monitor.samples[name] = Sample(name, tuple(rows), NOW)
    return console(connected(monitor, rooms=FrozenRooms(), **changes))


def top(app: Any) -> str:
    """The head's line."""
    return text(app).splitlines()[0]


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


async def test_enter_leads_from_an_organization_to_a_bots_configuration_and_escape_all_the_way_back() -> None:
    app = stage()
    async with running(app, (120, 40)) as pilot:
        await press(pilot, "2", "/", *"umbrella", "escape", "k", "k", "/", *"acme", "enter", "enter")
        assert "▸ acme" in top(app)
        assert "1,000+" in text(app)
        assert 'GRANT SELECT ON "bot_memories"' in text(app)
        app.open_subject(subject.bot(ACME, "acme", BOT, "support"))
        await settle(pilot)
        await press(pilot, "j", "enter")
        assert "acme ▸ support ▸ Configuration" in top(app)
        assert app.place == Place("tenants", f"bot {BOT} configuration")
        await press(pilot, "/", *"theme", "enter")
        assert "Tenants" not in top(app)
        # A filter is taken away first, then each step leads one place back, where the cursor still stands.
        await press(pilot, "escape", "escape")
        assert top(app).split("▸")[-1].split()[0] == "support"
        assert isinstance(app.screen, ListScreen)
        assert app.screen.table.cursor_row == ENTRANCES[1]
        await press(pilot, "escape", "escape")
        assert app.place == Place("tenants")
        assert app.screen.narrowed.source == "acme"
        assert app.screen.table.cursor_row.organization == "acme"
        assert app.scope == EVERYONE
    assert app.failures == []


async def test_a_secret_is_masked_and_a_long_value_is_read_whole() -> None:
    app = stage()
    async with running(app, (120, 40)) as pilot:
        app.run_line("bot support@acme configuration")
        await settle(pilot)
        assert "masked" in next(line for line in text(app).splitlines() if "api-key" in line)
        await press(pilot, "j", "d")
        assert "andtherestofit" in "".join(text(app).split())
        assert "acme ▸ support ▸ Configuration ▸ greeting" in top(app)


async def test_a_place_has_a_name_and_what_is_not_there_is_said() -> None:
    app = stage()
    async with running(app, (120, 40)) as pilot:
        app.run_line("bot nobody@acme memories")
        await settle(pilot)
        assert "no bot is called so: nobody@acme" in text(app)
        app.run_line("bot support@acme configuration")
        await settle(pilot)
        place = app.place
        await press(pilot, "1")
        await press(pilot, "backspace")
        assert app.place == place
        assert "api-key" in text(app)
        app.run_line("bot memories")  # of the row under the cursor
        await settle(pilot)
        assert "acme ▸ support ▸ Memories" in top(app)


async def test_of_another_tenant_than_the_chosen_one_nothing_is_shown() -> None:
    app = stage()
    async with running(app, (120, 40)) as pilot:
        app.run_line("bot support@acme configuration")
        await settle(pilot)
        app.set_scope(Scope(GLOBEX, "globex"))
        await settle(pilot)
        assert "support is acme's; chosen is only globex" in text(app)
        assert "api-key" not in text(app)
        app.set_scope(Scope(ACME, "acme"))
        await settle(pilot)
        assert "api-key" in text(app)
        assert top(app).count("acme") == 1


async def test_a_persons_drafts_go_on_record_once_and_each_that_is_opened() -> None:
    book = Book()
    app = stage(audit=book)
    async with running(app, (120, 40)) as pilot:
        app.run_line("user ann drafts")
        await settle(pilot)
        assert [(deed.action, deed.object_id) for deed in book.deeds] == [("drafts.viewed", f"user {ANN}")]
        await press(pilot, "enter")
        assert "secret plans" in text(app)
        assert [(deed.action, deed.object_id) for deed in book.deeds[1:]] == [("draft.viewed", str(DRAFT.id))]


async def test_where_the_record_is_required_a_refused_one_shows_nothing() -> None:
    app = stage(audit=Book(required=True, refuses=True))
    async with running(app, (120, 40)) as pilot:
        app.run_line("user ann drafts")
        await settle(pilot)
        assert "About the order" not in text(app)
        assert "r tries again" in text(app)
        app.run_line("bot support@acme configuration")  # nobody's own
        await settle(pilot)
        assert "api-key" in text(app)


async def test_a_session_leads_to_its_user() -> None:
    app = stage()
    async with running(app, (120, 40)) as pilot:
        monitor = app.connected.monitor
        row = replace(monitor.samples["sessions"].rows[0], user_id=ANN)
        monitor.put(Sample("sessions", (row,), NOW))
        await press(pilot, "3")
        app.run_line("user")
        await settle(pilot)
        assert app.place == Place("sessions", f"user {ANN}")
        assert "ann@example.org" in text(app)
