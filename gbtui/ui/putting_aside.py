"""`:ignore` and `:unignore`: findings put aside for a while, and brought back."""

import getpass
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gbtui.errors import UsageError
from gbtui.monitor.ignored import Ignored
from gbtui.times import seconds
from gbtui.ui.entries import Entry
from gbtui.ui.live_screen import LiveScreen

if TYPE_CHECKING:
    from gbtui.monitor.finding import Finding
    from gbtui.ui.app import Console

_HINT: Final = "put the cursor on a finding and write for example: ignore 7d the report of Mondays"
_LONGEST: Final = timedelta(days=366)


def entries(app: "Console") -> Iterable[Entry]:
    """Both commands, bound to an app."""
    return (
        Entry("ignore", "put the finding under the cursor aside: ignore 7d REASON", lambda text: ignore(app, text)),
        Entry(
            "unignore",
            "bring back the finding under the cursor, or by its name: unignore CHECK SUBJECT",
            lambda text: unignore(app, text),
            lambda: _names(app),
        ),
    )


def ignore(app: "Console", text: str) -> None:
    """Put the finding under the cursor aside; it comes back when it grows worse or time is up."""
    length, _, why = text.strip().partition(" ")
    span = seconds(length)
    if span is None or span <= 0:
        raise UsageError("ignore", f"for how long? {length!r} is no length of time", _HINT)
    if timedelta(seconds=span) > _LONGEST:
        raise UsageError("ignore", "a year is the longest", _HINT)
    if not why.strip():
        raise UsageError("ignore", "say why: whoever finds it later will want to know", _HINT)
    finding = _under_cursor(app)
    if finding is None or app.connected is None:
        raise UsageError("ignore", "there is no finding under the cursor", _HINT)
    now = app.now()
    entry = Ignored(
        finding.check, finding.subject, now + timedelta(seconds=span), now, _me(), why.strip(), finding.severity,
        finding.number,
    )  # fmt: skip
    app.connected.monitor.ignore(entry)
    app.say(f"put aside until {app.time(entry.until)}: {finding.check} {finding.subject}; i shows it")


def unignore(app: "Console", text: str) -> None:
    """Bring a finding back."""
    check, _, subject = text.strip().partition(" ")
    finding = None if check else _under_cursor(app)
    if finding is not None:
        check, subject = finding.check, finding.subject
    if not check or app.connected is None:
        raise UsageError("unignore", "there is no finding under the cursor", "i shows those that were put aside")
    if not app.connected.monitor.unignore(check, subject):
        raise UsageError("unignore", f"{check} {subject} was not put aside")
    app.say(f"back: {check} {subject}")


def _under_cursor(app: "Console") -> "Finding | None":
    return app.screen.finding() if isinstance(app.screen, LiveScreen) else None


def _names(app: "Console") -> Iterable[str]:
    """Those that are put aside now, seen or not."""
    ignoring = app.connected.monitor.ignoring if app.connected else None
    return (f"{entry.check} {entry.subject}" for entry in ignoring.entries()) if ignoring else ()


def _me() -> str:
    """Who sits here, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
