"""A small platform to write into: one organization (or more), a bot each, sessions, and messages by SQL."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID, uuid4

from tests.conftest import Connection


@dataclass(frozen=True)
class Place:
    """Where a message belongs, and how one is written: in the tables of gbtui's make."""

    org_id: UUID
    bot_id: UUID
    session_id: UUID
    user_id: UUID

    insert: ClassVar[str] = (
        "INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
    )
    text: ClassVar[str] = "message"
    columns: ClassVar[tuple[str, ...]] = ("session_id", "user_id", "bot_id", "org_id", "message", "sender")

    def row(self, text: str) -> tuple[object, ...]:
        """The values of `columns` for one message of the user."""
        return (self.session_id, self.user_id, self.bot_id, self.org_id, text, "user")


async def place(connection: Connection, slug: str = "acme") -> Place:
    """Make an organization with a bot, a user and a session."""
    org_id = await connection.fetchval("INSERT INTO organizations (name, slug) VALUES ($1, $1) RETURNING org_id", slug)
    bot_id = await connection.fetchval(
        "INSERT INTO bots (name, org_id) VALUES ($1, $2) RETURNING id", f"support-{slug}", org_id
    )
    user_id = await connection.fetchval(
        "INSERT INTO users (username, email, password_hash)"
        " VALUES ($1, $1 || '@example.org', '$argon2id$x') RETURNING id",
        f"ann-{slug}",
    )
    session_id = await connection.fetchval(
        "INSERT INTO user_sessions (user_id, bot_id, org_id, session_token) VALUES ($1, $2, $3, $4) RETURNING id",
        user_id, bot_id, org_id, f"sha256:{uuid4().hex}{uuid4().hex}",
    )  # fmt: skip
    return Place(org_id, bot_id, session_id, user_id)


async def say(connection: Connection, at: Place, text: str, sender: str = "user") -> None:
    """Write one message, in whatever transaction the connection is in."""
    await connection.execute(at.insert, at.session_id, at.user_id, at.bot_id, at.org_id, text, sender)


async def say_many(connection: Connection, at: Place, texts: list[str]) -> None:
    """Write many messages by COPY."""
    await connection.copy_records_to_table(
        "message_history",
        columns=list(at.columns),
        records=[at.row(text) for text in texts],
    )
