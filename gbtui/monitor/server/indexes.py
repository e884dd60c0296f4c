"""Indexes: how large, what kind, how much they are used; those of partitions rolled up to their parent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from gbtui import text
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.counting import Counting
from gbtui.monitor.server.table_sizes import Measured, Sizes, mark, measure
from gbtui.monitor.server.table_sizes import growth as size_growth
from gbtui.monitor.window import Kept, Moment, Span, Window, counted, growth, kept

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 1000
"""Indexes in a sample; the others, all smaller, are counted."""
_NAMED: Final = 5
"""Locked indexes that are named one by one; further ones are counted."""
_LAST_SCAN: Final = 160000
"""From this version on the server knows when an index was last used."""


class Index(NamedTuple):
    """An index as the catalog and the counters tell of it. There may be very many: tuples are quickly made."""

    id: int
    schema: str
    table: str
    name: str
    method: str
    partitioned: bool
    parent: int | None
    is_primary: bool
    is_unique: bool
    constraint_type: str
    partial: bool
    expression: bool
    valid: bool
    ready: bool
    pages: int
    scans: int
    rows_read: int
    last_scan: datetime | None
    blocks: int
    blocks_hit: int
    written: int
    locked: bool

    @property
    def kind(self) -> str:
        """What it is for, beside being searched."""
        if self.is_primary:
            return "primary"
        by_constraint = {"u": "unique constraint", "x": "exclusion"}.get(self.constraint_type)
        return by_constraint or ("unique" if self.is_unique else "index")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An index, or a partitioned one with those of all partitions."""

    schema: str
    table: str
    name: str
    kind: str
    """"primary", "unique constraint", "exclusion", "unique" or "index"."""
    method: str
    """btree, gin, gist …"""
    size_bytes: int | None
    """None: never measured. Of a partitioned one what is measured of it."""
    measured_at: datetime | None
    growth_bytes_per_s: float | None
    """Between the measurements at both ends of the window; None: it was not measured twice in it."""
    scans_per_s: float | None
    rows_per_scan: float | None
    """Entries that a scan in the window read, on average."""
    scans: int
    """Since the statistics were reset. Checks of uniqueness are none."""
    last_scan: datetime | None
    """None: never since the reset, or the server is older than 16 and does not know."""
    written_per_s: float | None
    """Rows of its table whose change it had to follow: inserted, deleted, and updated other than in place (HOT)."""
    valid: bool
    """Whether queries may use it."""
    ready: bool
    """Whether it follows what is written."""
    partial: bool
    expression: bool
    partitions: int
    """0 for a plain one."""
    unmeasured: int
    """How many parts have no known size: `size_bytes` is at least that."""
    locked: bool
    """An ACCESS EXCLUSIVE lock is held or awaited on it: its size is an old one."""
    hit_share: float | None = None
    """Share of its blocks asked for in the window that shared buffers held; None: none was asked for."""

    @property
    def unused(self) -> bool:
        """Not once used since the statistics were reset."""
        return self.scans == 0

    @property
    def invalid(self) -> bool:
        """No query may use it."""
        return not self.valid


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of indexes besides their counters."""

    sizes: Sizes = field(default_factory=Sizes)
    remarks: tuple[str, ...] = ()
    source: str = ""
    """The statement that reads the counters."""


@dataclass(frozen=True, slots=True)
class Figures:
    """An index's counters, and its size as it was last measured."""

    index: Index
    size: Measured | None


_Window: TypeAlias = Window[int, Figures]
_COUNTED: Final = ("scans", "rows_read", "blocks", "blocks_hit", "written")


def over(window: _Window, known: Known) -> Reading[IndexRow]:
    """One row for each index that is not a partition's, at most LISTED; largest first (pages where unmeasured)."""
    found = window.now.counters
    members = _members(found)
    bulk = {root: sum(_bytes(one) for one in ones) for root, ones in members.items()}
    ranked = sorted(members, key=lambda root: (-bulk[root], found[root].index.schema, found[root].index.name))
    rows = tuple(_row(found[root].index, members[root], window) for root in ranked[:LISTED])
    remarks = [*known.remarks]
    if len(ranked) > len(rows):
        remarks.append(f"{text.count(len(ranked) - len(rows))} smaller indexes are not listed")
    return Reading(rows, window.seconds, tuple(remarks))


def partitions(sample: Sample[IndexRow], span: Span, schema: str, name: str) -> tuple[IndexRow, ...]:
    """The indexes of the partitions of a partitioned index, each as a row of its own, largest first."""
    if not isinstance(sample.memory, Kept):
        return ()
    window: _Window = sample.memory.ring.window(span)
    found = window.now.counters
    for root, ones in _members(found).items():
        if (found[root].index.schema, found[root].index.name) == (schema, name) and found[root].index.partitioned:
            rows = [_row(one.index, [one], window) for one in ones if not one.index.partitioned]
            return tuple(sorted(rows, key=lambda row: (-(row.size_bytes or 0), row.schema, row.name))[:LISTED])
    return ()


