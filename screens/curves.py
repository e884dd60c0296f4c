"""Ten figures of now with their curves: what is done, who does it and who waits, and what it rests on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from textual.app import ComposeResult
from textual.containers import Horizontal

from gbtui.monitor.sample import Sample
from gbtui.text import NOTHING, count, duration, fit, percent, rate, size
from gbtui.ui.lines import Lines
from gbtui.ui.widgets.line_view import Line
from gbtui.ui.widgets.spark import bars

if TYPE_CHECKING:
    from gbtui.monitor.monitor import Monitor

BAR: Final = 5
"""Seconds in one bar of a curve."""
_SLOW: Final = 0.05
"""Seconds of round trip beyond which its figure turns a warning."""
_BEHIND: Final = 30.0
"""Seconds behind from which on a standby's figure does."""


class Curves(Horizontal):
    """Figures and bars are widgets of their own: a figure that changes costs its cells, and bars move on rarely."""

    DEFAULT_CSS = """
    Curves { height: 6; padding: 0 0 1 0; }
    Curves > .figures { width: 24; height: 5; }
    Curves > .bars { width: 1fr; height: 5; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        """Two columns of both."""
        for side in ("left", "right"):
            yield Lines(id=f"{side}-figures", classes="figures")
            yield Lines(id=f"{side}-bars", classes="bars")

    def show(self, monitor: "Monitor", messages: Iterable[Sample[Any]]) -> None:
        """Draw what is known now; `messages` are the tail's own figures, none where there is no tail."""
        sides = _curves(monitor, tuple(messages))
        # Bars move on rarely: what they are is worked out only then, and when there is another number of them.
        newest = monitor.last("connectivity").taken_at
        now = (
            newest and newest.timestamp() // BAR,
            self.size.width,
            [curve.name for curves in sides for curve in curves],
        )
        for side, curves in zip(("left", "right"), sides, strict=True):
            self.query_one(f"#{side}-figures", Lines).show([curve.figure() for curve in curves])
            drawn = self.query_one(f"#{side}-bars", Lines)
            if now != self._drawn:
                drawn.show([curve.bars(drawn) for curve in curves])
        self._drawn = now


class Curve:
    """A name, the figure of now, and how it came to be; the newest is at the right."""

    def __init__(
        self,
        name: str,
        samples: Sequence[Sample[Any]],
        field: str,
        say: Callable[[float], str],
        *,
        top: float | None = None,
        alarm: float | None = None,
    ) -> None:
        self.name, self.say, self.top, self.alarm = name, say, top, alarm
        self.samples, self.field = samples, field
        self.now: float | None = getattr(samples[-1].first, field, None) if samples else None

    def figure(self) -> Line:
        """Name and figure; it turns a warning beyond the alarm."""
        loud = self.alarm is not None and self.now is not None and self.now >= self.alarm
        figure = fit(NOTHING if self.now is None else self.say(self.now), 8, "right")
        return ((f" {fit(self.name, 14)}", "dim"), (figure, "warning" if loud else ""))

    def bars(self, where: Lines) -> Line:
        """The curve, as wide as there is room, and a space on either side."""
        room = where.size.width - 3
        # No probe that has a curve is read more often than twice a second.
        values = steps(self.samples[-2 * BAR * (room + 1) :], self.field) if room > 0 else ()
        return ((f" {bars(values, room, top=self.top, glyphs=where.glyphs)}", "accent"),)


def steps(samples: Sequence[Sample[Any]], name: str) -> Sequence[float | None]:
    """Means of a field over BAR seconds each, oldest first; None where no sample was taken.

    Bars begin at whole multiples of BAR and are drawn when they are full: a curve moves on rarely, not with each
    sample, and what it showed once it shows until it leaves.
    """
    groups: dict[int, list[float]] = {}
    for sample in samples:
        value = getattr(sample.first, name, None)
        if sample.taken_at is not None:
            groups.setdefault(int(sample.taken_at.timestamp() // BAR), []).extend([] if value is None else [value])
    if not groups:
        return ()
    held = (groups.get(step, []) for step in range(min(groups), max(groups)))
    return [sum(group) / len(group) if group else None for group in held]


@dataclass(frozen=True, slots=True)
class _Lag:
    """How far the standby that is furthest behind is."""

    seconds: float


def _curves(monitor: "Monitor", messages: Sequence[Sample[Any]]) -> tuple[Sequence[Curve], Sequence[Curve]]:
    rates, links = monitor.history("rates"), monitor.history("connections")
    top = float(links[-1].rows[0].max_connections) if links and links[-1].rows else None
    of_top = f"/{top:.0f}" if top else ""
    told = ("messages/s", messages, "rate") if messages else ("rows/s", rates, "rows_inserted_per_s")
    alarm = 0.9 * top if top else None
    people, replies = _people(monitor, links)
    return (
        (
            Curve(*told, rate),
            Curve("commits/s", rates, "commits_per_s", rate),
            Curve("active", links, "active", count),
            Curve("connections", links, "used", lambda used: f"{used:.0f}{of_top}", top=top, alarm=alarm),
            Curve("cache hits", rates, "cache_hit", percent, top=1.0),
        ),
        (
            people,
            replies,
            Curve("waiting, lock", links, "waiting_for_locks", count, alarm=1),
            Curve("WAL/s", rates, "wal_bytes_per_s", size),
            _lag(monitor),
        ),
    )


def _people(monitor: "Monitor", links: Sequence[Sample[Any]]) -> tuple[Curve, Curve]:
    """Who waits for a bot, and how fast bots answer; where there are none, transactions left open and new sessions."""
    kept = monitor.history("bots")
    if not kept or not kept[-1].rows:
        new = Curve("new sessions/s", monitor.history("rates"), "new_sessions_per_s", rate)
        return Curve("idle in tx", links, "idle_in_transaction", count), new
    # It is read more rarely than bars are drawn: a figure holds until the next one.
    times = max(1, round(monitor.probes["bots"].interval / BAR))
    held = [_later(sample, bar) for sample in kept for bar in range(times)]
    answers = Curve("bot reply p95", held, "reply_p95", lambda seconds: duration(seconds * 1000))
    return Curve("people wait", held, "waiting", count, alarm=3), answers


def _lag(monitor: "Monitor") -> Curve:
    """How far standbys are behind, or this standby is; where there is none, the round trip."""
    followers, own = monitor.history("replication"), monitor.history("standby")
    if followers and followers[-1].rows:
        behind = [replace(one, rows=_worst(one.rows, "replay_lag")) for one in followers]
    elif own and own[-1].rows:
        behind = [replace(one, rows=_worst(one.rows, "replay_delay")) for one in own]
    else:
        return Curve("round trip", monitor.history("connectivity"), "round_trip", _milliseconds, alarm=_SLOW)
    return Curve("replica behind", behind, "seconds", lambda lag: duration(lag * 1000), alarm=_BEHIND)


def _worst(rows: Sequence[Any], name: str) -> tuple[_Lag, ...]:
    """The greatest of a field; none among no rows. A standby that has nothing to replay says nothing: it is level."""
    return (_Lag(max(getattr(row, name) or 0.0 for row in rows)),) if rows else ()


def _later(sample: Sample[Any], bars: int) -> Sample[Any]:
    return replace(sample, taken_at=sample.taken_at + timedelta(seconds=BAR * bars)) if sample.taken_at else sample


def _milliseconds(seconds: float) -> str:
    return f"{max(seconds, 0.001) * 1000:.0f} ms"
