"""The window of rates: what counters were some time ago, so that their growth since then can be told."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from gbtui.errors import UsageError
from gbtui.filters import quantity
from gbtui.monitor.sample import Reading, Sample
from gbtui.text import age

if TYPE_CHECKING:
    from gbtui.monitor.probe import Probe

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SHORTEST: Final = 0.5
"""Backends report their counters about once a second; over less than this a rate means nothing."""
_KEPT: Final = ((75.0, 10.0), (330.0, 40.0), (990.0, 120.0))
"""Up to which age, in seconds, readings are kept, and how near to each other they may then be; of the older ones the
first alone stays. So a window is off by no more than a tenth of what was asked, and forty readings suffice."""
_TOGETHER: Final = 5.0
"""Seconds within which resets of several kinds of statistics count as one."""
_ALMOST: Final = 0.85
"""A window of this share of what was asked counts as what was asked."""


@dataclass(frozen=True, slots=True)
class Span:
    """How far back rates reach."""

    name: str
    """After `:window` and in `--window`."""
    seconds: float
    """Asked for; 0: to the reading before this one, inf: to the first one."""


LAST: Final = Span("last", 0.0)
OPENED: Final = Span("opened", float("inf"))
RESET: Final = Span("reset", float("inf"))
SPANS: Final = (LAST, Span("1m", 60.0), Span("5m", 300.0), Span("15m", 900.0), OPENED, RESET)
"""In the order in which the console offers them."""


def span_of(text: str) -> Span:
    """The span that a word means: one of SPANS, or a length of time. UsageError if it means none."""
    known = next((span for span in SPANS if span.name == text.strip().lower()), None)
    length = quantity(text) if known is None else None
    if known is None and (length is None or length < SHORTEST):
        raise UsageError("window", f"{text!r} is no window", "write last, 1m, 5m, 15m, opened or reset")
    return known or Span(text.strip(), length or 0.0)


def choice(span: Span) -> str:
    """What a span asks for, in words."""
    words = {LAST: "between the last two readings", OPENED: "since this panel was first watched", RESET: "since reset"}
    return words.get(span) or f"over {age(span.seconds)}"


def told(span: Span, seconds: float | None) -> str:
    """A window as it came out: "5 m", "2 m of 15 m", "last 10 s", "since opened, 3 h", "since reset, 3 d"."""
    if span == RESET:
        return "since reset" + (f", {age(seconds)}" if seconds else "")
    if seconds is None:
        return "no window yet"
    if span in (LAST, OPENED):
        return f"{'last' if span == LAST else 'since opened,'} {age(round(seconds))}"
    asked = age(span.seconds)
    if seconds >= span.seconds * _ALMOST:
        longer = age(seconds) if age(seconds) != asked else f"{seconds:.0f} s"
        return asked if seconds <= span.seconds / _ALMOST else f"{longer} ({asked} asked)"
    return f"{age(round(seconds))} of {asked}"


@dataclass(frozen=True, slots=True)
class Moment(Generic[K, V]):
    """The counters of one moment, by object."""

    at: datetime
    """By the server's clock."""
    counters: Mapping[K, V]
    """What is compared as a whole, to find what has not changed: keep clocks and ages out of it."""
    epoch: Hashable = None
    """All counters begin anew when it changes: the server's start, the time of a reset of everything."""
    reset_at: datetime | None = None
    """Since when the counters count; None: not known."""


@dataclass(frozen=True, slots=True)
class Window(Generic[K, V]):
    """From some moment to the newest one."""

    span: Span
    now: Moment[K, V]
    seconds: float | None
    """Its true length; None: there is only one reading yet, or (since reset) the server does not know since when."""
    changed: Mapping[K, V | None]
    """What was at its start, of the objects that have changed since; None: it did not exist."""
    anew: bool = False
    """Whether it is shorter than asked because the counters began anew."""

    @property
    def known(self) -> bool:
        """Whether growth can be told at all."""
        return self.span == RESET or self.seconds is not None

    def before(self, key: K) -> V | None:
        """An object's counters at its start; None: it did not exist, or all that it ever counted lies in the window."""
        if not self.known or self.span == RESET:
            return None
        return self.changed[key] if key in self.changed else self.now.counters.get(key)


def growth(before: object | None, now: object, names: Sequence[str]) -> dict[str, Any] | None:
    """How much each named counter of an object grew; None if one went back: it was reset in between.

    Without a `before` all of it is growth. A counter that the server does not have (None) has no growth (None).
    """
    found: dict[str, Any] = {}
    for name in names:
        new, old = getattr(now, name), getattr(before, name) if before is not None else 0
        step = None if new is None or old is None else new - old
        if step is not None and step < 0:
            return None
        found[name] = step
    return found


def since_another(window: Window[Any, Any], resets: Mapping[str, datetime | None]) -> dict[str, None]:
    """Of a window since the reset: the counters that count since another moment, so that no rate can be told.

    A server resets each kind of statistics by itself; all kinds together within moments.
    """
    since = window.now.reset_at
    if window.span != RESET or since is None:
        return {}
    apart = {name for name, at in resets.items() if at is None or abs((at - since).total_seconds()) > _TOGETHER}
    return dict.fromkeys(sorted(apart))


@dataclass(slots=True)
class _Past(Generic[K, V]):
    """A moment gone by: the counters of those objects that have changed until the moment kept after it."""

    at: datetime
    changed: dict[K, V | None]


