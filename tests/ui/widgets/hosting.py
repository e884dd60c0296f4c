"""An app around one widget, and what a reader sees of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from gbtui.ui.widgets.line_view import LineView


class Host(App[None]):
    """Shows the widgets, one below the other, and keeps their messages."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.animation_level = "none"
        self._shown = widgets

    def compose(self) -> ComposeResult:
        """The widgets."""
        yield from self._shown


@asynccontextmanager
async def shown(
    *widgets: Widget, size: tuple[int, int] = (40, 8), messages: list[Any] | None = None
) -> AsyncIterator[Pilot[None]]:
    """The widgets on a screen of this size, the first with the focus."""
    hook = messages.append if messages is not None else None
    async with Host(*widgets).run_test(size=size, message_hook=hook) as pilot:
        if widgets[0].focusable:
            widgets[0].focus()
        await pilot.pause()
        yield pilot


def text(widget: LineView) -> list[str]:
    """The widget's lines as a reader sees them."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def line_with_cursor(widget: LineView) -> str:
    """The line that carries the cursor's sign."""
    return next((line for line in text(widget) if line[:1] in "▸◉×>#x" and line[:1]), "")


def styles_of(widget: LineView, part: str) -> set[str]:
    """The names of the styles in which `part` is drawn."""
    widget.render_line(0)
    return {" ".join(names.split()) for line in widget._painted for run, names in line if part in run}


def once(messages: list[Any]) -> list[Any]:
    """The messages a hook saw, each once though it saw them in every place they passed."""
    return list({id(message): message for message in messages}.values())
