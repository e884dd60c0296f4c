"""One conversation, read as somebody moves through it and as it goes on."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gbtui.domain.conversation import BEGINNING, END, WHOLE, Conversation, Conversations, Event, Place, behind
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.transcript import Transcript, Turn, turns

PAGE: Final = 200
"""Events a page."""
MOST_EXPORTED: Final = 100_000
"""Events a document holds at most."""
_EXPORT_PAGE: Final = 50  # whole messages may be large
_OVERLAP: Final = timedelta(seconds=60)  # messages of transactions open that long are seen though others came after
_NIL: Final = UUID(int=0)


class Reader:
    """The head and a stretch of one session's events. Each method that asks the server raises the GbtuiError tree."""

    def __init__(self, source: Conversations, session_id: UUID) -> None:
        self.session_id = session_id
        self.head: Conversation | None = None
        self.transcript = Transcript()
        self.gone = False
        """The session was there, and was deleted."""
        self._source = source

    async def open(self, scope: Scope = EVERYONE, at: Place | None = None) -> None:
        """Read the head and the end, or what stands around a place; without such a session in the scope: nothing."""
        head = await self._source.head(self.session_id, scope)
        if head is not None:
            await self.go(at)
        self.head, self.gone = head, False

    def close(self) -> None:
        """Forget all that was read: it may not be shown."""
        self.head = None
        self.transcript.replace([], at_beginning=True, at_end=True)

    async def go(self, at: Place | None = None) -> None:
        """Hold what stands around a place instead; None: the end."""
        older = await self._source.before(self.session_id, behind(at) if at else END, limit=PAGE)
        newer = await self._source.behind(self.session_id, at, limit=PAGE) if at else []
        self.transcript.replace([*older, *newer], at_beginning=len(older) < PAGE, at_end=len(newer) < PAGE)

    async def go_to_beginning(self) -> None:
        """Hold the first page instead."""
        await self.go(BEGINNING)

    async def older(self) -> bool:
        """The page before; False if there is none."""
        held = self.transcript
        if held.at_beginning:
            return False
        page = await self._source.before(self.session_id, held.first, limit=PAGE)
        held.before(page, more=len(page) == PAGE)
        return bool(page)

    async def newer(self) -> bool:
        """The page behind; False if there is none."""
        held = self.transcript
        if held.at_end:
            return False
        page = await self._source.behind(self.session_id, held.last, limit=PAGE)
        held.behind(page, more=len(page) == PAGE)
        return bool(page)

    async def refresh(self, scope: Scope = EVERYONE, since: datetime | None = None) -> tuple[list[Event], bool]:
        """Read the head again, and what came if the end is held.

        `since`: the time of the oldest message that is known to have come. Returns the new events, and whether they
        all stand at the end with everything before them still held.
        """
        head = await self._source.head(self.session_id, scope)
        self.gone = head is None
        self.head = head or self.head
        if not self.transcript.at_end or self.gone:
            return [], True
        at = self.transcript.last[0]
        place = (min(at - _OVERLAP, since or at), _NIL) if self.transcript.events else BEGINNING
        new: list[Event] = []
        in_place = True
        while page := await self._source.behind(self.session_id, place, limit=PAGE):
            merged, fits = self.transcript.merge(page)
            new += merged
            in_place = in_place and fits
            place = page[-1].place
            if len(page) < PAGE:
                break
        return new, in_place

    async def all_turns(self) -> tuple[list[Turn], bool]:
        """Every turn of the session with its whole text; and whether some were too many."""
        events: list[Event] = []
        place = BEGINNING
        while page := await self._source.behind(self.session_id, place, limit=_EXPORT_PAGE, cut=WHOLE):
            events += page
            place = page[-1].place
            if len(page) < _EXPORT_PAGE or len(events) >= MOST_EXPORTED:
                break
        return turns(events), len(events) >= MOST_EXPORTED

    async def whole(self, turn: Turn) -> Turn:
        """A turn with all of its text."""
        return Turn(await self._source.whole(self.session_id, turn.event), turn.pause, turn.answer)

    async def beside(self, step: int, scope: Scope = EVERYONE) -> UUID | None:
        """The same user's session before or after this one."""
        return await self._source.beside(self.head, step, scope) if self.head else None
