"""Growth as a robust slope: the median of the slopes between all pairs of measurements (Theil-Sen). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Seconds, value."""

KEPT: Final = 60
"""Measurements that a slope rests on at most: 1770 pairs, well under a millisecond."""
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Slope:
    """How fast something grows, and what that rests on."""

    per_second: float
    seconds: float
    """From the first to the last measurement."""
    base: int
    """Measurements."""


def slope(points: Sequence[Point]) -> Slope | None:
    """The slope through points in order of time; None for less than three. One jump among them does not bend it."""
    if len(points) < _FEWEST:
        return None
    steps = [(after[1] - first[1]) / (after[0] - first[0]) for first, after in combinations(points, 2)]
    return Slope(median(steps), points[-1][0] - points[0][0], len(points))


def added(points: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    """The points and a newer one; the oldest give way. A point of no later time changes nothing."""
    if points and point[0] <= points[-1][0]:
        return points
    return (*points, point)[-KEPT:]
