"""The conversation: every key and every state, as its reader sees them."""

import asyncio
import json
import stat
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gbtui.errors import DeniedError, LostError
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.widgets.transcript_view import TranscriptView
from screens.conversation import Conversation
from tests.screens.snapshot import check
from tests.screens.talks import EVENTS, FIRST, LATER, NAMELESS, SILENT, TALK, FrozenTalks, event, long_talk
from tests.ui.fakes import NOW, FrozenTail, StillConsole, ago, connected, console, running, settle, text
from tests.waiting import until


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are drawn in the reader's zone: here UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Session:
    """An open console, with its hands and eyes."""

    def __init__(self, app: StillConsole, pilot: Any, talks: FrozenTalks, tail: FrozenTail) -> None:
        self.app, self.pilot, self.talks, self.tail = app, pilot, talks, tail

    async def press(self, *keys: str) -> None:
        """Keys one by one, each handled before the next."""
        for key in keys:
            await self.pilot.press(key)
            await settle(self.pilot)

    @property
    def screen(self) -> Conversation:
        """The conversation."""
        assert isinstance(self.app.screen, Conversation)
        return self.app.screen

    @property
    def view(self) -> TranscriptView:
        """Its lines."""
        return self.screen.view

    @property
    def said(self) -> str:
        """What is under the cursor."""
        turn = self.screen.turn
        return turn.event.text if turn else ""

    @property
    def picture(self) -> str:
        """The screen."""
        return text(self.app)

    async def comes(self, number: int, kind: str, words: str, **span: float) -> None:
        """Something is said."""
        self.talks.comes(self.tail, event(number, kind, words, ago(**span) if span else NOW))
        await settle(self.pilot)


@asynccontextmanager
async def opened(
    line: str = f"session {TALK}", talks: FrozenTalks | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Session]:
    """A console with a conversation open."""
    talks = talks or FrozenTalks()
    tail = FrozenTail()
    app = console(connected(conversations=talks, tail=tail))
    async with running(app, size) as pilot:
        app.run_line(line)
        await settle(pilot)
        await settle(pilot)
        yield Session(app, pilot, talks, tail)
    assert app.failures == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_picture(size: tuple[int, int]) -> None:
    async with opened(size=size) as session:
        await session.press("k")
        check(f"conversation-{size[0]}x{size[1]}", session.picture)


async def test_enter_on_a_session_opens_it_at_its_end_and_escape_leads_back_to_the_row_and_the_filter() -> None:
    async with opened("sessions") as session:
        await session.press("slash", *"acme", "enter", "j")
        table = session.app.screen.query_one("#list", LiveTable)
        row: Any = table.cursor_row
        await session.press("enter")
        assert session.screen.session_id == row.id == NAMELESS
        assert session.view.following
        assert "Sessions ▸ anonymous" in session.picture
        await session.press("escape")
        assert session.app.screen.query_one("#list", LiveTable) is table
        assert table.cursor_row == row
        assert "/acme" in session.picture


async def test_enter_on_a_line_of_the_tail_opens_the_conversation_at_that_message() -> None:
    async with opened("tail") as session:
        await session.press("g", "j", "enter")
        assert session.screen.session_id == TALK
        # The tail's second message is said in the talk's last half minute, behind the fifth.
        assert not session.view.following
        await session.press("escape")
        assert session.app.current_mode == "tail"
        assert len(session.app.screen_stack) == 1


async def test_the_prompt_opens_a_session_by_its_id_and_says_what_is_wrong_with_one() -> None:
    async with opened("overview") as session:
        await session.press("colon", *"session 00000000-0000", "tab", "enter")
        assert session.screen.session_id == TALK
        session.app.run_line("session nonsense")
        await settle(session.pilot)
        assert "write the id of one" in session.picture
        session.app.run_line("session 00000000-0000-0000-0000-0000000fffff")
        await settle(session.pilot)
        assert "there is no session 00000000-0000-0000-0000-0000000fffff" in session.picture


async def test_a_session_of_another_tenant_is_not_shown_in_a_scope() -> None:
    async with opened("org globex") as session:
        session.app.run_line(f"session {TALK}")
        await settle(session.pilot)
        assert f"there is no session {TALK} in globex" in session.picture
        await session.press("o")
        assert "Where is my parcel?" in session.picture


async def test_it_says_who_when_with_what_and_how_long_answers_took() -> None:
    async with opened() as session:
        told = session.picture
        for part in ("Ana.Baker with support of acme", "session 2 of 3", "expires 18:02:31", "refund, track_parcel"):
            assert part in told
        assert "Sun 2026-11-22" in told
        assert "Mon 2026-11-23" in told
        assert " 3.0 s › Let me look." in told
        assert "clicked track-button" in told
        assert " 2 m › とんでもない" in told
        assert "  +1 d ‹ hostile" in told
        assert "12:04:31        · clicked" in told


