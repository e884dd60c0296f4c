"""Making the roles and giving them what they are for: the statements that are missing, and running them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier, statement
from gbtui.security.access.roles import ROLES, memberships

_NAMES: Final = [role.name for role in ROLES]
_WITH: Final = " WITH INHERIT TRUE, SET TRUE"  # 16 and later: else it would depend on the member's own attributes


@dataclass(frozen=True, slots=True)
class Server:
    """One row of queries/meta/access_server.sql."""

    version_num: int
    user: str
    superuser: bool
    creates: bool
    database: str
    roles: Sequence[str]
    odd: Sequence[str]
    """Roles of ours that are superuser, may bypass row-level security, log in or make roles."""
    members: Sequence[str]
    """ "role member" of what there is."""
    built: bool
    """Whether this database knows what to grant."""
    ours: bool
    """Whether gbtui built anything here."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A statement that this login may not run, with what the server said."""

    sql: str
    why: str


async def look(connection: Connection) -> Server:
    """What there is."""
    row = await connection.fetchrow(statement("meta/access_server").text, _NAMES)
    assert row is not None
    return Server(**dict(row))


def role_steps(server: Server) -> list[str]:
    """The statements that make what is missing of roles and memberships."""
    made = [f"CREATE ROLE {role.name} NOLOGIN" for role in ROLES if role.name not in server.roles]
    made += [
        f"COMMENT ON ROLE {role.name} IS {_literal(f'gbtui: {role.what}')}"
        for role in ROLES
        if role.name not in server.roles
    ]
    made += [
        one.sql(server.version_num)
        for one in memberships(server.version_num)
        if f"{one.role} {one.member}" not in server.members
    ]
    options = _WITH if server.version_num >= 160000 else ""
    if not server.superuser and f"gb_owner {server.user}" not in server.members:
        # To hand things over to gb_owner, and to change them afterwards.
        made.append(f"GRANT gb_owner TO {identifier(server.user)}{options}")
    return made


async def owner_steps(connection: Connection, server: Server) -> list[str]:
    """The statements that give gb_owner what this database holds of the platform. Who owned it keeps its rights."""
    if not server.built:
        return []
    found = await connection.fetch(statement("meta/access_owned").text)
    if not found:
        return []
    options = _WITH if server.version_num >= 160000 else ""
    others = sorted({row["owner"] for row in found if not row["own"]})
    return [
        f"GRANT CREATE ON DATABASE {identifier(server.database)} TO gb_owner",
        "GRANT USAGE, CREATE ON SCHEMA public TO gb_owner",
        *(f"GRANT gb_owner TO {identifier(owner)}{options}" for owner in others),
        *(f"ALTER {row['kind']} {row['name']} OWNER TO gb_owner" for row in found),
    ]


async def outsiders(connection: Connection) -> list[str]:
    """Logins that row-level security shuts out of tables they were granted otherwise."""
    return [row["login"] for row in await connection.fetch(statement("meta/access_outsiders").text)]


async def run(connection: Connection, steps: Sequence[str]) -> list[Failed]:
    """Run each by itself; what this login may not do is told, and the rest goes on."""
    failed = []
    for sql in steps:
        try:
            await connection.execute(sql)
        except (
            asyncpg.InsufficientPrivilegeError,
            asyncpg.LockNotAvailableError,
            asyncpg.InvalidGrantorError,
        ) as error:
            failed.append(Failed(sql, str(error)))
    return failed


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
