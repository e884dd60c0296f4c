"""`:` finds anything: what is offered while one types, what enter does, what a paste does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from textual import events

from gbtui.domain.scope import EVERYONE
from gbtui.errors import LostError
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.places import Place
from gbtui.ui.prompt import Prompt
from screens.conversation import Conversation
from tests.screens.talks import FrozenTalks
from tests.ui.fakes import BOTS, MESSAGES, StillConsole, connected, console, frozen_monitor, running, settle, text
from tests.ui.looking import ANN, TALK, FrozenLookUp, FrozenNames
from tests.ui.test_rooms import stage
from tests.waiting import until


class Typing:
    """An open console, with its hands and eyes."""

    def __init__(self, app: StillConsole, pilot: Any, look_up: FrozenLookUp) -> None:
        self.app, self.pilot, self.look_up = app, pilot, look_up

    async def press(self, *keys: str) -> None:
        """Keys one by one, each handled before the next."""
        for key in keys:
            await self.pilot.press(key)
            await settle(self.pilot)

    async def type(self, line: str) -> None:
        """A line after a colon, looked up."""
        await self.press("colon")
        self.prompt.query_one("Input").value = f":{line}"  # type: ignore[attr-defined]
        await until(lambda: self.look_up.asked and self.look_up.asked[-1][0] == line and not self.look_up.waiting)
        await settle(self.pilot)

    async def paste(self, told: str) -> None:
        """Something pasted on the screen."""
        assert self.app.focused is not None
        self.app.focused.post_message(events.Paste(told))
        await settle(self.pilot)

    @property
    def prompt(self) -> Prompt:
        """The input."""
        return self.app.screen.query_one(Prompt)

    @property
    def picture(self) -> str:
        """The screen."""
        return text(self.app)

    @property
    def last(self) -> str:
        """The line of the input."""
        return self.picture.splitlines()[-1].rstrip()

    @property
    def row(self) -> Any:
        """What is under the cursor of the list."""
        assert isinstance(self.app.screen, ListScreen)
        return self.app.screen.table.cursor_row


@asynccontextmanager
async def opened(size: tuple[int, int] = (110, 30), **changes: Any) -> AsyncIterator[Typing]:
    look_up = FrozenLookUp()
    app = stage(look_up=look_up, server_names=FrozenNames(), conversations=FrozenTalks(), **changes)
    async with running(app, size) as pilot:
        yield Typing(app, pilot, look_up)
    assert app.failures == []


async def test_what_is_found_is_offered_below_each_other_with_what_tells_it_from_its_twins() -> None:
    async with opened() as typing:
        await typing.type("support")
        await until(lambda: "globex" in typing.picture)
        lines = [line.split() for line in typing.picture.splitlines()[-3:-1]]
        assert lines[0][:3] == ["bot", "support", "acme"]
        assert lines[1][:3] == ["bot", "support", "globex"]
        await typing.press("tab", "tab")
        assert typing.last == f":bot {UUID(int=77)}"
        await typing.press("up")
        assert typing.last == f":bot {BOTS[0].id}"
        await typing.press("enter")
        assert typing.app.place == Place("overview", f"bot {BOTS[0].id}")


async def test_at_80_by_24_choices_fit_and_the_list_above_gives_way() -> None:
    async with opened((80, 24)) as typing:
        await typing.type("a")
        await until(lambda: "ana@example.org" in typing.picture)
        assert max(len(line) for line in typing.picture.splitlines()) <= 80
        await typing.press("escape")
        assert "ana@example.org" not in typing.picture
        assert typing.last.startswith(" ? keys")


async def test_only_the_last_text_is_looked_up_one_at_a_time() -> None:
    async with opened() as typing:
        await typing.press("colon")
        typing.look_up.gate.clear()
        await typing.press("a", "c")
        await until(lambda: typing.look_up.waiting == 1)
        await typing.press("m", "e")
        assert typing.look_up.waiting == 1
        typing.look_up.gate.set()
        await until(lambda: [text for text, _ in typing.look_up.asked][-1] == "acme")
        await until(lambda: "Acme Inc" in typing.picture)
        asked = [text for text, _ in typing.look_up.asked]
        assert "acm" not in asked
        assert len(asked) <= 2


async def test_enter_goes_to_the_one_thing_that_is_called_so() -> None:
    async with opened() as typing:
        await typing.press("colon", *"ana@example.org", "enter")
        assert typing.app.place == Place("overview", f"user {ANN}")
        await typing.press("1")
        typing.app.run_line("refund")
        await settle(typing.pilot)
        assert typing.app.place == Place("overview", f"bot {BOTS[0].id} tools")


async def test_enter_asks_which_where_several_are_called_so() -> None:
    async with opened() as typing:
        typing.app.run_line("support")
        await settle(typing.pilot)
        assert typing.last == ":support"
        assert typing.picture.count(" bot ") >= 2
        await typing.press("escape")
        assert typing.app.place == Place("overview")


async def test_what_nothing_is_called_is_a_mistyped_command() -> None:
    async with opened() as typing:
        typing.app.run_line("tenent")
        await settle(typing.pilot)
        assert "did you mean tenant" in typing.picture


@pytest.mark.parametrize("form", ["{}", "{{{}}}", '"{}",', " {} \n", "({});"])
async def test_an_id_from_a_log_opens_its_conversation(form: str) -> None:
    async with opened() as typing:
        await typing.paste(form.format(str(TALK).upper()))
        await typing.press("enter")
        assert isinstance(typing.app.screen, Conversation)
        assert typing.app.screen.session_id == TALK


async def test_a_message_opens_its_conversation_at_itself() -> None:
    async with opened() as typing:
        typing.app.run_line(MESSAGES[1].id.hex)
        await settle(typing.pilot)
        await settle(typing.pilot)
        assert isinstance(typing.app.screen, Conversation)
        assert typing.app.screen.turn is not None
        assert typing.app.screen.turn.event.text.startswith("とんでも")


async def test_a_session_opens_at_a_time_by_the_beginning_of_its_id() -> None:
    async with opened() as typing:
        typing.app.run_line(f"session {TALK.hex[:8]}… at 13:53")
        await settle(typing.pilot)
        await settle(typing.pilot)
        assert isinstance(typing.app.screen, Conversation)
        assert typing.app.screen.session_id == TALK
        assert not typing.app.screen.view.following
        typing.app.run_line(f"session {TALK} at noon")
        await settle(typing.pilot)
        assert "“noon” is none" in typing.picture


async def test_pids_tables_indexes_and_query_ids_are_known_too() -> None:
    async with opened() as typing:
        await typing.press("colon", *"4711", "enter")
        assert typing.app.place == Place("activity")
        assert typing.row.pid == 4711
        typing.app.run_line("user_sessions")
        await settle(typing.pilot)
        assert typing.app.place == Place("tables")
        assert typing.row.name == "user_sessions"
        typing.app.run_line("message_history_p202611")
        await settle(typing.pilot)
        assert typing.row.name == "message_history"
        typing.app.run_line("user_sessions_pkey")
        await settle(typing.pilot)
        assert typing.app.place == Place("indexes")
        assert typing.row.name == "user_sessions_pkey"
        typing.app.run_line("7002")
        await settle(typing.pilot)
        assert typing.app.place == Place("queries")
        assert typing.row.query_id == 7002


async def test_a_document_is_shown_in_its_collection_though_its_id_has_spaces() -> None:
    async with opened() as typing:
        await typing.type("hours")
        await until(lambda: "Hours.md" in typing.picture)
        await typing.press("tab")
        assert typing.last == ":collection faq --on faq:hours of opening"


async def test_in_a_scope_only_its_own_is_looked_for() -> None:
    async with opened() as typing:
        typing.app.run_line("org globex")
        await settle(typing.pilot)
        await typing.type("support")
        assert typing.look_up.asked[-1][1] == typing.app.scope
        await until(lambda: "support" in typing.picture.splitlines()[-2])
        assert "acme" not in typing.picture.splitlines()[-2]


async def test_after_a_command_what_may_follow_it_is_looked_up_and_nothing_else() -> None:
    async with opened() as typing:
        await typing.press("colon")
        field: Any = typing.prompt.query_one("Input")
        field.value = ":theme acme"
        await typing.press("escape", "colon")
        field.value = ":org acm"
        await until(lambda: bool(typing.look_up.asked))
        assert [text for text, _ in typing.look_up.asked] == ["acm"]


async def test_a_server_that_does_not_answer_is_said_and_commands_go_on() -> None:
    async with opened() as typing:
        typing.look_up.error = LostError("Lost", "the server closed the connection")
        await typing.type("acme")
        await until(lambda: "the server closed the connection" in typing.picture)
        await typing.press("ctrl+u", *"3", "escape")
        typing.app.run_line("acme")
        await settle(typing.pilot)
        assert "the server closed the connection" in typing.picture
        typing.app.run_line("sessions")
        await settle(typing.pilot)
        assert typing.app.place == Place("sessions")


async def test_a_paste_is_one_harmless_line_that_runs_nothing() -> None:
    async with opened() as typing:
        await typing.paste("\n\x1b[2Jquit\u202e\nsecond\nthird " + "x" * 9000)
        assert typing.last == ":\ufffd[2Jquit\ufffd"
        assert typing.app.return_value is None
        await typing.press("escape")
        await typing.press("3", "d")
        await typing.paste("acme")
        assert typing.last == ":acme"
        assert typing.app.scope == EVERYONE


async def test_without_a_platform_names_are_the_servers_alone() -> None:
    app = console(connected(frozen_monitor(), server_names=FrozenNames()))
    async with running(app) as pilot:
        app.run_line("user_sessions")
        await settle(pilot)
        assert app.place == Place("tables")
        app.run_line("acme")
        await settle(pilot)
        assert "nothing is called 'acme'" in text(app)
