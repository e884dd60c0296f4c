"""From a poll's answer to a page: rows in order, whole transactions, and the cursor that follows. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import asyncpg

from gbtui.domain.tail.cursor import Cursor, Header
from gbtui.domain.tail.events import Gap

PAGE: Final = 2000  # rows an arm of the poll returns at most: the LIMIT in the statement
LARGE_PAGE: Final = 10_000  # the same in the statement that reads one large transaction
_NIL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the stream, with its transaction's number at hand."""

    tx: int
    id: UUID
    record: asyncpg.Record


Places = Mapping[int, UUID]
"""Large transactions that are half delivered: every row up to this id has been handed over."""


@dataclass(slots=True)
class Page:
    """What one poll brought. `cursor` and `places` hold once the rows have been delivered; `more` is waiting."""

    header: Header
    rows: list[Row]
    cursor: Cursor
    places: Places = field(default_factory=dict)
    more: bool = False
    gap: Gap | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Large:
    """The poll's answer begins with a transaction that fills a whole arm: it is read by itself, by id."""

    tx: int
    places: Places
    header: Header
    cursor: Cursor
    opening: Cursor

    @property
    def after(self) -> UUID:
        """The id behind which its next page begins."""
        return self.places.get(self.tx, _NIL)

    def page(self, records: Sequence[asyncpg.Record]) -> Page:
        """The page that `records` (rows of this transaction behind `after`, by id) make."""
        rows = [Row(self.tx, record["id"], record) for record in records]
        if len(records) >= LARGE_PAGE:
            return Page(self.header, rows, self.cursor, {**self.places, self.tx: rows[-1].id}, more=True)
        # It is done; everything else is asked for again from here on.
        cut = self.tx + 1
        if self.tx in self.cursor.pending:
            cursor = Cursor(self.cursor.hi, self.cursor.pending - {self.tx}, self.cursor.done)
        else:
            cursor = self.cursor.after(
                self.opening.hi, self.opening.pending, {self.tx}, cut_new=cut, cut_pending=_lowest(self.cursor.pending)
            )
        places = {tx: last for tx, last in self.places.items() if tx != self.tx}
        return Page(self.header, rows, cursor, places, more=True)


def arrange(
    records: Sequence[asyncpg.Record], header: Header, cursor: Cursor, opening: Cursor, places: Places
) -> Page | Large:
    """Sort a poll's rows and cut off a last transaction that may be incomplete.

    `cursor` is what was asked; `opening` says what was open at the poll (its own snapshot, or on a standby an earlier
    moment). Rows come out by transaction, then time, then id: the same rows always in the same order.
    """
    rows = sorted(
        (Row(int(record["tx"]), record["id"], record) for record in records),
        key=lambda row: (row.tx, row.record["created_at"], row.id),
    )
    pending = [row for row in rows if row.tx < cursor.hi]
    new = rows[len(pending) :]
    cuts: list[int | None] = []
    for arm in (pending, new):
        cut = arm[-1].tx if len(arm) >= PAGE else None
        if cut is not None and arm[0].tx == cut:
            return Large(cut, places, header, cursor, opening)
        cuts.append(cut)
    cut_pending, cut_new = cuts
    kept = [*_below(pending, cut_pending), *_below(new, cut_new)]
    whole = {row.tx for row in kept}
    following = cursor.after(opening.hi, opening.pending, whole, cut_new=cut_new, cut_pending=cut_pending)
    fresh = [row for row in kept if row.tx not in cursor.done]
    places = {tx: last for tx, last in places.items() if tx >= following.hi or tx in following.pending}
    return Page(header, fresh, following, places, more=cut_new is not None or cut_pending is not None)


def _below(rows: Sequence[Row], cut: int | None) -> Sequence[Row]:
    return rows if cut is None else [row for row in rows if row.tx < cut]


def _lowest(numbers: Collection[int]) -> int | None:
    return min(numbers, default=None)
