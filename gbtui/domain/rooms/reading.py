"""Reads rooms for whoever shows them: whole texts, and the subjects that names stand for."""

from typing import TYPE_CHECKING, Any

from gbtui.domain.rooms.naming import subject_of
from gbtui.domain.rooms.room import Room, whole
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import Subject

if TYPE_CHECKING:
    from gbtui.database.database import Database


class Rooms:
    """The rooms of one server. Each method raises the GbtuiError tree."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    async def named(self, kind: str, text: str, scope: Scope = EVERYONE) -> Subject:
        """The subject of a kind that a text names, within a scope."""
        return await subject_of(self._database, kind, text, scope)

    async def whole(self, room: Room, row: Any, scope: Scope) -> Any:
        """All of a row's texts; None if it is gone, or there is no more than the list shows."""
        return await whole(self._database, room, row, scope)
