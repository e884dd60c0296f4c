"""Where the tail stands in the server's history: pure arithmetic on snapshots.

A snapshot says xmax (no transaction from there on had completed) and which transactions below it were still open. A
row is new if its transaction was not completed in the last snapshot and is visible in this one: one or the other arm
of the poll, `tx >= hi` or `tx in pending`, returns it. On one server visibility only grows: nothing comes twice.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Header:
    """What a poll says about itself: its snapshot and the server process that took it.

    `started` is the server's start in seconds since 1970, as text: it is only compared.
    """

    xmin: int
    xmax: int
    open: frozenset[int]
    in_recovery: bool
    started: str
    pid: int
    clock: datetime

    @classmethod
    def parse(cls, text: str) -> "Header":
        """Read the header column: `xmin:xmax:xip t|f started pid clock`."""
        snapshot, recovery, started, pid, clock = text.split(" ")
        xmin, xmax, xip = snapshot.split(":")
        return cls(
            int(xmin),
            int(xmax),
            frozenset(int(x) for x in xip.split(",") if x),
            recovery == "t",
            started,
            int(pid),
            datetime.fromtimestamp(float(clock), UTC),
        )

    @property
    def snapshot(self) -> str:
        """The snapshot as the server writes it."""
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.open)))}"

    def joins(self, last: "Header") -> bool:
        """Whether this poll surely saw the same history as `last`, later."""
        return (self.started, self.in_recovery) == (last.started, last.in_recovery) and self.xmax >= last.xmax


NOWHERE: Final = Header(0, 0, frozenset(), False, "", 0, datetime.fromtimestamp(0, UTC))
"""The header of no server: nothing joins it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the next poll asks for: `tx >= hi` or `tx in pending`, without those in `done`.

    `pending` lies below `hi`. `done` is empty on a primary; on a standby, where the open transactions are asked for
    *before* the poll, it holds those that completed in between and were delivered already.
    """

    hi: int
    pending: frozenset[int] = frozenset()
    done: frozenset[int] = frozenset()

    def after(
        self,
        hi: int,
        still_open: Iterable[int],
        delivered: Collection[int],
        *,
        cut_new: int | None = None,
        cut_pending: int | None = None,
    ) -> "Cursor":
        """The cursor once every row of the transactions `delivered` has been handed over.

        `hi` and `still_open` describe the poll's snapshot (or, on a standby, an earlier one). An arm that was cut
        short delivered only the transactions below `cut_…`; the rest is asked for again.
        """
        next_hi = hi if cut_new is None else min(hi, cut_new)
        done = self.done.union(delivered)
        pending = {tx for tx in still_open if tx < next_hi}
        if cut_pending is not None:
            pending.update(tx for tx in self.pending if tx >= cut_pending)
        return Cursor(next_hi, frozenset(pending - done), frozenset(tx for tx in done if tx >= next_hi))

    def lowered(self, hi: int) -> "Cursor":
        """The cursor that asks again for everything from `hi` on; what was pending stays asked for."""
        hi = min(hi, self.hi)
        return Cursor(hi, frozenset(tx for tx in self.pending if tx < hi))
