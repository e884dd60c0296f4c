"""The poller: runs probes while someone watches them, and judges what they find."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.access import Access
from gbtui.domain.scope import EVERYONE, Scope, home
from gbtui.errors import UsageError
from gbtui.monitor.check import Check, View
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.feed import NORMAL_PACE, Feed, Listener, Pace
from gbtui.monitor.finding import Finding
from gbtui.monitor.ignored import Aside, Ignored, Ignoring, divide
from gbtui.monitor.probe import Probe
from gbtui.monitor.probes import PROBES
from gbtui.monitor.reach import judgeable, reachable, untold
from gbtui.monitor.sample import Sample
from gbtui.monitor.window import LAST, Span

if TYPE_CHECKING:
    from gbtui.database.database import Database

FindingsListener = Callable[[tuple[Finding, ...]], None]
_CONCURRENT: Final = 2
"""Requests at once: a console at rest holds two connections."""
_REMEMBERED: Final = 64
"""Feeds kept after nobody watches them, so that coming back shows the last rows at once."""
_SHORTEST, _LONGEST = 0.5, 60.0


@dataclass(slots=True, eq=False)
class Watch:
    """One watcher's hold on a probe; `close()` lets go (twice does no harm)."""

    _close: Callable[[], None]

    def close(self) -> None:
        """Stop hearing of it; nothing more is called after this returns."""
        self._close()


