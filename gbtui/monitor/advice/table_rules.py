"""What could be better about tables: dead rows, autovacuum's rules, statistics. Pure: from what was read.

Where each of the usual definitions errs stands beside the traps in tests/monitor/advice/table_traps.py.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Final

from gbtui import text
from gbtui.database.sql import identifier
from gbtui.monitor.advice.heap import SMALL, heap_bloat
from gbtui.monitor.advice.shapes import PAGE
from gbtui.monitor.advice.table_shapes import TableColumn, TableShape
from gbtui.text import clean, count, percent, size

GATHER: Final = 1_000_000
"""Dead rows that should not lie in one table before autovacuum comes."""
_SCALES: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""What is advised: the first that keeps the threshold under GATHER; smaller ones would never let a worker rest."""
_CHANGED: Final = 0.01
"""Share of its rows (or GATHER of them) that must have been updated or deleted for dead rows to be expected at all."""
_OVER: Final = 3.0
"""Times its threshold, from which on dead rows are more than a worker that is late (the check `vacuum`'s own limit)."""
_DEAD: Final = 10_000
"""Dead rows under which nothing is worth a word."""
_AIR: Final = 0.4
"""Share of a table that may be air: half of a page free is what updates in place live by."""
_UNKNOWN: Final = 1_000
"""Rows from which on the planner's guesses without statistics go wrong."""


@dataclass(frozen=True, slots=True)
class TableAdvice:
    """One finding about a table."""

    KEY: ClassVar = ("kind", "schema", "table_name", "name")
    LATER: ClassVar = ("schema", "name", "risk", "rests_on")

    kind: str
    """"dead rows", "rules of autovacuum", "bloated", "never analyzed", "column without statistics", "statistics
    hidden" or "missing on foreign key"."""
    schema: str
    table_name: str
    name: str
    """Of the column or the foreign key; "": the table."""
    evidence: str
    """What was seen, with the figures."""
    withheld: str
    """Why nothing is advised although it was seen; "": it is advised."""
    statement: str
    """To be run as it stands; "" where it is withheld."""
    risk: str
    """What could go wrong by following it."""
    rests_on: str
    """Since when the server has counted, when the table was last vacuumed and analyzed."""

    @property
    def advised(self) -> bool:
        """Whether it may be followed blindly."""
        return not self.withheld


@dataclass(frozen=True)
class TablesRead:
    """All that the rules look at."""

    tables: Sequence[TableShape]
    columns: Mapping[int, Sequence[TableColumn]]
    """Of the largest tables, by the table's oid."""
    now: datetime
    counted_since: datetime
    horizon: str = ""
    """Who has kept dead rows of this database for long, in words; "": nobody."""
    recovering: bool = False
    user: str = ""
    """The role that looks, for the GRANT that it may lack."""

    @cached_property
    def rows_within(self) -> Mapping[int, int]:
        """Rows of all partitions of each partitioned table, by its oid: nobody else counts them."""
        by_id = {table.id: table for table in self.tables}
        found: dict[int, int] = defaultdict(int)
        for table in self.tables:
            above = table
            while not table.partitioned and above.parent in by_id:
                above = by_id[above.parent]
                found[above.id] += max(table.live_rows, round(table.rows), 0)
        return found


def advise_tables(read: TablesRead) -> Iterator[TableAdvice]:
    """Everything there is to say, table by table."""
    for table in read.tables:
        yield from _dead(table, read)
        yield from _rules(table, read)
        yield from _bloated(table, read)
        yield from _unanalyzed(table, read)
        yield from _columns(table, read)


def _dead(table: TableShape, read: TablesRead) -> Iterator[TableAdvice]:
    """More dead rows than autovacuum should have left."""
    if table.partitioned or table.dead_rows < _DEAD or table.dead_rows < _OVER * table.threshold:
        return
    held = _no_help(table, read)
    if table.pages < SMALL:
        held.append(f"the table is small ({size(table.pages * PAGE)}): reading it through costs little")
    yield _about(
        table, read, "dead rows", _dead_told(table), held=held,
        # As slowly as an autovacuum; what it could give back at the end of the file needs a lock that others wait for.
        statement=f"SET vacuum_cost_delay = '2ms';\nVACUUM (TRUNCATE false) {table.quoted};",
        risk="it reads and writes for a while, as an autovacuum does; it must not run in a transaction",
    )  # fmt: skip


def _rules(table: TableShape, read: TablesRead) -> Iterator[TableAdvice]:
    """Rules by which millions of dead rows gather before autovacuum comes."""
    if table.partitioned or table.threshold < GATHER:
        return
    if table.changed < min(_CHANGED * table.rows, GATHER) and table.dead_rows < GATHER / 2:
        return  # written once: no dead rows come to gather
    scale = next((each for each in _SCALES if table.base + each * table.rows < GATHER), _SCALES[-1])
    held = _no_help(table, read)
    if table.own_rules:
        held.append("it has rules of its own: somebody chose them")
    if table.of_extension:
        held.append("it belongs to an extension: a dump would not keep it")
    if table.base >= GATHER:
        held.append(f"the server's autovacuum_vacuum_threshold is {count(round(table.base))}: no scale factor helps")
    if scale >= table.scale:
        held.append(f"its scale factor is {table.scale:g} already")
    evidence = (
        f"autovacuum waits for {count(round(table.threshold))} dead rows (scale factor {table.scale:g} of"
        f" {count(round(table.rows))} rows); {count(table.changed)} updated or deleted,"
        f" {count(table.dead_rows)} dead now"
    )
    statement = f"ALTER TABLE {table.quoted} SET (autovacuum_vacuum_scale_factor = {scale:g});"
    yield _about(
        table, read, "rules of autovacuum", evidence, held=held,
        statement=f"BEGIN; SET LOCAL lock_timeout = '1s'; {statement} COMMIT;",
        risk=f"autovacuum comes from {count(round(table.base + scale * table.rows))} dead rows on: more often, for less"
        " each time; its TOAST table goes by the same",
    )  # fmt: skip


