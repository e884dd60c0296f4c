"""One line about the whole console, whose clock may tick every second for next to nothing."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal

from gbtui.text import cells
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line, Run, cut_runs, width_of

CLOCK_WIDTH = 9
"""Cells of the clock, "14:02:31" and a space."""


class _Facts(LineView):
    """What stands left, and what stands right if there is room."""

    DEFAULT_CSS = """
    _Facts { height: 1; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._left: Sequence[Run] = ()
        self._right: Sequence[Run] = ()

    def show(self, left: Sequence[Run], right: Sequence[Run]) -> None:
        self._left, self._right = left, right
        self.sync()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """Left and right; the right one is cut at its end where both do not fit."""
        left = cut_runs(self._left, 0, width)
        right = cut_runs(self._right, 0, max(0, width - width_of(left) - 1))
        return [(*left, (" " * (width - width_of(left) - width_of(right)), ""), *right)]


class Clock(LineView):
    """The time alone, at the right edge of what it stands in.

    Textual re-emits a changed line from its widget's left edge on: as a widget of its own a clock costs its
    nine cells a second, not the line.
    """

    DEFAULT_CSS = f"""
    Clock {{ height: 1; width: {CLOCK_WIDTH}; dock: right; }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._time = ""

    def show(self, time: str) -> None:
        """Say the time, at most eight cells."""
        self._time = time
        self.sync()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """The time at the right edge."""
        return [((" " * (width - cells(self._time)) + self._time, ""),)]


class StatusBar(Horizontal):
    """Facts on the left and right, the clock at the right edge.

    A second that changes nothing else costs the clock's nine cells.
    """

    DEFAULT_CSS = """
    StatusBar { height: 1; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._facts, self._clock = _Facts(), Clock()

    def compose(self) -> ComposeResult:
        """Two parts."""
        yield self._facts
        yield self._clock

    def show(self, left: Sequence[Run], right: Sequence[Run], clock: str) -> None:
        """Say this; only the part that changed is drawn. A clock is at most eight cells wide."""
        self._facts.show(left, right)
        self._clock.show(clock)
