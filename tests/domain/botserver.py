"""The platform's tables as the Rust BotServer makes them, as far as the tail reads them: no column tells the writer.

The columns and indexes are those of its migrations of May 2026.
"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tests.conftest import Connection
from tests.domain.platform import Place

SCHEMA = """
CREATE TABLE public.organizations (
    org_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(255) NOT NULL, slug varchar(255) NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE public.bots (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(255) NOT NULL, llm_provider varchar(100) NOT NULL,
    context_provider varchar(100) NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), is_active bool DEFAULT true,
    org_id uuid REFERENCES public.organizations ON DELETE CASCADE, database_name varchar(255));
CREATE TABLE public.users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), username varchar(255) NOT NULL UNIQUE,
    email varchar(255) NOT NULL UNIQUE, password_hash varchar(255) NOT NULL, is_active bool DEFAULT true);
CREATE TABLE public.user_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    bot_id uuid NOT NULL REFERENCES public.bots ON DELETE CASCADE,
    title varchar(500) NOT NULL DEFAULT 'New Conversation',
    updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE public.message_history (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL REFERENCES public.user_sessions ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
    role int4 NOT NULL, content_encrypted text NOT NULL,
    message_type int4 NOT NULL DEFAULT 0, message_index int4 NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX idx_message_history_created_at ON public.message_history (created_at);
CREATE INDEX idx_message_history_session_id ON public.message_history (session_id);
"""


@dataclass(frozen=True)
class BotserverPlace(Place):
    """Where a message belongs, and how one is written there."""

    insert: ClassVar[str] = (
        "INSERT INTO message_history (session_id, user_id, role, content_encrypted, message_index)"
        " SELECT $1::uuid, $2::uuid, CASE $6::text WHEN 'user' THEN 1 ELSE 2 END, $5::text, 0"
        " FROM bots WHERE id = $3::uuid AND org_id = $4::uuid"
    )
    text: ClassVar[str] = "content_encrypted"
    columns: ClassVar[tuple[str, ...]] = ("session_id", "user_id", "role", "content_encrypted", "message_index")

    def row(self, text: str) -> tuple[object, ...]:
        """The values of `columns` for one message of the user."""
        return (self.session_id, self.user_id, 1, text, 0)


async def botserver_place(connection: Connection, slug: str = "acme") -> BotserverPlace:
    """Make an organization with a bot, a user and a session."""

    async def made(sql: str, *arguments: object) -> UUID:
        found = await connection.fetchval(sql, *arguments)
        assert isinstance(found, UUID)
        return found

    org_id = await made("INSERT INTO organizations (name, slug) VALUES ($1, $1) RETURNING org_id", slug)
    bot_id = await made(
        "INSERT INTO bots (name, llm_provider, context_provider, org_id) VALUES ($1, 'x', 'x', $2) RETURNING id",
        f"support-{slug}",
        org_id,
    )
    user_id = await made(
        "INSERT INTO users (username, email, password_hash)"
        " VALUES ($1::text, $1::text || '@example.org', 'x') RETURNING id",
        f"ann-{slug}",
    )
    session_id = await made("INSERT INTO user_sessions (user_id, bot_id) VALUES ($1, $2) RETURNING id", user_id, bot_id)
    return BotserverPlace(org_id, bot_id, session_id, user_id)
