"""One session as it went: who spoke with whom, what was said and clicked. Read only; a token is never read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.redact import MEASURED

if TYPE_CHECKING:
    from gbtui.database.database import Database

Place: TypeAlias = tuple[datetime, UUID]
"""A point in a session's time line: a time, and among events of the same time an id."""

BEGINNING: Final[Place] = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
END: Final[Place] = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))
CUT: Final = 10_000
"""Characters of a message that a page brings; the rest is read when somebody asks for it."""
WHOLE: Final = 2_000_000
"""More characters than any message holds."""
MOST: Final = 1000
"""A session's messages are counted to this."""
MOST_BESIDE: Final = 100
"""A user's sessions before and after one are counted to this."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What stands above a transcript."""

    id: UUID
    org_id: UUID
    organization: str
    """The organization's slug."""
    bot_id: UUID
    bot: str
    user_id: UUID | None
    user: str
    """The user's name; "" if the session is anonymous."""
    user_active: bool
    """Whether the user may log in."""
    started: datetime
    last_activity: datetime
    expires: datetime
    messages: int
    """Messages, counted to 1,000."""
    tools: tuple[str, ...]
    """Tools active in this session, at most 100."""
    collections: tuple[str, ...]
    """Knowledge collections active in this session, at most 100."""
    earlier: int
    """Sessions this user began before, counted to 100."""
    later: int
    """Sessions this user began after, counted to 100."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something said or clicked."""

    id: UUID
    kind: str
    """ "user" or "bot" (a message), or "click"."""
    text: str = field(metadata=MEASURED)
    """The message, or the id of what was clicked."""
    length: int
    """Characters of the whole text; more than `text` has where that was cut."""
    at: datetime

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.at, self.id

    @property
    def cut(self) -> bool:
        """Whether there is more than `text`."""
        return self.length > len(self.text)


def behind(place: Place) -> Place:
    """The first place behind this one, so that "before it" includes what stands here."""
    at, key = place
    return at, UUID(int=min(key.int + 1, 2**128 - 1))


class Conversations:
    """Reads conversations of a database. Each method is one statement, and raises the GbtuiError tree."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    async def head(self, session_id: UUID, scope: Scope = EVERYONE) -> Conversation | None:
        """What there is to say of a session; None if there is none with this id (in the scope)."""
        chosen = statement("general_bots/session_head", where=scope.where)
        found = await self._database.rows(Conversation, chosen, session_id, *scope.arguments)
        return found[0] if found else None

    async def before(self, session_id: UUID, place: Place = END, *, limit: int = 200, cut: int = CUT) -> list[Event]:
        """The last events before a place, oldest first."""
        chosen = statement("general_bots/session_events", where=("before",), order="newest")
        return (await self._database.rows(Event, chosen, session_id, limit, cut, *place))[::-1]

    async def behind(self, session_id: UUID, place: Place, *, limit: int = 200, cut: int = CUT) -> list[Event]:
        """The first events behind a place, oldest first."""
        chosen = statement("general_bots/session_events", where=("behind",), order="oldest")
        return await self._database.rows(Event, chosen, session_id, limit, cut, *place)

    async def whole(self, session_id: UUID, event: Event) -> Event:
        """An event with all of its text; as it was if it is gone."""
        if not event.cut:
            return event
        found = await self.before(session_id, behind(event.place), limit=1, cut=WHOLE)
        return found[0] if found and found[0].id == event.id else event

    async def beside(self, head: Conversation, step: int, scope: Scope = EVERYONE) -> UUID | None:
        """The session this one's user began before it (`step` -1) or after it (1); None if there is none."""
        if head.user_id is None:
            return None
        where, order = ("before", "newest") if step < 0 else ("after", "oldest")
        chosen = statement("general_bots/session_beside", where=(where, *scope.where), order=order)
        found = await self._database.fetch(chosen, head.user_id, head.started, head.id, *scope.arguments)
        return found[0]["id"] if found else None
