"""The tail's screen: history above the buffer, times, marks, columns, and more lines than one can read."""

import dataclasses
from datetime import timedelta
from uuid import UUID

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from gbtui.domain.tail import Batch, Message
from gbtui.filters import parse
from gbtui.ui.app import Console
from gbtui.ui.list_screen import words
from gbtui.ui.widgets.marked_tail import MarkedTail
from screens import tail_filter
from tests.ui.fakes import ACME, GLOBEX, MESSAGES, NOW, FrozenTail, connected, console, running, settle, text
from tests.waiting import until


def message(number: int, **changes: object) -> Message:
    """The message that many seconds before NOW."""
    made = dataclasses.replace(
        MESSAGES[0],
        id=UUID(int=50_000 - number),
        created_at=NOW - timedelta(seconds=number),
        message=f"number {number}",
    )
    made = dataclasses.replace(made, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(made, length=len(made.message))


def with_history(messages: int) -> tuple[FrozenTail, Console]:
    tail = FrozenTail()
    tail.history = [message(number) for number in range(messages + 60, 60, -1)]
    return tail, console(connected(tail=tail))


async def to_tail(pilot: Pilot[int]) -> MarkedTail:
    await pilot.press("4")
    await settle(pilot)
    return pilot.app.screen.query_one(MarkedTail)


def under_cursor(view: MarkedTail) -> str:
    return view.cursor_line.text if view.cursor_line else ""


async def test_moving_up_from_the_first_line_reads_history_until_there_is_none() -> None:
    _, app = with_history(250)
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("g", "k")
        await until(lambda: len(view.all_lines) == 205)
        await settle(pilot)
        assert under_cursor(view) == "number 61"
        await pilot.press("g", "k")
        await until(lambda: len(view.all_lines) == 255)
        await pilot.press("g", "k")
        await until(lambda: "nothing older" in text(app))
        await pilot.press("G")
        assert view.following


async def test_another_tenants_history_is_left_out() -> None:
    tail, app = with_history(0)
    tail.history = [message(90, org_id=GLOBEX), message(80, org_id=ACME)]
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("g", "o", "g", "k")
        await until(lambda: any(line.text == "number 80" for line in view.all_lines))
        assert not any(line.text == "number 90" for line in view.all_lines)


async def test_a_time_is_echoed_in_full_and_then_jumped_to() -> None:
    _, app = with_history(1000)
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("t", "1", "0", "m")
        await settle(pilot)
        assert "Mon 2026-11-23" in text(app)
        await pilot.press("enter")
        await until(lambda: under_cursor(view) == "number 600")
        await pilot.press("t", *"nonsense", "enter")
        await settle(pilot)
        assert "Not a time" in text(app)
        assert under_cursor(view) == "number 600"


async def test_what_lies_too_far_back_is_jumped_to_past_a_gap_that_is_told() -> None:
    _, app = with_history(12_000)
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("t", *"12000s", "enter")
        await until(lambda: under_cursor(view) == "number 12001")
        await settle(pilot)
        assert any(line.text.startswith("not read: ") for line in view.all_lines)


async def test_marked_messages_are_copied_together() -> None:
    app = console(connected(tail=FrozenTail()))
    sent: list[str] = []
    app.send = sent.append  # type: ignore[assignment, method-assign]
    async with running(app) as pilot:
        await to_tail(pilot)
        await pilot.press("space", "k", "space")
        await settle(pilot)
        assert "2 marked" in text(app)
        await pilot.press("Y")
        assert len(sent[0].split("\n")) == 2
        await pilot.press("y")
        assert sent[1] == MESSAGES[3].message


async def test_columns_are_chosen() -> None:
    app = console(connected(tail=FrozenTail()))
    async with running(app) as pilot:
        await to_tail(pilot)
        assert "00000000" not in text(app)
        await pilot.press("c", "j", "j", "j", "j", "j", "space", "escape")
        await settle(pilot)
        assert "00000000" in text(app)


async def test_more_lines_than_one_can_read_are_said() -> None:
    tail = FrozenTail()
    app = console(connected(tail=tail))
    async with running(app) as pilot:
        await to_tail(pilot)
        assert "too many" not in text(app)
        for heard in tail.heard:
            heard(Batch(tuple(message(-number) for number in range(1, 500))))
        await until(lambda: "lines/s are too many to read  o tenant  / narrow" in text(app))


async def test_many_messages_are_narrowed_when_the_hand_rests_and_at_once_by_enter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tail = FrozenTail()
    tail.held = tuple(message(-number) for number in range(1, 1_500))
    app = console(connected(tail=tail))
    async with running(app) as pilot:
        view = await to_tail(pilot)
        monkeypatch.setattr(tail_filter, "_RESTING", 3_600.0)
        await pilot.press("slash", *"1234")
        await settle(pilot)
        assert len(view.shown_lines) == 1_499
        await pilot.press("enter")
        assert [line.text for line in view.shown_lines] == ["number -1234"]
        monkeypatch.setattr(tail_filter, "_RESTING", 0.01)
        await pilot.press("slash", "backspace")
        await until(lambda: len(view.shown_lines) == 12)
        await pilot.press("escape")
        assert len(view.shown_lines) == 1_499


async def test_widening_keeps_the_cursor_on_its_row_in_sight_and_n_walks_the_matches() -> None:
    tail = FrozenTail()
    tail.held = tuple(message(200 - number, message="needle" if number % 60 == 1 else "hay") for number in range(200))
    app = console(connected(tail=tail))
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("slash", *"needle", "enter")
        await settle(pilot)
        assert [line.text for line in view.shown_lines] == ["needle"] * 4
        await pilot.press("k", "k")
        stood = view.cursor_line
        await pilot.press("escape")
        await settle(pilot)
        assert view.cursor_line == stood
        assert "▸" in text(app) or "needle" in text(app)
        await pilot.press("N")
        assert (under_cursor(view), view.cursor_line == stood) == ("needle", False)
        await pilot.press("n")
        assert view.cursor_line == stood


async def test_the_filter_completes_columns_values_and_marks() -> None:
    tail = FrozenTail()
    app = console(connected(tail=tail))
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("/", *"org:gl", "tab")
        await settle(pilot)
        assert app.screen.query_one(Input).value == "/org:globex"
        assert {line.data.organization for line in view.shown_lines} == {"globex"}  # type: ignore[attr-defined]
        await pilot.press(*" is:l", "tab")
        await settle(pilot)
        assert app.screen.query_one(Input).value == "/org:globex is:late"
        await pilot.press("escape", "/", *"scr", "tab", "tab")
        await settle(pilot)
        assert app.screen.query_one(Input).value == "/script:Japanese"
        assert [line.data.message for line in view.shown_lines] == [MESSAGES[3].message]  # type: ignore[attr-defined]


async def test_half_a_filter_keeps_the_last_whole_one_and_a_wrong_one_says_where() -> None:
    app = console(connected(tail=FrozenTail()))
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("/", *"org:acme /parc")
        await settle(pilot)
        assert len(view.shown_lines) == 3
        assert "column 10" in text(app)
        await pilot.press("escape", "/", *"org:")
        await settle(pilot)
        assert "org:globex" in text(app).splitlines()[-2]  # what it may become, instead of a complaint


async def test_a_time_in_a_filter_is_echoed_in_full_while_it_is_typed() -> None:
    app = console(connected(tail=FrozenTail()))
    async with running(app) as pilot:
        await to_tail(pilot)
        await pilot.press("/", *"at>10:00Z")
        await settle(pilot)
        assert "time Mon 2026-11-23" in text(app)


async def test_marked_messages_can_be_filtered_and_the_script_is_a_column() -> None:
    app = console(connected(tail=FrozenTail()))
    async with running(app, (120, 40)) as pilot:
        view = await to_tail(pilot)
        await pilot.press("k", "space", "/", *"is:marked", "enter")
        await settle(pilot)
        assert len(view.shown_lines) == 1
        await pilot.press("escape")
        view.screen.columns.set_columns(view.screen.columns.all_columns)  # type: ignore[attr-defined]
        await settle(pilot)
        assert "Japanese" in text(app)


async def test_another_clock_keeps_history_and_cursor_and_ages_grow() -> None:
    tail, app = with_history(250)
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("g", "k")
        await until(lambda: len(view.all_lines) == 205)
        await settle(pilot)
        await pilot.press("u", "u")
        await settle(pilot)
        assert len(view.all_lines) == 205
        assert under_cursor(view) == "number 61"
        assert not view.following
        line = view.cursor_line
        assert line is not None
        assert "1 m" in line.prefix
        app.now = lambda: NOW + timedelta(hours=2)  # type: ignore[method-assign]
        app.screen._each_second()  # type: ignore[attr-defined]
        assert "2 h" in (view.cursor_line or line).prefix
    assert tail.history


async def test_any_filter_is_walked_and_its_words_are_lit_after_it_was_widened() -> None:
    app = console(connected(tail=FrozenTail()))
    async with running(app) as pilot:
        view = await to_tail(pilot)
        await pilot.press("/", *"sender:user !/hostile|thanks/", "enter", "escape")
        await settle(pilot)
        assert len(view.shown_lines) == 5
        await pilot.press("N")
        await settle(pilot)
        assert under_cursor(view) == "Where is my parcel?"
        await pilot.press("N")
        await until(lambda: "no match further up" in text(app))
        await pilot.press("n")
        await until(lambda: "no match further down" in text(app))


def test_what_a_regular_expression_looks_for_is_lit() -> None:
    lit = words(parse("text:/par(cel|is)/ !no /x|y/", ["text"]))
    assert lit is not None
    assert [found[0] for found in lit.finditer("a parcel, no y")] == ["parcel", "y"]