def _bloated(table: TableShape, read: TablesRead) -> Iterator[TableAdvice]:
    """A table that is air for the most part. What gives it back locks it: that is never told blindly."""
    found = heap_bloat(table, read.columns.get(table.id, ()))
    if found.share is None or found.share < _AIR:
        return
    confidence = "within a few points" if found.exact_width else "rough: widths vary, or NULLs are among them"
    evidence = f"about {percent(found.share)} of {size(table.pages * PAGE)} is air ({confidence})"
    held = [
        "new rows fill it first; only VACUUM FULL, which locks everybody out, or pg_repack, which is no part of the"
        " server, gives it back"
    ]
    yield _about(table, read, "bloated", evidence, held=held)


def _unanalyzed(table: TableShape, read: TablesRead) -> Iterator[TableAdvice]:
    """The planner guesses: nobody ever looked into it. Of a partitioned one autovacuum never does."""
    columns = read.columns.get(table.id, ())
    if not columns:
        return
    rows = read.rows_within.get(table.id, 0) if table.partitioned else max(table.live_rows, round(table.rows))
    if rows < _UNKNOWN or any(column.width is not None for column in columns):
        return
    stored = [column for column in columns if not (column.is_virtual or column.switched_off)]
    if not stored:
        return
    if not table.readable and table.rows >= 0:
        held = [f"whether it was analyzed this role may not see: GRANT pg_read_all_data TO {identifier(read.user)};"]
        yield _about(table, read, "statistics hidden", f"{count(rows)} rows", held=held)
        return
    held = ["this is a standby: analyze on its primary"] if read.recovering else []
    why = "autovacuum never analyzes a partitioned table as a whole" if table.partitioned else "no ANALYZE ever"
    yield _about(
        table, read, "never analyzed", f"{count(rows)} rows, {why}", held=held,
        statement=f"ANALYZE {table.quoted};",
        risk="it reads a sample of some ten thousand rows" + ", of each partition too" * table.partitioned,
    )  # fmt: skip


def _columns(table: TableShape, read: TablesRead) -> Iterator[TableAdvice]:
    """Columns that came after the last ANALYZE, or of which somebody wants no statistics."""
    columns = read.columns.get(table.id, ())
    if not any(column.width is not None for column in columns):
        return
    for column in columns:
        if column.width is not None or column.is_virtual:
            continue
        held = []
        if column.switched_off:
            held.append("SET STATISTICS 0 says so on purpose")
        elif not table.readable:
            held.append("this role may not see them all")
        if read.recovering:
            held.append("this is a standby: analyze on its primary")
        yield _about(
            table, read, "column without statistics", f"the planner guesses how {clean(column.name)} is filled",
            held=held, statement=f"ANALYZE {table.quoted} ({identifier(column.name)});", name=column.name,
            risk="it reads a sample of some ten thousand rows",
        )  # fmt: skip


def _no_help(table: TableShape, read: TablesRead) -> list[str]:
    """Why a vacuum, or more of them, would not help."""
    held = []
    if not table.enabled:
        held.append("autovacuum is off for it: its own option says so on purpose")
    if not table.server_enabled:
        held.append("the server's autovacuum or track_counts is off")
    if read.horizon:
        held.append(f"no vacuum could remove the rows: {read.horizon}")
    if table.running:
        held.append("a vacuum works on it now, which this would stop or wait for")
    if read.recovering:
        held.append("this is a standby: vacuum runs on its primary")
    return held


def _dead_told(table: TableShape) -> str:
    over = table.dead_rows / max(table.threshold, 1.0)
    share = table.dead_rows / max(1, table.dead_rows + table.live_rows)
    return f"{count(table.dead_rows)} dead rows, {percent(share)} of all, {over:.1f} times the threshold of autovacuum"


def _about(
    table: TableShape,
    read: TablesRead,
    kind: str,
    evidence: str,
    *,
    held: Sequence[str],
    statement: str = "",
    risk: str = "",
    name: str = "",
) -> TableAdvice:
    return TableAdvice(
        kind=kind,
        schema=clean(table.schema),
        table_name=clean(table.name),
        name=clean(name),
        evidence=evidence,
        withheld="; ".join(held),
        statement="" if held else statement,
        risk=risk,
        rests_on=_rests(table, read),
    )


def _rests(table: TableShape, read: TablesRead) -> str:
    def ago(at: datetime | None) -> str:
        return f"{text.age((read.now - at).total_seconds())} ago" if at else "not since then"

    counted = text.age((read.now - read.counted_since).total_seconds())
    return f"counted for {counted}; vacuumed {ago(table.vacuumed_at)}, analyzed {ago(table.analyzed_at)}"
