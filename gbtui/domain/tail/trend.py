"""How many messages each organization and each bot had of late, counted as the tail delivers them: no query more."""

from collections import Counter, deque
from collections.abc import Callable
from time import monotonic
from typing import Final
from uuid import UUID

from gbtui.domain.tail.events import Batch, Phase, State, TailEvent

BAR: Final = 10.0  # seconds in one bar
BARS: Final = 12


class Trend:
    """Listens to a tail that is narrowed to nothing. What was written before it started is not counted."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = self._number()
        self._lost: int | None = None
        self._bars: deque[tuple[int, Counter[UUID]]] = deque(maxlen=BARS + 1)

    def __call__(self, event: TailEvent) -> None:
        """Count what is delivered, in the bar of now; while the tail does not follow, nobody counts."""
        if isinstance(event, State):
            self._follows(event.phase is Phase.FOLLOWING)
        if not isinstance(event, Batch) or event.backlog:
            return
        number = self._number()
        if not self._bars or self._bars[-1][0] != number:
            self._bars.append((number, Counter()))
        counted = self._bars[-1][1]
        for message in event.messages:
            counted[message.bot_id] += 1
            if message.org_id is not None:
                counted[message.org_id] += 1

    def of(self, key: UUID) -> tuple[float | None, ...]:
        """Messages a second of an organization or a bot, oldest bar first; None where nobody counted yet.

        The bar that is being filled is not among them: it would always look like a fall.
        """
        now = self._number()
        known = dict(self._bars)
        counted = range(self._began + 1, now if self._lost is None else self._lost)
        return tuple(
            known[number][key] / BAR if number in known else 0.0 if number in counted else None
            for number in range(now - BARS, now)
        )

    def _follows(self, follows: bool) -> None:
        if not follows:
            self._lost = self._number() if self._lost is None else self._lost
        elif self._lost is not None:
            self._began, self._lost = self._number(), None

    def _number(self) -> int:
        return int(self._clock() // BAR)
