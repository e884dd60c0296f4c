"""A console that is told to end from outside gives the terminal back and ends soon, whatever hangs."""

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_SECONDS: Final = 0.9
"""How long closing may take once a signal came: a server that hangs, or a terminal that is gone, must not hold us."""


def end_on_signals(app: "App[Any]") -> None:
    """From now on SIGTERM and SIGHUP quit the app; its return code is 128 and the signal's number, as a shell's is."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, _end, app, 128 + number)


def _end(app: "App[Any]", code: int) -> None:
    # A thread's timer: a write to a terminal that is gone may have stopped the event loop.
    timer = threading.Timer(_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()
    app.exit(code)
