"""One transaction of the platform: all of it or nothing, failing with gbtui's errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.database.translate import translate

_DRIVER_ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncIterator[None]:
    """Everything inside happens together or not at all (a savepoint inside a caller's transaction).

    Read committed, because the platform's writers take turns by row locks and must see what the one before did.
    What the driver raises leaves as the QueryError tree.
    """
    try:
        # Inside another transaction its isolation stands; asyncpg refuses to be told another one.
        isolation: Any = None if connection.is_in_transaction() else "read_committed"
        async with connection.transaction(isolation=isolation):
            yield
    except _DRIVER_ERRORS as exc:
        raise translate(exc) from exc


async def write(connection: Connection, name: str, *args: Any) -> list[asyncpg.Record]:
    """Run one of queries/general_bots/write by name; the rows it returns."""
    return await connection.fetch(statement(f"general_bots/write/{name}").text, *args)


async def write_count(connection: Connection, name: str, *args: Any) -> int:
    """Run one of queries/general_bots/write by name; how many rows it wrote."""
    status = await connection.execute(statement(f"general_bots/write/{name}").text, *args)
    return int(status.rsplit(" ", 1)[-1])
