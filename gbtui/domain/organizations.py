"""Organizations, their bots and their people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import names
from gbtui.domain.transaction import transaction, write, write_count
from gbtui.errors import QueryError

Role = Literal["owner", "admin", "operator", "member"]


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made. `password_hash` is Argon2 in PHC form; the password itself never comes here."""

    username: str
    email: str
    password_hash: str = field(repr=False)


async def create_organization(connection: Connection, name: str, slug: str) -> UUID:
    """A new organization; its id. Raises QueryError if the slug is taken or not lower-case-with-hyphens."""
    async with transaction(connection):
        made = await write(connection, "organization_insert", name, slug)
    return UUID(str(made[0]["org_id"]))


async def add_bots(connection: Connection, org_id: UUID, bots: Sequence[str]) -> tuple[UUID, ...]:
    """New bots by name; their ids, in the same order. Raises QueryError if there is no such organization."""
    async with transaction(connection):
        return tuple(row["id"] for row in await write(connection, "bots_insert", org_id, list(bots)))


async def configure_bot(connection: Connection, bot_id: UUID, settings: Mapping[str, str]) -> None:
    """Set configuration keys of a bot, new or not. Raises QueryError if there is no such bot."""
    if not settings:
        return
    async with transaction(connection):
        keys, values = list(settings), list(settings.values())
        if await write_count(connection, "configuration_set", bot_id, keys, values) == 0:
            raise QueryError("No such bot", str(bot_id))


async def add_users(connection: Connection, users: Sequence[NewUser]) -> tuple[UUID, ...]:
    """New users; their ids, in the same order. Raises QueryError if a name or address is taken."""
    async with transaction(connection):
        made = await write(
            connection,
            "users_insert",
            [user.username for user in users],
            [user.email for user in users],
            [user.password_hash for user in users],
        )
    return tuple(row["id"] for row in made)


async def add_members(connection: Connection, org_id: UUID, members: Mapping[UUID, Role]) -> None:
    """Make users members of an organization, or change their roles."""
    async with transaction(connection):
        await write(connection, "members_insert", org_id, list(members), list(members.values()))


async def delete_user(connection: Connection, user_id: UUID) -> bool:
    """The account with its tokens, preferences and mail; sessions and messages stay, anonymous. Was it there?"""
    async with transaction(connection):
        return await write_count(connection, "user_delete", user_id) == 1


async def delete_organization(connection: Connection, org_id: UUID) -> dict[str, int]:
    """The organization with all its data, in one transaction; how many rows went, by table.

    Explicitly and table by table, the reverse of the insert order: the foreign keys would cascade as well, but
    row by row, and would not say what went.
    """
    steps = names("general_bots/write/delete_organization")
    gone: dict[str, int] = {}
    async with transaction(connection):
        for step in steps:
            table = step.rsplit("/", 1)[-1].split("_", 1)[1]
            gone[table] = await write_count(connection, step.removeprefix("general_bots/write/"), org_id)
    return gone
