"""`:link`: the line that leads back to where one stands, for a shell, a ticket, a runbook."""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from gbtui.errors import UsageError
from gbtui.monitor.window import LAST
from gbtui.ui.line import Line
from gbtui.ui.live_screen import LiveScreen

if TYPE_CHECKING:
    from gbtui.ui.app import Console


def here(app: "Console") -> Line:
    """The place in front, with what it is narrowed to; what is described over it belongs to it."""
    place = next((screen for screen in reversed(app.screen_stack) if isinstance(screen, LiveScreen)), None)
    if place is None:
        raise UsageError("link", "there is no place here to lead to")
    window = "" if app.span == LAST else app.span.name
    return replace(place.here(), scope=app.scope.label if app.scope.org_id is not None else "", window=window)


def shell(app: "Console") -> str:
    """The whole command: the same server, then the place. It names no password: `opens` never holds one."""
    return f"{app.look.opens} --open {shlex.quote(f':{here(app)}')}"
