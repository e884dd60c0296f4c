"""Only the cells that changed go to the terminal.

Textual's compositor notes which cells are dirty, and then re-emits each line from its widget's left edge on (its own
"TODO: crop to x extents"). A screen with a CellCompositor emits the dirty cells alone: of a table in which a figure
changes, the figure. The two classes stand on private names of Textual; tests/ui/widgets/test_cell_update.py
tells when a new version of it goes another way.
"""

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor


class CellUpdate(ChopsUpdate):
    """Writes each dirty span, and nothing before it."""

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        told: list[str] = []
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=True):
                start, stop = max(x, first), min(end, last)
                if strip is not None and start < stop:
                    told.append(Control.move_to(start, y).segment.text)
                    told.append(strip.crop(start - x, stop - x).render(console))
        return "".join(told)


class CellCompositor(Compositor):
    """A screen's compositor whose partial updates are cells."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """What is dirty now; None if nothing is."""
        update = super().render_partial_update()
        return update and CellUpdate(update.chops, update.spans, update.chop_ends)
