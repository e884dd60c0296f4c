"""Messages, written in batches: one statement however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.domain.transaction import transaction, write
from gbtui.errors import QueryError


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something said in a session. Without a time it is said now; its user, bot and organization are the session's."""

    session_id: UUID
    sender: Literal["user", "bot"]
    message: str
    created_at: datetime | None = None


async def add_messages(connection: Connection, messages: Sequence[NewMessage]) -> tuple[UUID, ...]:
    """Write messages in this order and mark their sessions as active; all or none. Their ids, in the same order.

    Raises QueryError if a session does not exist, or a bot that speaks is switched off.
    """
    if not messages:
        return ()
    sessions = [message.session_id for message in messages]
    async with transaction(connection):
        # The sessions first: two batches then wait for each other here, and not between two tables.
        await write(connection, "sessions_touch", sorted(set(sessions)))
        made = await write(
            connection,
            "messages_insert",
            sessions,
            [message.sender for message in messages],
            [message.message for message in messages],
            [message.created_at for message in messages],
        )
        if len(made) != len(messages):
            raise QueryError(
                "No such session",
                f"{len(messages) - len(made)} of {len(messages)} have none, or are of a bot that is switched off",
            )
    return tuple(row["id"] for row in made)
