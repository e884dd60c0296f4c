"""Which indexes could go, are missing, or could be smaller. Pure: from what was read to what may be said of it.

The definitions, and where each of the usual ones errs, stand beside the traps in tests/monitor/advice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from gbtui.database.sql import identifier
from gbtui.monitor.advice import kinship
from gbtui.monitor.advice.advice import Grounds, IndexAdvice
from gbtui.monitor.advice.bloat import bloat
from gbtui.monitor.advice.holding import held_by, nearly, only_for, serves
from gbtui.monitor.advice.shapes import PAGE, ColumnStatistics, Family, ForeignKey, Shape, families
from gbtui.text import clean, count, percent, plural, size

_RARE: Final = 0.01
"""Scans for each row written, under which an index costs more than it gives …"""
_RARE_WRITES: Final = 10_000
"""… once so many rows were written (DataEgret's low_used_indexes)."""
_NULLS: Final = 0.5
"""Share of NULLs from which a partial index would be worth it …"""
_MANY_ROWS: Final = 100_000
"""… in a table of so many rows (pgwatch's recommendation)."""
_LOW_VALUE: Final = 0.95
"""Share of the rows that the five commonest values have: for those no search by them is worth its while."""
_AIR: Final = 0.3
"""Share of an index that may be air: a b-tree under random writes settles at about that."""
_SMALL_CHILD: Final = 1_000
"""Pages of a table that is read through in no time, with or without an index."""


@dataclass(frozen=True, slots=True)
class Read:
    """All that the rules look at."""

    shapes: Sequence[Shape]
    keys: Sequence[ForeignKey]
    columns: Mapping[tuple[int, int], ColumnStatistics]
    grounds: Grounds
    known_since: Mapping[int, datetime] = field(default_factory=dict)
    """When each index, by its oid, was first seen here with counters that never went back."""
    elsewhere: Mapping[int, int] = field(default_factory=dict)
    """Scans of an index on other nodes, by its oid."""
    unknown_on: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The nodes that were asked and do not know an index, by its oid."""


def advise(read: Read) -> tuple[IndexAdvice, ...]:
    """Everything there is to say; first what is advised, what it saves most first."""
    found = families(read.shapes)
    spare: dict[int, kinship.Kin] = {}
    for kin in (*kinship.copies(found), *kinship.beginnings(found)):
        spare.setdefault(kin.spare.root.id, kin)
    kept = [one for one in found if one.root.id not in spare]
    use = _Use(read, kept, spare.values())
    advice = [
        *(_kin(kin, read) for kin in spare.values()),
        *(_invalid(one, read) for one in found if not one.root.valid),
        *(said for one in kept if one.root.usable and (said := use.judge(one))),
        *missing(read),
        *(said for one in kept if (said := _values(one, read))),
        *(said for one in found for said in _bloated(one, read)),
    ]
    return tuple(sorted(advice, key=lambda one: (not one.advised, -(one.saves_bytes or 0), one.schema, one.name)))


def _kin(kin: kinship.Kin, read: Read) -> IndexAdvice:
    spare, keeper = kin.spare, kin.keeper
    held = list(held_by(spare))
    if kin.size_ratio > kinship.DEAR and not kin.same:
        held.append(f"{keeper.root.full_name} is {kin.size_ratio:.1f} times as large: scans would read more of it")
    what = "the same as" if kin.same else "the beginning of"
    evidence = f"{_keys(spare.root)}: {what} {keeper.root.full_name} ({_keys(keeper.root)}, {size(keeper.bytes)})"
    return _about(
        spare, "duplicate" if kin.same else "prefix", evidence, held, _drop(spare), saves=spare.bytes, read=read,
        risk="queries find the same rows by the other one" if kin.same
        else "queries use the wider one, which is read in the same order",
    )  # fmt: skip


class _Use:
    """Judges how much the indexes that stay are used: by their own queries, and by those of the ones that go.

    Two that each could serve a foreign key in the place of the other must not both go: what is advised is no longer
    there for the next. A server may have tens of thousands: whatever is looked for is found by its table.
    """

    def __init__(self, read: Read, staying: Iterable[Family], spare: Iterable[kinship.Kin]) -> None:
        self._read = read
        self._staying: dict[int, dict[int, Family]] = defaultdict(dict)
        for family in staying:
            self._staying[family.root.table_id][family.root.id] = family
        self._keys: dict[int, list[ForeignKey]] = defaultdict(list)
        for key in read.keys:
            self._keys[key.table_id].append(key)
        self._heirs: dict[int, list[Family]] = defaultdict(list)
        for kin in spare:
            self._heirs[kin.keeper.root.id].append(kin.spare)

    def judge(self, family: Family) -> IndexAdvice | None:
        """Unused, or hardly used; None for what is worth its while."""
        scans = self._scans(family)
        if scans and (family.written < _RARE_WRITES or scans >= _RARE * family.written):
            return None
        writes = f"{count(family.written)} rows written to its table had to be followed"
        if scans:
            evidence = f"{plural(scans, 'scan')}; {writes}"
            held = [f"it is used: {plural(scans, 'scan')}"]
            return _about(family, "rarely used", evidence, held, "", saves=family.bytes, read=self._read, risk="")
        risk = "a job that runs less often than this window is long would not show"
        if family.root.has_expression:
            risk += "; the planner's statistics of its expression go with it"
        nodes = 1 + len(self._read.grounds.asked)
        where = f" on {nodes} nodes" if nodes > 1 else ""
        evidence, held = f"no scan{where}; {writes}", self._reasons(family)
        if not held:
            del self._staying[family.root.table_id][family.root.id]
        return _about(family, "unused", evidence, held, _drop(family), saves=family.bytes, read=self._read, risk=risk)

    def _scans(self, family: Family) -> int:
        own = sum(part.scans + self._read.elsewhere.get(part.id, 0) for part in family.parts)
        return own + sum(self._scans(heir) for heir in self._heirs.get(family.root.id, ()))

    def _reasons(self, family: Family) -> list[str]:
        """Why it is not to be dropped although nobody searches by it."""
        held = list(held_by(family))
        table = family.root.table_id
        if key := only_for(family, self._keys.get(table, ()), self._staying[table].values()):
            held.append(f"nothing else finds the children of {clean(key.parent_table)} ({clean(key.name)})")
        parts = (part for part in family.parts if part.id in self._read.unknown_on)
        if strange := {name: None for part in parts for name in self._read.unknown_on[part.id]}:
            held.append(f"{', '.join(strange)} does not know it: is it another database, or far behind?")
        since = [self._read.known_since.get(part.id) for part in (family.root, *family.parts)]
        known = max((at for at in since if at), default=None) if all(since) else None
        return [*held, *replace(self._read.grounds, known_since=known).doubts()]


def _invalid(family: Family, read: Read) -> IndexAdvice:
    one = family.root
    held = ["it is being built now"] if one.building else []
    if read.grounds.recovering:
        held.append("this is a standby, which does not see what its primary builds")
    statement = _drop(family)
    if one.partitioned:
        held.append("not every partition has an index attached to it: make the missing ones, then ALTER INDEX … ATTACH")
        statement = ""
    risk = "none: no query uses it"
    if one.is_unique and one.ready:
        risk = "it still refuses duplicates; make it again if that was meant"
    left = "a REINDEX CONCURRENTLY left it" if "_cc" in one.name else "a CREATE INDEX CONCURRENTLY failed"
    evidence = "not valid, being built" if one.building else f"not valid: {left}"
    return _about(family, "invalid", evidence, held, statement, saves=family.bytes, read=read, risk=risk)


def missing(read: Read) -> Iterator[IndexAdvice]:
    """Foreign keys whose children are found by reading their whole table; first those that cost most so far."""
    by_table: dict[int, list[Shape]] = {}
    for shape in read.shapes:
        by_table.setdefault(shape.table_id, []).append(shape)
    for key in sorted(read.keys, key=lambda one: -one.rows_read):
        if any(serves(shape, key) for shape in by_table.get(key.table_id, ())):
            continue
        columns = ", ".join(identifier(column) for column in key.columns)
        table = f"{identifier(key.schema)}.{identifier(key.table_name)}"
        withheld = ""
        if key.partitioned:
            withheld = (
                "on a partitioned table: CREATE INDEX ON ONLY it, CONCURRENTLY on each partition, then ATTACH each"
            )
        elif key.child_pages < _SMALL_CHILD:
            withheld = f"the table is small ({size(key.child_pages * PAGE)}): reading it through costs little"
        elif not key.parent_deleted and not key.parent_updated:
            withheld = f"nothing was deleted from {clean(key.parent_table)} since the server counts"
        elif near := nearly(by_table.get(key.table_id, ()), key, read.columns):
            withheld = f"{near.shape.full_name} begins with {clean(near.column)}: {count(near.rows)} rows are read"
        yield IndexAdvice(
            kind="missing on foreign key",
            schema=clean(key.schema),
            table_name=clean(key.table_name),
            name=clean(key.name),
            evidence=_deletions(key),
            withheld=withheld,
            statement="" if withheld else f"CREATE INDEX CONCURRENTLY ON {table} ({columns});",
            saves_bytes=-round(key.child_rows * 24),
            risk="every write of the table follows one more index; it must not run in a transaction",
            rests_on=read.grounds.told(),
        )


def _deletions(key: ForeignKey) -> str:
    rows, parent = count(round(key.child_rows)), clean(key.parent_table)
    seen = f"{count(key.parent_deleted)} deleted, {count(key.parent_updated)} updated"
    return f"each deletion in {parent} ({key.on_delete}) reads {rows} rows; {seen}: {count(key.rows_read)} rows read"


def _values(family: Family, read: Read) -> IndexAdvice | None:
    """An index of one column that is mostly NULL, or has hardly any values."""
    one = family.root
    plain = one.method == "btree" and len(one.keys) == 1 and not (one.has_expression or one.has_predicate)
    column = read.columns.get((one.table_id, one.keys[0])) if plain and one.usable and not one.is_unique else None
    if column is None or family.rows < _MANY_ROWS:
        return None
    name = clean(one.columns[0])
    if column.null_share > _NULLS:
        evidence = f"{percent(column.null_share)} of {name} is NULL"
        kind, saves = "mostly NULL", round(column.null_share * family.rows * 6)
        reason = (
            "a query for IS NULL may need it: create one WHERE … IS NOT NULL beside it, see that it is used, drop it"
        )
    elif column.five_commonest_share >= _LOW_VALUE:
        evidence = f"five values of {name} make {percent(column.five_commonest_share)} of the rows"
        kind, saves = "low-value column", None
        reason = "which values are looked for is not known: one WHERE … of those would do"
    else:
        return None
    return _about(family, kind, evidence, [*held_by(family), reason], "", saves=saves, read=read, risk="")


def _bloated(family: Family, read: Read) -> Iterator[IndexAdvice]:
    for one in family.parts:
        found = bloat(one, read.columns)
        if found.share is None or found.share < _AIR:
            continue
        statement = f"REINDEX INDEX CONCURRENTLY {identifier(one.schema)}.{identifier(one.name)};"
        evidence = f"about {percent(found.share)} of {size(one.pages * PAGE)} is air ({found.confidence})"
        held = ["it is not valid"] if not one.usable else []
        yield _about(
            Family(one, (one,)), "bloated", evidence, held, statement,
            saves=round(found.share * one.pages * PAGE), read=read,
            risk="needs room for a second one while it runs, and waits for the transactions that are open",
        )  # fmt: skip


def _about(
    family: Family,
    kind: str,
    evidence: str,
    held: Sequence[str],
    statement: str,
    *,
    saves: int | None,
    read: Read,
    risk: str,
) -> IndexAdvice:
    one = family.root
    return IndexAdvice(
        kind=kind,
        schema=clean(one.schema),
        table_name=clean(one.table_name),
        name=clean(one.name),
        evidence=evidence,
        withheld="; ".join(held),
        statement="" if held else statement,
        saves_bytes=saves,
        risk=risk,
        rests_on=read.grounds.told(),
    )


def _keys(shape: Shape) -> str:
    names = ", ".join(clean(column) or "expression" for column in shape.columns)
    return f"({names})" + (f" where {clean(shape.predicate)}" if shape.predicate else "")


def _drop(family: Family) -> str:
    """CONCURRENTLY, but where the server cannot: a partitioned one locks its tables, so it must not wait for them."""
    one = family.root
    name = f"{identifier(one.schema)}.{identifier(one.name)}"
    if one.partitioned:
        return f"BEGIN; SET LOCAL lock_timeout = '1s'; DROP INDEX {name}; COMMIT;"
    return f"DROP INDEX CONCURRENTLY {name};"