class Ring(Generic[K, V]):
    """The newest counters and what they were before, thinned with age. Objects at rest take no room."""

    def __init__(self) -> None:
        self._now: Moment[K, V] | None = None
        self._past: list[_Past[K, V]] = []
        self._anew = False

    def __len__(self) -> int:
        return len(self._past) + (self._now is not None)

    @property
    def newest(self) -> Mapping[K, V]:
        """The counters of the newest moment; none before there is any."""
        return self._now.counters if self._now is not None else {}

    def add(self, moment: Moment[K, V]) -> None:
        """Keep a newer moment; one of another epoch, or before the last one, begins anew."""
        last = self._now
        if last is not None:
            if moment.epoch == last.epoch and moment.at > last.at:
                self._past.append(_Past(last.at, _changed(last.counters, moment.counters)))
            else:
                self._past.clear()
                self._anew = True
        self._now = moment
        self._thin(moment.at)

    def window(self, span: Span) -> Window[K, V]:
        """From the moment that comes nearest to `span` to the newest. LookupError before there is any."""
        if self._now is None:
            raise LookupError("no reading yet")
        if span == RESET:
            since = self._now.reset_at
            seconds = (self._now.at - since).total_seconds() if since else None
            return Window(span, self._now, seconds, {})
        start = self._start(span)
        if start is None:
            return Window(span, self._now, None, {}, self._anew)
        changed: dict[K, V | None] = {}
        for past in reversed(self._past[start:]):
            changed.update(past.changed)
        seconds = (self._now.at - self._past[start].at).total_seconds()
        return Window(span, self._now, seconds, changed, self._anew and seconds < span.seconds * _ALMOST)

    def series(self, key: K) -> list[tuple[datetime, V | None]]:
        """One object's counters at each moment that is kept, oldest first; None where it did not exist."""
        if self._now is None:
            return []
        value = self._now.counters.get(key)
        found: list[tuple[datetime, V | None]] = [(self._now.at, value)]
        for past in reversed(self._past):
            value = past.changed.get(key, value)
            found.append((past.at, value))
        return found[::-1]

    def _start(self, span: Span) -> int | None:
        """Which moment gone by the window begins with."""
        assert self._now is not None
        ages = [(self._now.at - past.at).total_seconds() for past in self._past]
        fit = [index for index, old in enumerate(ages) if old >= SHORTEST]
        if span == OPENED:
            return next(iter(fit), None)
        return min(fit, key=lambda index: (abs(ages[index] - span.seconds), ages[index]), default=None)

    def _thin(self, now: datetime) -> None:
        """Let go of moments that stand too near to their neighbours; never of the first and the newest one."""
        for index in range(len(self._past) - 2, 0, -1):
            past = self._past[index]
            apart = (self._past[index + 1].at - self._past[index - 1].at).total_seconds()
            if apart <= _nearest((now - past.at).total_seconds()):
                before = self._past[index - 1].changed
                for key, value in past.changed.items():
                    before.setdefault(key, value)
                del self._past[index]


def _changed(old: Mapping[K, V], new: Mapping[K, V]) -> dict[K, V | None]:
    """What was, of those that are not the same any more; None for those that were not there."""
    gone: dict[K, V | None] = {key: value for key, value in old.items() if new.get(key) != value}
    return gone | dict.fromkeys(new.keys() - old.keys())


def _nearest(old: float) -> float:
    """How near to each other readings of this age may stand."""
    return next((apart for until, apart in _KEPT if old <= until), float("inf"))


Over: TypeAlias = Callable[[Window[Any, Any], Any], Reading[Any]]
"""A probe's figures over a window: pure. Its second argument is what the probe remembers besides its counters."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a probe of rates remembers from one reading to the next."""

    ring: Ring[Any, Any] = field(default_factory=Ring)
    own: Any = None


def kept(before: Sample[Any] | None) -> Kept:
    """What the readings so far have left."""
    memory = before.memory if before else None
    return memory if isinstance(memory, Kept) else Kept()


def counted(before: Sample[Any] | None, moment: Moment[Any, Any], over: Over, own: Any = None) -> Reading[Any]:
    """Remember one moment's counters, and tell their growth since the reading before."""
    ring = kept(before).ring
    ring.add(moment)
    return last(Kept(ring, own), over)


def last(memory: Kept, over: Over) -> Reading[Any]:
    """The growth since the reading before, of what is remembered already."""
    return replace(_told(memory.ring, LAST, over, memory.own), memory=memory)


def lacks_window(sample: Sample[Any]) -> bool:
    """Whether counters were read once: a second reading gives the first rates."""
    return sample.window is None and isinstance(sample.memory, Kept) and len(sample.memory.ring) == 1


def seen(sample: Sample[Any], probe: "Probe[Any]", span: Span) -> Sample[Any]:
    """The newest sample of a probe over another window, worked out from what is kept, without asking the server."""
    if span == LAST or probe.over is None or not isinstance(sample.memory, Kept):
        return sample
    reading = _told(sample.memory.ring, span, probe.over, sample.memory.own)
    return replace(sample, rows=reading.rows, window=reading.window, skipped=reading.skipped)


def _told(ring: Ring[Any, Any], span: Span, over: Over, own: Any) -> Reading[Any]:
    window = ring.window(span)
    reading = over(window, own)
    if span == RESET and window.seconds is None:
        return replace(reading, skipped=(*reading.skipped, "no rates since the reset: when that was is not known"))
    if not window.anew:
        return reading
    return replace(reading, skipped=(*reading.skipped, "the counters began anew: a restart, or a reset of all"))
