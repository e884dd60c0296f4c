"""Tables: how large, how they grow, what is dead in them; partitions rolled up to their parent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gbtui import text
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.counting import Counting
from gbtui.monitor.server.table_sizes import Measured, Sizes, Table, mark, measure
from gbtui.monitor.server.table_sizes import growth as size_growth
from gbtui.monitor.window import Kept, Moment, Span, Window, counted, growth, kept

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
    """Between the measurements at both ends of the window; None: it was not measured twice in it."""
    rows_estimate: float | None
    """The planner's estimate; None: never analyzed."""
    live_rows: int
    dead_rows: int
    dead_share: float | None
    """Dead rows among all, 0 to 1; None where there are none at all."""
    hot_share: float | None
    """Share of updates in the window that touched no index."""
    written_per_s: float | None
    """Rows inserted, updated and deleted."""
    seq_scans_per_s: float | None
    rows_per_seq_scan: float | None
    """Read by a sequential scan in the window, on average."""
    index_scans_per_s: float | None
    """Of all its indexes together."""
    written_rows: int
    """Since the statistics were reset."""
    seq_scans: int
    """Since the statistics were reset."""
    index_scans: int
    """Of all its indexes, since the statistics were reset."""
    last_vacuum: datetime | None
    """By hand or automatic; of a partitioned table the partition vacuumed longest ago (None: one never was)."""
    last_analyze: datetime | None
    partitions: int
    """0 for a plain table."""
    locked: bool
    """An ACCESS EXCLUSIVE lock is held or awaited on it (or on a partition): its size is an old one."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of tables besides their counters."""

    sizes: Sizes = field(default_factory=Sizes)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """A table's counters, and its size as it was last measured."""

    table: Table
    size: Measured | None


_Window: TypeAlias = Window[int, Figures]
_COUNTED: Final = ("inserted", "updated", "hot_updated", "deleted", "seq_scans", "seq_rows", "index_scans")


def over(window: _Window, known: Known) -> Reading[TableRow]:
    """One row for each table that is not itself a partition, at most LISTED; largest first (pages where unmeasured)."""
    rows, reset = roll_up(window)
    more = sum(1 for one in window.now.counters.values() if one.table.parent is None) - len(rows)
    remarks = [*known.remarks]
    if more > 0:
        remarks.append(f"{text.count(more)} smaller tables are not listed")
    if reset:
        remarks.append(f"statistics of {text.plural(reset, 'table')} were reset: left out of this window")
    return Reading(rows, window.seconds, tuple(remarks))


def roll_up(window: _Window) -> tuple[tuple[TableRow, ...], int]:
    """The rows, and of how many tables the counters went back within the window."""
    found = window.now.counters
    members: dict[int, list[Figures]] = {}
    bulk: dict[int, int] = {}
    for one in found.values():
        root = _root(one.table, found).id
        members.setdefault(root, []).append(one)
        bulk[root] = bulk.get(root, 0) + (one.size.total if one.size else one.table.pages * 8192)
    ranked = sorted(members, key=lambda root: (-bulk[root], found[root].table.schema, found[root].table.name))
    rows = [_row(found[root].table, members[root], window) for root in ranked[:LISTED]]
    return tuple(row for row, _ in rows), sum(reset for _, reset in rows)


def partitions(sample: Sample[TableRow], span: Span, schema: str, name: str) -> tuple[TableRow, ...]:
    """The partitions of a table, each as a row of its own, largest first."""
    if not isinstance(sample.memory, Kept):
        return ()
    window: _Window = sample.memory.ring.window(span)
    found = window.now.counters
    inside = [
        one
        for one in found.values()
        if not one.table.partitioned and one.table.parent is not None and _is(_root(one.table, found), schema, name)
    ]
    rows = [_row(one.table, [one], window)[0] for one in inside]
    return tuple(sorted(rows, key=lambda row: (-(row.total_bytes or 0), row.schema, row.name))[:LISTED])


def _is(table: Table, schema: str, name: str) -> bool:
    return (table.schema, table.name) == (schema, name)


