"""One probe in one scope: who watches it, its last sample, and its one request in flight."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.errors import ConnectError, DeadlineError, GbtuiError
from gbtui.monitor.privilege import refusal
from gbtui.monitor.probe import Fetch, Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import LAST, Span, lacks_window, seen

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

Listener = Callable[[Sample[Any]], None]

NORMAL_PACE: Final = 1.0
"""Seconds of base interval at which every probe runs at its own cadence."""
_QUICK: Final = 5.0
"""Probes slower than this are slow because they cost something: a faster pace leaves them alone."""
_FIRST_WINDOW: Final = 1.0
"""Seconds from the first reading of counters to the second, from when on there are rates."""
_PATIENCE: Final = 0.1
"""Seconds for which a reading waits for a source that is known to come late."""
_BACK_SOON: Final = 2.0
"""Longest pause between attempts while no connection can be had: a server that comes back is seen at once."""
_BACK_OFF: Final = 30.0
"""Longest pause that failures alone may cause."""


@dataclass(slots=True)
class Pace:
    """What all feeds of a monitor share: the database, the base interval, whether time stands still."""

    database: "Database"
    slots: asyncio.Semaphore
    interval: float = NORMAL_PACE
    paused: bool = False
    running: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def every(self, probe: Probe[Any]) -> float:
        """Seconds between two readings of the probe at the present pace."""
        scale = self.interval / NORMAL_PACE
        return probe.interval * scale if scale >= 1 or probe.interval <= _QUICK else probe.interval


@dataclass(slots=True, eq=False)
class Feed:
    """Runs its probe while someone listens (or always), never twice at once, and keeps what it found."""

    probe: Probe[Any]
    scope: "Scope"
    pace: Pace
    published: Callable[["Feed"], None]
    sources: tuple["Feed", ...] = ()
    """Of a probe that asks nothing itself: those whose samples it works from."""
    wish: Any = None
    """What is asked of a list; None: all of it."""
    sample: Sample[Any] = field(init=False)
    history: deque[Sample[Any]] = field(init=False)
    listeners: dict[object, tuple[Listener, Span]] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None
    _flight: asyncio.Task[Sample[Any]] | None = None
    _kick: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: bool = False
    _due: float = 0.0
    _failures: int = 0
    _seen_of: Sample[Any] | None = None
    _seen: dict[Span, Sample[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sample = Sample(self.probe.name)
        self.history = deque(maxlen=max(self.probe.history, 1))

    @property
    def wanted(self) -> bool:
        """Whether it should run at all."""
        return self.pace.running and (self.probe.always or bool(self.listeners))

    def wake(self, *, now: bool = False) -> None:
        """Look again at what is due; with `now`, read at once even when paused."""
        self._asked = self._asked or (now and self.wanted)
        self._kick.set()
        if self.wanted and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run(), name=f"probe {self.probe.name}")

    async def read(self) -> Sample[Any]:
        """Read once, or share the request already in flight."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._attempt(), name=f"read {self.probe.name}")
        return await asyncio.shield(self._flight)

    async def recent(self) -> Sample[Any]:
        """The sample there is if it is no older than readings usually are, else a new one."""
        at = self.sample.taken_at
        every = self.pace.every(self.probe)
        if at is not None and self.sample.error is None and (datetime.now(UTC) - at).total_seconds() < every:
            return self.sample
        return await self.read()

    async def stop(self) -> None:
        """End the loop and the request in flight."""
        tasks = [task for task in (self._task, self._flight) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while self.wanted:
            if await self._due_now():
                await self.read()

    async def _due_now(self) -> bool:
        """Wait until a reading is due (True), or until something changed (False)."""
        self._kick.clear()
        if self._asked:
            self._asked = False
            return True
        wait = None if self.pace.paused else self._due - asyncio.get_running_loop().time()
        if wait is not None and wait <= 0:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._kick.wait()
        return False

    async def _attempt(self) -> Sample[Any]:
        loop = asyncio.get_running_loop()
        samples = [await self._sample(source) for source in self.sources]  # these take slots of their own
        async with self.pace.slots:
            began, at = loop.time(), datetime.now(UTC)
            outcome = await self._fetch(samples)
            took = loop.time() - began
        if isinstance(outcome, Reading):
            self._failures = 0
            self.sample = Sample(
                self.probe.name, outcome.rows, at, outcome.window, outcome.skipped, None, took, outcome.memory,
                outcome.behind,
            )  # fmt: skip
            self.history.append(self.probe.keep(self.sample) if self.probe.keep else self.sample)
        else:
            self._failures += 1
            self.sample = replace(self.sample, error=outcome, took=took)
        self._due = began + self._pause()
        self._publish()
        return self.sample

    async def _sample(self, source: "Feed") -> Sample[Any]:
        """What a source has; of one whose first reading takes long nothing yet, and this feed is read again then."""
        if source.probe.name not in self.probe.late or source.sample.taken_at is not None or not self.listeners:
            return await source.recent()
        reading = asyncio.create_task(source.recent())
        await asyncio.wait({reading}, timeout=_PATIENCE)
        if reading.done():
            return reading.result()
        reading.add_done_callback(lambda _: self.wake(now=True))
        return source.sample

    async def _fetch(self, samples: Sequence[Sample[Any]]) -> Reading[Any] | GbtuiError:
        before = self.sample if self.sample.taken_at else None
        try:
            if self.probe.derive is not None:
                return self.probe.derive(samples, before)
            async with asyncio.timeout(self.probe.deadline):
                denied = await refusal(self.pace.database, self.probe)
                return denied or await self._question()(self.pace.database, self.scope, before)
        except GbtuiError as error:
            return error
        except TimeoutError:
            return DeadlineError("No answer in time", f"{self.probe.name} took longer than {self.probe.deadline:g} s")
        except Exception as error:  # the poller's boundary: one broken probe must not stop the others
            return GbtuiError(f"The probe {self.probe.name} failed", f"{type(error).__name__}: {error}")

    def _question(self) -> Fetch[Any]:
        """The probe's, for the limits of a profile or for what is asked."""
        if self.probe.within is not None:
            return self.probe.within(self.pace.thresholds)
        if self.wish is not None and self.probe.asked is not None:
            return self.probe.asked(self.wish)
        return self.probe.fetch

    def _pause(self) -> float:
        """Seconds from the start of this attempt to the next."""
        usual = self.pace.every(self.probe)
        if not self._failures:
            return min(usual, _FIRST_WINDOW) if lacks_window(self.sample) else usual
        growing = 0.5 * 2.0 ** min(self._failures, 10) * random.uniform(0.8, 1.2)
        if isinstance(self.sample.error, ConnectError):
            return min(growing, _BACK_SOON)
        return max(usual, min(growing, _BACK_OFF))

    def _publish(self) -> None:
        loop, sample = asyncio.get_running_loop(), self.sample
        for key in tuple(self.listeners):
            loop.call_soon(self._tell, key, sample)
        self.published(self)

    def over(self, span: Span) -> Sample[Any]:
        """The newest sample, its rates over a window; worked out once for each new sample."""
        if self._seen_of is not self.sample:
            self._seen_of, self._seen = self.sample, {}
        if span not in self._seen:
            self._seen[span] = seen(self.sample, self.probe, span)
        return self._seen[span]

    def _tell(self, key: object, sample: Sample[Any]) -> None:
        """A listener closed meanwhile hears nothing; one that raises stops only itself (the loop reports it)."""
        listener, span = self.listeners.get(key, (None, LAST))
        if listener is not None:
            listener(self.over(span) if sample is self.sample else sample)
