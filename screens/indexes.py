"""Indexes: what they cost, how much they are used, what they are for, and which could go."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from gbtui.monitor.advice.advice import IndexAdvice
from gbtui.monitor.advice.bloat import Bloat
from gbtui.monitor.advice.standing import IndexStanding, known
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.indexes import IndexRow, partitions, sources
from gbtui.text import NOTHING, clean, count, fit, percent, plural, rate, size
from gbtui.ui.describe import Describe
from gbtui.ui.fields import figure
from gbtui.ui.rolled_up import RolledUp, full_name
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.details import Field
from screens.tables import growing

_FIGURES: Final = (54, 84)
"""Cells that the first columns beside the name take: on a narrow screen, and on one of 110 cells or more."""
_ADVICE: Final = "index_advice"
_ADVICE_QUERIES: Final = ("server/index_shapes", "server/index_columns", "server/foreign_keys", "server/node_scans")
_UNREAD: Final = Bloat(None, "the advice was not read yet")


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
    """One row an index, those of partitions as one, the largest first; enter shows the partitions'.

    What is advised comes from a reading of its own, every ten minutes: it may come later than the rows.
    """

    NAME = "indexes"
    PROBES = ("indexes", _ADVICE)
    THINGS = "indexes"
    EMPTY = "no index"
    MARKS = ("locked", "invalid", "unused", "partial", "expression", "advised", "withheld")

    def columns(self) -> Sequence[Column[IndexRow]]:
        """What is advised, size and use; what it costs the writers to the right."""
        width = self.console.size.width
        return (
            Column("name", "index", max(21, min(width - _FIGURES[width >= 110], 60)), name, plain=full_name,
                   style=lambda row: "warning" if row.locked else ""),
            Column("advice", "advice", 9, self._word, style=self._loudness,
                   help="what is advised; withheld: seen, and following it could hurt. d tells all, y copies it"),
            Column("size_bytes", "size", 8, lambda row: ">" * (row.unmeasured > 0 and row.size_bytes is not None)
                   + size(row.size_bytes), "right", sort=lambda row: row.size_bytes, plain=lambda row: row.size_bytes),
            figure("scans_per_s", "scans/s", 7, rate, "in the window"),
            figure("scans", "scans", 7, count, "since the reset; checks of uniqueness are none"),
            Column("last_scan", "last", 6, self._used, "right", sort=lambda row: row.last_scan,
                   plain=lambda row: row.last_scan, help="when it was last used; needs PostgreSQL 16"),
            Column("kind", "kind", 9, kind, style=lambda row: "warning" if row.invalid else "",
                   help="primary, unique (constraint), exclusion; partial, expression; invalid: no query uses it"),
            figure("written_per_s", "writes/s", 8, rate,
                   "rows of its table whose change it followed: inserted, deleted, updated other than in place"),
            Column("bloat", "bloat", 6, self._air, "right", sort=lambda row: self._standing(row).bloat.share,
                   plain=lambda row: self._standing(row).bloat.share,
                   help="share of it that is air, estimated; d tells how well, or why it cannot be told"),
            figure("rows_per_scan", "rows", 6, count, "entries that a scan read, in the window"),
            figure("hit_share", "hit", 5, percent, "share of its blocks asked for that shared buffers held"),
            Column("table", "table", 20, lambda row: row.table),
            Column("serves", "serves", 24, lambda row: ", ".join(self._standing(row).serves),
                   help="what it is needed for beside being searched"),
            figure("growth_bytes_per_s", "a minute", 8, growing, "bytes it grew a minute, between two measurements"),
            Column("method", "method", 6, lambda row: row.method),
            Column("measured_at", "measured", 8, lambda row: self.ago(row, "measured_at"), "right",
                   sort=lambda row: row.measured_at, plain=lambda row: row.measured_at, help="how old the size is"),
        )  # fmt: skip

    def _standing(self, row: IndexRow) -> IndexStanding:
        return known(self.samples.get(_ADVICE)).get((row.schema, row.name), IndexStanding((), _UNREAD))

    def _word(self, row: IndexRow) -> str:
        return self._standing(row).word

    def _loudness(self, row: IndexRow) -> str:
        return "warning" if self._standing(row).advised else "dim"

    def _air(self, row: IndexRow) -> str:
        share = self._standing(row).bloat.share
        return NOTHING if share is None else f"~{percent(share)}"

    def _used(self, row: IndexRow) -> str:
        """When it was last used; where the server does not know, only that it never was."""
        return self.ago(row, "last_scan") if row.last_scan or row.unused else ""

    def queries(self) -> Sequence[str]:
        """Those that fit this server's version."""
        return [*sources(self.samples.get(self.NAME) or Sample(self.NAME)), *_ADVICE_QUERIES]

    def marks(self, row: IndexRow) -> Sequence[str]:
        """What `is:` asks for."""
        standing = self._standing(row)
        true = {"advised": standing.advised is not None, "withheld": bool(standing.advice) and not standing.advised}
        return [mark for mark in self.MARKS if (true[mark] if mark in true else getattr(row, mark))]

    def show(self, sample: Sample[Any]) -> None:
        """Rows; or what is advised of those that stand there."""
        if sample.probe != _ADVICE:
            super().show(sample)
        elif rows := self.samples.get(self.NAME):
            super().show(rows)

    def parts(self, sample: Sample[Any], row: IndexRow) -> Sequence[IndexRow]:
        """Those of the partitions."""
        return partitions(sample, self.span, row.schema, row.name)

    def describe(self, row: Any, advised: str = "") -> None:
        """First what is said of it."""
        standing = self._standing(row)
        copied = standing.advised.statement if standing.advised else ""
        self.console.push_screen(
            Describe(
                fit(name(row), 24).strip(), row, self.queries(), self.console.time, advised=copied,
                lead=tuple(_told(standing)), beside=self.describe_beside, explained=True,
            )
        )  # fmt: skip

    def action_copy(self) -> None:
        """The statement that is advised of the row, where one is; else the cell."""
        row = self.table.cursor_row
        one = self._standing(row).advised if row is not None else None
        if one:
            self.console.send(clean(one.statement, keep="\n"))
        else:
            super().action_copy()


def _told(standing: IndexStanding) -> Iterator[Field]:
    """Each thing that is said with its evidence, what it rests on, and why it is withheld; then what it is for."""
    for one in standing.advice:
        yield from _advice(one)
    yield Field("how it stands", heading=True)
    yield Field("serves", ", ".join(standing.serves) or "searches alone")
    if standing.elsewhere is not None:
        yield Field("other nodes", f"{plural(standing.elsewhere, 'scan')} on {', '.join(standing.nodes)}")
    share = standing.bloat.share
    about = "" if share is None else f"about {percent(share)} of it is air, "
    yield Field("bloat", f"{about}{standing.bloat.confidence}")
    yield Field("the index", heading=True)


def _advice(one: IndexAdvice) -> Iterator[Field]:
    yield Field(one.kind if one.statement else f"{one.kind}: withheld", heading=True)
    yield Field("evidence", one.evidence)
    yield Field("rests on", one.rests_on)
    for why in filter(None, one.withheld.split("; ")):
        yield Field("withheld", why, "warning")
    if one.statement:
        yield Field("statement", one.statement, "accent")
    if one.saves_bytes is not None:
        yield Field("saves", size(one.saves_bytes))
    if one.risk:
        yield Field("risk", one.risk)
