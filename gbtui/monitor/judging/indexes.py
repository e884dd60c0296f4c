"""Indexes that cost and are of no use."""

from collections.abc import Iterator

from gbtui import text
from gbtui.database.sql import identifier
from gbtui.monitor.advice.hot_paths import advice
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.invalid_indexes import InvalidIndex


def invalid(view: View) -> Iterator[Finding]:
    """What a failed CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left behind; one being built now is none."""
    for row in view.rows("invalid_indexes"):
        if not row.building:
            yield _partitioned(row) if row.partitioned else _left(row)


def hot_paths(view: View) -> Iterator[Finding]:
    """What the platform looks up again and again, and finds by no index; of a small table that is a note."""
    for row in view.rows("hot_paths"):
        if row.absent:
            small = row.state == "absent, small"
            yield Finding(
                Severity.INFO if small else Severity.WARNING,
                "hot_paths",
                row.path,
                f"{row.path}: no index of {row.table_name} begins with ({row.columns})"
                + (", and none need: it is small" if small else ""),
                f"{row.table_name} has about {text.count(row.table_rows)} rows, and was read whole "
                f"{text.plural(row.whole_reads, 'time')} since the reset",
                advice(row),
                "hot_paths",
                row.statement or None,
            )


def _left(row: InvalidIndex) -> Finding:
    name = f"{row.schema}.{row.name}"
    costs = "every write pays for it" if row.ready else "it does not even follow what is written"
    enforces = "; it still refuses duplicates" if row.is_unique and row.ready else ""
    again = "" if row.of_reindex else ", then create it again; or REINDEX INDEX CONCURRENTLY it"
    return Finding(
        Severity.WARNING,
        "invalid_index",
        name,
        f"{name} on {row.table_name} ({text.size(row.about_bytes)}) is invalid: no query uses it, {costs}{enforces}",
        "a REINDEX CONCURRENTLY failed and left its half behind"
        if row.of_reindex
        else "a CREATE INDEX CONCURRENTLY failed, by a duplicate, a deadlock or a cancel",
        f"drop it{again}",
        "indexes",
        f"DROP INDEX CONCURRENTLY {identifier(row.schema)}.{identifier(row.name)};",
        narrow="is:invalid",
    )


def _partitioned(row: InvalidIndex) -> Finding:
    name = f"{row.schema}.{row.name}"
    return Finding(
        Severity.INFO,
        "invalid_index",
        name,
        f"{name} on {row.table_name} is not valid yet: some partition has no index attached to it",
        "it was created ON ONLY the parent, and the partitions' indexes were not all attached",
        "create the missing ones CONCURRENTLY, then ALTER INDEX … ATTACH PARTITION each",
        "indexes",
        narrow="is:invalid",
    )
