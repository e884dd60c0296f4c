"""How a tail's messages lie on screen lines: wrapped or cut, and where the buffer has a gap. Knows no cursor."""

import re
from typing import Final

from gbtui.text import cells, cut, drawable, fit, plural, wrap
from gbtui.ui.widgets.glyphs import Glyphs
from gbtui.ui.widgets.runs import Line, Run, cut_runs, lit, width_of
from gbtui.ui.widgets.tail_ring import Ring, TailLine

TALLEST: Final = 500
"""Screen lines one message may take when wrapped; the rest is to be read in the message itself."""
GAP: Final = -1
"""Stands for the line of a spot that tells of a gap."""

Spot = tuple[int, int]
"""A screen line: the number of its message (or of the one before a gap), and which of its lines."""


class TailLayout:
    """The lines of a ring on a screen `width` cells wide; `left` is how far cut text is scrolled sideways."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.wrap = False
        self.left = 0
        self._width = 0
        self._wrapped: dict[int, list[str]] = {}

    def prepare(self, width: int, height: int) -> None:
        """Forget what was laid out for another width, or is long out of view."""
        if width != self._width or len(self._wrapped) > 8 * height:
            self._wrapped.clear()
        self._width = width

    def clear(self) -> None:
        """Forget what was laid out."""
        self._wrapped.clear()

    def number(self, index: int) -> int:
        """The number of the message that stands at `index` among those shown."""
        return self.ring.shown[index]

    def up(self, height: int) -> list[Spot]:
        """The last `height` screen lines."""
        spots: list[Spot] = []
        index = len(self.ring.shown)
        while index > 0 and len(spots) < height:
            index -= 1
            number = self.number(index)
            spots.extend((number, line) for line in reversed(range(len(self.texts(number)))))
        return spots[height - 1 :: -1] if len(spots) > height else spots[::-1]

    def down(self, top: Spot, height: int) -> list[Spot]:
        """`height` screen lines from `top` on (or from the message that comes next, if it is not shown)."""
        spots: list[Spot] = []
        number, line = top
        index = self.ring.index(number)
        if self.number(index) != number:
            number, line = self.number(index), 0
        # In a wider window the same text takes fewer lines. The line after the last may be that of a gap.
        line = min(line, len(self.texts(number)) - (0 if self.ring.missing_after(number) else 1))
        for at in range(index, len(self.ring.shown)):
            number = self.number(at)
            spots.extend((number, one) for one in range(line, len(self.texts(number))))
            if self.ring.missing_after(number):
                spots.append((number, GAP))
            line = 0
            if len(spots) >= height:
                break
        return spots[:height]

    def step(self, spot: Spot, step: int) -> Spot:
        """The screen line before or after a spot."""
        number, line = spot
        line += step
        if line < 0:
            index = self.ring.index(number) - 1
            return (self.number(index), len(self.texts(self.number(index))) - 1) if index >= 0 else spot
        if line >= len(self.texts(number)):
            index = self.ring.index(number) + 1
            return (self.number(index), 0) if index < len(self.ring.shown) else spot
        return number, line

    def texts(self, number: int) -> list[str]:
        """The text of a message in the lines it takes."""
        if not self.wrap:
            return [self.ring[number].text]
        found = self._wrapped.get(number)
        if found is None:
            line = self.ring[number]
            found = wrap(line.text, self._width - self._indent(line))[:TALLEST]
            self._wrapped[number] = found
        return found

    def _indent(self, line: TailLine) -> int:
        """Cells before the text; wrapped lines of it stand below one another, if that leaves it half the screen."""
        head = cells(drawable(line.prefix)) + cells(drawable(line.mark)) + 2
        return head if head <= self._width // 2 else 2

    def line(self, spot: Spot, bar: str, glyphs: Glyphs, search: re.Pattern[str] | None) -> Line:
        """A screen line, exactly as wide as the screen; `bar` names the styles of the cursor's bar, if it is here."""
        number, part = spot
        line = self.ring[number]
        if part == GAP:
            told = f" {glyphs.gap} {plural(self.ring.missing_after(number), 'line')} scrolled out of the buffer"
            return ((fit(told, self._width), "dim"),)
        runs = list(cut_runs(self._head(line, part, bar, search), 0, self._width))
        room = self._width - width_of(runs)
        text = self.texts(number)[part]
        if not self.wrap and self.left:
            text = drawable(text)
            text = cut(text, self.left, max(room, cells(text) - self.left))
        runs.extend(lit(fit(text, room, more=glyphs.more), bar + line.style, search))
        return tuple(runs)

    def _head(self, line: TailLine, part: int, bar: str, search: re.Pattern[str] | None) -> list[Run]:
        """What stands before the text: prefix and mark, or the indent of a wrapped line."""
        if part:
            return [(" " * self._indent(line), bar)]
        prefix, mark = drawable(line.prefix), drawable(line.mark)
        return [*lit(f"{prefix} ", bar + line.prefix_style, search), (f"{mark} ", bar + line.mark_style)]
