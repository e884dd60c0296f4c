"""What the head says, worked out from the app's state: pure but for the clock."""

from collections.abc import Iterable
from datetime import UTC
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from textual.screen import Screen

from gbtui.monitor.finding import Severity
from gbtui.text import age, rate
from gbtui.times import Clock
from gbtui.ui.chrome import Fact, Headline
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.unlocking import left

if TYPE_CHECKING:
    from gbtui.ui.app import Console
    from gbtui.ui.connected import Connected

LATE_SECONDS = 3.0
"""So long after the next reading was due the time in the head carries its age, whatever the reason."""


_PINGS: Final = 20
"""The head tells the median of so many round trips: the curve on the Overview has the one of now."""


def headline(app: "Console", screen: Screen[Any]) -> Headline:
    """The head of a screen at this moment."""
    connected = app.connected
    demo = connected.demo if connected else app.look.demo
    name = connected.label if connected else app.look.label
    colour = None if demo else app.look.colour
    kind = "demo" if demo else "marked" if colour else "profile"
    return Headline("DEMO" if demo else name or "gbtui", kind, tuple(crumbs(app)), tuple(facts(app, screen)), colour)


def crumbs(app: "Console") -> Iterable[str]:
    """Where one is: the tenant, the screen, what was opened over it."""
    told: list[str] = []
    for screen in app.screen_stack:
        trail, heading = getattr(screen, "trail", ()), getattr(screen, "heading", "")
        # A place that belongs to something is named by that, not by the way that led there.
        told = list(trail) or [*told, *([heading] if heading else [])]
    if app.scope.org_id is not None and told[:1] != [app.scope.label]:
        yield app.scope.label
    yield from told


def facts(app: "Console", screen: Screen[Any]) -> Iterable[Fact]:
    """How the server stands, the least important first to go."""
    connected = app.connected
    if connected is None:
        return
    worst = max((finding.severity for finding in app.findings), default=Severity.OK)
    if worst >= Severity.WARNING:
        count = sum(finding.severity == worst for finding in app.findings)
        sign, style = ("✖", "critical") if worst is Severity.CRITICAL else ("!", "warning")
        yield Fact(f"{sign} {count}", style, 7)
    if connected.tail is not None and getattr(screen, "NAME", "") not in ("overview", "tail"):
        yield Fact(f"{rate(connected.tail.messages_per_second)} msg/s", "", 2)
    yield Fact(connected.server(), "", 4)
    ping = connected.monitor.last("connectivity")
    if ping.taken_at and not ping.error:
        took = [round_trip(sample.first, sample.took) for sample in connected.monitor.history("connectivity")]
        yield Fact(within(median(took[-_PINGS:] or [round_trip(ping.first, ping.took)])), "", 3)
    yield when(app, screen)
    yield Fact(f"{connected.monitor.interval:g} s", "", 1 if connected.monitor.interval == 1 else 5)
    if connected.redact:
        yield Fact("REDACTED", "", 6)
    if connected.audit is not None and connected.audit.local:
        yield Fact("audit: local", "warning", 6)
    yield standing(connected)


def standing(connected: "Connected") -> Fact:
    """Whether this console may act: never, always, or for how long yet."""
    guard = connected.guard
    if guard is not None and (time := left(guard)):
        return Fact(f"UNLOCKED {time}", "warning", 8)
    locked = guard.locked if guard is not None else connected.read_only
    return Fact("READ-ONLY", "", 8) if locked else Fact("WRITABLE", "warning", 8)


def within(milliseconds: float) -> str:
    """A time as the step of 1, 2, 5, 10 … that it stays under, which changes rarely: "<2 ms"."""
    steps = (step * 10**power for power in range(-1, 5) for step in (1, 2, 5))
    return f"<{next((step for step in steps if step > milliseconds), 100_000):g} ms"


def round_trip(row: object, took: float) -> float:
    """Milliseconds of the last question; what the probe measured itself, else how long it took."""
    measured = getattr(row, "round_trip", None)
    return (measured if isinstance(measured, (int, float)) else took) * 1000


def when(app: "Console", screen: Screen[Any]) -> Fact:
    """The time of what is shown; held and old data say how old they are."""
    assert app.connected is not None
    if not isinstance(screen, LiveScreen):
        # What was opened over a screen (a description, the keys) is as old as the screen below.
        screen = next((below for below in reversed(app.screen_stack) if isinstance(below, LiveScreen)), screen)
    taken = screen.taken_at if isinstance(screen, LiveScreen) else None
    if taken is None:
        return Fact("no data yet", "dim")
    now = app.now()
    old = (now - taken).total_seconds()
    clock = app.clock if app.clock is not Clock.RELATIVE else Clock.LOCAL
    shown = f"{taken.astimezone(UTC) if clock is Clock.UTC else taken.astimezone():%H:%M:%S}"
    if app.connected.monitor.paused:
        return Fact(f"HELD {shown}, {age(old)}", "warning")
    late = isinstance(screen, LiveScreen) and not screen.ONCE and old > due(app, screen) + LATE_SECONDS
    if isinstance(screen, LiveScreen) and (failing(screen) or late):
        return Fact(f"{shown}, {age(old)} old", "warning")
    return Fact(shown, clock=True)


def failing(screen: LiveScreen) -> bool:
    """Whether nothing on the screen is of now; where one part of several fails, the notice says which."""
    return screen.stale and all(sample.error for sample in screen.samples.values())


def due(app: "Console", screen: LiveScreen) -> float:
    """Seconds after which the quickest of the screen's probes is read again."""
    assert app.connected is not None
    monitor = app.connected.monitor
    quickest = min((monitor.probes[name].interval for name in screen.probes()), default=0.0)
    return quickest * max(monitor.interval, 1.0)
