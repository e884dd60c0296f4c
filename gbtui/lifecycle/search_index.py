"""The search's indexes: built and dropped while everybody goes on writing.

A partitioned index cannot be built CONCURRENTLY. So an empty one is made for the table alone (a moment's lock), one for
each partition CONCURRENTLY, newest first, and each is attached (a moment's lock). When all are, the whole is valid;
partitions that are made later get theirs from it. A moment's lock is waited for 100 ms at most, then writers pass, and
it is tried again. What a killed build left behind is found and made anew by the next.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.rows import rows
from gbtui.database.sql import identifier, statement
from gbtui.domain.search.standing import TABLES
from gbtui.domain.search.words import CUT, SEPARATORS
from gbtui.errors import DeniedError, GbtuiError, LockedError

PATIENCE: Final = 120.0
"""Seconds for which a moment's lock is tried for."""
_TRY_MS: Final = 100
# CONCURRENTLY waits for old transactions while it holds nothing that stops readers or writers, so it may wait long.
_CONCURRENT_MS: Final = 3_600_000
_LOCK: Final = 0x6762_7365_6172_6368
"""The advisory lock of builders: "gbsearch"."""
_CLEANING: Final = 30.0
"""Seconds that are given to taking a half-built index away after an interruption."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """The table (`whole`) or one of its partitions, and the index it has: by name, or None."""

    schema: str
    table: str
    partitioned: bool
    whole: bool
    owned: bool
    index: str | None
    valid: bool
    attached: bool

    @property
    def name(self) -> str:
        """The table as SQL names it."""
        return f"{identifier(self.schema)}.{identifier(self.table)}"


def index_name(table: str, language: str) -> str:
    """What the index of a table, or of a partition, is called; the search knows it by this."""
    return f"{table}_search_{language}_idx"


def expression(table: str, language: str) -> str:
    """What is indexed: the same words that the search's statements look into, or no index would be used."""
    config = f"'pg_catalog.{identifier(language)}'::regconfig"

    def words(column: str) -> str:
        signs, spaces = SEPARATORS.replace("'", "''"), " " * len(SEPARATORS)
        return f"pg_catalog.to_tsvector({config}, pg_catalog.translate({column}, '{signs}', '{spaces}'))"

    if table == "message_history":
        return words(_cut("message"))
    return f"(pg_catalog.setweight({words('name')}, 'A') || {words(_cut('content'))})"


def _cut(column: str) -> str:
    return f'pg_catalog."left"({column}, {CUT})'


async def build(connection: Connection, language: str, tell: Tell) -> None:
    """Build what is missing for a language; the connection must be direct and have no statement deadline.

    Interrupted, it takes the piece away that it was building; what is whole stays, and the next run goes on there.
    Raises the GbtuiError tree.
    """
    async with _alone(connection):
        for table in TABLES:
            name = index_name(table, language)
            (whole, *parts) = await _parts(connection, table, name)
            if whole.valid:
                tell(f"{name}: it is there")
            elif whole.partitioned:
                await _build_partitioned(connection, whole, parts, language, tell)
            else:
                await _concurrently(connection, whole, table, language, tell)
                tell(f"{name}: ready")


async def drop(connection: Connection, language: str, tell: Tell) -> None:
    """Drop a language's indexes. Raises the GbtuiError tree.

    Of a partitioned index PostgreSQL knows no DROP CONCURRENTLY, nor can it be taken away piece by piece: for that
    moment readers and writers wait, so it is tried for 100 ms at a time.
    """
    async with _alone(connection):
        for table in TABLES:
            name = index_name(table, language)
            (whole, *parts) = await _parts(connection, table, name)
            if whole.index is not None:
                if whole.partitioned:
                    await _at_once(connection, f"DROP INDEX IF EXISTS public.{identifier(name)}", name)
                else:
                    await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS public.{identifier(name)}")
                tell(f"{name}: dropped")
            for part in parts:
                if part.index is not None and not part.attached:
                    await _drop_piece(connection, part)
                    tell(f"{part.index}: dropped, left by a build that did not end")


