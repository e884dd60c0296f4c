"""The table, key by key and state by state."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.events import MouseScrollDown

from gbtui.ui.widgets.glyphs import ASCII
from gbtui.ui.widgets.live_table import Column, LiveTable
from tests.ui.widgets.hosting import line_with_cursor, once, shown, styles_of, text
from tests.waiting import until


@dataclass(frozen=True)
class Row:
    pid: int
    name: str
    size: int | None = None


COLUMNS: list[Column[Row]] = [
    Column("pid", "pid", 5, lambda row: str(row.pid), "right", sort=lambda row: row.pid),
    Column("name", "name", 0, lambda row: row.name),
    Column(
        "size",
        "size",
        8,
        lambda row: "–" if row.size is None else f"{row.size} kB",
        "right",
        sort=lambda row: row.size,
        style=lambda row: "warning" if row.size == 9 else "",
    ),
]


def numbered(n: int) -> Callable[[Row], str]:
    return lambda _: f"cell{n}"


WIDE: list[Column[Row]] = [
    Column("pid", "pid", 5, lambda row: str(row.pid), "right"),
    *(Column(f"c{n}", f"title{n}", 10, numbered(n)) for n in range(6)),
]


def table(columns: list[Column[Row]] = COLUMNS, **options: Any) -> LiveTable[Row]:
    return LiveTable(columns, key=lambda row: row.pid, **options)


def rows(count: int) -> list[Row]:
    return [Row(n, f"name{n}", n) for n in range(count)]


async def test_rows_stand_under_their_titles() -> None:
    t = table()
    async with shown(t, size=(30, 5)):
        t.set_rows([Row(1, "one"), Row(22, "two", 9)])
        assert text(t) == [
            "   pid name               size",
            "▸    1 one                   –",
            "    22 two                9 kB",
            "",
            "",
        ]
        assert styles_of(t, "9 kB") == {"warning"}


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        ("j", 1),
        ("down down", 2),
        ("j j k", 1),
        ("j up", 0),
        ("k", 0),
        ("pagedown", 6),
        ("pagedown pageup", 0),
        ("G", 29),
        ("end", 29),
        ("G g", 0),
        ("end home", 0),
        ("G j", 29),
    ],
)
async def test_keys_move_the_cursor_and_the_view_follows(keys: str, index: int) -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(30))
        await pilot.press(*keys.split())
        assert t.cursor_index == index
        assert line_with_cursor(t).split()[1] == str(index)


async def test_the_cursor_stays_with_its_row_through_refreshes_sorts_and_filters() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(30))
        await pilot.press("j", "j")
        t.set_rows(rows(30)[::-1])
        assert t.cursor_row == Row(2, "name2", 2)
        assert "name2" in line_with_cursor(t)
        await pilot.press("s")
        assert (t.cursor_index, t.cursor_row) == (2, Row(2, "name2", 2))
        t.set_filter(lambda row: row.pid > 1)
        assert (t.cursor_index, t.hidden_count) == (0, 2)
        t.set_filter(None)
        assert "name2" in line_with_cursor(t)


async def test_a_vanished_row_is_dimmed_and_said_to_be_gone_until_left() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(3))
        await pilot.press("j")
        t.set_rows([rows(3)[0], rows(3)[2]])
        assert t.cursor_gone
        assert line_with_cursor(t).startswith("×    1 name1")
        assert styles_of(t, "name1") == {"cursor dim"}
        assert [row.pid for row in t.shown_rows] == [0, 2]
        await pilot.press("j")
        assert not any("name1" in line for line in text(t))


async def test_s_sorts_by_the_column_under_the_cursor_and_again_reverses() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows([Row(1, "b", 5), Row(2, "a", None), Row(3, "c", 7)])
        await pilot.press("l", "s")
        assert (text(t)[0].split(), t.sorted_by) == (["pid", "name▲", "size"], ("name", False))
        assert [row.name for row in t.shown_rows] == ["a", "b", "c"]
        await pilot.press("right", "s", "s")
        assert t.sorted_by == ("size", True)
        assert text(t)[0].rstrip().endswith("▼size")
        assert [row.pid for row in t.shown_rows] == [3, 1, 2]
        await pilot.press("h", "left", "h")
        assert t.cursor_column.id == "pid"


async def test_a_title_longer_than_its_column_still_shows_the_order() -> None:
    t = LiveTable([Column[int]("n", "much too long a title", 8, str), Column[int]("o", "o", 3, str)], key=int)
    async with shown(t, size=(30, 4)) as pilot:
        t.set_rows([1])
        await pilot.press("s")
        assert text(t)[0] == " much t…▲ o"


async def test_space_marks_a_marks_all_and_marks_say_so_without_colour() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(3))
        await pilot.press("space", "j")
        assert [line[:1] for line in text(t)[1:4]] == ["●", "▸", " "]
        await pilot.press("space")
        assert (line_with_cursor(t)[:1], [row.pid for row in t.marked]) == ("◉", [0, 1])
        t.set_filter(lambda row: row.pid > 0)
        assert [row.pid for row in t.marked_hidden] == [0]
        await pilot.press("a")
        assert [row.pid for row in t.marked] == [0, 1, 2]
        await pilot.press("a")
        assert t.marked == []


async def test_enter_and_double_click_go_in_and_a_click_moves() -> None:
    t, messages = table(), list[Any]()
    async with shown(t, messages=messages) as pilot:
        t.set_rows(rows(3))
        await pilot.click(t, offset=(3, 3))
        assert t.cursor_index == 2
        await pilot.press("k", "enter")
        await pilot.click(t, offset=(3, 1), times=2)
        opened = [message.row.pid for message in once(messages) if isinstance(message, LiveTable.Opened)]
        assert opened == [1, 0]


async def test_a_click_on_a_title_sorts_by_it() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(3))
        await pilot.click(t, offset=(2, 0))
        await pilot.click(t, offset=(2, 0))
        assert t.sorted_by == ("pid", True)


async def test_the_wheel_moves_the_view_and_keeps_the_cursor_in_it() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(30))
        await pilot._post_mouse_events([MouseScrollDown], t)
        assert "name3" in text(t)[1]
        assert t.cursor_index == 3


async def test_moving_sideways_keeps_the_first_column() -> None:
    t = table(WIDE)
    async with shown(t, size=(40, 4)) as pilot:
        t.set_rows(rows(2))
        assert text(t)[0].endswith("›")
        for _ in range(6):
            await pilot.press("l")
        assert text(t)[0] == "   pid‹ title3     title4     title5"
        assert text(t)[1] == "▸    0  cell3      cell4      cell5"
        t.set_rows(rows(2)[::-1])
        assert "cell5" in text(t)[1]
        for _ in range(6):
            await pilot.press("h")
        assert text(t)[1].startswith("▸    1 cell0")


async def test_states_are_told_where_there_are_no_rows() -> None:
    t = table(empty="no sessions: this bot is quiet")
    async with shown(t, size=(40, 5)):
        t.say("reading sessions …")
        assert text(t)[2] == " reading sessions …"
        t.say("permission denied: GRANT pg_monitor TO watcher", "warning")
        assert styles_of(t, "GRANT") == {"warning"}
        t.set_rows([])
        assert text(t)[2] == " no sessions: this bot is quiet"
        t.set_rows(rows(3))
        t.set_filter(lambda _: False)
        assert text(t)[2] == " the filter hides 3 rows"


async def test_n_and_N_go_round_the_matches_which_are_lit() -> None:
    t = table()
    async with shown(t):
        t.set_rows(rows(20))
        t.set_search(re.compile("name1[03]"))
        assert t.next_match()
        assert t.cursor_index == 10
        assert styles_of(t, "name10") == {"cursor match"}
        assert t.next_match()
        assert t.cursor_index == 13
        assert t.next_match()
        assert t.cursor_index == 10
        assert t.previous_match()
        assert t.cursor_index == 13
        t.set_search(re.compile("nowhere"))
        assert not t.next_match()


async def test_equal_rows_paint_nothing_and_a_changed_cell_one_line() -> None:
    t = table()
    async with shown(t):
        t.set_rows(rows(5))
        t.set_rows(rows(5))
        assert t.sync() == 0
        changed = rows(5)
        changed[3] = replace(changed[3], name="other")
        painted: list[int] = []
        sync = t.sync
        t.sync = lambda: painted.append(sync()) or 0  # type: ignore[func-returns-value,method-assign]
        t.set_rows(changed)
        assert painted == [1]


async def test_wide_and_hostile_text_keeps_the_columns_in_line() -> None:
    t = table()
    nasty = [
        "漢字テスト" * 4,
        "e\u0301te\u0301",
        "👩\u200d👧 ok",
        "\x1b]0;x\x07",
        "[/oops] [bold]",
        "שלום עולם",
        "a\nb\tc",
    ]
    async with shown(t, size=(40, 9)):
        t.set_rows([Row(n, name, n) for n, name in enumerate(nasty)])
        for y in range(1, 8):
            strip = t.render_line(y)
            assert strip.cell_length == 40
            assert "".join(strip.text).isprintable()
            assert strip.text.endswith(f"{y - 1} kB")
        assert "[/oops] [bold]" in text(t)[5]


async def test_ascii_terminals_get_ascii_signs() -> None:
    t = table()
    async with shown(t) as pilot:
        pilot.app.glyphs = ASCII  # type: ignore[attr-defined]
        t.set_rows([Row(1, "a name that is much too long for its column", 1)])
        await pilot.press("s", "space")
        assert "\n".join(text(t)).isascii()
        assert (text(t)[0].split()[0], text(t)[1][0]) == ("^pid", "#")


async def test_a_new_size_lays_the_columns_out_anew() -> None:
    t = table()
    async with shown(t, size=(40, 6)) as pilot:
        t.set_rows(rows(30))
        await pilot.press("G")
        await pilot.resize_terminal(60, 12)
        await until(lambda: len(text(t)) == 12)
        assert text(t)[-1].startswith("▸   29")
        assert len(text(t)[1]) == 60


async def test_chosen_columns_replace_the_shown_ones() -> None:
    t = table()
    async with shown(t) as pilot:
        t.set_rows(rows(2))
        await pilot.press("l", "l")
        t.set_columns([COLUMNS[2], COLUMNS[0]])
        assert text(t)[0].split() == ["size", "pid"]
        assert t.cursor_column.id == "size"


async def test_every_key_has_an_id_and_says_what_it_does() -> None:
    ids = [binding.id for binding in LiveTable.BINDINGS if not isinstance(binding, tuple)]
    assert len(ids) == len(set(ids)) == len(LiveTable.BINDINGS)
    assert all(binding.tooltip for binding in LiveTable.BINDINGS if not isinstance(binding, tuple))
