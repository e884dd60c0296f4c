"""Conversations that never were, in memory: what the console asks of the platform's tables, answered at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from gbtui.database.database import Database
from gbtui.domain.conversation import CUT, END, Conversation, Conversations, Event, Place
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.tail import Batch, Message
from gbtui.errors import GbtuiError
from tests.ui.fakes import ACME, NOW, FrozenTail, ago

ANA = UUID(int=201)
FIRST, TALK, LATER, NAMELESS, SILENT = (UUID(int=number) for number in (91, 101, 111, 102, 103))


def head(session_id: UUID, started: datetime, **changes: object) -> Conversation:
    """A conversation of Ana's with acme's support."""
    made = Conversation(
        session_id, ACME, "acme", UUID(int=51), "support", ANA, "Ana.Baker", True, started, ago(seconds=10),
        NOW + timedelta(hours=4), 12, ("refund", "track_parcel"), ("Shipping", "Terms and conditions"), 1, 1,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def event(number: int, kind: str, text: str, at: datetime, *, length: int = 0) -> Event:
    """One event; `length` makes it a cut one."""
    return Event(UUID(int=1000 + number), kind, text, length or len(text), at)


EVENTS = (
    event(0, "bot", "Hello Ana, how can I help?", ago(days=1, hours=2)),
    event(1, "user", "Where is my parcel?", ago(days=1, hours=1, minutes=59)),
    event(2, "bot", "Let me look. It left our house on Monday and is due tomorrow before noon, if the weather holds.",
          ago(days=1, hours=1, minutes=58, seconds=57)),
    event(3, "click", "track-button", ago(days=1, hours=1, minutes=58)),
    event(4, "user", "hostile \x1b]0;owned\x07 and \x1b[31mred\x1b[0m [bold]no markup[/bold]", ago(minutes=9)),
    event(5, "bot", "とんでもないです。またいつでもどうぞ。", ago(minutes=7)),
    event(6, "user", "thanks\nand goodbye", ago(seconds=10)),
)  # fmt: skip


class FrozenTalks(Conversations):
    """Five sessions: three of Ana's, one of nobody's, one in which nothing was said."""

    def __init__(self, events: Sequence[Event] = EVENTS) -> None:
        super().__init__(cast(Database, None))
        self.heads = {
            FIRST: head(FIRST, ago(days=9), earlier=0, later=2),
            TALK: head(TALK, ago(days=1, hours=2)),
            LATER: head(LATER, ago(hours=1), earlier=2, later=0, tools=(), collections=()),
            NAMELESS: head(NAMELESS, ago(hours=3), user="", user_id=None, earlier=0, later=0),
            SILENT: head(SILENT, ago(hours=4), messages=0),
        }
        few = [event(50, "bot", "Hello again", ago(days=2)), event(51, "user", "hello", ago(days=2, seconds=-5))]
        self.events: dict[UUID, list[Event]] = {
            TALK: list(events), FIRST: few, LATER: few, NAMELESS: few, SILENT: [],
        }  # fmt: skip
        self.error: GbtuiError | None = None
        self.asked = 0

    def _answer(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error

    async def head(self, session_id: UUID, scope: Scope = EVERYONE) -> Conversation | None:
        """From memory."""
        self._answer()
        found = self.heads.get(session_id)
        return found if found and scope.org_id in (None, found.org_id) else None

    async def before(self, session_id: UUID, place: Place = END, *, limit: int = 200, cut: int = CUT) -> list[Event]:
        """From memory."""
        self._answer()
        found = [one for one in self.events[session_id] if one.place < place][-limit:]
        return found if cut == CUT else [replace(one, text=one.text.ljust(one.length, "!")) for one in found]

    async def behind(self, session_id: UUID, place: Place, *, limit: int = 200, cut: int = CUT) -> list[Event]:
        """From memory."""
        self._answer()
        found = [one for one in self.events[session_id] if one.place > place][:limit]
        return found if cut == CUT else [replace(one, text=one.text.ljust(one.length, "!")) for one in found]

    async def beside(self, head: Conversation, step: int, scope: Scope = EVERYONE) -> UUID | None:
        """Of Ana's three."""
        self._answer()
        if head.user_id is None:
            return None
        order = [FIRST, TALK, LATER]
        at = order.index(head.id) + step
        return order[at] if 0 <= at < len(order) else None

    def comes(self, tail: FrozenTail, one: Event, session_id: UUID = TALK) -> None:
        """Something is said, and the tail tells of it."""
        self.events[session_id] = sorted([*self.events[session_id], one], key=lambda event: event.place)
        message = Message(
            one.id, session_id, ANA, UUID(int=51), ACME, "acme", "support", "Ana.Baker", one.text, one.kind, one.at,
            800, False, one.length,
        )  # fmt: skip
        for listener in tuple(tail.heard):
            listener(Batch((message,)))


def long_talk(messages: int) -> list[Event]:
    """Question and answer in turn, one a second, up to now."""
    kinds = ("user", "bot")
    return [
        event(n, kinds[n % 2], f"{'needle ' if n in (3, 700) else ''}line {n}", ago(seconds=messages - n))
        for n in range(messages)
    ]
