"""One figure as a monitoring system stores it, and which probes give such figures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from gbtui.monitor.sample import Sample

LIMIT: Final = 100
"""Rows of a probe at most; the others, all of lower rank, are counted."""

Kind: TypeAlias = Literal["gauge", "counter", "info"]


@dataclass(frozen=True, slots=True)
class Point:
    """A figure: its name without `gbtui_` (and, of a counter, without `_total`), what it means, and its labels."""

    name: str
    help: str
    value: float | None
    """None: not known, and then not told."""
    labels: Mapping[str, str]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Exposed:
    """A probe whose samples become points."""

    points: Callable[[Sample[Any]], Iterable[Point]]
    rank: Callable[[Any], float] | None = None
    """What is kept where it has more than LIMIT rows: the highest; None: it has few."""


def gauge(name: str, help_: str, value: float | None, /, **labels: str) -> Point:
    """A figure that goes up and down."""
    return Point(name, help_, value, labels, "gauge")


def counter(name: str, help_: str, value: float | None, /, **labels: str) -> Point:
    """A figure that only grows, until its statistics are reset."""
    return Point(name, help_, value, labels, "counter")


def seconds(at: datetime | None) -> float | None:
    """A time as Unix time."""
    return at.timestamp() if at is not None else None


def longest(ages: Iterable[float | None]) -> float:
    """The longest of several ages, 0 where there is none."""
    return max((age for age in ages if age is not None), default=0.0)
