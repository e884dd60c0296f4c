"""How big a demo is, what was loaded, and how far loading has come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Shape:
    """How many of each; every other table follows from these."""

    organizations: int
    bots: int
    users: int
    sessions: int
    messages: int


class Size(Enum):
    """The sizes a demo comes in."""

    SMALL = Shape(16, 48, 400, 1_000, 10_000)
    MEDIUM = Shape(300, 3_000, 20_000, 100_000, 1_000_000)
    LARGE = Shape(10_000, 100_000, 200_000, 1_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far loading has come: `done` of 1.0, what happens now, and how many seconds are left (None: too early)."""

    done: float
    what: str
    seconds_left: float | None


Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: rows by table, and the seconds it took."""

    size: Size
    seed: int
    rows: Mapping[str, int]
    seconds: float
