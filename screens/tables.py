"""Tables: how large, how they grow, what is dead in them, how they are read."""

from collections.abc import Sequence
from typing import Any, Final

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.tables import TableRow, partitions
from gbtui.text import NOTHING, count, percent, rate, size
from gbtui.ui.fields import figure
from gbtui.ui.rolled_up import RolledUp, full_name
from gbtui.ui.widgets.columns import Column

_FIGURES: Final = (62, 89)
"""Cells that the first figures beside the name take: on a narrow screen, and on one of 110 cells or more."""


def name(row: TableRow) -> str:
    """Its name, how many partitions it has, and whether it is locked away."""
    parts = f" ({count(row.partitions)})" if row.partitions else ""
    return full_name(row) + parts + (", locked" if row.locked else "")


def total(row: TableRow) -> str:
    """Its size; at least that where some of it was never measured."""
    return ">" * (row.unmeasured > 0 and row.total_bytes is not None) + size(row.total_bytes)


def growing(per_s: float | None) -> str:
    """Bytes a minute."""
    return NOTHING if per_s is None else f"{'+' if per_s > 0 else ''}{size(per_s * 60)}"


class Tables(RolledUp):
    """One row a table, partitions as one, the largest first; enter shows the partitions."""

    NAME = "tables"
    PROBES = ("tables",)
    THINGS = "tables"
    EMPTY = "no table"
    MARKS = ("locked",)
    QUERIES = ("server/tables", "server/table_sizes")

    def columns(self) -> Sequence[Column[TableRow]]:
        """Size first, then use; the split of the size to the right."""
        width = self.console.size.width
        return (
            Column("name", "table", max(19, min(width - _FIGURES[width >= 110], 60)), name, plain=full_name,
                   style=lambda row: "warning" if row.locked else "", help="and its partitions, where it has some"),
            Column("total_bytes", "size", 8, total, "right", sort=lambda row: row.total_bytes,
                   plain=lambda row: row.total_bytes, help="heap, indexes and TOAST; measured_at tells when"),
            figure("growth_bytes_per_s", "a minute", 8, growing, "bytes it grew a minute, between two measurements"),
            figure("rows_estimate", "rows ~", 7, count, "the planner's estimate"),
            figure("dead_share", "dead", 5, percent, "share of dead rows"),
            figure("hot_share", "HOT", 5, percent, "share of updates in the window that touched no index"),
            figure("seq_scans_per_s", "seq/s", 6, rate, "sequential scans a second"),
            figure("index_scans_per_s", "idx/s", 6, rate, "scans of its indexes a second"),
            Column("last_vacuum", "vacuum", 6, lambda row: self.ago(row, "last_vacuum"), "right",
                   sort=lambda row: row.last_vacuum, plain=lambda row: row.last_vacuum,
                   help="how long ago it was last vacuumed, by hand or automatically"),
            figure("table_bytes", "heap", 8, size),
            figure("index_bytes", "indexes", 8, size),
            figure("toast_bytes", "TOAST", 8, size),
            figure("written_per_s", "writes/s", 8, rate, "rows inserted, updated and deleted a second"),
            figure("rows_per_seq_scan", "rows/seq", 8, count, "rows that a sequential scan read"),
            figure("live_rows", "live", 8, count, "as the statistics have them"),
            figure("dead_rows", "dead rows", 9, count, "as the statistics have them"),
            Column("last_analyze", "analyzed", 8, lambda row: self.ago(row, "last_analyze"), "right",
                   sort=lambda row: row.last_analyze, plain=lambda row: row.last_analyze),
            Column("measured_at", "measured", 8, lambda row: self.ago(row, "measured_at"), "right",
                   sort=lambda row: row.measured_at, plain=lambda row: row.measured_at, help="how old the size is"),
        )  # fmt: skip

    def marks(self, row: TableRow) -> Sequence[str]:
        """Locked away."""
        return self.MARKS if row.locked else ()

    def parts(self, sample: Sample[Any], row: TableRow) -> Sequence[TableRow]:
        """Its partitions."""
        return partitions(sample, self.span, row.schema, row.name)
