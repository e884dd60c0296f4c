"""Audit records page by page, newest first: by keyset, through bounded stretches of the record."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg

from gbtui.database.rows import rows
from gbtui.database.sql import statement
from gbtui.domain.audit_list.record import Recorded
from gbtui.domain.audit_list.wish import ANY, Wish
from gbtui.domain.page import Page
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.text import count
from gbtui.times import full

if TYPE_CHECKING:
    from gbtui.database.database import Database

PAGE: Final = 200
STRETCH: Final = 20_000
"""Records that are looked through for one page of those that a filter leaves."""
_END: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))
_BEGINNING: Final = datetime(1, 1, 2, tzinfo=UTC)
_EXACT: Final = ("actor", "object")
"""Columns whose indexes are read where the whole text is known."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a page begins: behind this record."""

    at: datetime
    id: UUID
    wish: Wish = ANY


async def audit_page(
    database: "Database", scope: Scope = EVERYONE, wish: Wish = ANY, *, at: Edge | None = None, limit: int = PAGE
) -> Page[Recorded]:
    """The first page of the records that a wish means, or the one behind an edge of another page of theirs.

    Where not all records were looked through for it, how far back they were is told.
    """
    wish = at.wish if at else wish
    where = [name for name in _EXACT if name in wish.exactly]
    asked = (*wish.names, *scope.arguments)
    chosen = statement("meta/audit_list", where=(*where, *scope.where))
    stretch = STRETCH if any(wish.names) else limit
    raw = await database.fetch(chosen, limit, *_place(at, wish), wish.since or _BEGINNING, stretch, *asked)
    looked, last_at, last_id = (raw[0][name] for name in ("looked", "last_at", "last_id"))
    found = rows(Recorded, [_without_stretch(row) for row in raw if row["id"] is not None], redact=database.redact)
    if len(found) == limit:
        return Page(tuple(found), Edge(found[-1].at, found[-1].id, wish))
    if looked < stretch:
        return Page(tuple(found))
    told = f"looked through {count(looked)} records, back to {full(last_at)}; there are more"
    return Page(tuple(found), Edge(last_at, last_id, wish), told=(told,))


def _without_stretch(row: asyncpg.Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("looked", "last_at", "last_id")}


def _place(at: Edge | None, wish: Wish) -> tuple[datetime, UUID]:
    if at is not None:
        return at.at, at.id
    return (wish.until + timedelta(microseconds=1), UUID(int=0)) if wish.until else _END
