"""Columns of a table: what a cell says, how wide it is, where it stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from gbtui.text import cells

R = TypeVar("R")

GUTTER = 1
"""Cells before the first column: the sign of the cursor and of a mark."""
GAP = 1
NARROWEST = 12
"""A column that takes what is left is at least this wide; then the table scrolls sideways."""


# Not slotted: Python 3.11 cannot make `Column[Row](…)` of a class that is frozen, slotted and generic.
@dataclass(frozen=True)
class Column(Generic[R]):
    """One column: `text` says a cell, `sort` gives the value it is ordered by (the text if absent; None sorts last).

    `width` is in cells, 0 takes what the others leave. `style` names a style of the cell by its row: "", "dim", "ok",
    "warning", "critical", "accent", "bold". `help` says in a sentence what the column means; a column that is
    not `shown` waits to be chosen. `plain` gives the value for filters and exports (the text if absent).
    """

    id: str
    title: str
    width: int
    text: Callable[[R], str]
    align: Literal["left", "right"] = "left"
    sort: Callable[[R], Any] | None = None
    style: Callable[[R], str] | None = None
    help: str = ""
    shown: bool = True
    plain: Callable[[R], Any] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands: cells from the table's left edge (unscrolled), and its width."""

    x: int
    width: int

    @property
    def end(self) -> int:
        """The first cell after it."""
        return self.x + self.width


def places(columns: Sequence[Column[Any]], width: int) -> list[Place]:
    """The place of each column in a table `width` cells wide; the last may end beyond it."""
    flexible = sum(1 for column in columns if not column.width)
    left = width - GUTTER - sum(column.width + GAP for column in columns) + GAP
    found: list[Place] = []
    x = GUTTER
    for column in columns:
        taken = column.width
        if not taken:
            taken = max(left // flexible, NARROWEST, cells(column.title) + 1)
            left, flexible = left - taken, flexible - 1
        found.append(Place(x, taken))
        x += taken + GAP
    return found
