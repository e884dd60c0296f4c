"""How often to ask, and how it goes: pure, the clock is a parameter (monotonic seconds)."""

from collections import deque
from typing import Final

BUSY: Final = 0.1  # seconds between polls while messages flow: half of it is the median delay
IDLE: Final = 0.5  # at most so long while nothing flows
_SLOWER: Final = 1.5  # by so much a poll that brings nothing
_SHARE: Final = 10.0  # a poll may take a tenth of the time between polls: at most 10 % of one server process
_WINDOW: Final = 10.0  # seconds of the rate
_AGES: Final = 1000  # messages whose age at delivery is kept


class Pace:
    """The pause before the next poll."""

    def __init__(self, busy: float = BUSY, idle: float = IDLE) -> None:
        self._busy, self._idle = busy, idle
        self.interval = busy
        self.round_trip = 0.0

    def polled(self, took: float, messages: int) -> float:
        """Note a poll that `took` seconds and brought `messages`; return the pause before the next."""
        self.round_trip = took
        self.interval = self._busy if messages else min(self.interval * _SLOWER, self._idle)
        self.interval = max(self.interval, took * _SHARE)
        return self.interval


class Rate:
    """Messages a second over the last ten seconds."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._counts: deque[tuple[float, int]] = deque()
        self._sum = 0

    def add(self, now: float, count: int) -> None:
        """Note `count` messages; call it with 0, too: the window moves with it."""
        if self._started is None:
            self._started = now
        if count:
            self._counts.append((now, count))
            self._sum += count
        while self._counts and self._counts[0][0] <= now - _WINDOW:
            self._sum -= self._counts.popleft()[1]

    def per_second(self, now: float) -> float:
        """The rate now; young meters divide by their age, not by ten seconds."""
        self.add(now, 0)
        assert self._started is not None
        return self._sum / min(_WINDOW, max(now - self._started, 1.0))


class Ages:
    """How old messages are when they are delivered."""

    def __init__(self) -> None:
        self._ages: deque[float] = deque(maxlen=_AGES)

    def add(self, age: float) -> None:
        """Note one message's age in seconds."""
        self._ages.append(age)

    def percentile(self, share: float) -> float | None:
        """The age that `share` (0 to 1) of the messages do not pass; None while there are none."""
        ranked = sorted(self._ages)
        return ranked[min(int(len(ranked) * share), len(ranked) - 1)] if ranked else None
