"""One session's messages, read in order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.sql import statement

if TYPE_CHECKING:
    from gbtui.database.database import Database

_END: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))  # behind every message there is


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of a session. `message` is cleaned, and cut at 100,000 characters of its `length`."""

    id: UUID
    user_id: UUID | None
    sender: str
    message: str
    length: int
    created_at: datetime


async def conversation(
    database: "Database",
    session_id: UUID,
    *,
    limit: int = 200,
    older_than: Utterance | None = None,
    newer_than: Utterance | None = None,
) -> list[Utterance]:
    """A page of one session's messages, oldest first: its last messages, those before `older_than`, or those behind
    `newer_than`.
    """
    behind = newer_than is not None
    chosen = statement(
        "general_bots/session_messages",
        where=("newer" if behind else "older",),
        order="oldest" if behind else "newest",
    )
    edge = newer_than or older_than
    place = (edge.created_at, edge.id) if edge else _END
    page = await database.rows(Utterance, chosen, session_id, limit, *place)
    return page if behind else page[::-1]