async def test_hostile_text_acts_on_nothing() -> None:
    async with opened() as session:
        assert "\x1b" not in session.picture
        assert "[bold]no markup[/bold]" in session.picture
        await session.press("g", "slash", *"hostile", "escape", "d")
        assert "\x1b" not in session.picture
        assert "[bold]no markup[/bold]" in session.picture


# --- live -------------------------------------------------------------------------------------------------------


async def test_what_is_said_while_it_is_open_appears_and_is_followed() -> None:
    async with opened() as session:
        await session.comes(60, "bot", "you are welcome")
        assert "10.0 s › you are welcome" in session.picture
        assert session.view.following


async def test_moved_up_it_holds_still_and_counts_what_is_new() -> None:
    async with opened(size=(80, 14)) as session:
        await session.press("k", "k")
        before = session.picture.splitlines()[5:-1]
        await session.comes(60, "bot", "you are welcome")
        await session.comes(61, "user", "bye")
        assert "stopped here  2 new  G follows" in session.picture
        assert session.picture.splitlines()[5:-1] == before
        await session.press("G")
        assert "bye" in session.picture
        assert "following" in session.picture
        await session.press("p")
        await session.comes(62, "bot", "bye bye")
        assert "held  1 new" in session.picture
        await session.press("p")
        assert "bye bye" in session.picture


async def test_what_was_committed_late_takes_its_place() -> None:
    async with opened() as session:
        await session.comes(60, "user", "said before", minutes=8)
        lines = [line.text for line in session.view.shown_lines if line.data]
        assert lines.index("said before") == 5


async def test_other_conversations_messages_are_not_read() -> None:
    async with opened() as session:
        asked = session.talks.asked
        session.talks.comes(session.tail, event(60, "bot", "hello", NOW), FIRST)
        await settle(session.pilot)
        assert session.talks.asked == asked


async def test_hidden_it_hears_nothing_and_catches_up_when_shown_again() -> None:
    async with opened() as session:
        await session.press("G", "d")
        heard = len(session.tail.heard)
        session.talks.events[TALK].append(event(60, "bot", "meanwhile", NOW))
        await session.press("escape")
        assert len(session.tail.heard) == heard + 1
        assert "meanwhile" in session.picture


# --- long ones ------------------------------------------------------------------------------------------------


async def test_pages_are_read_before_one_gets_to_their_ends_and_both_ends_are_one_key_away() -> None:
    async with opened(talks=FrozenTalks(long_talk(1000))) as session:
        held = session.screen.reader
        assert held is not None
        assert len(held.transcript) == 200
        for _ in range(30):
            await session.press("pageup")
        numbers = [int(line.text.split()[-1]) for line in session.view.shown_lines if line.data]
        assert numbers[0] < 600
        assert numbers == list(range(numbers[0], 1000))
        await session.press("g")
        assert session.said == "line 0"
        assert not held.transcript.at_end
        for _ in range(25):
            await session.press("pagedown")
        numbers = [int(line.text.split()[-1]) for line in session.view.shown_lines if line.data]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > 300
        await session.comes(2000, "user", "line 2000")
        assert "1 new" in session.picture
        await session.press("G")
        assert session.said == "line 2000"
        assert session.view.following


async def test_moving_past_what_is_held_waits_for_the_next_page_instead_of_following() -> None:
    class Slow(FrozenTalks):
        ready = asyncio.Event()

        async def behind(self, *args: Any, **named: Any) -> Any:
            page = await super().behind(*args, **named)
            if len(page) > 200 - 1 and page[0].text != "line 0":
                await self.ready.wait()
            return page

    async with opened(talks=(talks := Slow(long_talk(500)))) as session:
        await session.press("g")
        session.view.go_to(talks.events[TALK][198].place)
        for _ in range(4):
            await session.pilot.press("j")
        assert session.said == "line 199"
        assert not session.view.following
        talks.ready.set()
        await settle(session.pilot)
        await session.press("j")
        assert session.said == "line 200"


async def test_a_search_goes_on_through_pages_that_were_not_read_yet() -> None:
    async with opened(talks=FrozenTalks(long_talk(1000))) as session:
        await session.press("slash", *"needle", "enter")
        assert "0 found in the 200 read" in session.picture
        await session.press("escape", "N")
        assert session.said == "needle line 700"
        await session.press("N")
        assert session.said == "needle line 3"
        await session.press("N")
        assert "no match further up" in session.picture
        await session.press("n")
        assert session.said == "needle line 700"
        await session.press("n")
        assert "no match further down" in session.picture


