"""The tail: follows, holds still, loses nothing uncounted."""

import re
from collections.abc import Iterable
from typing import Any

from textual.pilot import Pilot

from gbtui.ui.widgets.tail_view import TailLine, TailView
from tests.ui.widgets.hosting import once, shown, styles_of, text
from tests.waiting import until


def lines(*numbers: int, words: str = "message {}") -> list[TailLine]:
    return [TailLine(n, f"12:{n // 60:02}:{n % 60:02}", "u", words.format(n)) for n in numbers]


async def come(pilot: Pilot[None], view: TailView, new: Iterable[TailLine]) -> None:
    """Lines come and the next picture is drawn."""
    view.append(new)
    await until(lambda: view._next_frame is None)


def messages(view: TailView) -> list[str]:
    """What is seen, without times and signs."""
    return [line.split(" ", 2)[2] for line in text(view) if line.count(" ") > 1]


async def test_it_follows_the_newest() -> None:
    view = TailView()
    async with shown(view, size=(30, 3)) as pilot:
        await come(pilot, view, lines(*range(10)))
        assert text(view) == ["12:00:07 u message 7", "12:00:08 u message 8", "12:00:09 u message 9"]
        assert (view.following, view.new_count, view.cursor_line) == (True, 0, lines(9)[0])


async def test_moving_up_holds_the_picture_counts_what_comes_and_G_follows_again() -> None:
    view = TailView()
    async with shown(view, size=(30, 3)) as pilot:
        await come(pilot, view, lines(*range(10)))
        await pilot.press("k")
        before = text(view)
        assert "cursor" in " ".join(styles_of(view, "message 8"))
        await come(pilot, view, lines(*range(10, 25)))
        assert (text(view), view.following, view.held, view.new_count) == (before, False, False, 15)
        await pilot.press("G")
        assert (messages(view)[-1], view.following, view.new_count) == ("message 24", True, 0)


async def test_moving_down_past_the_newest_follows_again_unless_held() -> None:
    view = TailView()
    async with shown(view, size=(30, 3)) as pilot:
        await come(pilot, view, lines(*range(10)))
        await pilot.press("up", "down", "down")
        assert view.following
        view.hold()
        await pilot.press("down", "down")
        assert (view.following, view.held) == (False, True)
        view.follow()
        assert view.following


async def test_a_held_picture_stands_still_while_the_whole_buffer_turns_over() -> None:
    view = TailView(limit=20)
    async with shown(view, size=(50, 4)) as pilot:
        await come(pilot, view, lines(*range(20)))
        view.hold()
        before = text(view)
        for start in range(20, 120, 25):
            await come(pilot, view, lines(*range(start, start + 25)))
            assert text(view) == before
        assert (view.new_count, view.scrolled_out, view.buffered) == (20, 100, 20)
        await pilot.press("j")
        assert [line.strip() for line in text(view)][2:] == [
            "⋯ 80 lines scrolled out of the buffer",
            "12:01:40 u message 100",
        ]
        await pilot.press("j")
        assert messages(view)[0] == "message 19"
        assert messages(view)[-1] == "message 101"


async def test_a_burst_of_twenty_thousand_loses_nothing_uncounted_and_draws_few_pictures() -> None:
    view, pictures = TailView(), list[int]()
    async with shown(view, size=(30, 4)):
        compose = view.compose_lines
        view.compose_lines = lambda width, height: pictures.append(1) or compose(width, height)  # type: ignore[func-returns-value,method-assign]
        for start in range(0, 20_000, 100):
            view.append(lines(*range(start, start + 100)))
        await until(lambda: view._next_frame is None)
        assert messages(view)[-1] == "message 19999"
        assert (view.buffered, view.scrolled_out, len(view.shown_lines)) == (10_000, 10_000, 10_000)
        assert len(pictures) <= 2


async def test_long_text_is_cut_scrolled_sideways_or_wrapped() -> None:
    view = TailView()
    async with shown(view, size=(30, 5)) as pilot:
        await come(pilot, view, lines(1, words="the quick brown fox jumps over the lazy dog {}"))
        assert text(view)[-1] == "12:00:01 u the quick brown fo…" or text(view)[0].endswith("…")
        await pilot.press("l")
        assert text(view)[0].startswith("12:00:01 u fox jumps")
        await come(pilot, view, lines(2, words="the quick brown fox jumps over the lazy dog {}"))
        assert text(view)[1].startswith("12:00:02 u fox jumps")
        await pilot.press("h", "h")
        assert text(view)[0].startswith("12:00:01 u the quick")
        view.set_wrap(True)
        assert text(view) == [
            "           brown fox jumps",
            "           over the lazy dog 1",
            "12:00:02 u the quick brown fox",
            "           jumps over the lazy",
            "           dog 2",
        ] or text(view)[-1].strip().endswith("dog 2")