async def _build_partitioned(connection: Connection, whole: Part, parts: list[Part], language: str, tell: Tell) -> None:
    table = whole.table
    name = index_name(table, language)
    if whole.index is None:
        sql = f"CREATE INDEX {identifier(name)} ON ONLY {whole.name} USING gin ({expression(table, language)})"
        await _at_once(connection, sql, name)
        (whole, *parts) = await _parts(connection, table, name)
    while missing := [part for part in parts if not part.attached]:
        part = missing[0]
        tell(f"{part.table}: {len(missing)} of {len(parts)} partitions left")
        if not part.valid:
            await _concurrently(connection, part, table, language, tell)
        piece = f"{identifier(part.schema)}.{identifier(index_name(part.table, language))}"
        await _at_once(connection, f"ALTER INDEX public.{identifier(name)} ATTACH PARTITION {piece}", piece)
        # Partitions may have come or gone meanwhile.
        (whole, *parts) = await _parts(connection, table, name)
    if not whole.valid:
        raise GbtuiError(
            "The index is not valid",
            f"{name}: a partition was taken away while it was built",
            "drop it, and build it again",
        )
    tell(f"{name}: ready")


async def _concurrently(connection: Connection, part: Part, table: str, language: str, tell: Tell) -> None:
    """One index of one table that is none of partitions; what a failed attempt left is taken away first, and after."""
    if part.index is not None and not part.valid:
        tell(f"{part.index}: left half built, made anew")
        await _drop_piece(connection, part)
    name = index_name(part.table, language)
    sql = f"CREATE INDEX CONCURRENTLY {identifier(name)} ON {part.name} USING gin ({expression(table, language)})"
    await connection.execute(f"SET lock_timeout = {_CONCURRENT_MS}")
    try:
        await connection.execute(sql)
        # The planner knows nothing of the words before somebody counts them; a table that is busy is counted later.
        await connection.execute(f"ANALYZE (SKIP_LOCKED) {part.name}")
    except asyncio.CancelledError:
        await asyncio.shield(_clean(connection, part, name))
        raise
    except asyncpg.PostgresError:
        await _clean(connection, part, name)
        raise
    finally:
        if not connection.is_closed():
            await connection.execute("RESET lock_timeout")


async def _clean(connection: Connection, part: Part, name: str) -> None:
    """An index that is half built costs every writer and helps nobody; if it cannot go now, the next run takes it."""
    try:
        async with asyncio.timeout(_CLEANING):
            await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {identifier(part.schema)}.{identifier(name)}")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return


async def _drop_piece(connection: Connection, part: Part) -> None:
    assert part.index is not None
    await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {identifier(part.schema)}.{identifier(part.index)}")


async def _parts(connection: Connection, table: str, name: str) -> list[Part]:
    """The table first, then its partitions, newest first."""
    found = rows(Part, await connection.fetch(statement("meta/search_parts").text, table, name))
    if not found:
        raise GbtuiError("Nothing to index", f"this database has no table public.{table}")
    if not found[0].owned:
        raise DeniedError("Permission denied", f"only the owner of public.{table} may build or drop its indexes")
    return found


async def _at_once(connection: Connection, sql: str, name: str) -> None:
    """A statement whose lock makes others wait: for a moment, or not at all; tried again until it fits in."""
    deadline = time.monotonic() + PATIENCE
    pause = 0.05
    while True:
        try:
            async with connection.transaction(isolation="read_committed"):
                await connection.execute(f"SET LOCAL lock_timeout = {_TRY_MS}")
                await connection.execute(sql)
                return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if time.monotonic() + pause > deadline:
                raise LockedError(
                    "The table is never free",
                    f"{name} waits for a lock for {PATIENCE:.0f} s: {error}",
                    "a long transaction writes to it; run this again when it has ended",
                ) from error
        await asyncio.sleep(random.uniform(0.5, 1.0) * pause)
        pause = min(pause * 2, 2.0)


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """One builder at a time. A lock that is polled: who waits inside the server holds up a CONCURRENTLY elsewhere."""
    if not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", _LOCK):
        held = await connection.fetch(statement("meta/search_builder").text, _LOCK)
        pid = held[0]["pid"] if held else None
        raise LockedError(
            "Another build runs",
            f"process {pid}" if pid else "it has just ended",
            f"wait for it, or stop it: SELECT pg_cancel_backend({pid})" if pid else "try again",
        )
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(f"SELECT pg_catalog.pg_advisory_unlock({_LOCK})")
