"""What a probe found, with the time it was true."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from gbtui.errors import GbtuiError

R = TypeVar("R")

ABSENT: Final = "not available: "
"""How the only thing left out begins where a probe cannot tell anything here: then it names what that needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading(Generic[R]):
    """What a probe's fetch returns; the monitor makes a Sample of it."""

    rows: tuple[R, ...]
    window: float | None = None
    """Seconds the rates among the rows rest on; None: no rates yet, or none at all."""
    skipped: tuple[str, ...] = ()
    """Sentences naming what was left out, and why."""
    memory: Any = None
    """What this probe needs for its next reading (counters, sizes); nobody else reads it."""
    behind: Any = None
    """Of the first page of a list: where the next one begins; None: there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample(Generic[R]):
    """The last good rows of a probe, when they were true, and whether they still are.

    Compared by identity: a new sample is a new object, an unchanged one is the same.
    """

    probe: str
    rows: tuple[R, ...] = ()
    """The last good rows; with `error` set they are stale, as old as `taken_at` says."""
    taken_at: datetime | None = None
    """When the rows were read (UTC); None: never yet."""
    window: float | None = None
    """Seconds the rates rest on."""
    skipped: tuple[str, ...] = ()
    """Sentences naming what was left out and why."""
    error: GbtuiError | None = None
    """Why the newest attempt failed; None: the rows are of the newest attempt."""
    took: float = 0.0
    """Seconds the newest attempt took."""
    memory: Any = None
    """The probe's own, for its next reading."""
    behind: Any = None
    """Of the first page of a list: where the next one begins; None: there is none, or the list does not say."""

    @property
    def absent(self) -> str:
        """Why there can be no rows here, and what they would need; "" where there can."""
        return next((each for each in self.skipped if each.startswith(ABSENT)), "") if not self.rows else ""

    @property
    def first(self) -> R | None:
        """The only row of a probe that has one, else the first; None before there is any."""
        return self.rows[0] if self.rows else None