class Monitor:
    """Watches one database. Costs nothing for what nobody watches and is not marked `always`.

    A probe has one request in flight however many watch; nothing is queued; after an error the old rows stay and
    the sample carries the error, until an attempt succeeds again.
    """

    def __init__(
        self,
        database: "Database",
        probes: Mapping[str, Probe[Any]] = PROBES,
        *,
        interval: float = NORMAL_PACE,
        checks: Sequence[Check] = CHECKS,
        thresholds: Mapping[str, float] | None = None,
        ignoring: Ignoring | None = None,
    ) -> None:
        access = access_of(database)
        self.probes = probes = reachable(probes, access)
        """Those that this login may be shown."""
        self.home = home(access)
        """The widest scope there is for it; what runs though nobody watches, and what is judged, is of this."""
        self._thresholds = dict(thresholds or {})
        self._pace = Pace(database, asyncio.Semaphore(_CONCURRENT), interval, thresholds=self._thresholds)
        self._checks = judgeable(checks, probes)
        self._feeds: dict[tuple[str, Scope, Hashable], Feed] = {}
        self._judged: dict[str, tuple[Finding, ...]] = {}
        self._first_seen: dict[tuple[str, str], datetime] = {}
        self._finding_listeners: dict[object, FindingsListener] = {}
        self.ignoring = ignoring
        self.findings: tuple[Finding, ...] = ()
        self.aside: tuple[Aside, ...] = ()
        """Findings that somebody put aside for a while."""

    async def start(self) -> None:
        """Begin polling: what is marked `always`, and what is already watched."""
        self._pace.running = True
        for probe in self.probes.values():
            if probe.always:
                self._feed(probe.name, self.home)
        self._wake()

    async def stop(self) -> None:
        """End all polling and cancel what is in flight."""
        self._pace.running = False
        await asyncio.gather(*(feed.stop() for feed in self._feeds.values()))

    def watch(
        self, name: str, listener: Listener, scope: Scope = EVERYONE, span: Span = LAST, wish: Hashable = None
    ) -> Watch:
        """Call `listener` with every new sample, and at once with the last one if there is any.

        `span` is the window of its rates, where it has any; `wish` what is asked of a list that the server narrows.
        """
        feed, key = self._feed(name, scope, wish), object()
        feed.listeners[key] = (listener, span)
        if feed.sample.taken_at or feed.sample.error:
            listener(feed.over(span))
        feed.wake()

        def close() -> None:
            feed.listeners.pop(key, None)
            feed.wake()

        return Watch(close)

    def watch_findings(self, listener: FindingsListener) -> Watch:
        """Call `listener` with the findings now and whenever they change."""
        key = object()
        self._finding_listeners[key] = listener
        listener(self.findings)
        return Watch(lambda: void(self._finding_listeners.pop(key, None)))

    async def once(self, name: str, scope: Scope = EVERYONE, span: Span = LAST, wish: Hashable = None) -> Sample[Any]:
        """Read a probe now (or share the request in flight); works without `start()`."""
        feed = self._feed(name, scope, wish)
        await feed.read()
        return feed.over(span)

    def last(self, name: str, scope: Scope = EVERYONE) -> Sample[Any]:
        """The newest sample there is, without asking; one with `taken_at` None if there is none."""
        feed = self._feeds.get((name, self._scope(name, scope), None))
        return feed.sample if feed else Sample(name)

    def history(self, name: str) -> tuple[Sample[Any], ...]:
        """The kept samples of a probe of the whole server, oldest first (spark lines)."""
        feed = self._feeds.get((name, self._scope(name, EVERYONE), None))
        return tuple(feed.history) if feed else ()

    def last_seen(self, finding: Finding) -> datetime | None:
        """When what a finding rests on was read, if its probes do not answer now; None: it is as true as can be."""
        probes = next((check.probes for check in self._checks if check.name == finding.check), ())
        unanswered = [sample.taken_at for sample in map(self.last, probes) if sample.error and sample.taken_at]
        return min(unanswered, default=None)

    @property
    def judged(self) -> frozenset[str]:
        """The checks that could look at what they judge; of the others nothing is known."""
        return frozenset(self._judged)

    def now(self) -> datetime:
        """This moment; in one place, so that a test can hold it still."""
        return datetime.now(UTC)

    def ignore(self, entry: Ignored) -> None:
        """Put a finding aside. UsageError where that cannot be kept."""
        if self.ignoring is None:
            raise UsageError("ignore", "nothing can be put aside here")
        self.ignoring.add(entry)
        self._settle()

    def unignore(self, check: str, subject: str) -> bool:
        """Bring a finding back; False if it was not put aside."""
        found = self.ignoring is not None and self.ignoring.remove(check, subject)
        self._settle()
        return found

    def refresh(self) -> None:
        """Read all that is watched now, even while paused."""
        self._wake(now=True)

    @property
    def interval(self) -> float:
        """Base interval in seconds (1.0 is normal): it stretches all probes, and quickens the cheap ones."""
        return self._pace.interval

    @interval.setter
    def interval(self, seconds: float) -> None:
        self._pace.interval = min(max(seconds, _SHORTEST), _LONGEST)
        self._wake()

    @property
    def paused(self) -> bool:
        """While True nothing is read, but by `refresh()` and `once()`."""
        return self._pace.paused

    @paused.setter
    def paused(self, still: bool) -> None:
        self._pace.paused = still
        self._wake()

    def _wake(self, *, now: bool = False) -> None:
        for feed in self._feeds.values():
            feed.wake(now=now)

    def _feed(self, name: str, scope: Scope, wish: Hashable = None) -> Feed:
        probe = self.probes.get(name)
        if probe is None:
            raise UsageError("No such probe", name, f"there are: {', '.join(self.probes)}")
        scope = self._scope(name, scope)
        wish = wish if probe.asked else None
        feed = self._feeds.get((name, scope, wish))
        if feed is None:
            self._forget()
            sources = tuple(self._source(source, scope) for source in probe.beside)
            feed = self._feeds[name, scope, wish] = Feed(probe, scope, self._pace, self._judge, sources, wish)
        return feed

    def _source(self, name: str, scope: Scope) -> Feed:
        """What another probe works from; of what this login is not told one that says so."""
        known = name in self.probes
        return self._feed(name, scope) if known else Feed(untold(name), scope, self._pace, self._judge)

    def _scope(self, name: str, scope: Scope) -> Scope:
        """Of a probe that a tenant narrows the scope that was asked for, at its widest `home`; of others everyone."""
        probe = self.probes.get(name)
        if probe is None or not probe.scoped:
            return EVERYONE
        return self.home if scope == EVERYONE else scope

    def _forget(self) -> None:
        """Drop the oldest feeds nobody watches, so that walking through tenants does not fill the memory."""
        idle = [key for key, feed in self._feeds.items() if not feed.listeners and not feed.probe.always]
        for key in idle[: max(0, len(idle) - _REMEMBERED)]:
            del self._feeds[key]

    def _judge(self, feed: Feed) -> None:
        """Run the checks that rest on this probe; tell when the findings changed."""
        if feed.scope != self._scope(feed.probe.name, EVERYONE) or feed.wish is not None or feed.sample.error:
            return
        now = feed.sample.taken_at or datetime.now(UTC)
        samples = {
            name: found.sample
            for (name, scope, wish), found in self._feeds.items()
            if scope == self._scope(name, EVERYONE) and wish is None
        }
        view = View(samples, self.history, self._thresholds, now)
        for check in self._checks:
            if feed.probe.name in check.probes and check.ready(view):
                self._judged[check.name] = tuple(self._dated(finding, now) for finding in check.judge(view))
        self._settle()

    def _dated(self, finding: Finding, now: datetime) -> Finding:
        since = self._first_seen.setdefault((finding.check, finding.subject), finding.since or now)
        return finding if finding.since else replace(finding, since=since)

    def _settle(self) -> None:
        found = [finding for judged in self._judged.values() for finding in judged]
        found.sort(key=lambda finding: (-finding.severity, finding.since or datetime.max.replace(tzinfo=UTC)))
        here = {(finding.check, finding.subject) for finding in found}
        self._first_seen = {key: since for key, since in self._first_seen.items() if key in here}
        entries = self.ignoring.entries() if self.ignoring else ()
        stand, aside = divide(found, entries, self.now())
        if (stand, aside) != (self.findings, self.aside):
            self.findings, self.aside = stand, aside
            for listener in tuple(self._finding_listeners.values()):
                asyncio.get_running_loop().call_soon(listener, self.findings)


def access_of(database: "Database") -> Access:
    """How the login is bound; on one that was not opened, not at all."""
    facts = getattr(database, "known_facts", None)
    return facts.access if facts is not None else Access()


def void(_: object) -> None:
    """Throw a value away where a call must return nothing."""
