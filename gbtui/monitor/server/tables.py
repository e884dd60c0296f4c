"""Tables: how large, how they grow, what is dead in them; partitions rolled up to their parent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gbtui import text
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.table_sizes import Measured, Sizes, Table, measure

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 1000
"""Tables in a sample; the others, all smaller, are counted."""
_NAMED: Final = 5
"""Locked tables that are named one by one; further ones are counted."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table, or a partitioned table with all its partitions."""

    schema: str
    name: str
    total_bytes: int | None
    """Heap, indexes and TOAST; None: never measured. Of a partitioned table what is measured of it."""
    table_bytes: int | None
    index_bytes: int | None
    toast_bytes: int | None
    measured_at: datetime | None
    """Of a partitioned table: of the partition measured longest ago."""
    unmeasured: int
    """Partitions (or the table itself) whose size is not known: `total_bytes` is at least that."""
    growth_bytes_per_s: float | None
    """Between the last two measurements."""
    rows_estimate: float | None
    """The planner's estimate; None: never analyzed."""
    live_rows: int
    dead_rows: int
    dead_share: float | None
    """Dead rows among all, 0 to 1; None where there are none at all."""
    hot_share: float | None
    """Share of updates that touched no index, since the statistics were reset."""
    written_rows: int
    seq_scans: int
    index_scans: int | None
    """Of all its indexes, at `measured_at`."""
    last_vacuum: datetime | None
    """By hand or automatic; of a partitioned table the partition vacuumed longest ago (None: one never was)."""
    last_analyze: datetime | None
    partitions: int
    """0 for a plain table."""
    locked: bool
    """An ACCESS EXCLUSIVE lock is held or awaited on it (or on a partition): its size is an old one."""


def roll_up(tables: Sequence[Table], sizes: Sizes) -> tuple[TableRow, ...]:
    """One row for each table that is not itself a partition, at most LISTED; largest first (pages where unmeasured)."""
    by_id = {table.id: table for table in tables}
    members: dict[int, list[Table]] = {}
    bulk: dict[int, int] = {}
    for table in tables:
        root = _root(table, by_id).id
        known = sizes.measured.get(table.id)
        members.setdefault(root, []).append(table)
        bulk[root] = bulk.get(root, 0) + (known.total if known else table.pages * 8192)
    ranked = sorted(members, key=lambda root: (-bulk[root], by_id[root].schema, by_id[root].name))
    return tuple(_row(by_id[root], members[root], sizes) for root in ranked[:LISTED])


def _root(table: Table, by_id: Mapping[int, Table]) -> Table:
    while table.parent is not None and table.parent in by_id:
        table = by_id[table.parent]
    return table


def _row(root: Table, members: Sequence[Table], sizes: Sizes) -> TableRow:
    leaves = [table for table in members if not table.partitioned]
    known = [size for table in leaves if (size := sizes.measured.get(table.id))]
    growth = [rate for table in leaves if (rate := sizes.growth(table.id)) is not None]
    live, dead = sum(t.live_rows for t in leaves), sum(t.dead_rows for t in leaves)
    updated = sum(t.updated for t in leaves)
    estimates = [t.rows_estimate for t in leaves if t.rows_estimate is not None]
    return TableRow(
        schema=root.schema,
        name=root.name,
        total_bytes=_total(known, leaves, "total"),
        table_bytes=_total(known, leaves, "table_bytes"),
        index_bytes=_total(known, leaves, "index_bytes"),
        toast_bytes=_total(known, leaves, "toast_bytes"),
        measured_at=min((size.measured_at for size in known), default=None),
        unmeasured=len(leaves) - len(known),
        growth_bytes_per_s=sum(growth) if growth else None,
        rows_estimate=sum(estimates) if estimates else None,
        live_rows=live,
        dead_rows=dead,
        dead_share=dead / (live + dead) if live + dead else None,
        hot_share=sum(t.hot_updated for t in leaves) / updated if updated else None,
        written_rows=sum(t.written for t in leaves),
        seq_scans=sum(t.seq_scans for t in leaves),
        index_scans=_total(known, leaves, "index_scans"),
        last_vacuum=_oldest(t.last_vacuum for t in leaves),
        last_analyze=_oldest(t.last_analyze for t in leaves),
        partitions=len(leaves) if root.partitioned else 0,
        locked=any(t.locked for t in members),
    )


def _total(known: Sequence[Measured], leaves: Sequence[Table], part: str) -> int | None:
    """The sum of what is measured; None where there is something and nothing of it is."""
    return None if leaves and not known else sum(getattr(size, part) for size in known)


def _oldest(times: Iterable[datetime | None]) -> datetime | None:
    found = list(times)
    known = [at for at in found if at is not None]
    return min(known) if known and len(known) == len(found) else None


def _skipped(tables: Sequence[Table], sizes: Sizes, now: datetime) -> tuple[str, ...]:
    """Which tables are locked away, and how old what is shown of them is."""
    held = [table for table in tables if table.locked]
    sentences = []
    for table in held[:_NAMED]:
        known = sizes.measured.get(table.id)
        age = f"its size is {(now - known.measured_at).total_seconds():.0f} s old" if known else "no size"
        sentences.append(f"{table.full_name} is locked (ACCESS EXCLUSIVE, held or awaited): {age}")
    if len(held) > _NAMED:
        sentences.append(f"{len(held) - _NAMED} more tables are locked")
    return tuple(sentences)


async def _read(database: "Database", _scope: "Scope", before: Sample[TableRow] | None) -> Reading[TableRow]:
    tables = await database.rows(Table, "server/tables")
    remembered = before.memory if before else Sizes()
    now = datetime.now(UTC)
    sizes, trouble = await measure(database, tables, remembered, now)
    rows = roll_up(tables, sizes)
    skipped = [trouble] if trouble else []
    skipped += _skipped([t for t in tables if not t.partitioned], sizes, now)
    roots = sum(1 for table in tables if table.parent is None)
    if roots > len(rows):
        skipped.append(f"{text.count(roots - len(rows))} smaller tables are not listed")
    return Reading(rows, skipped=tuple(skipped), memory=sizes)


TABLES = Probe("tables", "tables: size, growth, dead rows, vacuum; partitions as one", TableRow, 30.0, _read)
