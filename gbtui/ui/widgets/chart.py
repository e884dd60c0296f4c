"""A series over time in block characters: a scale at the left, dates below, what is expected as a lighter line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gbtui.text import cells, fit
from gbtui.ui.widgets.glyphs import UNICODE, Glyphs
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line

Values = Sequence[float | None]
"""Oldest first, one a step; None is one that is not known."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn: what was, and what is expected to follow."""

    values: Values = ()
    expected: Values = ()
    first: str = ""
    """What stands below the first value, between the two, and below the last expected one."""
    now: str = ""
    last: str = ""


def chart(series: Series, width: int, height: int, say: Callable[[float], str], glyphs: Glyphs = UNICODE) -> list[Line]:
    """Lines of `width` cells: `height` less one of bars with a scale, and one of dates.

    The scale begins at zero, so that a height is a size and not only a change. Where there are more values than cells
    each cell shows the last of its share; where there are fewer, each has several cells.
    """
    known = [value for value in (*series.values, *series.expected) if value is not None]
    rows, top = height - 1, max(known, default=0.0)
    labels = [say(top), say(top / 2), say(0.0)]
    margin = max(map(cells, labels)) + 1
    room = width - margin
    if rows < 2 or room < 10 or not known:
        return []
    whole = len(series.values) + len(series.expected)
    before = room if not series.expected else max(1, round(room * len(series.values) / whole))
    was, will = _spread(series.values, before), _spread(series.expected, room - before)
    lines: list[Line] = []
    for row in range(rows):
        label = {0: labels[0], rows // 2: labels[1], rows - 1: labels[2]}.get(row, "")
        floor = rows - 1 - row
        drawn = ((_row(was, floor, rows, top, glyphs), "accent"), (_row(will, floor, rows, top, glyphs), "dim"))
        lines.append(((f"{fit(label, margin - 1, 'right')} ", "dim"), *drawn))
    return [*lines, _dates(series, margin, before, room)]


def _spread(values: Values, room: int) -> list[float | None]:
    """As many values as there is room for."""
    if not values or room <= 0:
        return [None] * max(0, room)
    return [
        values[min(len(values) - 1, (cell + 1) * len(values) // room - (len(values) >= room))] for cell in range(room)
    ]


def _row(values: Sequence[float | None], floor: int, rows: int, top: float, glyphs: Glyphs) -> str:
    steps = len(glyphs.bars)
    drawn = []
    for value in values:
        if value is None:
            drawn.append(glyphs.missing if floor == 0 else " ")
            continue
        eighths = 0 if top <= 0 else round(value / top * rows * steps) - floor * steps
        # The lowest row always shows something: a thing of no size is not one that is not known.
        drawn.append(glyphs.bars[min(steps, max(eighths, int(floor == 0))) - 1] if eighths > 0 or floor == 0 else " ")
    return "".join(drawn)


def _dates(series: Series, margin: int, before: int, room: int) -> Line:
    line = [" "] * room
    for text, at in (
        (series.first, 0),
        (series.last, room - cells(series.last)),
        (series.now, before - cells(series.now)),
    ):
        place = max(0, at)
        taken = line[max(0, place - 1) : place + cells(text) + 1]
        if text and "".join(taken).strip() == "":
            line[place : place + cells(text)] = list(text)
    return ((" " * margin + "".join(line)[:room], "dim"),)


class Chart(LineView):
    """The widget of it, with two lines of caption above."""

    DEFAULT_CSS = """
    Chart { height: 10; }
    """

    def __init__(self, say: Callable[[float], str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._say, self._series, self._caption = say, Series(), ("", "")

    def show(self, series: Series, caption: tuple[str, str]) -> None:
        """Draw another series."""
        self._series, self._caption = series, caption
        self.sync()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """The caption, then the chart, with a cell free on either side."""
        drawn = chart(self._series, width - 2, height - 2, self._say, self.glyphs)
        first, second = (fit(f" {line}", width) for line in self._caption)
        return [((first, "bold"),), ((second, ""),), *(((" ", ""), *line) for line in drawn)]
