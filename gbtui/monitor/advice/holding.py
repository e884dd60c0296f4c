"""What holds an index in place: why it must not be dropped, whatever it is used for."""

from collections.abc import Iterable, Sequence

from gbtui.monitor.advice.shapes import Family, ForeignKey, Shape
from gbtui.text import clean


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


def only_for(family: Family, keys: Sequence[ForeignKey], others: Iterable[Family]) -> ForeignKey | None:
    """The foreign key of its table that this index serves, and none of the table's others."""
    rest = [other for other in others if other is not family]
    served = (key for key in keys if serves(family.root, key))
    return next((key for key in served if not any(serves(other.root, key) for other in rest)), None)
