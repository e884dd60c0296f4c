"""Four small panels above the list of Health, where the screen is tall enough. Pure lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gbtui.monitor.sample import Sample
from gbtui.text import age, cells, clean, fit, size
from gbtui.ui.widgets.line_view import Line

ROWS: Final = 5
"""Lines of a box under its title."""
_Cells = Callable[[Any], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Box:
    """A probe's most telling rows: a text, and a figure at the right."""

    probe: str
    title: str
    cells: _Cells
    none: str
    rank: Callable[[Any], Any] | None = None
    """What to show first, the greatest; None: as the rows come."""


BOXES: Final = (
    Box("pool", "connections", lambda row: (f"{row.application or row.user}  {row.state}  {row.client}",
        str(row.connections)), "none", lambda row: row.connections),
    Box("tables", "largest tables", lambda row: (row.name, size(row.total_bytes)), "none",
        lambda row: row.total_bytes or 0),
    Box("locks", "who waits for whom", lambda row: (f"{'  ' * row.depth}{row.pid or row.gid}  {row.mode or row.state}"
        f"  {row.relation}", age(row.wait_age) if row.waits else f"frees {row.frees}"), "nobody waits for a lock"),
    Box("replication", "followers", lambda row: (f"{row.name}  {row.state}", size(row.behind_bytes)),
        "nobody follows this server", lambda row: row.behind_bytes or 0),
)  # fmt: skip


def lines(samples: Callable[[str], Sample[Any]], width: int) -> list[Line]:
    """The boxes, two beside each other."""
    half = (width - 3) // 2
    told: list[Line] = []
    for left, right in zip(BOXES[::2], BOXES[1::2], strict=True):
        beside = zip(_box(left, samples(left.probe), half), _box(right, samples(right.probe), half), strict=True)
        told.extend((*one, ("  ", ""), *other) for one, other in beside)
    return told


def _box(box: Box, sample: Sample[Any], width: int) -> list[Line]:
    rows: Sequence[Any] = sample.rows
    if box.rank is not None:
        rows = sorted(rows, key=box.rank, reverse=True)
    shown = [_row(*box.cells(row), width) for row in rows[: ROWS - 1]]
    if not rows:
        shown.append(((fit(f"  {box.none if sample.taken_at else 'reading …'}", width), "dim"),))
    elif len(rows) > ROWS - 1:
        shown.append(((fit(f"  … {len(rows) - ROWS + 1} more", width), "dim"),))
    empty: Line = ((" " * width, ""),)
    return [((fit(f" {box.title}", width), "header"),), *shown, *[empty] * (ROWS - len(shown))]


def _row(text: str, figure: str, width: int) -> Line:
    room = width - cells(figure) - 3
    return ((f"  {fit(clean(text), room)} {figure}", ""),)
