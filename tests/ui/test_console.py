"""What the keys do, what the head and foot say, and what the console survives."""

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events

from gbtui.domain.scope import EVERYONE
from gbtui.domain.tail import Batch
from gbtui.domain.tail.trend import Trend
from gbtui.errors import LostError, NoFreeSlotError, RefusedError, UsageError
from gbtui.monitor.sample import Sample
from gbtui.ui import keymap
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected, Look
from gbtui.ui.places import Place
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.details import Details
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.widgets.tail_view import TailView
from screens import SCREENS
from tests.ui.fakes import (
    ACME,
    BOTS,
    CONNECTIVITY,
    MESSAGES,
    NOW,
    SESSIONS,
    FrozenMonitor,
    FrozenTail,
    StillConsole,
    connected,
    console,
    running,
    settle,
    text,
)
from tests.waiting import until


async def press(pilot: Any, *keys: str) -> None:
    """Keys one by one, each handled before the next."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def monitor_of(app: Console) -> FrozenMonitor:
    """The fake behind an app."""
    assert app.connected is not None
    assert isinstance(app.connected.monitor, FrozenMonitor)
    return app.connected.monitor


def shown(app: Console) -> list[Any]:
    """The rows of the visible list."""
    return app.screen.query_one("#list", LiveTable).shown_rows


def under_cursor(app: Console) -> Any:
    """The row under the cursor of the visible list."""
    return app.screen.query_one("#list", LiveTable).cursor_row


@pytest.mark.parametrize("entry", SCREENS, ids=lambda entry: entry.name)
async def test_every_screen_opens_by_its_digit_and_by_its_name(entry: Any) -> None:
    app = console()
    async with running(app) as pilot:
        if entry.digit is not None:
            await press(pilot, entry.digit)
            assert app.current_mode == entry.name
            await press(pilot, "1")
        await press(pilot, "colon", *entry.name, "enter")
        assert app.current_mode == entry.name
        assert entry.title in text(app).splitlines()[0]
    assert app.failures == []


async def test_only_the_visible_screen_watches() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3")
        assert monitor_of(app).names == {"sessions"}
        await press(pilot, "2")
        assert monitor_of(app).names == {"tenants"}


async def test_the_same_digit_again_goes_to_the_top() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3", "j", "j")
        table = app.screen.query_one("#list", LiveTable)
        assert table.cursor_index == 2
        await press(pilot, "3")
        assert table.cursor_index == 0


async def test_q_at_the_top_asks_once_more_and_then_quits_with_0() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "q")
        assert "q again quits" in text(app)
        await pilot.press("q")
        await until(lambda: app.return_value == 0)


async def test_a_filter_narrows_while_it_is_typed_and_escape_widens_on_the_same_row() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3", "slash", *"globex")
        assert [row.organization for row in shown(app)] == ["globex"]
        await press(pilot, "enter")
        assert "/globex" in text(app)
        assert not app.screen.query_one(Prompt).is_open
        await press(pilot, "escape")
        assert len(shown(app)) == len(SESSIONS)
        assert under_cursor(app).organization == "globex"
        await press(pilot, "3", "n")
        assert under_cursor(app).organization == "globex"


async def test_half_a_filter_keeps_the_last_whole_one_and_says_where_it_is_wrong() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3", "slash", *"acme", "space", "quotation_mark")
        assert {row.organization for row in shown(app)} == {"acme"}
        assert "column 6: the quote is not closed" in text(app)
        await press(pilot, "backspace", *"waits>1m")
        assert [row.user for row in shown(app)] == ["Ana.Baker"]
        await press(pilot, "escape")
        assert len(shown(app)) == len(SESSIONS)


async def test_q_goes_back_and_keeps_the_filter() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3", "slash", *"acme", "enter", "d")
        assert app.screen.query("#described")
        await press(pilot, "q")
        assert {row.organization for row in shown(app)} == {"acme"}


async def test_o_narrows_every_screen_to_the_tenant_of_the_row_and_back() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "2", "o")
        assert app.scope.org_id == ACME
        await press(pilot, "3")
        assert "acme ▸ Sessions" in text(app)
        assert {scope for _, scope, _ in monitor_of(app).watched.values()} == {app.scope}
        await press(pilot, "o")
        assert app.scope == EVERYONE
        assert {scope for _, scope, _ in monitor_of(app).watched.values()} == {EVERYONE}


async def test_org_names_a_tenant_and_a_wrong_one_is_said() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "colon", *"org globex", "enter")
        assert app.scope.label == "globex"
        await press(pilot, "colon", *"org nobody", "enter")
        assert "no organization is called so" in text(app)
        assert app.scope.label == "globex"


async def test_the_tail_obeys_the_scope() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "2", "o", "4")
        lines = app.screen.query_one(TailView).shown_lines
        assert len(lines) == 3
        await press(pilot, "o")
        assert len(app.screen.query_one(TailView).shown_lines) == 5


async def test_backspace_goes_to_the_place_before_and_back_again() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3", "4", "backspace")
        assert app.current_mode == "sessions"
        await press(pilot, "backspace")
        assert app.current_mode == "tail"


async def test_any_probe_opens_by_name_and_enter_on_health_opens_it_too() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "colon", *"pool", "enter")
        assert "botserver" in text(app)
        await press(pilot, "q", "0")
        table = app.screen.query_one("#list", LiveTable)
        table.go_to("pool")
        await press(pilot, "enter")
        assert "Health ▸ Pool" in text(app)
        await press(pilot, "escape")
        assert app.current_mode == "health"
        assert len(app.screen_stack) == 1


async def test_enter_on_a_finding_goes_where_it_can_be_seen() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "enter")
        assert "▸ Locks" in text(app).splitlines()[0]


async def test_a_bots_rooms_are_one_key_away_and_its_curve_is_drawn_as_messages_come() -> None:
    tail = FrozenTail()
    app = console(connected(tail=tail))
    async with running(app, (120, 40)) as pilot:
        clock = Seconds()
        app.trend = Trend(clock)
        clock.now += 10
        app.trend(Batch(tuple(replace(MESSAGES[0], bot_id=BOTS[1].id) for _ in range(30))))
        clock.now += 10
        for key in ("colon", *"bots", "enter"):
            await pilot.press(key)
        await settle(pilot)
        drawn = {line.split()[0].lstrip("▸"): line for line in text(app).splitlines() if "@" in line}
        assert "█" in drawn["billing@globex"]
        assert "█" not in drawn["support@acme"]
        await pilot.press("enter")
        await settle(pilot)
        assert app.place == Place("bots", f"bot {BOTS[0].id}")
        assert "acme ▸ support" in text(app).splitlines()[0]


class Seconds:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_hold_interval_and_clock_are_said_in_the_head() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "p")
        assert "HELD" in text(app).splitlines()[0]
        assert monitor_of(app).paused
        await press(pilot, "p", "plus")
        assert monitor_of(app).interval == 2.0
        assert "2 s" in text(app).splitlines()[0]
        await press(pilot, "minus", "minus", "r")
        assert monitor_of(app).interval == 0.5
        assert monitor_of(app).reads == 1
        await press(pilot, "3", "u", "u")
        assert "10 s" in text(app)


async def test_a_paste_outside_an_input_waits_after_the_colon_and_runs_nothing() -> None:
    app = console()
    async with running(app) as pilot:
        app.screen.query_one("#findings").post_message(events.Paste("\n  quit  now\x1b[31m\nquit\n"))
        await settle(pilot)
        assert text(app).splitlines()[-1].rstrip() == ":quit now\ufffd[31m"
        assert app.return_value is None
        await press(pilot, "escape")
        assert not app.screen.query_one(Prompt).is_open


async def test_unknown_commands_name_their_neighbours() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "colon", *"tenent", "enter")
        assert "did you mean tenant" in text(app)


async def test_tab_completes_and_up_recalls() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "colon", *"sess", "tab", "enter")
        assert app.current_mode == "sessions"
        await press(pilot, "colon", "up")
        assert text(app).splitlines()[-1].startswith(":sessions")


async def test_themes_change_by_command() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "colon", *"theme light", "enter")
        assert app.theme == "light"
        await press(pilot, "colon", *"theme neon", "enter")
        assert "no theme is called" in text(app)


@pytest.mark.parametrize("ending", ["csv", "json", "md"])
async def test_export_writes_what_is_shown_to_a_private_file(ending: str, tmp_path: Path) -> None:
    app = console()
    path = tmp_path / f"rows.{ending}"
    async with running(app, (200, 24)) as pilot:
        await press(pilot, "3", "slash", *"acme", "enter", "x")
        assert ":export gbtui-sessions-20261123-" in text(app)
        await press(pilot, "ctrl+u")
        app.run_line(f"export {path}")
        await settle(pilot)
        assert f"wrote 2 rows to {path}" in text(app)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if ending == "json":
        assert [row["organization"] for row in json.loads(path.read_text())] == ["acme", "acme"]
    else:
        assert len(path.read_text().splitlines()) == (3 if ending == "csv" else 4)


async def test_copy_says_what_was_sent_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    app = console()
    async with running(app) as pilot:
        await press(pilot, "y")
        await until(lambda: "sent “SELECT pg_cancel_backend(4711)” to the terminal (OSC 52)" in text(app))
        assert app.clipboard == "SELECT pg_cancel_backend(4711)"


async def test_tail_holds_counts_follows_and_wraps() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "4", "k")
        assert not app.screen.query_one(TailView).following
        assert "0 new" in text(app)
        await press(pilot, "G")
        assert "following" in text(app)
        await press(pilot, "p")
        assert "held" in text(app)
        await press(pilot, "p", "w")
        assert app.screen.query_one(TailView).wrap
        await press(pilot, "slash", *"sender:user tenant:acme", "enter")
        assert len(app.screen.query_one(TailView).shown_lines) == 2


async def test_help_lists_what_works_here_in_the_order_of_the_keymap() -> None:
    app = console()
    async with running(app, (100, 60)) as pilot:
        await press(pilot, "3", "question_mark")
        lines = text(app).splitlines()
        places = [
            next(i for i, line in enumerate(lines) if told in line) for told in ("Overview", "narrow", "hold", "copy")
        ]
        assert places == sorted(places)
        assert any("next row" in line for line in lines)
        await press(pilot, "question_mark")
        assert app.current_mode == "sessions"


async def test_a_key_that_means_nothing_here_is_not_shown_and_does_nothing() -> None:
    app = console()
    async with running(app) as pilot:
        for key in ("t", "comma", "full_stop", "C", "K", "D", "left_square_bracket", "e"):
            before = text(app)
            await press(pilot, key)
            assert text(app) == before, key


async def test_a_keymap_moves_a_key_and_refuses_names_that_are_not_there() -> None:
    app = console(keymap={"hold": "z"})
    async with running(app) as pilot:
        await press(pilot, "p")
        assert not monitor_of(app).paused
        await press(pilot, "z")
        assert monitor_of(app).paused
    app = console(keymap={"list.down": "z"})
    async with running(app) as pilot:
        await press(pilot, "3", "z")
        assert app.screen.query_one("#list", LiveTable).cursor_index == 1
    with pytest.raises(UsageError, match="no key is called 'hodl'"):
        console(keymap={"hodl": "z"})


def test_no_key_acts_that_ends_an_escape_sequence() -> None:
    for key in keymap.KEYS:
        assert not set(key.keys.split(",")) & set("ABDEFHPQRSO[")


async def test_a_screen_that_fails_says_so_and_the_console_goes_on() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3")
        monitor_of(app).put(Sample("sessions", ("no session at all",), NOW))
        await settle(pilot)
        await until(lambda: app.failures)
        await press(pilot, "2")
        assert app.current_mode == "tenants"
        assert "acme" in text(app)


async def test_a_screen_that_breaks_is_replaced_and_can_be_made_anew() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3")
        app.screen.call_later(_explode)
        await until(lambda: "This screen failed" in text(app))
        assert "RuntimeError: boom" in text(app)
        await press(pilot, "1")
        await press(pilot, "3")
        await press(pilot, "r")
        await until(lambda: "Ana.Baker" in text(app))


def _explode() -> None:
    raise RuntimeError("boom")


async def test_a_server_without_a_free_slot_is_quoted_and_asked_again_until_it_answers() -> None:
    asked = 0

    async def opener(_: object) -> Connected:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise NoFreeSlotError("No free slot", "sorry, too many clients already")
        return connected()

    app = StillConsole(opener, Look("prod-eu", "prod-eu"), retry_seconds=0.05)
    seen: list[str] = []

    def opened() -> bool:
        seen.append(text(app))
        return app.connected is not None

    async with app.run_test(size=(80, 24)) as pilot:
        await until(opened)
        await settle(pilot)
        assert any("sorry, too many clients already" in picture for picture in seen)
        assert any("attempt 1" in picture for picture in seen)
        assert app.current_mode == "overview"


async def test_a_refusal_waits_for_the_person() -> None:
    answers = iter([RefusedError("Refused", "password authentication failed")])

    async def opener(_: object) -> Connected:
        for error in answers:
            raise error
        return connected()

    app = StillConsole(opener, Look("prod-eu", "prod-eu"), retry_seconds=0.01)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: "password authentication failed" in text(app))
        assert "r tries again" in text(app)
        await asyncio.sleep(0)
        assert app.connected is None
        await pilot.press("r")
        await until(lambda: app.connected is not None)


async def test_a_production_profile_is_marked_in_its_own_colour_and_the_demo_says_demo() -> None:
    app = console(colour="red")
    async with running(app) as pilot:
        for digit in "12340":
            await press(pilot, digit)
            first = app.screen._compositor.render_strips()[0]
            name = next(segment for segment in first if "prod-eu" in segment.text)
            assert name.style is not None and name.style.bgcolor is not None
            assert name.style.bgcolor.get_truecolor() == (255, 0, 0)
    app = console(connected(demo=True, label="DEMO"), demo=True)
    async with running(app) as pilot:
        for digit in "12340":
            await press(pilot, digit)
            assert text(app).startswith(" DEMO ")


async def test_nothing_is_drawn_where_nothing_changed() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3")
        table = app.screen.query_one("#list", LiveTable)
        monitor = monitor_of(app)
        monitor.put(Sample("sessions", SESSIONS, NOW))
        await settle(pilot)
        assert table.sync() == 0


async def test_columns_are_chosen_and_one_always_stays() -> None:
    app = console()
    async with running(app, (120, 24)) as pilot:
        await press(pilot, "3", "c")
        assert "last activity" in text(app)
        await press(pilot, "space", "escape")
        assert app.screen.query_one("#list", LiveTable).columns[0].id == "bot"


async def test_a_description_is_searched_and_shows_the_sql_behind_it() -> None:
    app = console()
    async with running(app, (120, 40)) as pilot:
        await press(pilot, "3", "d", "slash", *"user_sessions")
        assert "queries/general_bots/sessions.sql" in app.screen.query_one("#described", Details).fields[-2].label
        assert "FROM public.user_sessions" in text(app)
        await press(pilot, "escape")
        assert "organization" in text(app)


async def test_keys_sent_at_once_are_not_torn_apart() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "3")
        for key in "/acme":
            app.post_message(events.Key("slash" if key == "/" else key, key))
        await until(lambda: len(shown(app)) == 2)
        await until(lambda: text(app).splitlines()[-1].startswith("/acme"))


async def test_the_clock_ticks_between_two_modes_too_where_there_is_no_screen() -> None:
    app = console()
    async with running(app):
        kept = app.screen_stack
        app._screen_stack.clear()
        app._tick()
        app._screen_stack.extend(kept)
    assert app.failures == []


async def test_control_c_says_how_to_quit_and_tab_walks_the_parts() -> None:
    app = console()
    async with running(app) as pilot:
        await press(pilot, "ctrl+c")
        assert "nothing runs; q goes back, ctrl+q quits" in text(app)
        assert app.focused is not None and app.focused.id == "findings"
        await press(pilot, "tab")
        assert app.focused.id == "tenants"
        await press(pilot, "o")
        assert app.scope.label == "acme"


async def test_a_lost_server_is_the_first_thing_said_and_what_was_known_stays() -> None:
    app = console()
    async with running(app) as pilot:
        monitor_of(app).fail("connectivity", LostError("Lost", "the server closed the connection"))
        await settle(pilot)
        assert "✖ database  no answer: the server closed the connection" in text(app)
        assert "acme" in text(app)
        monitor_of(app).put(Sample("connectivity", (CONNECTIVITY,), NOW))
        await settle(pilot)
        assert "no answer" not in text(app)