async def test_a_search_is_stopped_by_control_c() -> None:
    class Slow(FrozenTalks):
        async def before(self, *args: Any, **named: Any) -> Any:
            page = await super().before(*args, **named)
            if self.asked > 4:
                await asyncio.Event().wait()
            return page

    async with opened(talks=Slow(long_talk(1000))) as session:
        await session.press("slash", *"nowhere", "escape")
        await session.pilot.press("N")
        await until(lambda: "looking further (ctrl+c stops)" in session.picture)
        await session.press("ctrl+c")
        assert "stopped looking further" in session.picture
        assert not session.screen.busy


# --- finding ----------------------------------------------------------------------------------------------------


async def test_find_shows_matches_only_and_escape_all_with_the_cursor_on_the_match() -> None:
    async with opened() as session:
        await session.press("slash", *"sender:user")
        assert [line.text[:7] for line in session.view.shown_lines] == ["Where i", "hostile", "thanks\n"]
        await session.press("enter", "k", "escape")
        assert len([line for line in session.view.shown_lines if line.data]) == len(EVENTS)
        assert session.said.startswith("hostile")
        await session.press("N")
        assert session.said == "Where is my parcel?"
        await session.press("n", "n")
        assert session.said.startswith("thanks")
        await session.press("escape")
        assert not isinstance(session.app.screen, Conversation)


async def test_half_a_filter_keeps_the_last_whole_one() -> None:
    async with opened() as session:
        await session.press("slash", *"answer>60s")
        assert [line.text[:3] for line in session.view.shown_lines] == ["とんで"]
        await session.press("space", "quotation_mark")
        assert "the quote is not closed" in session.picture
        assert len(session.view.shown_lines) == 1


async def test_t_echoes_a_time_in_full_before_it_goes_there() -> None:
    async with opened() as session:
        await session.press("t", *"yesterday 12:04")
        assert "Sun 2026-11-22 12:04:00 UTC" in session.picture
        await session.press("enter")
        assert session.said == "clicked track-button"[8:]
        assert "to Sun 2026-11-22 12:04:00 UTC" in session.picture
        await session.press("t", *"25:00")
        assert "Not a time" in session.picture
        await session.press("escape")
        assert session.said == "track-button"


async def test_comma_and_full_stop_step_through_the_users_sessions() -> None:
    async with opened() as session:
        await session.press("comma")
        assert session.screen.session_id == FIRST
        assert "session 1 of 3" in session.picture
        await session.press("comma")
        assert "this user has no session before this one" in session.picture
        await session.press("full_stop", "full_stop")
        assert session.screen.session_id == LATER
        assert "tools none" in session.picture
        await session.press("full_stop")
        assert "this is the user's last one" in session.picture
        await session.press("escape")
        assert session.app.current_mode == "overview"


async def test_an_anonymous_user_has_no_other_sessions() -> None:
    async with opened(f"session {NAMELESS}") as session:
        await session.press("comma")
        assert "an anonymous user has no other sessions" in session.picture


# --- messages ---------------------------------------------------------------------------------------------------


async def test_marked_messages_are_copied_and_exported_together(tmp_path: Path) -> None:
    async with opened(size=(200, 24)) as session:
        await session.press("g", "j", "j", "space", "j", "space")
        assert "2 marked" in session.picture
        assert "●" in session.picture
        await session.press("Y")
        await until(lambda: "Let me look" in session.app.clipboard)
        first, second = session.app.clipboard.splitlines()
        assert first == "2026-11-22 12:03:31 UTC  Ana.Baker: Where is my parcel?"
        assert second.startswith("2026-11-22 12:03:34 UTC  support: Let me look.")
        path = tmp_path / "two.json"
        session.app.run_line(f"export {path}")
        await settle(session.pilot)
        assert f"wrote 2 events to {path}" in session.picture
        assert [one["kind"] for one in json.loads(path.read_text())["events"]] == ["user", "bot"]
        await session.press("escape")
        assert "2 marked" not in session.picture


@pytest.mark.parametrize("ending", ["md", "json", "txt"])
async def test_the_whole_conversation_is_exported_to_a_private_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"talk.{ending}"
    async with opened(talks=FrozenTalks(long_talk(1000)), size=(160, 24)) as session:
        await session.press("x")
        assert ":export gbtui-session-00000000-20261123-140231.md" in session.picture
        await session.press("escape")
        session.app.run_line(f"export {path}")
        await settle(session.pilot)
        assert f"wrote 1,000 events to {path}" in session.picture
        session.app.run_line(f"export {path}")
        await settle(session.pilot)
        assert "is there already; nothing was overwritten" in session.picture
        session.app.run_line(f"export {path}.exe")
        await settle(session.pilot)
        assert "ends in none of .md, .json, .txt" in session.picture
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = path.read_text()
    assert "line 0" in told
    assert "line 999" in told


