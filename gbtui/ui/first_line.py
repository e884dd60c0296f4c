"""`--open`: what can be known of it before the screen is taken. Whether a thing is there, the server alone knows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from gbtui.domain.search.wish import read as read_wish
from gbtui.errors import UsageError
from gbtui.monitor.probes import PROBES
from gbtui.monitor.window import span_of
from gbtui.times import parse
from gbtui.ui.entries import Entry, find
from gbtui.ui.line import moment_in, read
from gbtui.ui.verbs import verbs
from screens import SCREENS

if TYPE_CHECKING:
    from gbtui.ui.app import Console

_EXAMPLES = "for example: --open ':session 4c1e0b2a at 14:10', --open ':sessions --in acme --filter is:waiting'"


def checked(text: str) -> str:
    """The line, if it may be one that goes somewhere; UsageError if it cannot be."""
    try:
        line = read(text)
        if line.window:
            span_of(line.window)
        _check(line.command)
    except UsageError as error:
        raise UsageError("--open", error.message or error.title, error.hint or _EXAMPLES) from error
    return text


def _check(command: str) -> None:
    if not command:
        raise UsageError("--open", "it names no place", _EXAMPLES)
    entry, rest = _meant(command)
    if entry is None:
        return
    if not entry.goes:
        raise UsageError("--open", f":{entry.name} is no place, and it does nothing but go to one", _EXAMPLES)
    if entry.name == "conversation" and (time := moment_in(rest)[1]):
        parse(time, datetime.now(UTC))
    elif entry.name == "search":
        read_wish(rest)


def _meant(command: str) -> tuple[Entry | None, str]:
    """The command that it begins with; None: it may be the name of something."""
    named = [Entry(entry.name, entry.title, _nowhere, goes=True) for entry in SCREENS]
    panels = [Entry(probe.name, probe.title, _nowhere, goes=True) for probe in PROBES.values()]
    known = {entry.name for entry in SCREENS}
    # No app is there yet, and none is needed to know the names; what is not listed now is a command all the same.
    commands = [replace(entry, listed=lambda: True) for entry in verbs(cast("Console", None))]
    entries = [*named, *commands, *(panel for panel in panels if panel.name not in known)]
    try:
        return find(command, entries)
    except UsageError:
        return None, ""


def _nowhere(_: str) -> None:
    raise AssertionError("nothing is run here")
