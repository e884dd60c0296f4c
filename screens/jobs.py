"""Background jobs: how each stands, what its last run did, when it is due; enter shows its runs."""

from collections.abc import Sequence
from datetime import datetime

from gbtui.lifecycle.jobs.standing import JobRow
from gbtui.text import age, duration
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.columns import Column

_STYLES = {"failed": "warning", "cut off": "warning", "off": "dim", "never": "dim", "running": "accent"}


class Jobs(ListScreen):
    """One row a job, in the order in which they run."""

    NAME = "jobs"
    PROBES = ("jobs",)
    THINGS = "jobs"
    EMPTY = "no job here"
    WHOLE_SERVER = True
    QUERIES = ("lifecycle/jobs/standing",)

    def columns(self) -> Sequence[Column[JobRow]]:
        """What it is, how it stands, when it is due."""
        return (
            Column("job", "job", 11, lambda row: row.job, help="its name, as gbtui jobs run takes it"),
            Column("stands", "is", 7, lambda row: row.stands, style=lambda row: _STYLES.get(row.stands, ""),
                   help="done, failed, running, stopped, cut off, never (it never ran) or off"),
            Column("last_run", "last", 7, lambda row: self._past(row.last_run), "right",
                   sort=lambda row: row.last_run, plain=lambda row: row.last_run, help="how long ago it began"),
            Column("took_ms", "took", 8, lambda row: duration(row.took_ms), "right", sort=lambda row: row.took_ms,
                   plain=lambda row: row.took_ms),
            Column("result", "did", 22, lambda row: row.error or row.result,
                   style=lambda row: "warning" if row.error else "", help="what the last run did, or why it failed"),
            Column("next_run", "next", 9, self._next, "right", sort=lambda row: row.next_run,
                   plain=lambda row: row.next_run, style=lambda row: "warning" if row.overdue_age else "",
                   help="in how long it is due; late: so long ago"),
            Column("what", "when", 0, lambda row: row.what, help="its schedule in words"),
            Column("title", "what for", 50, lambda row: row.title),
            Column("host", "host", 16, lambda row: row.host, help="where the last run was"),
            Column("actor", "actor", 12, lambda row: row.actor, help="the database login of the last run"),
            Column("done_at", "done", 7, lambda row: self._past(row.done_at), "right",
                   sort=lambda row: row.done_at, plain=lambda row: row.done_at, help="when it was last done"),
        )  # fmt: skip

    def key(self, row: JobRow) -> object:
        """Its name."""
        return row.job

    def enter(self, row: JobRow) -> None:
        """Into its runs."""
        self.console.open_panel("job_runs", narrow=f"job:{row.job}")

    def _past(self, moment: datetime | None) -> str:
        now = self.taken_at or self.console.now()
        return "never" if moment is None else age(max(0.0, (now - moment).total_seconds()))

    def _next(self, row: JobRow) -> str:
        if row.next_run is None:
            return "now" if row.stands == "running" else "-"
        seconds = (row.next_run - (self.taken_at or self.console.now())).total_seconds()
        if seconds <= 0:
            return f"{age(row.overdue_age)} late" if row.overdue_age and row.overdue_age >= 60 else "due"
        return f"in {age(seconds)}"
