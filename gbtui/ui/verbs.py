"""What can be done from the command line besides going somewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from gbtui.domain.scope import EVERYONE
from gbtui.errors import UsageError
from gbtui.monitor.window import SPANS, span_of
from gbtui.times import Clock, seconds
from gbtui.times import parse as moment
from gbtui.ui import doing, explaining, job_running, keeping, putting_aside, soft_deleting, sql_verbs, subjects
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe
from gbtui.ui.entries import Entry
from gbtui.ui.line import moment_in
from gbtui.ui.link import shell
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.revealing import reveal
from gbtui.ui.themes import THEMES
from gbtui.ui.unlocking import lock, unlock

if TYPE_CHECKING:
    from gbtui.ui.app import Console


def verbs(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    return (
        Entry("quit", "quit at once", lambda _: app.exit(0), aliases=("q", "q!", "exit")),
        Entry("keys", "what works here", lambda _: app.show_keys(), aliases=("help",)),
        Entry(
            "org",
            "only one tenant on every screen: org acme; org alone: all",
            lambda text: _org(app, text),
            lambda: _orgs(app),
            kind="organization",
        ),
        Entry(
            "conversation",
            "one session as a transcript, or at a time in it: session ID at 14:10",
            lambda text: _session(app, text),
            lambda: _session_ids(app),
            aliases=("session",),
            goes=True,
            kind="session",
        ),
        Entry("link", "copy the shell line that leads here", lambda _: app.send(shell(app))),
        Entry(
            "search",
            'messages by their words: search "late parcel" --since 7d; --documents',
            lambda text: _search(app, text),
            goes=True,
        ),
        Entry("all", "all tenants again", lambda _: app.set_scope(EVERYONE)),
        Entry("theme", "colours: theme light", lambda text: _theme(app, text), lambda: THEMES),
        Entry("interval", "seconds between polls: interval 5", lambda text: _interval(app, text)),
        Entry(
            "window",
            "how far back rates reach: window 5m",
            lambda text: app.set_span(span_of(text)),
            lambda: [span.name for span in SPANS],
        ),
        Entry("clock", "how times are shown", lambda text: _clock(app, text), lambda: [c.value for c in Clock]),
        Entry("export", "what is shown, to a file: export rows.csv", lambda text: _export(app, text)),
        Entry("notice", "what is said at the edges of this screen, whole", lambda _: _notice(app), aliases=("banner",)),
        Entry("unlock", "let this read-only console act for ten minutes", lambda _: unlock(app)),
        Entry(
            "reveal",
            "the password of this mail account, for 20 s: it asks why, and that is on record",
            lambda _: reveal(app),
        ),
        Entry("lock", "read-only again", lambda _: lock(app)),
        Entry("outcome", "what came of the last cancel or terminate, of each backend", lambda _: _outcome(app)),
        Entry("hold", "hold still, go on", lambda _: app.hold()),
        *putting_aside.entries(app),
        *subjects.entries(app),
        *doing.entries(app),
        *job_running.entries(app),
        *explaining.entries(app),
        *sql_verbs.entries(app),
        *keeping.entries(app),
        *soft_deleting.entries(app),
    )


@dataclass(frozen=True, slots=True)
class Notices:
    """What a screen says at its edges."""

    start_up: str
    """What was found when the server was opened."""
    now: str
    """What is not as it should be with what is shown."""


def _notice(app: "Console") -> None:
    now = next((notice.text for notice in app.screen.query("#notice").results(Notice)), "")
    if not (app.banner or now):
        app.say("nothing is said at the edges")
        return
    advised = "\n".join(part for part in (app.banner, now) if part)
    app.push_screen(Describe("notice", Notices(app.banner, now), (), app.time, advised=advised))


def _outcome(app: "Console") -> None:
    if not app.outcome:
        raise UsageError("outcome", "no backend was ended here")
    told = "\n".join(f"pid {one.pid}: {one.outcome}{f', {one.why}' if one.why else ''}" for one in app.outcome)
    app.push_screen(Describe("outcome", {"outcome": told}, (), app.time, advised=told))


def _theme(app: "Console", name: str) -> None:
    if name not in THEMES:
        raise UsageError(f"no theme is called {name!r}", f"there are {', '.join(THEMES)}")
    app.theme = name


def _interval(app: "Console", text: str) -> None:
    wanted = seconds(text if not text.replace(".", "", 1).isdigit() else f"{text}s")
    if app.connected is None:
        return
    if wanted is None or not 0.5 <= wanted <= 60:
        raise UsageError("interval", "write seconds from 0.5 to 60, for example: interval 5")
    app.connected.monitor.interval = wanted
    app.say(f"every {wanted:g} s")
    app.head()


def _clock(app: "Console", name: str) -> None:
    try:
        app.clock = Clock(name)
    except ValueError:
        raise UsageError("clock", f"write one of {', '.join(clock.value for clock in Clock)}") from None
    app.head()


def _export(app: "Console", text: str) -> None:
    screen = app.screen
    if not isinstance(screen, LiveScreen):
        raise UsageError("export", "there is nothing to export here")
    screen.export(Path(text or screen.export_name()))


def _org(app: "Console", text: str) -> None:
    if not text:
        app.set_scope(EVERYONE)
        return

    async def narrow() -> None:
        assert app.connected is not None
        app.set_scope(await app.connected.organization(text))

    if app.connected is not None:
        app.attempt(narrow())


def _orgs(app: "Console") -> Iterable[str]:
    """The organizations known from the last list of them."""
    rows = app.connected.monitor.last("tenants").rows if app.connected else ()
    return (row.organization for row in rows)


def _session(app: "Console", text: str) -> None:
    if not text:
        app.open_panel("sessions")
        return
    name, time = moment_in(text)
    at = (moment(time, app.now()), UUID(int=0)) if time else None
    if app.connected is not None:
        app.attempt(app.go_to_session(name, at))


def _search(app: "Console", text: str) -> None:
    app.open_search(text)


def _session_ids(app: "Console") -> Iterable[str]:
    """Of the sessions known from the last list of them."""
    rows = app.connected.monitor.last("sessions", app.scope).rows if app.connected else ()
    return (str(row.id) for row in rows)
