"""Which table a tail follows: the names of the statements that read it, and how far they can be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol
from uuid import UUID

import asyncpg

from gbtui.domain.scope import Scope
from gbtui.domain.tail import pace
from gbtui.domain.tail.bookmark import Bookmark, Key
from gbtui.domain.tail.dated_reader import DatedReader
from gbtui.domain.tail.events import E, Gap, Message
from gbtui.domain.tail.names import Names
from gbtui.domain.tail.page import Page
from gbtui.domain.tail.reader import Reader
from gbtui.domain.tail.session import Session


class StreamReader(Protocol):
    """Reads a stream over however many connections it takes; what each method means stands in `Reader`."""

    started: bool
    repeats: int

    @property
    def position(self) -> int:
        """The transaction number up to which everything was delivered, but for those still open."""

    @property
    def guarantee(self) -> str:
        """What is promised less than every message exactly once, as a sentence; "" where nothing is."""

    async def start(self, session: Session, backlog: int, since: datetime | None = None) -> list[asyncpg.Record]:
        """Stand at this moment; the newest rows before it, oldest first."""

    async def resume(self, session: Session, bookmark: Bookmark) -> None:
        """Stand where another tail was stopped."""

    def bookmark(self) -> Bookmark:
        """Where this reader stands."""

    async def attach(self, session: Session) -> Gap | None:
        """Go on over a new connection."""

    async def older(self, since: datetime, after: UUID) -> list[asyncpg.Record]:
        """A page of the rows that were there at the start."""

    async def again(self, keys: Sequence[Key]) -> list[asyncpg.Record]:
        """The rows with these keys."""

    async def poll(self) -> Page:
        """What is new."""

    def accept(self, page: Page) -> None:
        """The page's rows have been handed over."""


@dataclass(frozen=True, slots=True)
class Stream(Generic[E]):
    """A table that grows: best one with the stream column (`tx xid8 NOT NULL DEFAULT pg_current_xact_id()`), indexed.

    Each of the fields up to `scrollback` names a statement in queries/. All but `seen` return the same columns:
    `header` (set in the poll's first row alone), `tx`, `id`, `created_at`, `org_id` and the row's own. All of them
    declare `-- where: org`. `entry` makes what listeners get of a row, the names of the ids in it, and whether it
    comes late; all its text leaves through `Names.shown`, which masks it where that is asked for. `reader` reads it:
    the exact one by the stream column, the dated one where there is none (it has no use for `transaction`). `busy` and
    `idle` are the seconds between polls while rows come and while none do.
    """

    table: str
    poll: str
    transaction: str
    backlog: str
    since: str
    seen: str
    again: str
    scrollback: str
    entry: Callable[[asyncpg.Record, Names, bool], E]
    reader: "Callable[[Stream[Any], Scope], StreamReader]" = Reader
    busy: float = pace.BUSY
    idle: float = pace.IDLE


def _message(record: asyncpg.Record, names: Names, late: bool) -> Message:
    return names.shown(Message(
        id=record["id"],
        session_id=record["session_id"],
        user_id=record["user_id"],
        bot_id=record["bot_id"],
        org_id=record["org_id"],
        organization=names[record["org_id"]],
        bot=names[record["bot_id"]],
        user=names[record["user_id"]],
        message=record["message"],
        sender=record["sender"],
        created_at=record["created_at"],
        tx=int(record["tx"]),
        late=late,
        length=record["length"],
    ))  # fmt: skip


MESSAGES: Final = Stream(
    table="public.message_history",
    poll="general_bots/tail_poll",
    transaction="general_bots/tail_transaction",
    backlog="general_bots/tail_backlog",
    since="general_bots/tail_since",
    seen="general_bots/tail_seen",
    again="general_bots/tail_again",
    scrollback="general_bots/tail_scrollback",
    entry=_message,
)

BOTSERVER: Final = Stream(
    table="public.message_history",
    poll="botserver/tail_poll",
    transaction="",
    backlog="botserver/tail_backlog",
    since="botserver/tail_since",
    seen="botserver/tail_seen",
    again="botserver/tail_again",
    scrollback="botserver/tail_scrollback",
    entry=_message,
    reader=DatedReader,
    busy=0.25,  # a poll looks at every row of the last seconds: it costs more than the exact one
    idle=1.0,
)
"""The same table as the Rust BotServer makes it: without the stream column, with other columns."""


def messages_of(schema: str | None) -> Stream[Message]:
    """The stream of messages in a database whose schema is of this make (ServerFacts.has_schema)."""
    return BOTSERVER if schema == "botserver" else MESSAGES