async def test_what_is_cut_is_marked_and_copied_and_described_whole() -> None:
    long = event(60, "bot", "x" * 100, NOW, length=120)
    async with opened(talks=FrozenTalks([*EVENTS, long])) as session:
        assert "… (cut; d shows all)" in session.picture
        await session.press("y")
        await until(lambda: session.app.clipboard == "x" * 100 + "!" * 20)
        await session.press("d")
        assert "!!!!" in session.picture
        assert "queries/general_bots/session_events.sql" in session.picture


async def test_between_messages_the_session_is_described() -> None:
    async with opened() as session:
        await session.press("g", "d")
        assert "Terms and conditions" in session.picture
        assert "Sessions this user began before" in session.picture


async def test_wrap_and_clock() -> None:
    async with opened() as session:
        assert "if the weather holds." in " ".join(session.picture.split())
        await session.press("w")
        assert "if the weather holds." not in session.picture
        await session.press("u", "u")
        assert " 10 s" in session.picture
        assert "14:02:21" not in session.picture


async def test_backspace_leads_back_to_the_place_before_and_to_the_conversation_again() -> None:
    async with opened() as session:
        await session.press("backspace")
        assert session.app.current_mode == "overview"
        assert not isinstance(session.app.screen, Conversation)
        await session.press("backspace")
        assert session.screen.session_id == TALK


# --- states -----------------------------------------------------------------------------------------------------


async def test_a_session_in_which_nothing_was_said_says_so() -> None:
    async with opened(f"session {SILENT}") as session:
        assert "nothing was said in this session yet" in session.picture
        await session.press("t", *"10m", "enter", "N", "n", "g", "G", "y", "Y", "space", "d", "escape")
        assert isinstance(session.app.screen, Conversation)


async def test_while_it_is_read_it_says_so() -> None:
    class Slow(FrozenTalks):
        async def head(self, *args: Any, **named: Any) -> Any:
            await self.ready.wait()
            return await super().head(*args, **named)

        ready = asyncio.Event()

    talks, app = Slow(), None
    app = console(connected(conversations=talks, tail=FrozenTail()))
    async with running(app) as pilot:
        app.run_line(f"session {TALK}")
        await until(lambda: "reading …" in text(app))
        await pilot.press("y", "d", "n", "comma", "G", "g", "x")
        await pilot.press("escape")
        talks.ready.set()
        await until(lambda: "Where is my parcel?" in text(app))
    assert app.failures == []


async def test_a_missing_privilege_is_named_with_its_grant() -> None:
    talks = FrozenTalks()
    talks.error = DeniedError("Not allowed", "permission denied for table user_sessions", "GRANT pg_read_all_data TO x")
    async with opened(talks=talks) as session:
        told = " ".join(session.picture.split())
        assert "missing GRANT pg_read_all_data TO x · permission denied for table user_sessions" in told


async def test_what_was_read_stays_stale_and_is_read_again_when_the_server_answers() -> None:
    talks = FrozenTalks()
    async with opened(talks=talks) as session:
        talks.error = LostError("The connection broke", "server closed the connection")
        await session.press("r")
        assert "stale" in session.picture
        assert "Where is my parcel?" in session.picture
        talks.error = None
        await session.press("r")
        assert "stale" not in session.picture


async def test_an_error_at_the_start_is_shown_and_tried_again() -> None:
    talks = FrozenTalks()
    talks.error = LostError("The connection broke", "server closed the connection")
    async with opened(talks=talks) as session:
        assert "The connection broke: server closed the connection; trying again" in session.picture
        talks.error = None
        await session.press("r")
        assert "Where is my parcel?" in session.picture


async def test_a_session_that_is_deleted_meanwhile_is_said_to_be() -> None:
    async with opened() as session:
        del session.talks.heads[TALK]
        await session.press("r")
        assert "this session was deleted" in session.picture
        assert "Where is my parcel?" in session.picture


async def test_an_expired_session_says_so() -> None:
    talks = FrozenTalks()
    talks.heads[SILENT] = replace(talks.heads[SILENT], expires=NOW - timedelta(hours=1))
    async with opened(f"session {SILENT}", talks=talks) as session:
        assert "expired 13:02:31" in session.picture
