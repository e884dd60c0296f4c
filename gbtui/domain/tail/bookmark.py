"""Where a tail was stopped: all that another process needs to go on from there. Data alone; see cursor_file.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from gbtui.domain.tail.cursor import Cursor
from gbtui.domain.tail.history import History
from gbtui.domain.tail.page import Places


class Key(NamedTuple):
    """One row of a stream, as its primary key finds it."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stream lives: the server's history, the database, and its table by name and number.

    `parts` are the numbers of its partitions: one of them was the table before it was partitioned in place.
    """

    history: History
    database: str
    table: str
    table_oid: int
    parts: frozenset[int] = frozenset()

    def refuses(self, last: "Place") -> str:
        """Why a bookmark made at `last` says nothing here, as a sentence; "" if it may be used."""
        mine, theirs = self.history, last.history
        if mine.another_cluster(theirs):
            return f"it was made on another server (system {theirs.system_identifier}, not {mine.system_identifier})"
        if mine.timeline is not None and theirs.timeline is not None and mine.timeline < theirs.timeline:
            return f"it was made on timeline {theirs.timeline}, and this server is still on timeline {mine.timeline}"
        if (self.database, self.table) != (last.database, last.table):
            return f"it is about {last.table} in database {last.database}, not {self.table} in {self.database}"
        if self.table_oid != last.table_oid and last.table_oid not in self.parts:
            return f"it is about an earlier table {last.table}, which was dropped since"
        return ""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A tail's position.

    `cursor`, `begin` and `places` are the reader's; `seen` are the last delivered rows as (transaction, id), complete
    from transaction `floor` on. `older`: history is still being read, and everything up to this row was delivered.
    `again`: rows behind the cursor that were not handed over yet.
    """

    place: Place
    cursor: Cursor
    begin: Cursor
    places: Places
    floor: int
    seen: tuple[tuple[int, UUID], ...]
    older: Key | None = None
    again: tuple[Key, ...] = ()


def just_before(created_at: datetime, row: UUID) -> Key:
    """The key behind which history begins with this row."""
    return Key(created_at, UUID(int=max(row.int - 1, 0)))


def without(keys: Iterable[Key], gone: Iterable[Key]) -> tuple[Key, ...]:
    """`keys` but for those in `gone`, in their order."""
    dropped = frozenset(gone)
    return tuple(key for key in keys if key not in dropped)
