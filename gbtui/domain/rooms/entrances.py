"""The page of a subject: which rooms it has, and how much is in each."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui.domain.rooms.room import NOT_SHOWN, PERSONAL, asked
from gbtui.domain.scope import Scope
from gbtui.domain.subject import kind_of
from gbtui.errors import DeniedError, LockedError

if TYPE_CHECKING:
    from gbtui.database.database import Database

ROOMS_OF: Final = MappingProxyType(
    {
        "tenant": ("bots", "sessions", "users"),
        "bot": ("sessions", "configuration", "memories", "collections", "tools", "automations"),
        "user": ("sessions", "organizations", "preferences", "mail", "drafts", "folders", "tokens"),
        "collection": ("documents",),
        "account": ("folders",),
    }
)
"""The rooms of each kind of subject, in the order of its page; one that has a single room has no page."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A room and how many things are in it."""

    KEY: ClassVar = ("room",)
    BOUNDED: ClassVar = ("rows",)

    room: str
    rows: int | None
    """Counted to 1,000; not known where the right to read them is missing."""
    what: str
    """What is in there; or why it cannot be told."""


@dataclass(frozen=True, slots=True)
class _Count:
    rows: int


async def entrances(database: "Database", scope: Scope, titles: dict[str, str]) -> list[Entrance]:
    """The rooms of what is looked at. A table that may not be read, or is locked, closes its own room alone."""
    return [await _entrance(database, name, scope, titles[name]) for name in ROOMS_OF.get(kind_of(scope), ())]


async def _entrance(database: "Database", name: str, scope: Scope, title: str) -> Entrance:
    if name in PERSONAL and database.facts.access.bound:
        return Entrance(name, None, NOT_SHOWN)
    chosen, arguments = asked(f"count_{name}", scope)
    try:
        (found,) = await database.rows(_Count, chosen, *arguments)
    except DeniedError as error:
        return Entrance(name, None, error.hint if error.hint.startswith("GRANT ") else error.message)
    except LockedError as error:
        return Entrance(name, None, error.message)
    return Entrance(name, found.rows, title)
