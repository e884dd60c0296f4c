"""Indexes, foreign keys and columns, as the catalog and ANALYZE describe them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from gbtui.text import clean

PAGE: Final = 8192


class Shape(NamedTuple):
    """An index as its definition makes it. There may be very many: tuples are quickly made."""

    id: int
    table_id: int
    schema: str
    table_name: str
    name: str
    method: str
    partitioned: bool
    parent: int | None
    keys: tuple[int, ...]
    """Column numbers, 0 for an expression."""
    included: tuple[int, ...]
    classes: tuple[int, ...]
    collations: tuple[int, ...]
    options: tuple[int, ...]
    """Descending, NULLs first."""
    columns: tuple[str, ...]
    """The keys' names, "" for an expression."""
    column_collations: tuple[int, ...]
    """Those that the columns themselves have: a search without COLLATE goes by them."""
    has_expression: bool
    has_predicate: bool
    expressions: str | None
    """None: there are none, or the table is locked away."""
    predicate: str | None
    is_unique: bool
    nulls_not_distinct: bool
    immediate: bool
    is_primary: bool
    is_exclusion: bool
    constraint_name: str
    is_referenced: bool
    """A foreign key of another table rests on it."""
    is_replica_identity: bool
    is_clustered: bool
    of_extension: bool
    valid: bool
    ready: bool
    building: bool
    locked: bool
    no_deduplication: bool
    fillfactor: int
    pages: int
    entries: float
    table_rows: float
    table_pages: int
    scans: int
    written: int
    changed_since_analyze: int

    @property
    def full_name(self) -> str:
        """schema.name, as people write it."""
        return clean(f"{self.schema}.{self.name}")

    @property
    def usable(self) -> bool:
        """Whether queries may use it."""
        return self.valid and self.ready

    @property
    def known(self) -> bool:
        """Whether all of its definition could be read."""
        return not self.locked or not (self.has_expression or self.has_predicate)


class ForeignKey(NamedTuple):
    """A foreign key that is enforced, that of a partitioned table once."""

    id: int
    table_id: int
    schema: str
    table_name: str
    name: str
    keys: tuple[int, ...]
    columns: tuple[str, ...]
    parent_schema: str
    parent_table: str
    on_delete: str
    partitioned: bool
    child_rows: float
    child_pages: int
    parent_deleted: int
    parent_updated: int
    """Other than in place: those that might have changed the key."""

    @property
    def rows_read(self) -> int:
        """Rows of the children that deletions and changes of parents have read so far, at most, without an index."""
        return round((self.parent_deleted + self.parent_updated) * self.child_rows)


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What ANALYZE knows of a column."""

    table_id: int
    attnum: int
    width: int
    """Bytes, on average."""
    null_share: float
    distinct_values: float
    """As pg_stats has it: below 0 a share of the rows."""
    commonest_share: float
    five_commonest_share: float

    def distinct(self, rows: float) -> float:
        """Different values among that many rows."""
        return -self.distinct_values * rows if self.distinct_values < 0 else self.distinct_values


@dataclass(frozen=True, slots=True)
class Family:
    """An index with those of its partitions: judged and advised as one. A plain one is alone."""

    root: Shape
    parts: tuple[Shape, ...]

    @property
    def scans(self) -> int:
        """Of all its parts."""
        return sum(part.scans for part in self.parts)

    @property
    def written(self) -> int:
        """Rows written that its parts had to follow."""
        return sum(part.written for part in self.parts)

    @property
    def bytes(self) -> int:
        """As the catalog has them."""
        return PAGE * sum(part.pages for part in self.parts)

    @property
    def rows(self) -> float:
        """Of its table."""
        return sum(part.table_rows for part in self.parts)


def families(shapes: Iterable[Shape]) -> list[Family]:
    """Indexes of partitions gathered under those of their parents."""
    found = {shape.id: shape for shape in shapes}
    parts: dict[int, list[Shape]] = {shape.id: [] for shape in found.values() if _root(shape, found) is shape}
    for shape in found.values():
        if not shape.partitioned:
            parts[_root(shape, found).id].append(shape)
    return [Family(found[root], tuple(ones)) for root, ones in parts.items()]


def _root(shape: Shape, found: Mapping[int, Shape]) -> Shape:
    while shape.parent is not None and shape.parent in found:
        shape = found[shape.parent]
    return shape
