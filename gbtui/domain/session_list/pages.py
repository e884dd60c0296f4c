"""Sessions page by page: first found, then read. Depth costs nothing."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gbtui.domain.page import Page
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.session_list.find import Edge, Finder, Found, Hit
from gbtui.domain.session_list.names import named
from gbtui.domain.session_list.record import Session
from gbtui.domain.session_list.wish import ANY, Wish

if TYPE_CHECKING:
    from gbtui.database.database import Database

PAGE: Final = 200


async def session_page(
    database: "Database",
    scope: Scope = EVERYONE,
    wish: Wish = ANY,
    *,
    at: Edge | None = None,
    limit: int = PAGE,
) -> Page[Session]:
    """The first page of the sessions that a wish means, or the one at an edge of another page of theirs.

    Newest activity first; near a time (`at`) the nearest message first; those that expire by their end; those that
    wait by their last word. What was looked through is told where that was not everything.
    """
    wish = at.wish if at else wish
    finder = Finder(database, wish, await named(database, scope, wish), limit)
    found = await finder.page(at)
    rows = await _read(database, found)
    if not finder.both_ways:
        return Page(tuple(rows), found.behind, None, found.told)
    if at is not None and at.newer:
        rows.reverse()
        before = _in_front(rows, wish) if found.behind else None
        return Page(tuple(rows), edge_behind(rows[-1], wish) if rows else None, before)
    return Page(tuple(rows), found.behind, _in_front(rows, wish), found.told)


async def sessions(
    database: "Database",
    scope: Scope = EVERYONE,
    *,
    limit: int = PAGE,
    older_than: Session | None = None,
    newer_than: Session | None = None,
) -> list[Session]:
    """A page of sessions, newest activity first: the first one, the one behind `older_than` or before `newer_than`."""
    edge = edge_behind(older_than) if older_than else _in_front([newer_than], ANY) if newer_than else None
    return list((await session_page(database, scope, at=edge, limit=limit)).rows)


def edge_behind(session: Session, wish: Wish = ANY) -> Edge:
    """The edge behind a session, where pages go by last activity."""
    return Edge((session.last_activity, session.id), wish=wish)


def _in_front(rows: list[Session], wish: Wish) -> Edge | None:
    return Edge((rows[0].last_activity, rows[0].id), wish=wish, newer=True) if rows else None


async def _read(database: "Database", found: Found) -> list[Session]:
    """The sessions that were found, in that order; one that is gone meanwhile is left out."""
    if not found.hits:
        return []
    rows = await database.rows(Session, "general_bots/sessions", [hit.id for hit in found.hits])
    known = {row.id: row for row in rows}
    return [_told(known[hit.id], hit) for hit in found.hits if hit.id in known]


def _told(row: Session, hit: Hit) -> Session:
    return row if hit.at is None else replace(row, at=hit.at, at_message=hit.message)
