"""Vacuum that does not keep up, tables it is kept from, and those who hold its horizon back."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.horizon import Holder
from gbtui.monitor.server.vacuum import VacuumRow

_SOON: Final = timedelta(minutes=5)
"""Due for so long autovacuum should have come: its rounds are a minute apart."""
_OF_LATE: Final = 3600.0
"""Seconds since a vacuum that should have removed the dead rows."""


def vacuum(view: View) -> Iterator[Finding]:
    """Tables far over their thresholds that no vacuum works on, and those that autovacuum is kept from."""
    rows: Sequence[VacuumRow] = [row for row in view.rows("vacuum") if row.all_dead >= view.limit("vacuum_dead")]
    off = [row for row in rows if row.off in ("table", "TOAST") and row.over >= 1]
    # What is far over by its inserts alone waits for freezing, which hurts nobody yet.
    far = view.limit("vacuum_over")
    late = [row for row in rows if row not in off and row.over_by_dead >= far and row.pid is None]
    if off:
        yield _kept_from(max(off, key=lambda row: row.all_dead), len(off))
    if late:
        yield _late(view, late)


def _kept_from(worst: VacuumRow, number: int) -> Finding:
    option = "toast.autovacuum_enabled" if worst.off == "TOAST" else "autovacuum_enabled"
    return Finding(
        Severity.WARNING,
        "vacuum",
        worst.table,
        f"{worst.table} piles up {text.count(worst.all_dead)} dead rows, and autovacuum is off for it{_more(number)}",
        f"somebody set {option} = off on the table, often for a bulk load, and did not take it back",
        "vacuum it now, and let autovacuum come again",
        "vacuum",
        worst.statement,
    )


def _late(view: View, late: Sequence[VacuumRow]) -> Finding:
    worst = max(late, key=lambda row: row.over_by_dead)
    severity, why, advice = _cause(view, worst)
    return Finding(
        severity,
        "vacuum",
        worst.table,
        f"{worst.table} has {text.count(worst.all_dead)} dead rows, {text.rate(worst.over_by_dead)} times its "
        f"threshold, and no vacuum works on it{_more(len(late))}",
        why,
        advice,
        "vacuum",
        worst.statement,
    )


def _cause(view: View, worst: VacuumRow) -> tuple[Severity, str, str]:
    """How bad it is, why vacuum is not there, and what to do: the proven causes before the guesses."""
    holder = next((row for row in view.rows("horizon") if row.here), None)
    if worst.off == "server":
        return Severity.WARNING, "autovacuum is off on the whole server", "turn it on: ALTER SYSTEM SET autovacuum = on"
    if worst.workers >= worst.max_workers:
        busy = [row.table for row in view.rows("vacuum") if row.pid is not None]
        on = f", here with {', '.join(busy[:3])}" if busy else ""
        return (
            Severity.WARNING,
            f"all {worst.max_workers} autovacuum workers of the server are busy{on}",
            "vacuum it by hand now; raise autovacuum_vacuum_cost_limit, or autovacuum_max_workers together with it",
        )
    if holder is not None and worst.vacuumed_age is not None and worst.vacuumed_age < _OF_LATE:
        return (
            Severity.WARNING,
            f"it was vacuumed {text.age(worst.vacuumed_age)} ago, but rows deleted within the last "
            f"{text.plural(holder.xmin_age, 'transaction')} must stay: {named(holder)} may still need them",
            f"first end what holds the horizon back: {holder.advice}",
        )
    long = [sample for sample in view.history("vacuum") if sample.taken_at and view.now - sample.taken_at >= _SOON]
    waited = bool(long) and worst.table in long[-1].rows
    workers = f"{worst.workers} of {worst.max_workers} workers run" if worst.workers else "no worker runs at all"
    if waited:
        return (
            Severity.WARNING,
            f"due for {text.age(_SOON.total_seconds())} and more, though {workers}: somebody's lock may keep it away",
            "look who locks it (locks, activity), and vacuum it by hand",
        )
    return (
        Severity.INFO,
        f"{workers}; autovacuum may just not have come yet",
        "wait a few minutes, or vacuum it by hand",
    )


def horizon(view: View) -> Iterator[Finding]:
    """The holder that is furthest back, and every forgotten prepared transaction."""
    rows: Sequence[Holder] = view.rows("horizon")
    worst = max(rows, key=lambda row: row.xmin_age, default=None)
    if worst is not None and worst.xmin_age >= view.limit("horizon"):
        yield _held(worst, view, critical=worst.xmin_age >= view.limit("horizon_critical"))
    for row in rows:
        told = row is worst and row.xmin_age >= view.limit("horizon")
        age = row.held_age or 0.0
        if row.holder == "prepared" and age >= view.limit("prepared") and not told:
            yield _held(row, view, critical=age >= view.limit("prepared_critical"))


def _held(row: Holder, view: View, *, critical: bool) -> Finding:
    for_long = f" for {text.age(row.held_age)}" if row.held_age is not None else ""
    where = {"catalogs": "the catalogs' dead rows", "all databases": "dead rows in all databases"}
    rows = where.get(row.holds, f"dead rows of {row.database or 'this database'}")
    return Finding(
        Severity.CRITICAL if critical else Severity.WARNING,
        "horizon",
        str(row.pid) if row.pid else row.name,
        f"{named(row)} keeps {rows}{for_long}: {text.plural(row.xmin_age, 'transaction')} back",
        _why(row),
        row.advice,
        "horizon",
        row.statement or None,
        view.now - timedelta(seconds=row.held_age) if row.held_age is not None else None,
    )


def _why(row: Holder) -> str:
    match row.holder:
        case "prepared":
            return "its coordinator prepared it and never came back; it keeps its locks too, through restarts"
        case "slot":
            return "the slot keeps what its reader may still ask for; vacuum cannot pass it, and WAL stays as well"
        case "standby":
            return "a query on that standby is old, and hot_standby_feedback tells this server to wait for it"
        case _:
            return "its snapshot is that old; vacuum may not remove what it could still see"


def named(row: Holder) -> str:
    """Who it is, as a sentence's subject."""
    match row.holder:
        case "prepared":
            return f"the prepared transaction {row.name}"
        case "slot":
            return f"the replication slot {row.name}"
        case "standby":
            return f"the standby {row.name}"
        case _:
            return f"pid {row.pid} ({row.name}, {row.state})"


def _more(number: int) -> str:
    return f" (and {text.plural(number - 1, 'more table')})" if number > 1 else ""
