"""How large a b-tree would be if it were built now: an estimate from ANALYZE's statistics that knows deduplication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from gbtui.monitor.advice.shapes import PAGE, ColumnStatistics, Shape

_USABLE: Final = PAGE - 24 - 16
"""Bytes of a page after its header and the b-tree's own part at its end."""
_ITEM: Final = 4
"""The line pointer of a tuple."""
_HEADER: Final = 8
_BITMAP: Final = 8
"""What NULLs add to a tuple's header, aligned."""
_POSTING: Final = 6
"""Bytes that one more row of the same value takes in a posting list: its address."""
_LARGEST_TUPLE: Final = 1350
"""Bytes of a tuple with a posting list at most: a sixth of a page (src/backend/access/nbtree)."""
_STALE: Final = 0.1
"""Share of the rows that may have changed since ANALYZE; with more an estimate was seen 81 points off."""
_SMALL: Final = 128
"""Pages under which an index is not worth a word: one megabyte."""


@dataclass(frozen=True, slots=True)
class Bloat:
    """How much of an index is air: 0 to 1 of it, or why that cannot be told."""

    share: float | None
    why_not: str = ""
    exact_width: bool = True
    """Whether one column of known width is all there is; of several the widths add up to a rougher guess."""
    of: str = ""
    """Of how much that is, where some of it could not be estimated."""

    @property
    def confidence(self) -> str:
        """In words."""
        if self.share is None:
            return f"not estimated: {self.why_not}"
        told = "within a few points" if self.exact_width else "rough: several columns"
        return f"{told}, {self.of}" if self.of else told


def bloat(shape: Shape, columns: Mapping[tuple[int, int], ColumnStatistics]) -> Bloat:
    """Estimate one index; never by reading it."""
    if why := _unsound(shape):
        return Bloat(None, why)
    keys = [columns.get((shape.table_id, attnum)) for attnum in (*shape.keys, *shape.included)]
    known = [key for key in keys if key is not None]
    if len(known) < len(keys):
        return Bloat(None, "no statistics of its columns: none were collected, or this role may not read them")
    several = len(known) > 1
    if several and not shape.is_unique and not shape.no_deduplication:
        return Bloat(None, "several columns may repeat together, of which ANALYZE says nothing")
    pages = _pages(shape, known)
    return Bloat(max(0.0, 1 - pages / shape.pages), exact_width=not several)


def bloat_of(shapes: Sequence[Shape], columns: Mapping[tuple[int, int], ColumnStatistics]) -> Bloat:
    """Estimate several as one: the indexes of all partitions, those left out that cannot be estimated."""
    each = [(bloat(shape, columns), shape.pages) for shape in shapes]
    if len(each) == 1:
        return each[0][0]
    told = [(one.share, pages) for one, pages in each if one.share is not None]
    pages = sum(pages for _, pages in told)
    if not pages:
        return Bloat(None, each[0][0].why_not if each else "it has no partitions")
    return Bloat(
        sum(share * pages for share, pages in told) / pages,
        exact_width=all(one.exact_width for one, _ in each if one.share is not None),
        of=f"of {len(told)} of {len(each)} partitions" if len(told) < len(each) else "",
    )


def _unsound(shape: Shape) -> str:
    if shape.method != "btree":
        return f"no estimate is known for {shape.method}"
    if not shape.usable:
        return "it is not valid"
    if shape.has_expression:
        return "an expression's width is not known"
    if shape.has_predicate:
        return "how many rows its predicate lets in is not known"
    if shape.pages < _SMALL:
        return "it is small"
    if shape.entries <= 0 or shape.table_rows <= 0:
        return "its table was never analyzed"
    if shape.changed_since_analyze > _STALE * shape.table_rows:
        return "the statistics are old: more than a tenth of the rows changed since ANALYZE"
    return ""


def _pages(shape: Shape, columns: list[ColumnStatistics]) -> int:
    """Of leaves filled as a build fills them, the levels above, and the page that names the root."""
    nulls = any(column.null_share > 0 for column in columns)
    width = sum(column.width * (1 - column.null_share) for column in columns)
    tuple_bytes = _HEADER + (_BITMAP if nulls else 0) + 8 * ceil(width / 8)
    each: float = tuple_bytes + _ITEM
    if not shape.is_unique and not shape.no_deduplication and len(columns) == 1:
        repeats = shape.table_rows / max(1.0, columns[0].distinct(shape.table_rows))
        longest = max(1, (_LARGEST_TUPLE - tuple_bytes) // _POSTING)
        if repeats > 1:
            each = min(each, _POSTING + (tuple_bytes + _ITEM) / min(repeats, longest))
    per_leaf = _USABLE * shape.fillfactor / 100
    leaves = ceil(shape.table_rows * each / per_leaf)
    above, level = 0, leaves
    while level > 1:
        level = ceil(level * (tuple_bytes + _ITEM) / (_USABLE * 0.7))
        above += level
    return leaves + above + 1
