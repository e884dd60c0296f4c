"""The rooms of organizations, bots, users and collections as probes: the first page of each, and the pages of rooms."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from gbtui.domain.page import Page
from gbtui.domain.rooms import ROOMS, TITLES
from gbtui.domain.rooms.entrances import Entrance, entrances
from gbtui.domain.rooms.room import NOT_SHOWN, PAGE, PERSONAL, Room, page
from gbtui.domain.subject import kind_of
from gbtui.monitor.platform.absence import absence
from gbtui.monitor.platform.lists import FIRST_PAGE
from gbtui.monitor.probe import Fetch, Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_SECONDS: Final = 10.0
"""These change when somebody works on them, not with every message."""


def _fetch(room: Room) -> Fetch[Any]:
    async def fetch(database: "Database", scope: "Scope", _before: Sample[Any] | None) -> Reading[Any]:
        if not database.facts.has_platform:
            return Reading((), skipped=(f"not in this schema: {await absence(database)}",))
        if not room.fits(scope):
            return Reading((), skipped=(f"whose {room.name}? name one: {room.whose()}",))
        if room.name in PERSONAL and database.facts.access.bound:
            return Reading((), skipped=(f"{ABSENT}{NOT_SHOWN}",))
        rows = await page(database, room, scope)
        more = rows[-1] if len(rows) == PAGE else None
        return Reading(tuple(rows), skipped=(FIRST_PAGE,) if more else (), behind=more)

    return fetch


def _pages(room: Room) -> "Callable[[Database, Scope, Any], Awaitable[Page[Any]]]":
    async def behind(database: "Database", scope: "Scope", edge: Any) -> Page[Any]:
        rows = await page(database, room, scope, behind=edge)
        return Page(tuple(rows), rows[-1] if len(rows) == PAGE else None)

    return behind


def _probe(room: Room) -> Probe[Any]:
    return Probe(
        room.name, room.title, room.record, _SECONDS, _fetch(room), scoped=True, pages=_pages(room), of_one=True
    )


async def _entrances(database: "Database", scope: "Scope", _before: Sample[Entrance] | None) -> Reading[Entrance]:
    if not database.facts.has_platform:
        return Reading((), skipped=(f"not in this schema: {await absence(database)}",))
    if not kind_of(scope):
        return Reading((), skipped=("whose rooms? name one: --org, --bot or --user",))
    return Reading(tuple(await entrances(database, scope, TITLES)))


ROOM_PROBES: Final = (
    Probe("rooms", "what an organization, a bot or a user has", Entrance, 5.0, _entrances, scoped=True, of_one=True),
    *map(_probe, ROOMS.values()),
)
