"""Which sessions a wish means, in order: ids found by an index, in bounded statements, from wherever a page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain.session_list.names import Ids, Names, containing
from gbtui.domain.session_list.wish import ANY, Wish
from gbtui.text import count
from gbtui.times import show

if TYPE_CHECKING:
    from gbtui.database.database import Database

Place: TypeAlias = tuple[datetime, UUID]
BEGINNING: Final[Place] = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
END: Final[Place] = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
LOOKED: Final = 5_000
"""Sessions or messages that one statement looks through: 10 to 40 ms."""
STATEMENTS: Final = 4
"""Statements for one page at most."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A session; of one that was found by a message, which."""

    id: UUID
    at: datetime | None = None
    message: UUID | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Where another page of the sessions of a wish begins: behind a place in the order, or with what was found already.

    With `newer` it is the page that ends in front of the place.
    """

    place: Place
    rest: tuple[Hit, ...] = ()
    wish: Wish = ANY
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The sessions of a page, in order; where there is more (None: nowhere); what was looked through."""

    hits: tuple[Hit, ...]
    behind: Edge | None = None
    told: tuple[str, ...] = ()


class Finder:
    """Finds the sessions of one wish, page by page."""

    def __init__(self, database: "Database", wish: Wish, names: Names, limit: int) -> None:
        self._database = database
        self._wish = wish
        self._names = names
        self._limit = limit

    async def page(self, edge: Edge | None) -> Found:
        """The first page, or the one at an edge."""
        wish, names = self._wish, self._names
        if names.bots == () or names.users == ():
            return Found(())
        if edge is not None and edge.newer:
            return await self._paged(edge.place, newer=True)
        if wish.at is not None:
            return await self._around(wish.at, edge)
        if names.users is None and "waiting" in wish.marks:
            return await self._waiting(edge)
        if names.users is None and self._by_expiry:
            return await self._expiring(edge)
        if names.unfound and names.users is None and names.bots is None:
            return await self._looked_for(edge)
        return await self._paged(edge.place if edge else self._top, newer=False)

    @property
    def both_ways(self) -> bool:
        """Whether there are pages in front of a place, too: by last activity there are."""
        wish, names = self._wish, self._names
        narrowed = names.users is None and ("waiting" in wish.marks or self._by_expiry)
        unfound = names.unfound and names.users is None and names.bots is None
        return not (wish.at or narrowed or unfound)

    @property
    def _by_expiry(self) -> bool:
        return bool({"expiring", "expired"} & set(self._wish.marks))

    @property
    def _top(self) -> Place:
        return (self._wish.until, UUID(int=0)) if self._wish.until else END

    def _whose(self) -> tuple[tuple[str, ...], tuple[Ids, ...]]:
        """The variant and its argument that narrow to some bots, else to an organization."""
        if self._names.bots is not None:
            return ("bots",), (self._names.bots,)
        return (("org",), ((self._names.org_id,),)) if self._names.org_id else ((), ())

    async def _paged(self, place: Place, *, newer: bool) -> Found:
        """By last activity."""
        names, marks = self._names, tuple(mark for mark in ("active", "anonymous") if mark in self._wish.marks)
        way, order = ("newer", "oldest") if newer else ("older", "newest")
        arguments: tuple[object, ...] = (self._limit, *place)
        if names.users is not None:
            where, whose = self._whose()
            chosen = statement("general_bots/sessions_of_users", where=(way, *where), order=order)
            arguments = (*arguments, names.users, *whose)
        elif names.bots is not None:
            chosen = statement("general_bots/sessions_of_bots", where=(way, *marks), order=order)
            arguments = (*arguments, names.bots)
        else:
            where, whose = self._whose()
            several = not where and self._database.facts.access.bound
            file = "general_bots/sessions_by_activity_mine" if several else "general_bots/sessions_by_activity"
            chosen = statement(file, where=(way, *where, *marks), order=order)
            arguments = (*arguments, *whose)
        return self._keyed(await self._database.fetch(chosen, *arguments))

    async def _expiring(self, edge: Edge | None) -> Found:
        """Those that end soon, the next first; those that have ended, the last first."""
        soon = "expiring" in self._wish.marks
        which = ("expiring", "above") if soon else ("expired", "below")
        where, whose = self._whose()
        chosen = statement(
            "general_bots/sessions_by_expiry", where=(*which, *where), order="ascending" if soon else "descending"
        )
        place = edge.place if edge else BEGINNING if soon else END
        return self._keyed(await self._database.fetch(chosen, self._limit, *place, *whose))

    def _keyed(self, rows: Sequence[object]) -> Found:
        hits = tuple(Hit(row["id"]) for row in rows)  # type: ignore[index]
        full = len(rows) >= self._limit
        return Found(hits, self._edge((rows[-1]["at"], rows[-1]["id"])) if full else None)  # type: ignore[index]

    def _edge(self, place: Place, rest: tuple[Hit, ...] = ()) -> Edge:
        return Edge(place, rest, self._wish)

    async def _waiting(self, edge: Edge | None) -> Found:
        """Whose last word is the user's, among the messages of a quarter of an hour."""
        hits: tuple[Hit, ...] = edge.rest if edge else ()
        place: Place | None = edge.place if edge else END
        where, whose = self._whose()
        chosen, looked = statement("general_bots/sessions_waiting", where=where), 0
        while place is not None and len(hits) < self._limit and looked < STATEMENTS:
            rows = await self._database.fetch(chosen, LOOKED, *place, *whose)
            looked += 1
            hits += tuple(Hit(row["id"]) for row in rows if row["id"] is not None)
            (end,) = [row for row in rows if row["id"] is None]
            place = (end["at"], end["message"]) if end["is_full"] else None
        told = (f"looked through {count(looked * LOOKED)} messages, back to {_time(place[0])}",) if place else ()
        return self._cut(hits, place, told)

    def _cut(self, hits: tuple[Hit, ...], place: Place | None, told: tuple[str, ...] = ()) -> Found:
        """A page of what was found; the rest is for the next one."""
        shown, rest = hits[: self._limit], hits[self._limit :]
        if place is None:
            return Found(shown, self._edge(BEGINNING, rest) if rest else None, told)
        return Found(shown, self._edge(place, rest), told)

    async def _around(self, at: datetime, edge: Edge | None) -> Found:
        """Those with a message near a time, the nearest first."""
        if edge is not None:
            return self._cut(edge.rest, None)
        where, whose = self._whose()
        if self._names.users is not None:
            where, whose = ("users",), (self._names.users,)
        chosen = statement("general_bots/sessions_at", where=where)
        rows = await self._database.fetch(chosen, LOOKED, at, *whose)
        told: tuple[str, ...] = ()
        if rows and (rows[0]["before_full"] or rows[0]["behind_full"]):
            told = (
                f"looked through the messages nearest to it: {_time(rows[0]['since'])} to {_time(rows[0]['until'])};"
                " bot: or o narrows",
            )
        return self._cut(tuple(Hit(row["id"], row["at"], row["message"]) for row in rows), None, told)

    async def _looked_for(self, edge: Edge | None) -> Found:
        """Names that no index finds: looked for from session to session."""
        wish, names = self._wish, self._names
        patterns = [containing(word) if word else None for word in (wish.bot, wish.user)]
        patterns.append(containing(wish.organization) if wish.organization and names.org_id is None else None)
        where, whose = self._whose()
        chosen = statement("general_bots/sessions_named", where=where)
        hits: tuple[Hit, ...] = edge.rest if edge else ()
        place: Place | None = edge.place if edge else self._top
        looked, step = 0, max(LOOKED // 12, 1)
        # A little at first: where many bots are called so, their sessions are among the newest.
        while place is not None and len(hits) < self._limit and looked < LOOKED:
            rows = await self._database.fetch(chosen, step, *place, *patterns, *whose)
            looked, step = looked + step, min(3 * step, LOOKED)
            hits += tuple(Hit(row["id"]) for row in rows if row["found"])
            place = (rows[-1]["at"], rows[-1]["id"]) if rows else None
        told = (f"looked through {count(looked)} sessions, back to {_time(place[0])}",) if place else ()
        return self._cut(hits, place, told)


def _time(moment: datetime) -> str:
    return show(moment, datetime.now(UTC))
