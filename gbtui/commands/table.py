"""Rows of any record as an aligned text table for people."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from gbtui import text

_SECONDS: Final = ("_age", "_lag", "_delay", "uptime", "oldest", "longest_in_state", "interval")
_TRANSACTIONS: Final = ("xid_age", "xmin_age", "max_age", "failsafe_age")
"""Ages counted in transactions."""
_SHARES: Final = ("share", "cache_hit", "share_sampled")
_GAP: Final = "  "


def table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines: a head and one a row, numbers to the right; cut at the terminal's width if there is a terminal."""
    shown = [[cell(name, row[name]) for name in names] for row in rows]
    right = [any(isinstance(row[name], int | float) for row in rows) for name in names]
    widths = [max([text.cells(name), *(text.cells(line[i]) for line in shown)]) for i, name in enumerate(names)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    def line(cells: Sequence[str]) -> str:
        filled = [
            text.fit(one, wide, "right" if to_right else "left")
            for one, wide, to_right in zip(cells, widths, right, strict=True)
        ]
        whole = _GAP.join(filled).rstrip()
        return text.fit(whole, width).rstrip() if width and text.cells(whole) > width else whole

    return [line(names), *(line(cells) for cells in shown)]


def listing(row: Mapping[str, Any]) -> list[str]:
    """One row as lines of name and value."""
    wide = max(map(len, row))
    return [f"{name:<{wide}}  {cell(name, value)}" for name, value in row.items()]


def cell(name: str, value: Any) -> str:
    """One value as people read it; the field's name says what kind of figure it is."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _formatter(name)(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ",".join(str(one) for one in value) or "-"
    return " ".join(text.drawable(str(value).replace("\n", " ").replace("\t", " ")).split())


def _formatter(name: str) -> Callable[[float], str]:
    if name.endswith("_bytes"):
        return text.size
    if name.endswith("_bytes_per_s"):
        return lambda x: text.size(x) + "/s"
    if name.endswith(("_per_s", "_per_second_sampled")):
        return text.rate
    if name.endswith(_SHARES):
        return text.percent
    if name == "round_trip":
        return lambda x: text.duration(x * 1000)
    if name.endswith("_ms"):
        return text.duration
    if name.endswith(_SECONDS) and not name.endswith(_TRANSACTIONS):
        return text.age
    return lambda x: f"{x:g}" if isinstance(x, float) else str(x)
