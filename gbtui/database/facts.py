"""What is true of a server for the length of a connection to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gbtui.database import access
from gbtui.database.access import Access
from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.text import clean


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server is, read at connect and after each reconnect.

    `roles` are the predefined roles whose privileges our user has. `system_identifier` is None where it
    may not be read. `pooled`: behind a transaction-mode pooler. `has_schema` is "general_bots" where
    the bot platform's tables are of gbtui's make, "botserver" where they are of the Rust BotServer's, which only the
    tail can read.
    """

    version_num: int
    version: str
    in_recovery: bool
    database: str
    user: str
    is_superuser: bool
    roles: frozenset[str]
    started_at: datetime
    system_identifier: int | None
    extensions: Mapping[str, str]
    pooled: bool
    tls: bool
    has_schema: str | None
    access: Access = field(default_factory=Access)
    """What the login may do with the platform's rows."""

    @property
    def has_platform(self) -> bool:
        """Whether the platform's lists can be read here."""
        return self.has_schema == "general_bots"


async def read(connection: Connection, *, pooled: bool) -> tuple[ServerFacts, int]:
    """Ask the server about itself; also returns the process id of the backend that answered."""
    row = await connection.fetchrow(statement("server/facts").text)
    assert row is not None
    identifier: int | None = None
    if row["may_read_control"]:
        identifier = await connection.fetchval(statement("server/system_identifier").text)
    facts = ServerFacts(
        version_num=row["version_num"],
        version=clean(row["version"]),
        in_recovery=row["in_recovery"],
        database=clean(row["database"]),
        user=clean(row["user"]),
        is_superuser=row["is_superuser"],
        roles=frozenset(row["roles"]),
        started_at=row["started_at"],
        system_identifier=identifier,
        extensions=dict(zip(row["extension_names"], row["extension_versions"], strict=True)),
        pooled=pooled,
        tls=row["tls"],
        has_schema="general_bots" if row["has_general_bots"] else "botserver" if row["has_botserver"] else None,
        access=await access.read(connection) if row["has_general_bots"] else Access(),
    )
    return facts, row["backend_pid"]