def _members(found: Mapping[int, Figures]) -> dict[int, list[Figures]]:
    members: dict[int, list[Figures]] = {}
    for one in found.values():
        root = one.index
        while root.parent is not None and root.parent in found:
            root = found[root.parent].index
        members.setdefault(root.id, []).append(one)
    return members


def _bytes(one: Figures) -> int:
    return one.size.total if one.size else one.index.pages * 8192


def _row(root: Index, members: Sequence[Figures], window: _Window) -> IndexRow:
    parts = [one for one in members if not one.index.partitioned]
    sizes = [one.size for one in parts if one.size]
    steps, bigger = _steps(parts, window)
    seconds = window.seconds
    return IndexRow(
        schema=text.clean(root.schema),
        table=text.clean(root.table),
        name=text.clean(root.name),
        kind=root.kind,
        method=text.clean(root.method),
        size_bytes=sum(size.total for size in sizes) if sizes or not parts else None,
        measured_at=min((size.measured_at for size in sizes), default=None),
        growth_bytes_per_s=bigger,
        scans_per_s=steps["scans"] / seconds if seconds else None,
        rows_per_scan=steps["rows_read"] / steps["scans"] if steps["scans"] else None,
        scans=sum(one.index.scans for one in parts),
        last_scan=max((one.index.last_scan for one in parts if one.index.last_scan), default=None),
        written_per_s=steps["written"] / seconds if seconds else None,
        valid=all(one.index.valid for one in members),
        ready=all(one.index.ready for one in members),
        partial=root.partial,
        expression=root.expression,
        partitions=len(parts) if root.partitioned else 0,
        unmeasured=len(parts) - len(sizes),
        locked=any(one.index.locked for one in members),
        hit_share=min(1.0, steps["blocks_hit"] / steps["blocks"]) if steps["blocks"] else None,
    )


def _steps(parts: Iterable[Figures], window: _Window) -> tuple[dict[str, int], float | None]:
    """What the parts of an index did in the window, and how they grew. One that was reset in it counts for nothing."""
    steps = dict.fromkeys(_COUNTED, 0)
    bigger = 0.0 if window.known else None
    for one in parts if window.known else ():
        before = window.before(one.index.id)
        grown = {} if before is one else growth(before.index if before else None, one.index, _COUNTED)
        for name, step in (grown or {}).items():
            steps[name] += step
        still = before is not None and mark(before.index) == mark(one.index)
        rate = size_growth(before.size if before else None, one.size, still=still)
        bigger = None if rate is None or bigger is None else bigger + rate
    return steps, bigger


def _locked(indexes: Iterable[Index], sizes: Sizes, now: datetime) -> list[str]:
    """Which indexes are locked away, and how old what is shown of them is."""
    held = [index for index in indexes if index.locked and not index.partitioned]
    sentences = []
    for index in held[:_NAMED]:
        known = sizes.measured.get(index.id)
        old = f"its size is {(now - known.measured_at).total_seconds():.0f} s old" if known else "no size"
        name = text.clean(f"{index.schema}.{index.name}")
        sentences.append(f"{name} is locked (ACCESS EXCLUSIVE, held or awaited): {old}")
    if len(held) > _NAMED:
        sentences.append(f"{len(held) - _NAMED} more indexes are locked")
    return sentences


async def _read(database: "Database", _scope: "Scope", before: Sample[Any] | None) -> Reading[IndexRow]:
    (since,) = await database.rows(Counting, "server/counting")
    source = "server/indexes_16" if database.facts.version_num >= _LAST_SCAN else "server/indexes_14"
    raw = await database.fetch(source)
    indexes = [Index._make(row.values()) for row in raw]
    known = kept(before).own or Known()
    now = datetime.now(UTC)
    sizes, trouble = await measure(database, indexes, known.sizes, now, "server/index_sizes")
    remarks = [trouble] * bool(trouble) + _locked(indexes, sizes, now)
    figures = {index.id: Figures(index, sizes.measured.get(index.id)) for index in indexes}
    moment = Moment(since.at, figures, (since.started_at, since.stats_reset), since.stats_reset)
    return counted(before, moment, over, Known(sizes, tuple(remarks), source))


def sources(sample: Sample[Any]) -> tuple[str, ...]:
    """The names of the statements that a sample came from."""
    known = kept(sample).own
    return (known.source, "server/index_sizes") if known else ("server/indexes_16", "server/index_sizes")


INDEXES = Probe(
    "indexes", "indexes: size, kind, use over the window; those of partitions as one", IndexRow, 120.0, _read, over=over
)
