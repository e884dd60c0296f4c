"""How large a table would be if it were written anew: an estimate from ANALYZE's widths, laid out as rows are."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from gbtui.monitor.advice.bloat import Bloat
from gbtui.monitor.advice.shapes import PAGE
from gbtui.monitor.advice.table_shapes import TableColumn, TableShape

_PAGE_HEADER: Final = 24
_ITEM: Final = 4
"""The line pointer of a row."""
_ROW_HEADER: Final = 23
_ALIGNED: Final = {"c": 1, "s": 2, "i": 4, "d": 8}
_SHORT: Final = 127
"""Bytes up to which a value of varying length has a header of one byte and is not aligned."""
_STALE: Final = 0.1
"""As of indexes: with more rows changed since ANALYZE the estimate is not to be trusted."""
SMALL: Final = 1_000
"""Pages under which a table is not worth a word: 8 MB."""


def heap_bloat(table: TableShape, columns: Sequence[TableColumn]) -> Bloat:
    """Estimate one table without its TOAST; never by reading it."""
    if why := _unsound(table, columns):
        return Bloat(None, why)
    stored = [column for column in columns if not column.is_virtual]
    per_page = (PAGE - _PAGE_HEADER) * table.fillfactor / 100
    pages = ceil(table.rows / max(1.0, per_page // (_row(stored) + _ITEM)))
    exact = all(column.length > 0 and not column.null_share for column in stored)
    return Bloat(max(0.0, 1 - pages / table.pages), exact_width=exact)


def _unsound(table: TableShape, columns: Sequence[TableColumn]) -> str:
    if table.partitioned:
        return "it holds no rows itself, its partitions do"
    if table.pages < SMALL:
        return "it is small"
    if table.rows <= 0:
        return "it was never analyzed"
    if table.changed_since_analyze > _STALE * table.rows:
        return "the statistics are old: more than a tenth of the rows changed since ANALYZE"
    if not columns or any(column.width is None for column in columns if not column.is_virtual):
        return "no statistics of some columns: none were collected, or this role may not read them"
    return ""


def _row(columns: Sequence[TableColumn]) -> int:
    """Bytes of a row of average values (src/backend/access/common/heaptuple.c)."""
    nulls = any(column.null_share for column in columns)
    header = _up(_ROW_HEADER + (ceil(len(columns) / 8) if nulls else 0), 8)
    at = 0.0
    for column in columns:
        width = column.length if column.length > 0 else float(column.width or 0)
        if column.length > 0 or width > _SHORT:
            at += (_up(at, _ALIGNED[column.alignment]) - at) * (1 - (column.null_share or 0))
        at += width * (1 - (column.null_share or 0))
    return _up(header + at, 8)


def _up(value: float, step: int) -> int:
    return step * ceil(value / step)
