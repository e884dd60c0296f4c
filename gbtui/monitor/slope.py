"""Growth as a robust slope: the median of the slopes between all pairs of measurements (Theil-Sen). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import NormalDist, median
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Seconds, value."""

KEPT: Final = 60
"""Measurements that a slope rests on at most: 1770 pairs, well under a millisecond."""
_FEWEST: Final = 3
_FEWEST_INTERVAL: Final = 5


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


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which slopes the true one lies, as far as the measurements tell."""

    slope: Slope
    least: float
    most: float


def interval(points: Sequence[Point], share: float = 0.95) -> Interval | None:
    """The slope, and the interval that holds the true one in that share of cases; None for less than five points.

    By the rank of Kendall's statistic, as Sen (1968) has it (Gilbert 1987, 16.4.2). No distribution is assumed, only
    that deviations are independent: points that hang together (a week's rhythm) make it look narrower than it is.
    """
    number = len(points)
    if number < _FEWEST_INTERVAL:
        return None
    steps = sorted((after[1] - first[1]) / (after[0] - first[0]) for first, after in combinations(points, 2))
    spread = NormalDist().inv_cdf(0.5 + share / 2) * sqrt(number * (number - 1) * (2 * number + 5) / 18)
    lower = max(0, round((len(steps) - spread) / 2) - 1)
    upper = min(len(steps) - 1, round((len(steps) + spread) / 2))
    found = Slope(median(steps), points[-1][0] - points[0][0], number)
    return Interval(found, steps[lower], steps[upper])


def added(points: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    """The points and a newer one; the oldest give way. A point of no later time changes nothing."""
    if points and point[0] <= points[-1][0]:
        return points
    return (*points, point)[-KEPT:]
