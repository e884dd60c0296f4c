"""Which table a tail follows: the names of the statements that read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic

import asyncpg

from gbtui.domain.tail.events import E, Message
from gbtui.domain.tail.names import Names


@dataclass(frozen=True, slots=True)
class Stream(Generic[E]):
    """A table with the stream column (`tx xid8 NOT NULL DEFAULT pg_current_xact_id()`) and its partial index.

    Each field names a statement in queries/. All but `seen` return the same columns: `header` (set in the poll's first
    row alone), `tx`, `id`, `created_at`, `org_id` and the row's own. All of them declare
    `-- where: org`. `entry` makes what listeners get of a row, the names of the ids in it, and whether it comes late.
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


def _message(record: asyncpg.Record, names: Names, late: bool) -> Message:
    return Message(
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
    )


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
