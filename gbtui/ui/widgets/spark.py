"""A small chart of a series in block characters."""

from collections.abc import Sequence

from gbtui.text import cells, fit
from gbtui.ui.widgets.glyphs import UNICODE, Glyphs
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line

Values = Sequence[float | None]
"""Oldest first; None is a sample that was not taken."""


def bars(values: Values, width: int, *, top: float | None = None, glyphs: Glyphs = UNICODE) -> str:
    """The newest `width` of `values`, one block character each, on the right.

    The scale starts at zero and ends at `top` (by default the highest value shown), so that two charts
    with the same `top` compare. A missing sample is a gap, and what lies before the first one is empty.
    """
    shown = list(values[-width:]) if width > 0 else []
    known = [value for value in shown if value is not None]
    high = top if top is not None else max(known, default=0.0)
    steps = len(glyphs.bars)
    drawn = [glyphs.missing if value is None else glyphs.bars[_step(value, high, steps)] for value in shown]
    return "".join(drawn).rjust(width)


def _step(value: float, high: float, steps: int) -> int:
    if high <= 0 or value <= 0:
        return 0
    return min(steps - 1, int(value / high * steps))


class Spark(LineView):
    """A one-line chart in one style, with an optional label of its highest value at the right.

    A block character tells eight heights; say the exact value beside it.
    """

    DEFAULT_CSS = """
    Spark { height: 1; }
    """

    def __init__(
        self,
        values: Values = (),
        *,
        top: float | None = None,
        label: str = "",
        style: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._values, self._top, self._label, self._names = tuple(values), top, label, style

    def show(self, values: Values, *, top: float | None = None, label: str = "", style: str = "") -> None:
        """Draw `values`; `style` colours the whole series by its severity ("", "warning", "critical" …)."""
        self._values, self._top, self._label, self._names = tuple(values), top, label, style
        self.sync()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """One line: the bars, then the label."""
        label = f" {self._label}" if self._label else ""
        drawn = bars(self._values, width - cells(label), top=self._top, glyphs=self.glyphs)
        return [((fit(drawn + label, width), self._names),)]
