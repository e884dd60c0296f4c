"""Only the cells that changed are written, and what is then on the screen is the whole truth."""

import re

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from textual.app import App, ComposeResult
from textual.screen import Screen

from gbtui.text import cells, clean, cut, fit
from gbtui.ui.widgets.cell_update import CellCompositor
from gbtui.ui.widgets.line_view import Line, LineView
from gbtui.ui.widgets.runs import changed_cells

TEXT = st.text(st.sampled_from("ab 1é東京😀‹\u0301\u200d👩‍👧🇩🇪"), max_size=12).map(clean)
LINES = st.lists(st.tuples(TEXT, st.sampled_from(["", "bold"])), max_size=3).map(tuple)


@given(LINES, LINES)
def test_the_new_line_is_the_old_one_with_the_changed_cells_written_over(old: Line, new: Line) -> None:
    width = 100
    first, last = changed_cells(old, new, width)
    before, after = (fit("".join(text for text, _ in line), width) for line in (old, new))
    assert cut(before, 0, first) + cut(after, first, last - first) + cut(before, last, width - last) == after
    assert first <= last <= width


def test_a_changed_figure_is_its_cells() -> None:
    old: Line = (("commits/s", "dim"), ("   938", ""))
    assert changed_cells(old, (("commits/s", "dim"), ("   941", "")), 20) == (13, 15)
    assert changed_cells(old, (("commits/s", "dim"), ("   938", "warning")), 20) == (9, 20)
    assert changed_cells(old, old, 20) == (0, 0)
    assert cells("".join(text for text, _ in old)) == 15


class Pages(LineView):
    """Three lines."""

    lines: tuple[Line, ...] = ((("one 東京 1", ""),), (("two", ""),), (("three", "bold"), (" 3", "dim")))

    def compose_lines(self, width: int, height: int) -> tuple[Line, ...]:
        """The lines."""
        return self.lines


class Still(Screen[None]):
    """A screen that writes cells."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = CellCompositor()

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Pages()


class Host(App[None]):
    """The screen."""

    def get_default_screen(self) -> Screen[None]:
        """The one that writes cells."""
        return Still()


async def test_a_partial_update_writes_the_dirty_cells_alone() -> None:
    async with Host().run_test(size=(30, 3)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, Still)
        seen = pyte.Screen(30, 3)
        terminal = pyte.Stream(seen)
        console = Console(width=30, height=3, force_terminal=True, color_system="truecolor")
        for y, strip in enumerate(screen._compositor.render_strips()):
            terminal.feed(f"\x1b[{y + 1};1H{strip.render(console)}")
        pages = screen.query_one(Pages)
        pages.lines = ((("one 東亰 1", ""),), (("two", ""),), (("three", "bold"), (" 4", "dim")))
        assert pages.sync() == 2
        screen._compositor.update_widgets({pages})
        update = screen._compositor.render_partial_update()
        assert update is not None
        written = update.render_segments(console)
        terminal.feed(written)
        assert [line.rstrip() for line in seen.display] == ["one 東亰 1", "two", "three 4"]
        assert re.findall(r"\x1b\[(\d+;\d+)H", written) == ["1;7", "3;7"]
        assert "three" not in written and "two" not in written
