"""Statements over the window: who takes the time, and what became slower."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import sub
from typing import Any, ClassVar, Final

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.callers import Caller
from gbtui.monitor.server.statement_rows import Counters, StatementRow
from gbtui.monitor.server.statements import sources
from gbtui.monitor.window import OPENED, kept, seen
from gbtui.text import age, count, duration, fit, percent, plural, rate, size
from gbtui.ui.describe import Describe
from gbtui.ui.explaining import Explaining, clean_lines
from gbtui.ui.fields import figure
from gbtui.ui.statement_fields import statement_fields
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.details import Field
from gbtui.ui.widgets.spark import bars
from gbtui.ui.windowed import Windowed

_FIGURES: Final = (49, 73)
"""Cells that the first figures beside the statement take: on a narrow screen, and on one of 110 cells or more."""

_FEWEST: Final = 3
"""Readings under which a curve says nothing."""
_CALLERS: Final = 12


def change(row: StatementRow) -> str:
    """How much longer a call takes than before the window."""
    if row.new:
        return "new"
    return "" if row.mean_change is None else rate(row.mean_change)


class Queries(Explaining, Windowed):
    """One row a statement, user and database; those who took most of the time in the window first."""

    NAME = "queries"
    PROBES: ClassVar[tuple[str, ...]] = ("queries",)
    THINGS = "statements"
    EMPTY = "no statement ran in this window"
    WHOLE_SERVER = True
    MARKS = ("new", "toplevel")

    def columns(self) -> Sequence[Column[StatementRow]]:
        """What takes the time, and why."""
        width = self.console.size.width
        wide = max(24, min(width - _FIGURES[width >= 110], 120))
        return (
            Column("statement", "statement", wide, lambda row: row.line,
                   style=lambda row: "dim" if row.query is None else "",
                   help="without the comment in front: it is its first caller's"),
            figure("time_share", "time", 5, percent, "share of the time of all statements in the window"),
            figure("calls_per_s", "calls/s", 7, rate),
            figure("mean_ms", "mean", 8, duration, "of a call, in the window"),
            Column("change", "×", 5, change, "right", sort=lambda row: row.mean_change,
                   plain=lambda row: row.mean_change,
                   help="the mean in the window over the mean before it, since the reset"),
            figure("rows_per_call", "rows", 7, rate, "a call returned or changed"),
            figure("total_ms", "total", 8, duration, "time of all calls in the window"),
            figure("io_ms", "I/O", 8, duration, "time spent waiting for blocks; needs track_io_timing"),
            figure("cache_hit", "hit", 5, percent, "share of blocks that shared buffers held"),
            figure("read_bytes", "read", 8, size, "blocks that shared buffers did not hold"),
            figure("temp_bytes", "temp", 8, size, "written to temporary files"),
            figure("wal_bytes", "WAL", 8, size),
            Column("first", "first seen", 14, lambda row: self.console.time(row.first_seen), "right",
                   sort=lambda row: row.first_seen, plain=lambda row: row.first_seen, help="since when it is counted"),
            Column("user", "user", 12, lambda row: row.user),
            Column("database", "database", 12, lambda row: row.database),
            figure("max_ms", "slowest", 8, duration, "call since the reset"),
            figure("calls", "calls", 8, count, "in the window"),
            Column("id", "query id", 20, lambda row: str(row.query_id), "right", shown=False),
        )  # fmt: skip

    def queries(self) -> Sequence[str]:
        """Those that fit this server's version."""
        return sources(self.samples.get(self.NAME) or Sample(self.NAME))

    def key(self, row: StatementRow) -> object:
        """What pg_stat_statements tells statements apart by."""
        return row.query_id, row.user_id, row.database_id, row.toplevel

    def marks(self, row: StatementRow) -> Sequence[str]:
        """New in the window; called by a client itself."""
        return [name for name in self.MARKS if getattr(row, name)]

    def describe(self, row: Any, advised: str = "") -> None:
        """All of it; y copies the statement."""
        title = fit(row.line, 24).strip()
        lead = (*statement_fields(clean_lines(row.query or row.line)), *self._trend(row), *self._callers(row))
        self.console.push_screen(
            Describe(
                title, row, self.queries(), self.console.time, advised=clean_lines(row.query or ""), lead=lead,
                beside=self.describe_beside, explained=True,
            )
        )  # fmt: skip

    def _trend(self, row: StatementRow) -> Iterator[Field]:
        """Its calls and its mean time between the readings that are kept."""
        key = (row.query_id, row.user_id, row.database_id, row.toplevel)
        connected = self.console.connected
        found = kept(connected.monitor.last(self.NAME)).ring.series(key) if connected else []
        told = [(at, entry.counters if entry else None) for at, entry in found]
        if len(told) < _FEWEST:
            return
        yield Field(f"trend over {age((told[-1][0] - told[0][0]).total_seconds())}", heading=True)
        steps = [
            (_grown(before, after), (then - at).total_seconds())
            for (at, before), (then, after) in pairwise(told)
        ]  # fmt: skip
        calls = [step.calls / seconds for step, seconds in steps]
        means = [step.exec_ms / step.calls if step.calls else None for step, _ in steps]
        known = [mean for mean in means if mean is not None]
        glyphs = self.table.glyphs
        yield Field("calls a second", f"{bars(calls, len(calls), glyphs=glyphs)} most {rate(max(calls))}")
        if known:
            yield Field("mean of a call", f"{bars(means, len(means), glyphs=glyphs)} most {duration(max(known))}")

    def _callers(self, row: StatementRow) -> Iterator[Field]:
        """Whose it was, as far as somebody looked while it ran."""
        connected = self.console.connected
        if connected is None or "callers" not in connected.monitor.probes:
            return
        sample = seen(connected.monitor.last("callers"), connected.monitor.probes["callers"], OPENED)
        rows: list[Caller] = [one for one in sample.rows if one.query_id == row.query_id]
        yield Field("seen running it", heading=True)
        if not rows:
            yield Field("", "nobody, while this console looked once a second: it is too short or too rare", "dim")
        for one in rows[:_CALLERS]:
            share = percent(one.share) if one.share is not None else count(one.seen)
            yield Field(
                " / ".join(filter(None, (one.tenant, one.bot))) or "no tag",
                f"{share} of {plural(one.samples, 'sample')}",
            )
        if len(rows) > _CALLERS:
            yield Field("", f"…{count(len(rows) - _CALLERS)} more: :callers", "dim")


def _grown(before: Counters | None, after: Counters | None) -> Counters:
    """What it did between two readings; all it counts, if it began anew in between."""
    now = after or Counters(0, 0.0, 0.0, 0, 0, 0, 0, 0.0, 0)
    if before is None or before.calls > now.calls or before.exec_ms > now.exec_ms:
        return now
    return Counters(*map(sub, now, before))
