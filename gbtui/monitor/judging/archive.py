"""The WAL archiver that fails, falls behind, or is not there."""

from collections.abc import Iterator
from datetime import timedelta

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.archiver import Archiver


def archiver(view: View) -> Iterator[Finding]:
    """What keeps WAL from its archive; that there is none at all is a note."""
    for row in view.rows("archiver"):
        waiting = row.waiting or 0
        if row.state == "failing":
            yield _failing(row, view)
        elif row.state == "no command":
            yield _without(row)
        elif row.state == "working" and waiting >= view.limit("archive_waiting"):
            yield _behind(row, view)
        elif row.state == "off" and row.wal_level != "minimal":
            yield _off()


def _failing(row: Archiver, view: View) -> Finding:
    """At most since the last success, and not before there was a file to archive: a server may rest for days."""
    known = [age for age in (row.last_archived_age, row.oldest_age) if age is not None]
    since = min(known, default=row.last_failed_age or 0.0)
    waits = f"; {text.plural(row.waiting, 'file')} of WAL wait" if row.waiting else ""
    last = f"nothing is archived for {text.age(row.last_archived_age)}" if row.archived else "nothing was ever archived"
    return Finding(
        Severity.CRITICAL if since >= view.limit("archive_failing_critical") else Severity.WARNING,
        "archiver",
        "archiver",
        f"the archiver fails at {row.last_failed_wal}: {last}{waits}",
        "archive_command returns an error: the archive is full, unreachable, or already holds that file",
        "read the error in the server's log; WAL stays in pg_wal until it is archived, and may fill the disk",
        "archiver",
        None,
        view.now - timedelta(seconds=since),
    )


def _without(row: Archiver) -> Finding:
    waits = f", {text.plural(row.waiting, 'file')} so far" if row.waiting else ""
    return Finding(
        Severity.CRITICAL,
        "archiver",
        "archiver",
        f"archive_mode is on, but there is no archive_command: WAL piles up{waits}",
        "the command was taken away, which stops archiving but keeps every file of WAL waiting for it",
        "set archive_command (or archive_library); `/bin/true` throws the WAL away",
        "archiver",
    )


def _behind(row: Archiver, view: View) -> Finding:
    return Finding(
        Severity.WARNING,
        "archiver",
        "archiver",
        f"{text.plural(row.waiting or 0, 'file')} of WAL wait for the archive, the oldest {text.age(row.oldest_age)}",
        "WAL is written faster than the archive takes it",
        "look at the archive's speed; the files stay in pg_wal until then",
        "archiver",
        None,
        view.now - timedelta(seconds=row.oldest_age) if row.oldest_age is not None else None,
    )


def _off() -> Finding:
    return Finding(
        Severity.INFO,
        "archiver",
        "archiver",
        "WAL is not archived: from a backup one can go back to its own time alone, to no moment after it",
        "archive_mode is off",
        "if backups do not stream WAL by themselves, set up archiving; archive_mode needs a restart",
        "archiver",
    )
