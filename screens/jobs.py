"""Background jobs: how each stands, what its last run did, when it is due; enter shows its runs."""

from collections.abc import Sequence
from datetime import datetime

from gbtui.lifecycle.jobs.standing import NEVER, JobRow
from gbtui.text import age, duration
from gbtui.ui.job_running import RunsJobs
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run

_STYLES = {"failed": "warning", "cut off": "warning", "off": "dim", "never": "dim", "running": "accent"}

_LATE = 600.0
"""Seconds overdue from which on it is told."""


class Jobs(RunsJobs):
    """One row a job, in the order in which they run."""

    NAME = "jobs"
    PROBES = ("jobs",)
    THINGS = "jobs"
    EMPTY = "no job here"
    WHOLE_SERVER = True
    QUERIES = ("lifecycle/jobs/standing",)

    def columns(self) -> Sequence[Column[JobRow]]:
        """What it is, how it stands, when it is due."""
        wide = self.console.size.width >= 110
        return (
            Column("job", "job", 11, lambda row: row.job, help="its name, as gbtui jobs run takes it"),
            Column("stands", "is", 7, lambda row: row.stands, style=lambda row: _STYLES.get(row.stands, ""),
                   help="done, failed, running, stopped, cut off, never (it never ran) or off"),
            Column("last_run", "last", 5, lambda row: self._past(row.last_run), "right",
                   sort=lambda row: row.last_run, plain=lambda row: row.last_run, help="how long ago it began"),
            Column("result", "did", 40 if wide else 20, lambda row: row.error or row.result,
                   style=lambda row: "warning" if row.error else "", help="what the last run did, or why it failed"),
            Column("next_run", "next", 9, self._next, "right", sort=lambda row: row.next_run,
                   plain=lambda row: row.next_run, style=lambda row: "warning" if _is_late(row) else "",
                   help="in how long it is due; late: so long ago"),
            Column("what", "when", 0, lambda row: row.what, help="its schedule in words"),
            Column("took_ms", "took", 8, lambda row: duration(row.took_ms), "right", shown=wide,
                   sort=lambda row: row.took_ms, plain=lambda row: row.took_ms),
            Column("title", "what for", 50, lambda row: row.title, shown=False),
            Column("host", "host", 16, lambda row: row.host, shown=wide, help="where the last run was"),
            Column("actor", "actor", 12, lambda row: row.actor, shown=False, help="the database login of the last run"),
            Column("done_at", "done", 5, lambda row: self._past(row.done_at), "right", shown=False,
                   sort=lambda row: row.done_at, plain=lambda row: row.done_at, help="when it was last done"),
        )  # fmt: skip

    def key(self, row: JobRow) -> object:
        """Its name."""
        return row.job

    def remarks(self) -> list[Run]:
        """That nobody runs them, where it is so."""
        nobody = bool(self.table.rows) and not any(row.last_run for row in self.table.rows)
        return [*super().remarks(), *([(f"  {NEVER}", "dim")] if nobody else [])]

    def enter(self, row: JobRow) -> None:
        """Into its runs."""
        self.console.open_panel("job_runs", narrow=f"job:{row.job}")

    def _past(self, moment: datetime | None) -> str:
        now = self.taken_at or self.console.now()
        return "never" if moment is None else age(max(0.0, (now - moment).total_seconds()))

    def _next(self, row: JobRow) -> str:
        if row.next_run is None:
            return "now" if row.stands == "running" else "-"
        if _is_late(row):
            return f"{age(row.overdue_age)} late"
        seconds = (row.next_run - (self.taken_at or self.console.now())).total_seconds()
        return "due" if seconds < 1 or row.stands == "never" else f"in {age(seconds)}"


def _is_late(row: JobRow) -> bool:
    """Whether somebody should have run it: whoever does looks every few minutes."""
    return row.overdue_age is not None and row.overdue_age >= _LATE
