"""The tables of a database and the foreign keys between them, as its catalog has them; any schema's."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gbtui.database.sql import identifier
from gbtui.errors import GbtuiError

if TYPE_CHECKING:
    from gbtui.database.database import Database

MOST: Final = 5_000
"""Tables, and foreign keys, that are read at most."""
_KEPT_SECONDS: Final = 60.0
_OURS: Final = ("public", "gb_meta")


class OnDelete(StrEnum):
    """What a foreign key does to its rows when the row they point to is deleted; the catalog's letters."""

    NO_ACTION = "a"
    RESTRICT = "r"
    CASCADE = "c"
    SET_NULL = "n"
    SET_DEFAULT = "d"

    @property
    def told(self) -> str:
        """In SQL's words."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    """As SQL writes it; from the server, which quotes it."""
    readable: bool
    not_null: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table that foreign keys connect; a partitioned one with all its partitions."""

    oid: int
    schema: str
    name: str
    partitioned: bool
    inherited: bool
    """Other tables inherit from it, which its foreign keys do not know."""
    usable: bool
    """Whether this role may use its schema."""
    filtered: bool
    """Whether row-level security hides rows of it from this role."""
    large: bool
    """Whether reading all of it is no small matter."""
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The columns that name a row; empty where nothing does."""

    @property
    def title(self) -> str:
        """Its name for people: without the schema where that is public."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def full(self) -> str:
        """Schema and name, as an audit record has them."""
        return f"{self.schema}.{self.name}"

    def column(self, name: str) -> Column:
        """One of its columns by name."""
        return next(column for column in self.columns if column.name == name)

    def denied(self, names: Iterable[str]) -> str:
        """The GRANT that is missing to read these columns; "" if none is."""
        if not self.usable:
            return f"GRANT USAGE ON SCHEMA {identifier(self.schema)}"
        lacking = [identifier(name) for name in dict.fromkeys(names) if not self.column(name).readable]
        where = f"{identifier(self.schema)}.{identifier(self.name)}"
        return f"GRANT SELECT ({', '.join(lacking)}) ON {where}" if lacking else ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Rows of `child` point to one of `parent`."""

    name: str
    child: int
    parent: int
    partial: bool
    """It holds for one partition alone, or compares periods: it is named, not walked."""
    columns: tuple[str, ...]
    references: tuple[str, ...]
    operators: tuple[tuple[str, str], ...]
    """By which each column is compared: schema and name."""
    on_delete: OnDelete
    sets: tuple[str, ...]
    """What SET NULL and SET DEFAULT set."""
    deferrable: bool
    indexed: bool
    """Whether its rows are found by an index."""


@dataclass(frozen=True, slots=True)
class Graph:
    """All of it."""

    tables: dict[int, Table]
    keys: tuple[ForeignKey, ...]
    read_at: float = field(default_factory=time.monotonic)

    def following(self, pairs: Sequence[tuple[str, str]]) -> "Graph":
        """The same, with rows that go with their parents whatever their key says: pairs of tables, child and parent."""

        def follows(key: ForeignKey) -> bool:
            return (self.tables[key.child].full, self.tables[key.parent].full) in pairs

        keys = (replace(key, on_delete=OnDelete.CASCADE) if follows(key) else key for key in self.keys)
        return Graph(self.tables, tuple(keys), self.read_at)

    def named(self, schema: str, name: str) -> Table | None:
        """A table by its name."""
        return next((one for one in self.tables.values() if (one.schema, one.name) == (schema, name)), None)

    def children(self, oid: int) -> list[ForeignKey]:
        """The keys that point to a table."""
        return [key for key in self.keys if key.parent == oid]

    def parents(self, oid: int) -> list[ForeignKey]:
        """The keys by which a table points to others."""
        return [key for key in self.keys if key.child == oid]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of queries/relations/tables.sql."""

    oid: int
    schema: str
    name: str
    partitioned: bool
    inherited: bool
    usable: bool
    filtered: bool
    large: bool
    column_names: Sequence[str]
    column_types: Sequence[str]
    columns_readable: Sequence[bool]
    columns_not_null: Sequence[bool]
    key_names: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of queries/relations/foreign_keys.sql."""

    name: str
    child: int
    parent: int
    partial: bool
    columns: Sequence[str]
    references: Sequence[str]
    operator_schemas: Sequence[str]
    operators: Sequence[str]
    on_delete: str
    sets: Sequence[str]
    deferrable: bool
    indexed: bool


class Catalog:
    """Reads the graph of a database, and keeps it for a minute."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._graph: Graph | None = None

    async def graph(self, *, fresh: bool = False) -> Graph:
        """Tables and keys, not older than a minute (`fresh`: of now). Raises the GbtuiError tree."""
        kept = self._graph
        if fresh or kept is None or time.monotonic() - kept.read_at > _KEPT_SECONDS:
            # By the driver's records and not by `rows()`: a name must stay what it is to be found again.
            tables = [_table(TableRow(**row)) for row in await self._database.fetch("relations/tables", MOST)]
            keys = [_key(KeyRow(**row)) for row in await self._database.fetch("relations/foreign_keys", MOST)]
            if any(table.filtered for table in tables) and await self._sees_all():
                tables = [replace(table, filtered=table.filtered and table.schema not in _OURS) for table in tables]
            known = {table.oid: table for table in tables}
            kept = Graph(known, tuple(key for key in keys if key.child in known and key.parent in known))
            self._graph = kept
        return kept

    async def _sees_all(self) -> bool:
        """Whether the policies of our own tables leave nothing out for this login."""
        if not self._database.facts.has_platform:
            return False
        try:
            return bool((await self._database.fetch("general_bots/sees_all"))[0]["all"])
        except GbtuiError:  # no such function, or no right to it: then its policies are not known
            return False


def _table(row: TableRow) -> Table:
    parts = zip(row.column_names, row.column_types, row.columns_readable, row.columns_not_null, strict=True)
    return Table(
        row.oid, row.schema, row.name, row.partitioned, row.inherited, row.usable, row.filtered, row.large,
        tuple(Column(*part) for part in parts), tuple(row.key_names),
    )  # fmt: skip


def _key(row: KeyRow) -> ForeignKey:
    return ForeignKey(
        row.name, row.child, row.parent, row.partial, tuple(row.columns), tuple(row.references),
        tuple(zip(row.operator_schemas, row.operators, strict=True)), OnDelete(row.on_delete), tuple(row.sets),
        row.deferrable, row.indexed,
    )  # fmt: skip
