"""Background jobs that fail, were cut off, or that nobody runs when they are due."""

from collections.abc import Iterator

from gbtui import text
from gbtui.lifecycle.jobs.standing import JobRow
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity


def jobs(view: View) -> Iterator[Finding]:
    """Each job that does not do what it should. Where no job ever ran, none is expected."""
    for row in view.rows("jobs"):
        if row.stands in ("failed", "cut off"):
            yield _failed(row)
        elif row.stands == "never" and row.next_run is None:
            yield _never(row)
        elif row.overdue_age is not None and row.overdue_age >= view.limit("job_late"):
            critical = row.overdue_age >= view.limit("job_late_critical")
            yield _late(row, Severity.CRITICAL if critical else Severity.WARNING)


def _failed(row: JobRow) -> Finding:
    since = f"; it was last done {row.done_at:%Y-%m-%d %H:%M} UTC" if row.done_at else "; it was never done"
    cut = row.stands == "cut off"
    return Finding(
        Severity.WARNING,
        "jobs",
        row.job,
        f"job {row.job} {'was cut off' if cut else 'failed'}{since}",
        f"the process that ran it ({row.host}) or its connection went away" if cut else row.error,
        "it is tried again by itself; look what it says with gbtui jobs history",
        "jobs",
        f"gbtui jobs run {row.job} --read-write",
    )


def _never(row: JobRow) -> Finding:
    return Finding(
        Severity.WARNING,
        "jobs",
        row.job,
        f"job {row.job} can never run by its schedule, {row.schedule}",
        row.what,
        "set another schedule, or take it back to what gbtui says",
        "jobs",
        f"gbtui jobs set {row.job} --default --read-write",
    )


def _late(row: JobRow, severity: Severity) -> Finding:
    return Finding(
        severity,
        "jobs",
        row.job,
        f"job {row.job} is {text.age(row.overdue_age)} late: it was due {row.next_run:%Y-%m-%d %H:%M} UTC",
        "jobs have run here, but the timer or the daemon that runs them has stopped",
        "see that gbtui jobs run is called (systemctl list-timers), or gbtui jobs daemon runs",
        "jobs",
        "gbtui jobs run --read-write",
    )
