"""From the names in a wish to ids, where an index finds them; else they are looked for among the sessions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from gbtui.domain.scope import Scope
from gbtui.domain.session_list.wish import Wish
from gbtui.domain.subject import Subject
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.database.database import Database

Ids: TypeAlias = tuple[UUID, ...]
MOST: Final = 64
"""Bots or users whose sessions are read one by one; of more the newest sessions are looked through."""


@dataclass(frozen=True, slots=True)
class Names:
    """Whose sessions are wanted. None: anybody's, or somebody's whom no index finds; () is nobody."""

    org_id: UUID | None
    bots: Ids | None
    users: Ids | None
    unfound: bool
    """Whether one of the names is still to be looked for among the sessions."""


async def named(database: "Database", scope: Scope, wish: Wish) -> Names:
    """Look the names up: a bot and a user by how they begin (in one organization a bot by any part of its name)."""
    for word in (wish.bot, wish.user, wish.organization):
        if database.shown_text(word) != word:
            raise UsageError("filter", f"{word!r} is not looked for by what is masked here")
    org_id = scope.org_id
    if org_id is None and wish.organization:
        org_id = await _organization(database, wish.organization)
    bots, users = _subject(scope, "bot"), _subject(scope, "user")
    # Under one bot or user its name in the filter is looked for among the rows.
    if wish.bot and bots is None and users is None:
        bots = await _bots(database, org_id, wish.bot)
    if wish.user and users is None:
        users = await _few(database, "users_by_name", *_beginning(wish.user))
    missing = (wish.organization and org_id is None, wish.bot and bots is None, wish.user and users is None)
    return Names(org_id, bots, users, any(missing))


def _subject(scope: Scope, kind: str) -> Ids | None:
    """The one bot or user that is looked at."""
    if isinstance(scope, Subject) and scope.kind == kind and isinstance(scope.key, UUID):
        return (scope.key,)
    return None


async def _organization(database: "Database", word: str) -> UUID | None:
    found = await database.fetch("general_bots/organization_named", word)
    return found[0]["org_id"] if len(found) == 1 and found[0]["slug"] == word.casefold() else None


async def _bots(database: "Database", org_id: UUID | None, word: str) -> Ids | None:
    if org_id is None:
        return await _few(database, "bots_by_name", *_beginning(word))
    found = await database.fetch("general_bots/bots_by_name_in", MOST + 1, containing(word), org_id)
    return tuple(row["id"] for row in found) if len(found) <= MOST else None


async def _few(database: "Database", name: str, low: str, high: str) -> Ids | None:
    """Those that begin so; None where there are none (it may stand in the middle of a name) or many."""
    found = await database.fetch(f"general_bots/{name}", MOST + 1, low, high)
    return tuple(row["id"] for row in found) if 0 < len(found) <= MOST else None


def _beginning(word: str) -> tuple[str, str]:
    """The first text that begins with a word, and the first behind all that do."""
    low = word.lower()
    return low, low[:-1] + chr(min(ord(low[-1]) + 1, 0xD7FF if ord(low[-1]) < 0xD7FF else 0x10FFFF))


def containing(word: str) -> str:
    """The pattern of a text that contains a word."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
