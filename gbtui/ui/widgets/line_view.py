"""The base of every widget that shows changing lines: only what changed goes to the terminal.

Textual's compositor re-emits each region that a widget calls dirty, changed or not. So a LineView keeps the lines
it painted last, composes new ones when asked to `sync()`, and calls dirty only the lines that differ: nothing
changed, nothing sent, over SSH too.

It scrolls by itself, unlike a ScrollView: there, a change of the number of rows is a change of `virtual_size`, and
that lays out and repaints the whole screen.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from gbtui.text import clean
from gbtui.ui.widgets.glyphs import UNICODE, Glyphs
from gbtui.ui.widgets.runs import Line, Run, changed_cells, select

__all__ = ["Line", "LineView", "Run"]

STYLES = (
    "ok",
    "warning",
    "critical",
    "accent",
    "bold",
    "dim",
    "header",
    "sorted",
    "match",
    "cursor",
    "blurred",
)


class LineView(Widget):
    """Lines of styled runs: a subclass says in `compose_lines` what they are, and calls `sync` when that may change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{name}" for name in STYLES}
    DEFAULT_CSS = """
    LineView {
        width: 1fr;
        height: 1fr;
        .line--ok { color: $text-success; }
        .line--warning { color: $text-warning; }
        .line--critical { color: $text-error; text-style: bold; }
        .line--accent { color: $text-accent; }
        .line--bold { text-style: bold; }
        .line--dim { color: $text-muted; }
        .line--header { color: $text-muted; text-style: bold; }
        .line--sorted { text-style: underline; }
        .line--match { text-style: reverse; }
        .line--cursor { background: $foreground 18%; }
        .line--blurred { background: $foreground 8%; }
    }
    LineView:ansi {
        .line--ok { color: ansi_green; }
        .line--warning { color: ansi_yellow; }
        .line--critical { color: ansi_red; text-style: bold; }
        .line--accent { color: ansi_cyan; }
        .line--dim { text-style: dim; }
        .line--header { color: ansi_default; text-style: bold; }
        .line--cursor { background: ansi_default; text-style: reverse; }
        .line--blurred { background: ansi_default; text-style: underline; }
    }
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._painted: list[Line] = []
        self._painted_size = Size(0, 0)
        self._styles_of: dict[str, Style] = {}

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """The lines to show, top first; at most `height` count, each is cut or filled to `width` cells."""
        raise NotImplementedError

    @property
    def glyphs(self) -> Glyphs:
        """The signs to draw with; the app says which (its attribute `glyphs`), Unicode if it does not."""
        chosen = getattr(self.app, "glyphs", UNICODE) if self.is_attached else UNICODE
        return chosen if isinstance(chosen, Glyphs) else UNICODE

    def sync(self) -> int:
        """Paint the lines that differ from what is painted; returns how many those were."""
        size = self.size
        if not size or not self.is_mounted:
            return 0
        before, sized = self._painted, size == self._painted_size
        self._compose_now(size)
        if not sized:
            self.refresh()
            return size.height
        changed = [
            (y, *changed_cells(old, new, size.width))
            for y, (old, new) in enumerate(zip(before, self._painted, strict=True))
            if old != new
        ]
        if changed:
            self.refresh(*(Region(first, y, last - first, 1) for y, first, last in changed))
        return len(changed)

    def _compose_now(self, size: Size) -> None:
        lines = list(self.compose_lines(size.width, size.height))[: size.height]
        lines.extend([()] * (size.height - len(lines)))
        self._painted, self._painted_size = lines, size

    def render_line(self, y: int) -> Strip:
        """One line as Textual wants it: a segment for each run of equal style, never markup."""
        size = self.size
        if size != self._painted_size:
            self._compose_now(size)
        line = self._painted[y] if y < len(self._painted) else ()
        if (selected := self.text_selection) and (span := selected.get_span(y)):
            line = select(line, *span)
        # The style of the last run goes on to the edge: the bar of the cursor spans the line.
        edge = self.style_of(line[-1][1]) if line else self.style_of("")
        # With the offsets in it a strip can be selected by mouse.
        return Strip(self._segments(line)).adjust_cell_length(size.width, edge).apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse selected of the lines as they are now."""
        lines = ["".join(text for text, _ in line).rstrip() for line in self._painted]
        start, end = selection.start, selection.end
        if end is not None and end.y >= len(lines):
            end = None
        return Selection(start, end).extract("\n".join(lines)) if any(lines) else "", "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def _segments(self, line: Line) -> Iterable[Segment]:
        text, style = "", None
        for run, names in line:
            if not run:
                continue
            # Whoever composed the line should have cleaned its text; nothing leaves here that was not.
            harmless = run if run.isprintable() else clean(run)
            named = self.style_of(names)
            if style is not None and named != style:
                yield Segment(text, style)
                text = ""
            text, style = text + harmless, named
        if text:
            yield Segment(text, style)

    def style_of(self, names: str) -> Style:
        """The style that `names` make together, the later over the earlier, on this widget's own."""
        found = self._styles_of.get(names)
        if found is None:
            found = self.rich_style
            for name in names.split():
                found += self._own_style(f"line--{name}")
            self._styles_of[names] = found
        return found

    def _own_style(self, component: str) -> Style:
        """What the stylesheet says of one component itself, colours blended with what lies below."""
        styles = self.get_component_styles(component)
        blended = styles.rich_style
        colours = Style(
            color=blended.color if styles.has_rule("color") else None,
            bgcolor=blended.bgcolor if styles.has_rule("background") else None,
        )
        return colours + styles.text_style

    def notify_style_update(self) -> None:
        """A theme or a pseudo class changed."""
        self._styles_of.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        """Compose anew for the new size."""
        self.sync()

    def on_focus(self) -> None:
        """The cursor looks different with the focus."""
        self.sync()

    def on_blur(self) -> None:
        """The cursor looks different without the focus."""
        self.sync()