def _root(table: Table, found: Mapping[int, Figures]) -> Table:
    while table.parent is not None and table.parent in found:
        table = found[table.parent].table
    return table


@dataclass(slots=True)
class _Steps:
    """What the parts of a table did in the window, together."""

    counted: dict[str, int]
    growth: float | None
    """None: a part that was written to was not measured at both ends of the window."""
    reset: int = 0


def _steps(leaves: Sequence[Figures], window: _Window) -> _Steps:
    steps = _Steps(dict.fromkeys(_COUNTED, 0), 0.0 if leaves and window.known else None)
    for leaf in leaves if window.known else ():
        before = window.before(leaf.table.id)
        if before is leaf:
            grown: dict[str, int] | None = {}
        else:
            grown = growth(before.table if before else None, leaf.table, _COUNTED)
        steps.reset += grown is None
        for name, step in (grown or {}).items():
            steps.counted[name] += step
        still = before is not None and mark(before.table) == mark(leaf.table)
        bigger = size_growth(before.size if before else None, leaf.size, still=still)
        steps.growth = None if bigger is None or steps.growth is None else steps.growth + bigger
    return steps


def _row(root: Table, members: Sequence[Figures], window: _Window) -> tuple[TableRow, int]:
    parts = [one for one in members if not one.table.partitioned]
    leaves = [one.table for one in parts]
    known = [one.size for one in parts if one.size]
    steps = _steps(parts, window)
    live, dead = sum(t.live_rows for t in leaves), sum(t.dead_rows for t in leaves)
    estimates = [t.rows_estimate for t in leaves if t.rows_estimate is not None]

    def a_second(*names: str) -> float | None:
        return sum(steps.counted[name] for name in names) / window.seconds if window.seconds else None

    row = TableRow(
        schema=root.schema,
        name=root.name,
        total_bytes=_total(known, leaves, "total"),
        table_bytes=_total(known, leaves, "table_bytes"),
        index_bytes=_total(known, leaves, "index_bytes"),
        toast_bytes=_total(known, leaves, "toast_bytes"),
        measured_at=min((size.measured_at for size in known), default=None),
        unmeasured=len(leaves) - len(known),
        growth_bytes_per_s=steps.growth,
        rows_estimate=sum(estimates) if estimates else None,
        live_rows=live,
        dead_rows=dead,
        dead_share=dead / (live + dead) if live + dead else None,
        hot_share=_share(steps.counted["hot_updated"], steps.counted["updated"]),
        written_per_s=a_second("inserted", "updated", "deleted"),
        seq_scans_per_s=a_second("seq_scans"),
        rows_per_seq_scan=_share(steps.counted["seq_rows"], steps.counted["seq_scans"]),
        index_scans_per_s=a_second("index_scans"),
        written_rows=sum(t.written for t in leaves),
        seq_scans=sum(t.seq_scans for t in leaves),
        index_scans=sum(t.index_scans for t in leaves),
        last_vacuum=_oldest(t.last_vacuum for t in leaves),
        last_analyze=_oldest(t.last_analyze for t in leaves),
        partitions=len(leaves) if root.partitioned else 0,
        locked=any(one.table.locked for one in members),
    )
    return row, steps.reset


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


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


async def _read(database: "Database", _scope: "Scope", before: Sample[Any] | None) -> Reading[TableRow]:
    (since,) = await database.rows(Counting, "server/counting")
    tables = await database.rows(Table, "server/tables")
    known = kept(before).own or Known()
    now = datetime.now(UTC)
    sizes, trouble = await measure(database, tables, known.sizes, now)
    remarks = [trouble] if trouble else []
    remarks += _skipped([table for table in tables if not table.partitioned], sizes, now)
    figures = {table.id: Figures(table, sizes.measured.get(table.id)) for table in tables}
    moment = Moment(since.at, figures, (since.started_at, since.stats_reset), since.stats_reset)
    return counted(before, moment, over, Known(sizes, tuple(remarks)))


TABLES = Probe(
    "tables", "tables: size, growth, dead rows, use, vacuum; partitions as one", TableRow, 30.0, _read, over=over
)
