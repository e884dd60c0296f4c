"""Spark, status bar, description, dialog."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.widgets import Input

from gbtui.ui.widgets.confirm import Confirm
from gbtui.ui.widgets.details import Details, Field
from gbtui.ui.widgets.glyphs import ASCII
from gbtui.ui.widgets.spark import Spark, bars
from gbtui.ui.widgets.status_bar import StatusBar
from tests.ui.widgets.hosting import line_with_cursor, shown, styles_of, text


@pytest.mark.parametrize(
    ("values", "width", "top", "drawn"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, None, "▁▂▃▄▅▆▇█"),
        ([0, 0], 4, None, "  ▁▁"),
        ([1, None, 2], 3, 2, "▅·█"),
        ([1, 2, 3], 2, None, "▆█"),
        ([5], 3, 10, "  ▅"),
        ([-1, 20], 2, 10, "▁█"),
        ([], 3, None, "   "),
        ([1], 0, None, ""),
    ],
)
def test_bars(values: list[float | None], width: int, top: float | None, drawn: str) -> None:
    assert bars(values, width, top=top) == drawn


@given(st.lists(st.none() | st.floats(0, 1e12)), st.integers(0, 40))
def test_bars_are_as_wide_as_asked_and_ascii_where_asked(values: list[float | None], width: int) -> None:
    assert len(bars(values, width)) == width
    assert bars(values, width, glyphs=ASCII).isascii()


async def test_a_spark_shows_the_newest_values_its_label_and_one_style() -> None:
    spark = Spark()
    async with shown(spark, size=(12, 1)):
        spark.show([1, 2, 4], label="4/s", style="warning")
        assert text(spark) == ["     ▃▅█ 4/s"]
        assert styles_of(spark, "█") == {"warning"}
        assert spark.sync() == 0


async def test_a_passing_second_paints_the_clock_alone() -> None:
    bar = StatusBar()
    async with shown(bar, size=(60, 2)):
        left, right = (("prod-eu", "bold"),), (("primary 18.6", "dim"),)
        bar.show(left, right, "14:02:31")
        assert (text(bar._facts)[0].split(), text(bar._clock)) == (["prod-eu", "primary", "18.6"], [" 14:02:31"])
        bar._clock.show("14:02:32")
        assert (bar._facts.sync(), text(bar._clock)) == (0, [" 14:02:32"])


FIELDS = [
    Field("Session", heading=True),
    Field("user", "ana@acme.example"),
    Field("state", "waiting", "warning"),
    Field("statement", "SELECT *\n  FROM bots\n WHERE id = $1"),
    Field("note", "a long sentence that does not fit in one line of this small screen at all"),
]


async def test_fields_stand_beside_their_labels_and_wrap() -> None:
    details = Details(FIELDS)
    async with shown(details, size=(40, 12)) as pilot:
        assert [line[1:] for line in text(details)[:6]] == [
            "Session",
            "user       ana@acme.example",
            "state      waiting",
            "statement  SELECT *",
            "             FROM bots",
            "            WHERE id = $1",
        ]
        assert styles_of(details, "waiting") == {"warning"}
        details.set_wrap(False)
        assert text(details)[6].endswith("…")
        await pilot.press("l")
        assert "note       that does not fit" in text(details)[6]
        await pilot.press("h", "h")
        assert "note       a long sentence" in text(details)[6]


@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ("j", "user"),
        ("down up", "Session"),
        ("G", "all"),
        ("end home", "Session"),
        ("pagedown", "SELECT"),
        ("G pageup", "WHERE"),
    ],
)
async def test_keys_move_through_a_description(keys: str, seen: str) -> None:
    details = Details(FIELDS)
    async with shown(details, size=(40, 4)) as pilot:
        await pilot.press(*keys.split())
        assert seen in line_with_cursor(details)


async def test_the_cursor_stays_with_its_field_and_matches_are_found() -> None:
    details = Details(FIELDS)
    async with shown(details, size=(60, 4)) as pilot:
        await pilot.press("j", "j")
        details.set_fields([Field("new", "1"), *FIELDS])
        assert (details.cursor_field, line_with_cursor(details).split()[0]) == (FIELDS[2], "▸state")
        details.set_search(re.compile("bots"))
        assert details.next_match()
        assert not details.next_match()
        assert details.cursor_field == FIELDS[3]
        details.set_search(re.compile("user"))
        assert details.previous_match()
        details.set_filter(lambda field: "a" in field.value)
        assert details.cursor_field == FIELDS[1]


class Asking(App[None]):
    """Asks once and keeps the answer."""

    answer: bool | None = None

    def ask(self, *arguments: Any, **options: Any) -> None:
        def keep(answer: bool | None) -> None:
            self.answer = answer

        self.push_screen(Confirm(*arguments, **options), keep)


def told(app: App[None]) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_enter_alone_never_means_yes() -> None:
    app = Asking()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask("Terminate 2 backends", ["pid 4711 acme", "pid 4712 acme"], hidden=["pid 9 globex"])
        await pilot.pause()
        picture = told(app)
        for words in ("Terminate 2 backends", "pid 4711", "hidden: pid 9 globex", "type yes"):
            assert words in picture
        await pilot.press("enter")
        assert app.answer is None
        await pilot.press("y", "e", "enter")
        assert app.answer is None
        assert "nothing done" in told(app)
        await pilot.press("s", "enter")
        assert app.answer is True


async def test_escape_means_no_and_another_word_may_be_wanted() -> None:
    app = Asking()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask("Drop it", word="prod-eu")
        await pilot.pause()
        app.screen.query_one(Input).value = "yes"
        await pilot.press("enter")
        assert app.answer is None
        await pilot.press("escape")
        assert app.answer is False


async def test_every_target_of_a_long_list_can_be_seen() -> None:
    app = Asking()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask("Cancel 40 backends", [f"pid {n}" for n in range(100, 140)])
        await pilot.pause()
        seen = told(app)
        for _ in range(8):
            await pilot.press("pagedown")
            await pilot.pause()
            seen += told(app)
        assert all(f"pid {n}" in seen for n in range(100, 140))
        assert "40 targets" in seen


async def test_the_mouse_selects_text_as_it_is_seen() -> None:
    details = Details(FIELDS)
    async with shown(details, size=(40, 6)) as pilot:
        await pilot.mouse_down(details, offset=(12, 1))
        await pilot.hover(details, offset=(14, 2))
        await pilot.mouse_up(details, offset=(14, 2))
        assert pilot.app.screen.get_selected_text() == "ana@acme.example\n state      wai"
        assert details.render_line(2).text.startswith(" state      waiting")
