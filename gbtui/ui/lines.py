"""Lines of text that somebody else works out: shown, scrolled, and drawn only where they changed."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from gbtui.ui.widgets.line_view import Line, LineView


class Lines(LineView):
    """Plain styled lines; longer than the widget, they scroll by keys when it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_by(1)", "down", show=False, id="text.down", tooltip="a line down"),
        Binding("k,up", "scroll_by(-1)", "up", show=False, id="text.up", tooltip="a line up"),
        Binding("pagedown", "scroll_page(1)", "page", show=False, id="text.page_down", tooltip="a page down"),
        Binding("pageup", "scroll_page(-1)", "page", show=False, id="text.page_up", tooltip="a page up"),
        Binding("g,home", "scroll_to_line(0)", "top", show=False, id="text.first", tooltip="the top"),
        Binding("G,end", "scroll_to_line(1000000)", "end", show=False, id="text.last", tooltip="the end"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.lines: Sequence[Line] = ()
        self.top = 0

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; the place in them is kept."""
        self.lines = lines
        self.sync()

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """The lines from the top one on."""
        self.top = max(0, min(self.top, len(self.lines) - height))
        return self.lines[self.top : self.top + height]

    def action_scroll_by(self, lines: int) -> None:
        """Move the text."""
        self.action_scroll_to_line(self.top + lines)

    def action_scroll_page(self, pages: int) -> None:
        """Move the text by pages, a line of the last one staying."""
        self.action_scroll_to_line(self.top + pages * max(1, self.size.height - 1))

    def action_scroll_to_line(self, line: int) -> None:
        """Put a line at the top."""
        self.top = max(0, min(line, len(self.lines) - self.size.height))
        self.sync()
