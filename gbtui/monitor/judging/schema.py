"""The platform's schema: migrations that are missing or changed, partitions that run out."""

from collections.abc import Iterator

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity

_NEAR_DAYS = 7
"""So near, rows that are refused are critical."""


def migrations(view: View) -> Iterator[Finding]:
    """Pending, drifted or unknown migrations."""
    rows = view.rows("migrations")
    pending = [row for row in rows if row.is_pending]
    if pending:
        yield Finding(
            Severity.WARNING,
            "migrations",
            "pending",
            f"{text.plural(len(pending), 'migration')} not applied; the next is {pending[-1].version}",
            "this version of gbtui knows a newer schema than the database has",
            "look at `gbtui migrate plan`, then run `gbtui migrate up`",
            "migrations",
            "gbtui migrate up",
        )
    for row in rows:
        if row.drifted:
            yield Finding(
                Severity.WARNING,
                "migrations",
                row.version,
                f"migration {row.version} was changed after it was applied ({', '.join(row.drifted)})",
                "somebody edited a file of an applied migration, or the database was migrated from another source",
                "undo the edit, and put the change into a new migration",
                "migrations",
            )
    unknown = [row.version for row in rows if row.state == "unknown"]
    if unknown:
        yield Finding(
            Severity.INFO,
            "migrations",
            "unknown",
            f"the database has {text.plural(len(unknown), 'migration')} this version does not know: {unknown[0]}",
            "a newer gbtui has migrated it",
            "update gbtui",
            "migrations",
        )


def partitions(view: View) -> Iterator[Finding]:
    """Monthly partitions that end soon: then inserts fail."""
    for row in view.rows("partitions"):
        name = f"{row.schema}.{row.table}"
        left = (row.covered_until - view.now).total_seconds()
        if row.months_ahead < view.limit("partition_months"):
            until = f"{row.covered_until:%Y-%m-%d} UTC"
            fails = "inserts of today fail" if left <= 0 else f"inserts from {until} on will fail, in {text.age(left)}"
            yield Finding(
                Severity.CRITICAL if left < 7 * 86400 else Severity.WARNING,
                "partitions",
                name,
                f"{name} has no partition from {until} on: {fails}",
                "months are made by `gbtui partitions make`, and when gbtui opens the database and may write to it",
                "as a role that owns the schema run `gbtui partitions make --read-write`, and let a timer do it",
                "partitions",
                "gbtui partitions make --read-write",
            )
        if row.detaching:
            yield Finding(
                Severity.WARNING,
                "partitions",
                f"{name} detaching",
                f"a partition of {name} is half detached",
                "a DETACH PARTITION CONCURRENTLY was interrupted",
                "its rows are not seen, and it takes none: `gbtui partitions make --read-write` finishes it",
                "partitions",
                "gbtui partitions make --read-write",
            )


def closed(view: View) -> Iterator[Finding]:
    """Partitions, and months that were detached, which somebody may read past the policies of their table."""
    for row in view.rows("partition_tables"):
        if not row.closed:
            yield Finding(
                Severity.WARNING,
                "partition_tables",
                f"{row.part_schema}.{row.partition}",
                f"{row.part_schema}.{row.partition} is not closed: rows of all tenants may be read past {row.table}",
                "it has grants of its own, or row-level security is off; its parent's policies do not cover it",
                "close it: no grants, row-level security on, no policy",
                "partition_tables",
                f"SELECT gb_meta.close_partition('{row.name}')",
            )


def half_done(view: View) -> Iterator[Finding]:
    """An adoption or a division that nobody goes on with: one refuses rows in the end, the other notes every change."""
    for row in view.rows("partition_work"):
        if row.pid is not None:
            continue
        near = row.refuses_from is not None and (row.refuses_from - view.now).days < _NEAR_DAYS
        what = f"the {'adoption' if row.work == 'adopt' else 'division'} of {row.table} has not ended"
        if row.refuses_from is not None:
            what += f": rows dated from {row.refuses_from:%Y-%m-%d} UTC on will be refused"
        yield Finding(
            Severity.CRITICAL if near else Severity.WARNING,
            "partition_work",
            f"{row.work} {row.table}",
            what,
            f"it was begun {row.started_at:%Y-%m-%d %H:%M} UTC, and nobody works on it now",
            f"run the same command again, or take it back: `gbtui partitions {row.work} {row.table} --undo`",
            "partition_work",
            since=row.started_at,
        )
