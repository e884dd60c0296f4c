"""Growth over weeks: what grows how fast a day and how sure that is, with a chart of the thing under the cursor."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from gbtui.domain.scope import Scope
from gbtui.monitor.platform.forecast import Forecast
from gbtui.monitor.sample import Sample
from gbtui.text import NOTHING, age, count, size
from gbtui.ui.list_screen import Caption, ListScreen
from gbtui.ui.widgets.chart import Chart, Series
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.live_table import LiveTable

_AHEAD: Final = 3
"""The chart looks ahead a third as far as it looks back."""
_SURE: Final = {"high": "", "fair": "", "low": "dim"}


def pace(bytes_per_day: float | None) -> str:
    """Bytes a day with a sign."""
    if bytes_per_day is None:
        return NOTHING
    return f"{'+' if bytes_per_day > 0 else ''}{size(bytes_per_day)}"


class ForecastScreen(ListScreen):
    """One row a thing, the fastest of each kind first; below it the days of the one under the cursor."""

    NAME = "forecast"
    PROBES = ("forecast",)
    THINGS = "things"
    EMPTY = "no size was sampled yet"
    WHOLE_SERVER = True
    TENANTS = True
    QUERIES = ("lifecycle/growth/history",)

    def columns(self) -> Sequence[Column[Forecast]]:
        """What, how large, how fast, how sure, until when."""
        return (
            Column("kind", "kind", 9, lambda row: row.kind),
            Column("name", "name", 0, lambda row: row.name.removeprefix("public.")),
            Column("size_bytes", "size", 8, lambda row: size(row.size_bytes), "right",
                   sort=lambda row: row.size_bytes, plain=lambda row: row.size_bytes),
            Column("growth_bytes_per_day", "a day", 9, lambda row: pace(row.growth_bytes_per_day), "right",
                   sort=lambda row: row.growth_bytes_per_day, plain=lambda row: row.growth_bytes_per_day,
                   style=lambda row: _SURE.get(row.confidence, "dim"),
                   help="the median of the slopes between all pairs of sizes"),
            Column("confidence", "sure", 5, lambda row: row.confidence,
                   help="high, fair or low: how far the slope can be trusted"),
            Column("full_in_age", "full in", 7, lambda row: age(row.full_in_age), "right",
                   sort=lambda row: row.full_in_age, plain=lambda row: row.full_in_age,
                   help="until its disk is full, where the profile says a capacity"),
            Column("between", "between", 21, between, "right",
                   help="in 95 of 100 cases the true slope lies there, if days do not hang together"),
            Column("rests_on", "rests on", 9, lambda row: row.rests_on),
            Column("saved_bytes", "saves", 8, lambda row: size(row.saved_bytes), "right",
                   sort=lambda row: row.saved_bytes, plain=lambda row: row.saved_bytes,
                   help="what retention would free now, estimated: by the default policy, else if kept a year"),
            Column("rows_estimate", "rows ~", 7, lambda row: count(row.rows_estimate), "right",
                   sort=lambda row: row.rows_estimate, plain=lambda row: row.rows_estimate,
                   help="the planner's estimate"),
        )  # fmt: skip

    def body(self) -> ComposeResult:
        """Caption, table, chart."""
        yield Caption()
        yield LiveTable(self.columns(), key=self.key, empty=self.EMPTY, id="list")
        yield Chart(size, id="chart")

    def key(self, row: Forecast) -> object:
        """Kind and name."""
        return row.kind, row.name

    def row_scope(self) -> Scope | None:
        """The tenant of a tenant's row."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.name) if row is not None and row.org_id else None

    def show(self, sample: Sample[Any]) -> None:
        """New rows, and their chart."""
        super().show(sample)
        self.draw()

    @on(LiveTable.Moved)
    def draw(self) -> None:
        """The chart of the row under the cursor."""
        row: Forecast | None = self.table.cursor_row
        if row is not None:
            self.query_one("#chart", Chart).show(series(row), caption(row))


def between(row: Forecast) -> str:
    """The interval of the slope."""
    if row.least_bytes_per_day is None:
        return ""
    return f"{pace(row.least_bytes_per_day)} … {pace(row.most_bytes_per_day)}"


def caption(row: Forecast) -> tuple[str, str]:
    """What the chart shows and expects; and what follows from it."""
    what = f"{row.kind} {row.name.removeprefix('public.')}: {size(row.size_bytes)}"
    if row.growth_bytes_per_day is None:
        return what, "too few days for a forecast"
    said = [f"full in {age(row.full_in_age)}, in {age(row.full_soonest_age)} at the soonest"] * bool(row.full_in_age)
    said += [f"{row.saved_by}, about {size(row.saved_bytes)} would go"] * bool(row.saved_bytes)
    pace_ = f"{what}, {pace(row.growth_bytes_per_day)} a day"
    return f"{pace_} ({row.confidence} confidence, {row.rests_on})", "; ".join(said)


def series(row: Forecast) -> Series:
    """Its days, and as many days ahead as it may look."""
    days = row.daily_bytes
    ahead = len(days) // _AHEAD if row.growth_bytes_per_day is not None and len(days) >= _AHEAD else 0
    pace_ = row.growth_bytes_per_day or 0.0
    expected = [max(0.0, row.size_bytes + pace_ * day) for day in range(1, ahead + 1)]
    now = row.measured_at.astimezone(UTC)
    return Series(
        days, expected, f"{now - timedelta(days=max(0, len(days) - 1)):%Y-%m-%d}", "now",
        f"{now + timedelta(days=ahead):%Y-%m-%d}" if ahead else "",
    )  # fmt: skip