async def test_a_message_taller_than_the_screen_can_be_read_line_by_line() -> None:
    view = TailView()
    async with shown(view, size=(30, 4)) as pilot:
        view.set_wrap(True)
        tall = TailLine(2, "p", "m", "\n".join(f"line {n}" for n in range(12)))
        await come(pilot, view, [*lines(1), tall, *lines(3)])
        seen: list[str] = []
        await pilot.press("g")
        for _ in range(20):
            seen += [line.strip() for line in text(view)]
            await pilot.press("j")
        assert {f"line {n}" for n in range(1, 12)} <= set(seen)
        seen.clear()
        for _ in range(20):
            await pilot.press("k")
            seen += [line.strip() for line in text(view)]
        assert {f"line {n}" for n in range(1, 12)} <= set(seen)


async def test_a_filter_works_on_old_and_new_lines_also_while_held() -> None:
    view = TailView()
    async with shown(view, size=(30, 5)) as pilot:
        await come(pilot, view, lines(*range(10)))
        view.hold()
        view.set_filter(lambda line: line.text.endswith("7"))
        await come(pilot, view, lines(*range(10, 20)))
        assert messages(view) == ["message 7", "message 17"]
        view.set_filter(lambda _: False)
        assert "the filter hides every line" in text(view)[1]
        view.set_filter(None)
        assert len(messages(view)) == 5


async def test_going_up_from_the_first_line_asks_for_older_ones() -> None:
    view, heard = TailView(), list[Any]()
    async with shown(view, size=(30, 3), messages=heard) as pilot:
        await come(pilot, view, lines(*range(5, 10)))
        await pilot.press("g")
        assert messages(view)[0] == "message 5"
        assert not [one for one in heard if isinstance(one, TailView.WantsOlder)]
        await pilot.press("k")
        [asked] = [one for one in once(heard) if isinstance(one, TailView.WantsOlder)]
        assert asked.oldest.key == 5
        view.prepend(lines(*range(5)))
        assert messages(view)[0] == "message 5"
        await pilot.press("k")
        assert messages(view)[0] == "message 4"
        await pilot.press("pageup", "home")
        assert messages(view)[0] == "message 0"


async def test_enter_goes_into_the_line_under_the_cursor_and_holds() -> None:
    view, heard = TailView(), list[Any]()
    async with shown(view, messages=heard) as pilot:
        await come(pilot, view, lines(1, 2, 3))
        await pilot.press("k", "enter")
        await pilot.press("G", "enter")
        assert [one.line.key for one in once(heard) if isinstance(one, TailView.Opened)] == [2, 3]
        assert not view.following
        await pilot.click(view, offset=(3, 0))
        assert view.cursor_line == lines(1)[0]


async def test_matches_are_lit_and_n_and_N_go_to_them() -> None:
    view = TailView()
    async with shown(view, size=(30, 4)) as pilot:
        await come(pilot, view, lines(*range(30)))
        view.set_search(re.compile(r"message 1[15]\b"))
        assert view.previous_match()
        assert view.cursor_line == lines(15)[0]
        assert view.previous_match()
        assert "match" in " ".join(styles_of(view, "message 11"))
        assert view.next_match()
        assert view.cursor_line == lines(15)[0]
        assert not view.next_match()


async def test_an_empty_tail_says_what_it_waits_for_and_clear_empties_it() -> None:
    view = TailView(empty="no messages yet")
    async with shown(view) as pilot:
        assert text(view)[1] == " no messages yet"
        view.say("the server is gone; trying again", "warning")
        assert styles_of(view, "trying") == {"warning"}
        await come(pilot, view, lines(1))
        view.clear()
        assert "trying again" in text(view)[1]


async def test_hostile_text_stays_text() -> None:
    view = TailView()
    async with shown(view, size=(40, 4)) as pilot:
        hostile = TailLine(1, "\x1b[2J", "\x07", "[/oops] \x1b]0;x\x07 \u202egnp.exe 漢字\x9b5m")
        await come(pilot, view, [hostile])
        for wrapped in (False, True):
            view.set_wrap(wrapped)
            assert all(view.render_line(y).text.isprintable() for y in range(4))
            assert all(view.render_line(y).cell_length == 40 for y in range(4))
        assert "[/oops]" in text(view)[0]
