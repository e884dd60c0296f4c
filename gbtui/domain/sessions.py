"""Sessions: created with all that belongs to them, or not at all; deleted in the order the platform asks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from gbtui.database.connection import Connection
from gbtui.domain.messages import NewMessage, add_messages
from gbtui.domain.transaction import transaction, write, write_count
from gbtui.errors import QueryError
from gbtui.secret import Secret
from gbtui.security import tokens


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just created. `token` is shown this once: the database keeps only `tokens.stored(token)`."""

    id: UUID
    org_id: UUID
    expires_at: datetime
    token: Secret


async def create_session(
    connection: Connection,
    bot_id: UUID,
    user_id: UUID | None,
    *,
    greeting: str,
    lifetime: timedelta = timedelta(days=1),
) -> NewSession:
    """The record, its default associations and the bot's first message, in one transaction.

    The defaults are all collections and tools of the bot but those whose metadata says `"default": false`.
    Without a user the session is anonymous. Raises QueryError if there is no such bot or user, or the bot is
    switched off.
    """
    session_id, token = uuid4(), tokens.new()
    async with transaction(connection):
        made = await write(connection, "session_insert", session_id, bot_id, user_id, tokens.stored(token), lifetime)
        if not made:
            raise QueryError("No such bot", f"{bot_id}, or it is switched off")
        await write(connection, "session_collections", session_id)
        await write(connection, "session_tools", session_id)
        await add_messages(connection, [NewMessage(session_id, "bot", greeting)])
    return NewSession(session_id, made[0]["org_id"], made[0]["expires_at"], token)


async def delete_session(connection: Connection, session_id: UUID) -> bool:
    """Its messages first, then the session with its associations and clicks; whether it was there."""
    async with transaction(connection):
        await write(connection, "delete_session/1_messages", session_id)
        return await write_count(connection, "delete_session/2_session", session_id) == 1
