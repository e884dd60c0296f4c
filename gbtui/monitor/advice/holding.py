"""What holds an index in place: why it must not be dropped, whatever it is used for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from gbtui.monitor.advice.shapes import ColumnStatistics, Family, ForeignKey, Shape
from gbtui.text import clean

_FEW: Final = 1_000
"""Rows that a deletion may read beside its children without anybody noticing …"""
_LITTLE: Final = 0.01
"""… where that is little of the table."""


def held_by(family: Family) -> tuple[str, ...]:
    """What it is needed for beside being searched, in words; nothing: it may go.

    Checks of uniqueness and of foreign keys are no scans: an index that is never scanned may do them all day.
    """
    one = family.root
    parts = (one, *family.parts)
    reasons = []
    if one.constraint_name:
        reasons.append(f"it is the constraint {clean(one.constraint_name)}")
    elif one.is_unique:
        reasons.append("it refuses duplicates, which is no scan")
    if any(part.is_referenced for part in parts):
        reasons.append("foreign keys of other tables rest on it")
    if any(part.is_replica_identity for part in parts):
        reasons.append("logical replication knows rows by it (replica identity)")
    if any(part.is_clustered for part in parts):
        reasons.append("its table is clustered on it")
    if any(part.of_extension for part in parts):
        reasons.append("its table belongs to an extension")
    return tuple(reasons)


def serves(shape: Shape, key: ForeignKey) -> bool:
    """Whether the deletion of a parent finds the children by this index.

    The first columns of a b-tree, in any order, must be the foreign key's; a hash index serves one column. A predicate
    may leave out only children without a parent.
    """
    count = len(key.keys)
    if shape.table_id != key.table_id or not shape.usable or set(shape.keys[:count]) != set(key.keys):
        return False
    if shape.collations[:count] != shape.column_collations[:count]:
        return False
    if shape.method != "btree" and not (shape.method == "hash" and count == 1):
        return False
    return not shape.has_predicate or shape.predicate in _not_null(key)


def _not_null(key: ForeignKey) -> tuple[str, ...]:
    """How PostgreSQL writes "this column is not null", for each column of the key."""
    quoted = (column if column.isidentifier() and column.islower() else f'"{column}"' for column in key.columns)
    return tuple(f"({column} IS NOT NULL)" for column in quoted)


class Near(NamedTuple):
    """An index that finds a parent's children by some columns of the foreign key, with few rows beside them."""

    shape: Shape
    column: str
    """That it begins with."""
    rows: int
    """How many a value of it has, on average."""


def nearly(
    shapes: Iterable[Shape], key: ForeignKey, columns: Mapping[tuple[int, int], ColumnStatistics]
) -> Near | None:
    """The index that begins with the most telling column of a foreign key of several; None: none tells enough.

    A tenant's id stands in each key of a table that is walled, beside one that is unique without it.
    """
    found = []
    for shape in shapes:
        known = columns.get((key.table_id, shape.keys[0])) if shape.keys and shape.keys[0] in key.keys else None
        if known is None or not _begins(shape, key) or shape.collations[0] != shape.column_collations[0]:
            continue
        rows = key.child_rows / max(1.0, known.distinct(key.child_rows))
        found.append(Near(shape, shape.columns[0], round(rows)))
    best = min(found, key=lambda near: near.rows, default=None)
    return best if best and best.rows <= min(_FEW, key.child_rows * _LITTLE) else None


def only_for(family: Family, keys: Sequence[ForeignKey], others: Iterable[Family]) -> ForeignKey | None:
    """The foreign key of its table whose children this index finds, or some of whose columns it begins with, and none
    of the table's others as well."""
    one = family.root
    rest = [other.root for other in others if other is not family]
    helped = (key for key in keys if serves(one, key) or _begins(one, key))
    return next((key for key in helped if not any(_as_well(other, one, key) for other in rest)), None)


def _begins(shape: Shape, key: ForeignKey) -> bool:
    """Whether it finds children by a part of the key; how well, is not asked."""
    plain = shape.method == "btree" and shape.usable and not shape.has_predicate
    return plain and len(key.keys) > 1 and bool(shape.keys) and shape.keys[0] in key.keys


def _as_well(other: Shape, one: Shape, key: ForeignKey) -> bool:
    if serves(other, key) or serves(one, key):
        return serves(other, key)
    return other.table_id == one.table_id and _begins(other, key) and other.keys[:1] == one.keys[:1]
