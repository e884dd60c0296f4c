"""What has been delivered lately, so that a look back after a reconnect repeats nothing."""

import heapq
from collections import deque
from datetime import datetime
from typing import Final
from uuid import UUID

LOOKBACK: Final = 120.0  # seconds of history that can be read again
LOOKBACK_TRANSACTIONS: Final = 10_000  # and at least so many transactions
_STEP: Final = 1.0  # seconds between two remembered positions


class Seen:
    """The ids of every message with tx >= `floor` that was visible at the start or has been delivered since.

    That invariant is all: reading again from `floor` on and dropping what is known here loses nothing and repeats
    nothing, however far back the server's history was cut, as long as it was not cut below `floor`. Under pressure
    the floor rises (the lookback gets shorter); the invariant stays.
    """

    def __init__(self, floor: int, capacity: int = 100_000) -> None:
        self.floor = floor
        self._capacity = capacity
        self._by_tx: dict[int, set[bytes]] = {}
        self._order: list[int] = []  # a heap of the keys
        self._count = 0
        self._positions: deque[tuple[float, int]] = deque()

    def __len__(self) -> int:
        return self._count

    def newest(self, most: int) -> tuple[int, tuple[tuple[int, UUID], ...]]:
        """The newest rows known, whole transactions of together at most `most` rows, and the floor that fits them."""
        found: list[tuple[int, UUID]] = []
        for tx in sorted(self._by_tx, reverse=True):
            known = self._by_tx[tx]
            if len(found) + len(known) > most:
                return tx + 1, tuple(found)
            found.extend((tx, UUID(bytes=key)) for key in known)
        return self.floor, tuple(found)

    def knows(self, tx: int, message: UUID) -> bool:
        """Whether this message was delivered, or older than the tail."""
        known = self._by_tx.get(tx)
        return known is not None and message.bytes in known

    def add(self, tx: int, message: UUID) -> None:
        """Remember one delivered message; what lies below the floor need not be remembered."""
        if tx < self.floor:
            return
        known = self._by_tx.get(tx)
        if known is None:
            known = self._by_tx[tx] = set()
            heapq.heappush(self._order, tx)
        before = len(known)
        known.add(message.bytes)
        self._count += len(known) - before
        while self._count > self._capacity:
            self._raise(self._order[0] + 1)

    def advance(self, now: float, hi: int, xmax: int) -> None:
        """Let the floor follow: the position of LOOKBACK seconds ago, or LOOKBACK_TRANSACTIONS back if that is lower.

        `now` is a monotonic clock in seconds, `hi` the cursor's position now.
        """
        if self._positions and now - self._positions[-1][0] < _STEP:
            return
        self._positions.append((now, hi))
        while len(self._positions) > 1 and self._positions[1][0] <= now - LOOKBACK:
            self._positions.popleft()
        then, position = self._positions[0]
        if then <= now - LOOKBACK:
            self._raise(min(position, hi, xmax - LOOKBACK_TRANSACTIONS))

    def _raise(self, floor: int) -> None:
        self.floor = max(self.floor, floor)
        while self._order and self._order[0] < self.floor:
            self._count -= len(self._by_tx.pop(heapq.heappop(self._order)))


class SeenByDate:
    """The ids of every message dated behind `horizon` that was visible at the start or has been delivered since.

    The same invariant for a table that is read by dates: what is dated up to the horizon is never asked for again.
    """

    def __init__(self, horizon: datetime, capacity: int = 100_000) -> None:
        self.horizon = horizon
        self._capacity = capacity
        self._known: set[bytes] = set()
        self._order: list[tuple[datetime, bytes]] = []  # a heap

    def __len__(self) -> int:
        return len(self._known)

    def knows(self, message: UUID) -> bool:
        """Whether this message was delivered, or older than the tail."""
        return message.bytes in self._known

    def add(self, message: UUID, at: datetime) -> None:
        """Remember one delivered message; what is dated before the horizon need not be remembered."""
        if at <= self.horizon or message.bytes in self._known:
            return
        self._known.add(message.bytes)
        heapq.heappush(self._order, (at, message.bytes))
        while len(self._order) > self._capacity:
            self.advance(self._order[0][0])

    def advance(self, horizon: datetime) -> None:
        """Look back no further than this from now on."""
        self.horizon = max(self.horizon, horizon)
        while self._order and self._order[0][0] <= self.horizon:
            self._known.discard(heapq.heappop(self._order)[1])
