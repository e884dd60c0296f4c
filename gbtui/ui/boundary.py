"""The error boundary: what breaks a screen replaces that screen, not the console."""

import os
from typing import Any, Final

from textual._context import active_message_pump
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen

from gbtui.text import clean
from gbtui.ui.broken import Broken
from screens import SCREENS

CONNECTING: Final = "connecting"
"""The mode in which the console is until a server answers."""
_TOO_MANY: Final = 20
"""Failures after which going on helps nobody."""


class Boundary(App[int]):
    """An app that survives its screens."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []
        self._broken: set[str] = set()

    def say(self, sentence: str, style: str = "") -> None:
        """Say what happened."""
        raise NotImplementedError

    def head(self) -> None:
        """Bring the head up to date."""
        raise NotImplementedError

    def failed(self, error: Exception) -> None:
        """A screen failed at drawing a sample: say so and go on."""
        self.failures.append(error)
        self.say(f"this screen failed: {type(error).__name__}: {clean(str(error))}", "critical")

    def _handle_exception(self, error: Exception) -> None:
        """What breaks a screen replaces that screen, not the console; what breaks the app ends it.

        Textual ends the loop of the widget that raised and calls this; there is no public hook for it.
        """
        screen = _screen_of(active_message_pump.get(None))
        known = any(entry.name == self.current_mode for entry in SCREENS)
        hopeless = isinstance(screen, Broken) or screen is None or not known or len(self.failures) > _TOO_MANY
        self.failures.append(error)
        if hopeless or os.environ.get("GBTUI_FRAGILE"):
            super()._handle_exception(error)
        else:
            self.call_later(self._replace, screen, error)

    async def _replace(self, screen: Screen[Any], error: Exception) -> None:
        """Put the failure over the screen that failed; going anywhere from there makes the screen anew."""
        if self.current_mode not in self._broken:
            self._broken.add(self.current_mode)
            await self.push_screen(Broken(error, self.current_mode))
            self.head()

    async def mend(self) -> None:
        """Throw broken screens away; they are made anew when they are next gone to."""
        for mode in tuple(self._broken):
            entry = next(entry for entry in SCREENS if entry.name == mode)
            if self.current_mode == mode:
                await self.switch_mode(CONNECTING)
            await self.remove_mode(mode)
            self.add_mode(mode, entry.factory)
            self._broken.discard(mode)


def _screen_of(pump: MessagePump | None) -> Screen[Any] | None:
    while pump is not None and not isinstance(pump, Screen):
        pump = pump._parent
    return pump
