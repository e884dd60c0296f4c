"""The server itself: transaction ids, deadlocks, checksums, settings that risk data."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.databases import DatabaseRow
from gbtui.monitor.server.errors import ERRORS
from gbtui.monitor.server.wraparound import WraparoundRow
from gbtui.monitor.window import Span, seen

_END: Final = 2**31
_WARNS: Final = 40_000_000
"""Ids left at which the server itself begins to warn (14 and later); at 3 million it refuses to write."""
_TEN_MINUTES: Final = Span("10m", 600.0)
_DEADLOCK_WINDOW: Final = timedelta(minutes=10)

_RISKY: Final = {
    "fsync": (Severity.CRITICAL, "a crash of the machine may destroy the database"),
    "full_page_writes": (Severity.CRITICAL, "a crash of the machine may leave torn pages that nothing repairs"),
    "autovacuum": (Severity.WARNING, "dead rows stay, tables bloat, and transaction ids run out"),
    "track_counts": (Severity.WARNING, "autovacuum is blind without it"),
}


def wraparound(view: View) -> Iterator[Finding]:
    """Databases whose oldest transaction id or multixact id grows too old."""
    for row in view.rows("databases"):
        ids = (("transaction ids", row.xid_age, row.freeze_max_age, row.failsafe_age),)
        multi = (("multixact ids", row.mxid_age, row.mxid_freeze_max_age, row.mxid_failsafe_age),)
        # Only of the database that is watched the tables are known.
        oldest = [table for table in view.rows("wraparound") if table.database == row.name]
        for kind, age, freeze, failsafe in ids + multi:
            severity = _old(age, freeze * view.limit("wraparound"), failsafe)
            if severity:
                yield _named(_too_old(row, kind, age, freeze, severity), oldest[:3])


def _old(age: int, forced: float, failsafe: int) -> Severity:
    if age > failsafe or age > _END - _WARNS:
        return Severity.CRITICAL
    return Severity.WARNING if age > forced else Severity.OK


def _too_old(row: DatabaseRow, kind: str, age: int, freeze: int, severity: Severity) -> Finding:
    return Finding(
        severity,
        "wraparound",
        row.name,
        f"{row.name}: the oldest {kind} are {text.count(age)} old ({text.percent(age / _END)} of the way to the end),"
        f" past the {text.count(freeze)} at which autovacuum is forced",
        "vacuum does not get through: an old transaction, prepared transaction, slot or standby holds it back,"
        " or a table cannot be vacuumed",
        "end what holds the horizon back, then vacuum the oldest tables of this database",
        "databases",
        "VACUUM (FREEZE, VERBOSE);",
        number=age,
    )


def _named(finding: Finding, oldest: Sequence[WraparoundRow]) -> Finding:
    """The same with the tables to begin with, where they are known."""
    if not oldest:
        return finding
    temporary = " (temporary: only its own session can vacuum it, or end and so drop it)"
    named = ", ".join(f"{table.table}{temporary if table.temporary else ''}" for table in oldest)
    statement = next((table.statement for table in oldest if table.statement), None)
    return replace(finding, advice=f"{finding.advice}: {named}", screen="wraparound", statement=statement)


def deadlocks(view: View) -> Iterator[Finding]:
    """Deadlocks of the last ten minutes, or of as long as was watched."""
    kept = [s for s in view.history("rates") if s.taken_at and view.now - s.taken_at <= _DEADLOCK_WINDOW]
    windows = [(s.first.deadlocks or 0, s.window or 0.0) for s in kept if s.first is not None]
    number, seconds = sum(n for n, _ in windows), sum(w for _, w in windows)
    if not number:
        return
    yield Finding(
        Severity.WARNING if number >= view.limit("deadlocks") else Severity.INFO,
        "deadlocks",
        "deadlocks",
        f"{text.plural(number, 'deadlock')} within the last {_minutes(seconds)}",
        "transactions take the same locks in different order; the server ends one of each pair",
        "let the application lock rows in one order (sort by key), and look for the statements in the server's log",
        "rates",
        number=number,
    )


def conflicts(view: View) -> Iterator[Finding]:
    """Statements that a standby cancelled because replay could not wait for them."""
    sample = seen(view.samples["errors"], ERRORS, _TEN_MINUTES)
    for row in sample.rows:
        if row.conflicts and sample.window:
            yield Finding(
                Severity.WARNING if row.conflicts >= view.limit("conflicts") else Severity.INFO,
                "conflicts",
                row.database,
                f"{row.database}: {text.plural(row.conflicts, 'statement')} cancelled within the last"
                f" {_minutes(sample.window)} so that replay could go on ({row.conflict_kinds or 'kind not told'})",
                "they ran longer than max_standby_streaming_delay lets replay wait for them",
                "run long reads elsewhere, let replay wait longer, or set hot_standby_feedback = on (the primary then"
                " keeps dead rows for them)",
                "errors",
            )


def _minutes(seconds: float) -> str:
    """A stretch that goes on growing, said so that it changes once a minute."""
    return "minute" if seconds <= 60 else text.plural(math.ceil(seconds / 60), "minute")


def checksums(view: View) -> Iterator[Finding]:
    """Pages that did not match their checksum."""
    for row in view.rows("databases"):
        if row.checksum_failures:
            yield Finding(
                Severity.CRITICAL,
                "checksums",
                row.name,
                f"{row.name}: {text.plural(row.checksum_failures, 'page')} failed the checksum",
                "the storage returned something else than was written: disk, controller, memory or a copy gone wrong",
                "do not restart; check backups, fail over to a sound standby, find the relation in the server's log",
                "databases",
                number=row.checksum_failures,
            )


def settings(view: View) -> Iterator[Finding]:
    """Settings that risk the data, and those that wait for a restart."""
    rows = view.rows("settings")
    for row in rows:
        if row.name in _RISKY and row.value == "off":
            severity, why = _RISKY[row.name]
            alter = f"ALTER SYSTEM SET {row.name} = on; SELECT pg_reload_conf();"
            what = f"{row.name} is off (by {row.source})"
            yield Finding(severity, "settings", row.name, what, why, "turn it on", "settings", alter)
    pending = [row.name for row in rows if row.pending_restart]
    if pending:
        waits = "waits" if len(pending) == 1 else "wait"
        yield Finding(
            Severity.INFO,
            "settings",
            "pending restart",
            f"{text.plural(len(pending), 'setting')} {waits} for a restart: {', '.join(pending[:5])}",
            "the configuration was changed, and these take effect only at a start",
            "restart the server at a quiet time",
            "settings",
        )
