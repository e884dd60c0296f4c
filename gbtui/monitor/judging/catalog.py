"""What the catalog holds: sequences that run out, extensions that an upgrade left behind."""

from collections.abc import Iterator

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.sequences import SequenceRow


def sequences(view: View) -> Iterator[Finding]:
    """Sequences and integer keys near their last value. One that begins anew at its own end does what it was told."""
    for row in view.rows("sequences"):
        fails = not row.cycle or row.limited_by != "the sequence"
        if row.used_share is not None and row.used_share >= view.limit("sequences") and fails:
            yield _ends(row, critical=row.used_share >= view.limit("sequences_critical"))


def _ends(row: SequenceRow, *, critical: bool) -> Finding:
    known = ", by the planner's statistics" if row.kind == "key" else ""
    return Finding(
        Severity.CRITICAL if critical else Severity.WARNING,
        "sequences",
        row.name,
        f"{row.name} has used {text.percent(row.used_share)} of its range: {row.last_value:,} of {row.limit_value:,}"
        f"{known}",
        f"{row.limited_by} ends there, and what inserts a later value fails",
        _widen(row),
        "sequences",
    )


def _widen(row: SequenceRow) -> str:
    if row.limited_by == "the sequence":
        more = " and its column" if row.column else ""
        return f"raise its MAXVALUE, or make the sequence{more} bigint"
    return (
        "make that column bigint. ALTER … TYPE rewrites the table under ACCESS EXCLUSIVE: on a large one add a bigint "
        "column, fill it in steps and swap; values below zero are free for a while, if the application takes them"
    )


def extensions(view: View) -> Iterator[Finding]:
    """Extensions whose files are newer than what the database has of them, or gone."""
    for row in view.rows("extensions"):
        if row.missing:
            yield Finding(
                Severity.WARNING,
                "extensions",
                row.name,
                f"extension {row.name} {row.installed} is installed, but the server has no files of it",
                "its package was not installed for this version of the server: its functions fail when they are called",
                "install its package on the server; or drop the extension if nothing uses it",
                "extensions",
            )
        elif row.update_waits:
            yield Finding(
                Severity.INFO,
                "extensions",
                row.name,
                f"extension {row.name} is {row.installed} here, {row.available} is at hand",
                "its package or the server was upgraded; an extension in a database is not updated by that",
                "read its notes, then update it",
                "extensions",
                row.statement,
            )
