"""A room: one list of what belongs to a subject, paged by key; whatever shows or prints it knows no more than this."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.database.sql import Statement, statement, variants
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import Subject, kind_of

if TYPE_CHECKING:
    from gbtui.database.database import Database

PAGE: Final = 200
"""Rows a page."""
MOST: Final = 1001
"""Where counts stop: 1001 means more than a thousand."""
LONG: Final = 200
"""Characters of a value that a list holds."""
WHOLE: Final = 100_000
"""Characters of a text that is opened."""
NIL: Final = UUID(int=0)
LAST: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1))
"""Before the newest row of a list that begins with it."""

Key = tuple[Any, ...]


def asked(name: str, scope: Scope) -> tuple[Statement, Key]:
    """A statement of queries/general_bots/rooms narrowed to a scope, and the arguments for that.

    What is a person's own has no variant for one organization: it is theirs wherever they are looked at. An order of
    the same name as a variant goes with it: the one that its index has.
    """
    name = f"general_bots/rooms/{name}"
    declared = {variant for kind, variant in variants(name) if kind == "where"}
    orders = {variant for kind, variant in variants(name) if kind == "order"}
    where = tuple(variant for variant in scope.where if variant in declared or variant != "inside") if declared else ()
    order = next((variant for variant in where if variant in orders), None)
    return statement(name, where=where, order=order), scope.arguments[: max(1, len(where))]


@dataclass(frozen=True, slots=True)
class Whole:
    """What a row of a room holds beyond what the list shows."""

    statement: str
    record: type[Any]
    key: Callable[[Any, Scope], Key]
    said: str = ""
    """How the record of its opening is called ("draft.viewed"); "": none is left."""


@dataclass(frozen=True, slots=True)
class Room:
    """One list. `of` names the kinds of subjects that have it; "" stands for everyone together."""

    name: str
    title: str
    record: type[Any]
    of: tuple[str, ...]
    first: Key
    """The place before the first row."""
    place: Callable[[Any], Key]
    """Where a row stands; the next page begins behind it."""
    file: str = ""
    """Its statement in queries/general_bots/rooms, where that is not called as the room is."""
    raw: type[Any] | None = None
    """What the statement returns, where the rows are worked out from it; None: the rows themselves."""
    made: Callable[[Any, datetime], Any] | None = None
    """A row from a raw one, at a time."""
    inner: Callable[[Any], Subject] | None = None
    """The subject that a row is, with rooms of its own; None: its rows are leaves."""
    whole: Whole | None = None
    table: str = ""
    narrowed: "Room | None" = None
    """The same list of one organization, where that is kept in another order."""
    said: str = ""
    """How records of its opening begin ("drafts" for drafts.viewed); "": it is not put on record."""

    def fits(self, scope: Scope) -> bool:
        """Whether there is such a list of what is looked at."""
        return kind_of(scope) in self.of

    def whose(self) -> str:
        """What must be named before there is anything to list."""
        return " or ".join(f"--{_FLAGS[kind]}" for kind in self.of if kind in _FLAGS)


PERSONAL: Final = ("preferences", "mail", "drafts", "folders", "tokens")
"""Rooms of what is a person's alone."""
NOT_SHOWN: Final = "it is the person's, no organization's: not shown to a login that is bound to organizations"
"""Why a bound login finds them empty: row-level security leaves nothing of them."""

_FLAGS: Final = {"tenant": "org", "bot": "bot", "user": "user", "collection": "collection", "account": "account"}


async def page(
    database: "Database", room: Room, scope: Scope = EVERYONE, *, limit: int = PAGE, behind: Any = None
) -> list[Any]:  # fmt: skip
    """A page of a room: the first, or the one behind a row."""
    if room.narrowed is not None and scope.org_id is not None:
        room = room.narrowed
    place = room.place(behind) if behind is not None else room.first
    chosen, arguments = asked(room.file or room.name, scope)
    found = await database.rows(room.raw or room.record, chosen, limit, *place, *arguments)
    if room.made is None:
        return found
    now = datetime.now(UTC)
    return [room.made(row, now) for row in found]


async def whole(database: "Database", room: Room, row: Any, scope: Scope) -> Any:
    """All of a row's texts, as the room's `whole` says; None if the row is gone, or there is no more."""
    if room.whole is None:
        return None
    chosen = statement(room.whole.statement)
    found = await database.rows(room.whole.record, chosen, *room.whole.key(row, scope), WHOLE)
    return found[0] if found else None


def completed(row: Any, more: Any) -> Any:
    """A row with its texts as they are in full, as far as `more` has them under the same names."""
    if more is None:
        return row
    both = {field.name for field in fields(more)} & {field.name for field in fields(row)}
    return replace(row, **{name: getattr(more, name) for name in both})


def rest(row: Any, more: Any) -> dict[str, Any]:
    """What `more` has that the row has no field for."""
    known = {field.name for field in fields(row)} | {"cut"}
    return {field.name: getattr(more, field.name) for field in fields(more) if field.name not in known} if more else {}
