"""How a table's header and rows are drawn: runs of styled text, as wide as the table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gbtui.text import cells, drawable, fit
from gbtui.ui.widgets.columns import GAP, GUTTER, Column, Place
from gbtui.ui.widgets.glyphs import Glyphs
from gbtui.ui.widgets.runs import Line, Run, cut_runs, lit, width_of

R = TypeVar("R")


@dataclass
class TablePicture(Generic[R]):
    """Columns at their places in a table `width` cells wide, all but the first moved `left` cells sideways."""

    columns: Sequence[Column[R]]
    placed: Sequence[Place]
    width: int
    left: int
    glyphs: Glyphs
    search: re.Pattern[str] | None

    def header(self, cursor: int, order: tuple[str, bool] | None) -> Line:
        """The titles; `cursor` is the column under the cursor, `order` the column sorted by and whether reversed."""
        glyphs, runs = self.glyphs, list[Run]()
        for index, (column, place) in enumerate(zip(self.columns, self.placed, strict=True)):
            sign = ""
            if order is not None and order[0] == column.id:
                sign = glyphs.descending if order[1] else glyphs.ascending
            title = fit(column.title, min(place.width - len(sign), cells(drawable(column.title))), more=glyphs.more)
            title = f"{sign}{title}" if column.align == "right" else f"{title}{sign}"
            here = index == cursor and len(self.columns) > 1
            runs.append((fit(title, place.width, column.align), "header sorted" if here else "header"))
            runs.append((" " * GAP, "header"))
        line = list(self._scrolled((" " * GUTTER, "header"), runs))
        return self._with_arrows(line)

    def _with_arrows(self, line: list[Run]) -> Line:
        """Signs at the edges of the header where columns are out of view."""
        first = self.placed[0].end
        if self.left:
            line = [*cut_runs(line, 0, first), (self.glyphs.left, "accent"), *cut_runs(line, first + 1, self.width)]
        if self.placed[-1].end - self.left > self.width:
            line = [*cut_runs(line, 0, self.width - 1), (self.glyphs.right, "accent")]
        return tuple(line)

    def row(self, row: R, bar: str, *, gone: bool, marked: bool) -> Line:
        """A row; `bar` names the style of the cursor's bar if it is here (with a space behind), else it is empty."""
        glyphs, sign = self.glyphs, " "
        if bar:
            sign = glyphs.gone if gone else glyphs.cursor
        if marked:
            sign = glyphs.marked_cursor if bar else glyphs.marked
        runs: list[Run] = []
        for column, place in zip(self.columns, self.placed, strict=True):
            style = "dim" if gone else (column.style(row) if column.style else "")
            text = fit(column.text(row), place.width, column.align, more=glyphs.more)
            runs.extend(lit(text, bar + style, self.search))
            runs.append((" " * GAP, bar))
        return self._scrolled((sign, f"{bar}accent"), runs)

    def _scrolled(self, gutter: Run, runs: Sequence[Run]) -> Line:
        """Gutter and first column as they are, the other columns moved sideways."""
        fixed = self.placed[0].width + GAP
        head = cut_runs(runs, 0, fixed)
        tail = cut_runs(runs, fixed + self.left, self.width - GUTTER - fixed)
        filled = GUTTER + width_of((*head, *tail))
        return (gutter, *head, *tail, (" " * (self.width - filled), runs[-1][1]))
