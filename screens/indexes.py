"""Indexes: what they cost, and how much they are used."""

from collections.abc import Sequence
from typing import Any, Final

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.indexes import IndexRow, partitions, sources
from gbtui.text import count, rate, size
from gbtui.ui.fields import figure
from gbtui.ui.rolled_up import RolledUp, full_name
from gbtui.ui.widgets.columns import Column
from screens.tables import growing

_FIGURES: Final = (59, 86)
"""Cells that the first columns beside the name take: on a narrow screen, and on one of 110 cells or more."""


def name(row: IndexRow) -> str:
    """Its name, of how many partitions it is, and whether it is locked away."""
    parts = f" ({count(row.partitions)})" if row.partitions else ""
    return full_name(row) + parts + (", locked" if row.locked else "")


def kind(row: IndexRow) -> str:
    """What it is for; first of all that it is not valid."""
    special = " partial" * row.partial + " expression" * row.expression
    usual = "" if row.kind == "index" else row.kind
    return " ".join(("invalid " * (not row.valid) + usual + special).split())


class Indexes(RolledUp):
    """One row an index, those of partitions as one, the largest first; enter shows the partitions'."""

    NAME = "indexes"
    PROBES = ("indexes",)
    THINGS = "indexes"
    EMPTY = "no index"
    MARKS = ("locked", "invalid", "unused", "partial", "expression")

    def columns(self) -> Sequence[Column[IndexRow]]:
        """Size and use; what it costs the writers to the right."""
        width = self.console.size.width
        return (
            Column("name", "index", max(21, min(width - _FIGURES[width >= 110], 60)), name, plain=full_name,
                   style=lambda row: "warning" if row.locked else ""),
            Column("table", "table", 15, lambda row: row.table),
            Column("kind", "kind", 8, kind, style=lambda row: "warning" if row.invalid else "",
                   help="primary, unique (constraint), exclusion; partial, expression; invalid: no query uses it"),
            Column("size_bytes", "size", 8, lambda row: ">" * (row.unmeasured > 0 and row.size_bytes is not None)
                   + size(row.size_bytes), "right", sort=lambda row: row.size_bytes, plain=lambda row: row.size_bytes),
            figure("scans_per_s", "scans/s", 7, rate, "in the window"),
            figure("scans", "scans", 7, count, "since the reset; checks of uniqueness are none"),
            Column("last_scan", "last", 6, self._used, "right", sort=lambda row: row.last_scan,
                   plain=lambda row: row.last_scan, help="when it was last used; needs PostgreSQL 16"),
            figure("growth_bytes_per_s", "a minute", 8, growing, "bytes it grew a minute, between two measurements"),
            figure("rows_per_scan", "rows", 8, count, "entries that a scan read"),
            figure("written_per_s", "writes/s", 8, rate, "rows written to its table that it had to follow"),
            Column("method", "method", 6, lambda row: row.method),
            Column("measured_at", "measured", 8, lambda row: self.ago(row, "measured_at"), "right",
                   sort=lambda row: row.measured_at, plain=lambda row: row.measured_at, help="how old the size is"),
        )  # fmt: skip

    def queries(self) -> Sequence[str]:
        """Those that fit this server's version."""
        return sources(self.samples.get(self.NAME) or Sample(self.NAME))

    def _used(self, row: IndexRow) -> str:
        """When it was last used; where the server does not know, only that it never was."""
        return self.ago(row, "last_scan") if row.last_scan or row.unused else ""

    def marks(self, row: IndexRow) -> Sequence[str]:
        """What `is:` asks for."""
        return [mark for mark in self.MARKS if getattr(row, mark)]

    def parts(self, sample: Sample[Any], row: IndexRow) -> Sequence[IndexRow]:
        """Those of the partitions."""
        return partitions(sample, self.span, row.schema, row.name)
