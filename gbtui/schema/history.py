"""What the database says was applied: Diesel's table, and our log beside it.

`__diesel_schema_migrations` holds only what Diesel writes. Checksums, durations and actors stand in
`gb_meta.migration_log`, which the first core migration makes; a version Diesel applied has no row there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

import gbtui
from gbtui.database.sql import statement
from gbtui.schema.source import Migration

# Diesel's own text, byte for byte (the same in every diesel 2.x); the table is found through search_path, as there.
DIESEL_TABLE: Final = """\
CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"""
# Not to_regclass: that raises where the role lacks USAGE on gb_meta.
_HAS_LOG: Final = """\
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'gb_meta' AND c.relname = 'migration_log'
)"""
LOCK_TABLE: Final = "LOCK TABLE __diesel_schema_migrations IN ACCESS EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of gb_meta.migration_log."""

    version: str
    name: str
    up_sha256: str
    down_sha256: str | None
    applied_at: datetime
    duration_ms: float
    actor: str
    tool_version: str


async def has_diesel_table(connection: asyncpg.Connection) -> bool:
    """Whether Diesel's table is in reach of this connection's search_path."""
    return bool(await connection.fetchval("SELECT pg_catalog.to_regclass('__diesel_schema_migrations') IS NOT NULL"))


async def has_log(connection: asyncpg.Connection) -> bool:
    """Whether our log exists: true from the first core migration on, whoever ran it."""
    return bool(await connection.fetchval(_HAS_LOG))


async def ensure_diesel_table(connection: asyncpg.Connection) -> None:
    """Create Diesel's table where it is missing; a Diesel that creates it in the same moment is no error."""
    if await has_diesel_table(connection):
        return
    try:
        await connection.execute(DIESEL_TABLE)
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError):
        # IF NOT EXISTS does not hold between two that start at once; who lost finds the table now.
        await connection.execute(DIESEL_TABLE)


async def applied(connection: asyncpg.Connection) -> dict[str, datetime]:
    """Applied versions and when, as Diesel wrote them: local time of the session that ran them, without zone."""
    if not await has_diesel_table(connection):
        return {}
    found = await connection.fetch(statement("meta/applied").text)
    return {row["version"]: row["run_on"] for row in found}


async def logged(connection: asyncpg.Connection) -> dict[str, Logged]:
    """Our log by version; empty where there is none."""
    if not await has_log(connection):
        return {}
    found = await connection.fetch(statement("meta/migration_log").text)
    return {row["version"]: Logged(**dict(row)) for row in found}


async def is_applied(connection: asyncpg.Connection, version: str) -> bool:
    """Whether Diesel's table has the version now."""
    query = "SELECT EXISTS (SELECT FROM __diesel_schema_migrations WHERE version::text = $1::text)"
    return bool(await connection.fetchval(query, version))


async def record(connection: asyncpg.Connection, migration: Migration, duration_ms: float, actor: str | None) -> None:
    """Write the version as Diesel does, and our log where it exists (in the caller's transaction)."""
    await connection.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ($1)", migration.version)
    if not await has_log(connection):
        return
    await connection.execute(
        "INSERT INTO gb_meta.migration_log"
        " (version, name, up_sha256, down_sha256, applied_at, duration_ms, actor, tool_version)"
        " VALUES ($1, $2, $3, $4, now(), $5, coalesce($6, session_user), $7)"
        " ON CONFLICT (version) DO UPDATE SET name = excluded.name, up_sha256 = excluded.up_sha256,"
        " down_sha256 = excluded.down_sha256, applied_at = excluded.applied_at, duration_ms = excluded.duration_ms,"
        " actor = excluded.actor, tool_version = excluded.tool_version",
        migration.version,
        migration.name,
        migration.up_sha256,
        migration.down_sha256,
        duration_ms,
        actor,
        gbtui.__version__,
    )


async def forget(connection: asyncpg.Connection, version: str) -> None:
    """Take the version out of Diesel's table and of our log (in the caller's transaction)."""
    await connection.execute("DELETE FROM __diesel_schema_migrations WHERE version::text = $1::text", version)
    if await has_log(connection):
        await connection.execute("DELETE FROM gb_meta.migration_log WHERE version::text = $1::text", version)
