"""A migration of one statement that PostgreSQL refuses in a transaction: CREATE INDEX CONCURRENTLY and its like."""

import time
from typing import Final

import asyncpg

from gbtui.database.sql import identifier
from gbtui.errors import MigrationError
from gbtui.schema import history
from gbtui.schema.options import Options
from gbtui.schema.scan import Piece, statements
from gbtui.schema.source import Migration

# CONCURRENTLY waits for old snapshots while it holds nothing that stops readers or writers, so it may wait long;
# giving up early would only throw a half-built index away.
_CONCURRENT_LOCK_TIMEOUT_MS: Final = 600_000

# A partitioned index is invalid until all its parts are attached: that is a state, not a failure (relkind I).
_INVALID: Final = """\
SELECT n.nspname, c.relname FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid"""


async def run(connection: asyncpg.Connection, migration: Migration, options: Options, *, down: bool) -> bool:
    """The statement alone, then the version row; False if another runner had done it.

    A build that failed leaves an INVALID index behind: ours is dropped, and so is one left by a run that was
    killed, because IF NOT EXISTS would take it for done.
    """
    sql = migration.down if down else migration.up
    assert sql is not None  # the runner refused a migration without down.sql
    if not await _still_to_do(connection, migration, down=down):
        return False
    piece = statements(sql)[0]
    concurrently = "concurrently" in piece.words
    lock_timeout = _CONCURRENT_LOCK_TIMEOUT_MS if concurrently else round(options.lock_timeout * 1000)
    started = time.perf_counter()
    await connection.execute(f"SET lock_timeout = {lock_timeout}; SET statement_timeout = 0")
    try:
        if concurrently and piece.begins("create"):
            await _build_index(connection, sql, piece)
        else:
            await connection.execute(sql)
    finally:
        if not connection.is_closed():
            await connection.execute("RESET lock_timeout; RESET statement_timeout")
    async with connection.transaction():
        await connection.execute(history.LOCK_TABLE)
        if await history.is_applied(connection, migration.version) is not down:
            return False  # a Diesel beside us ran the same statement and was first to write it down
        if down:
            await history.forget(connection, migration.version)
        else:
            await history.record(connection, migration, (time.perf_counter() - started) * 1000, options.actor)
    return True


async def _still_to_do(connection: asyncpg.Connection, migration: Migration, *, down: bool) -> bool:
    """Look under the lock, so that a Diesel in the middle of this version is waited for."""
    async with connection.transaction():
        await connection.execute(history.LOCK_TABLE)
        return await history.is_applied(connection, migration.version) is down


async def _build_index(connection: asyncpg.Connection, sql: str, piece: Piece) -> None:
    before = await _invalid(connection)
    leftover = {index for index in before if index[1] == _index_name(piece)}
    await _drop(connection, leftover)
    try:
        await connection.execute(sql)
    except asyncpg.PostgresError:
        await _drop(connection, await _invalid(connection) - before)
        raise
    if broken := await _invalid(connection) - before:
        raise MigrationError("The index is not valid", ", ".join(".".join(index) for index in sorted(broken)))


async def _invalid(connection: asyncpg.Connection) -> set[tuple[str, str]]:
    return {(row["nspname"], row["relname"]) for row in await connection.fetch(_INVALID)}


async def _drop(connection: asyncpg.Connection, indexes: set[tuple[str, str]]) -> None:
    for schema, name in sorted(indexes):
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {identifier(schema)}.{identifier(name)}")


def _index_name(piece: Piece) -> str | None:
    """The name in CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON …; None where the server chooses it."""
    after = piece.words.index("concurrently") + 1
    if piece.words[after : after + 3] == ("if", "not", "exists"):
        after += 3
    token = piece.tokens[after]
    if token.kind == "quoted":
        return token.text[1:-1].replace('""', '"')
    return None if token.word == "on" else token.word
