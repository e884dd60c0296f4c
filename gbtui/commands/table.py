"""Rows of any record as an aligned text table for people."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from gbtui import text
from gbtui.monitor.figures import figure

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
        return figure(name, value) or (f"{value:g}" if isinstance(value, float) else str(value))
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ",".join(str(one) for one in value) or "-"
    return " ".join(text.drawable(str(value).replace("\n", " ").replace("\t", " ")).split())
