"""Subscriptions that fail, publications that make updates fail."""

from collections.abc import Iterator
from typing import Final

from gbtui import text
from gbtui.database.sql import identifier
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.logical import Publication, Subscription

_LOOK: Final = (
    "read the error in this server's log; then mend the row here, or skip its transaction (ALTER SUBSCRIPTION … SKIP)"
)


def subscriptions(view: View) -> Iterator[Finding]:
    """Subscriptions that cannot apply, that an error turned off, or whose conflicts grow."""
    for row in view.rows("subscriptions"):
        errors, conflicts = _growth(view, row)
        failed = (row.apply_errors or 0) + (row.sync_errors or 0)
        if row.enabled and (errors or row.worker_pid is None):
            yield _failing(row, errors)
        elif not row.enabled and row.disable_on_error and failed:
            yield _turned_off(row)
        elif conflicts:
            yield _conflicts(row, conflicts)


def _growth(view: View, row: Subscription) -> tuple[int, int]:
    """Errors and conflicts since the oldest sample that is kept; a reset of the statistics starts anew."""
    for sample in view.history("subscriptions"):
        for name, errors, conflicts in sample.rows:
            if name == row.name:
                now = (row.apply_errors or 0) + (row.sync_errors or 0)
                return max(0, now - errors), max(0, (row.conflicts or 0) - conflicts)
    return 0, 0


def _failing(row: Subscription, errors: int) -> Finding:
    again = f" and failed {text.plural(errors, 'time')} of late" if errors else ""
    conflict = f"; conflicts so far: {row.conflict_kinds}" if row.conflict_kinds else ""
    return Finding(
        Severity.CRITICAL if errors or row.apply_errors or row.sync_errors else Severity.WARNING,
        "subscriptions",
        row.name,
        f"subscription {row.name} cannot apply: its worker is {'gone' if row.worker_pid is None else 'up'}{again}, "
        f"{text.count(row.apply_errors)} apply errors in all",
        f"a row that conflicts, a table or column that is missing here, or a publisher that refuses{conflict}",
        _LOOK,
        "subscriptions",
    )


def _turned_off(row: Subscription) -> Finding:
    return Finding(
        Severity.CRITICAL,
        "subscriptions",
        row.name,
        f"subscription {row.name} is off, after {text.plural(row.apply_errors or 0, 'apply error')}",
        "disable_on_error turned it off at an error; meanwhile its slot holds WAL back on the publisher",
        f"{_LOOK}; then turn it on again",
        "subscriptions",
        f"ALTER SUBSCRIPTION {identifier(row.name)} ENABLE;",
    )


def _conflicts(row: Subscription, conflicts: int) -> Finding:
    return Finding(
        Severity.WARNING,
        "subscriptions",
        row.name,
        f"subscription {row.name} met {text.plural(conflicts, 'conflict')} of late ({row.conflict_kinds} in all)",
        "rows here are not as on the publisher: somebody writes them here, or they were never copied",
        "find out who writes here; the rows stand in this server's log",
        "subscriptions",
    )


def publications(view: View) -> Iterator[Finding]:
    """Published tables whose UPDATE and DELETE fail for want of a replica identity."""
    for row in view.rows("publications"):
        if row.unidentified:
            yield _unidentified(row)


def _unidentified(row: Publication) -> Finding:
    number = len(row.unidentified)
    named = ", ".join(row.unidentified[:3]) + (f" and {number - 3} more" if number > 3 else "")
    return Finding(
        Severity.WARNING,
        "publications",
        row.name,
        f"publication {row.name} makes each UPDATE and DELETE of {named} fail",
        "they have no replica identity, by which a subscriber could find the row: no primary key, and none was set",
        "give them a primary key, or ALTER TABLE … REPLICA IDENTITY FULL",
        "publications",
    )
