"""Each partition as it stands: bounds, size, whether it is attached, whether it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gbtui.database.connection import Connection
from gbtui.database.rows import rows
from gbtui.database.sql import identifier, statement
from gbtui.errors import QueryError


class State(StrEnum):
    """What a table of a month is to its parent."""

    ATTACHED = "attached"
    DETACHING = "detaching"
    """DETACH CONCURRENTLY was begun and has not ended: its rows are not seen any more, it takes none."""
    DETACHED = "detached"
    """A table of its own, whole and closed; nothing of gbtui reads it."""
    LOADING = "loading"
    """Being filled, to take the place of a part of another."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One month's table.

    `lower` and `upper` are its bounds, the upper one excluded; no lower one: open to the past. Those of a detached
    table follow from its name and comment. `rows_estimate` is the planner's, None before the first ANALYZE.
    `total_bytes` counts indexes and TOAST; None while the table is locked away. `closed`: nobody but its owner can
    read it past its parent.
    """

    KEY: ClassVar = ("part_schema", "partition")
    LATER: ClassVar = ("schema", "table", "part_schema")

    partition: str
    state: str
    closed: bool
    total_bytes: int | None
    rows_estimate: int | None
    lower: datetime | None
    upper: datetime | None
    schema: str
    table: str
    part_schema: str

    @property
    def name(self) -> str:
        """Schema and name, quoted."""
        return f"{identifier(self.part_schema)}.{identifier(self.partition)}"

    @property
    def parent(self) -> str:
        """Its parent's schema and name, quoted."""
        return f"{identifier(self.schema)}.{identifier(self.table)}"

    @property
    def full_table(self) -> str:
        """Its parent's schema and name, as people write it."""
        return f"{self.schema}.{self.table}"

    @property
    def open_to_past(self) -> bool:
        """Whether rows of any earlier time are its."""
        return self.lower is None


async def listed(connection: Connection) -> tuple[Partition, ...]:
    """All partitions of monthly partitioned tables, and the tables that were one, newest first within a table."""
    return tuple(rows(Partition, await connection.fetch(statement("meta/partition_tables").text)))


async def found(connection: Connection, name: str) -> Partition:
    """One of `listed` by its name, with or without the schema; QueryError if there is none."""
    return pick(await listed(connection), name)


def pick(partitions: Sequence[Partition], name: str) -> Partition:
    """One by its name, with or without the schema; QueryError if there is none."""
    for one in partitions:
        if name in (one.partition, f"{one.part_schema}.{one.partition}"):
            return one
    raise QueryError("No such partition", name, "gbtui partitions list names them")
