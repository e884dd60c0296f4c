"""A connection of its own for one statement that somebody asks for: read-only, with its deadline, gone afterwards.

The pool's connections are the panels': a statement of minutes would keep one from them, and what it leaves behind in
its session (locks by name, settings) would stay there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import asyncpg

from gbtui.database.connection import DRIVER_ERRORS, Connection, connect
from gbtui.database.translate import translate

if TYPE_CHECKING:
    from gbtui.database.database import Database

_BEGIN: Final = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '100ms'; "
    "SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL jit = off; "
    # A role may have it off, and then a text is not made of the tokens that were looked at.
    "SET LOCAL standard_conforming_strings = on"
)
_DEADLINE: Final = "SELECT pg_catalog.set_config('statement_timeout', $1, true)"
_CLOSING_SECONDS: Final = 2.0


@asynccontextmanager
async def own_reading(database: "Database", seconds: float) -> AsyncIterator[Connection]:
    """A connection in a read-only transaction under the role's own search_path; each statement has `seconds`.

    It takes one of the console's few places. What it did is rolled back. Who is cancelled inside ends it on the server
    too. The driver's errors come out as the GbtuiError tree; those of the server as they are, for their position.
    """
    async with database.place():
        try:
            connection = await connect(
                database.target, purpose="inspect", statement_timeout=seconds, pooled=database.pooled
            )
        except DRIVER_ERRORS as exc:
            raise translate(exc, connecting=True, role=database.target.user) from exc
        try:
            await connection.execute(_BEGIN)
            await connection.fetchval(_DEADLINE, f"{round(seconds * 1000)}ms")
            yield connection
            await connection.execute("ROLLBACK")
            await _closed(connection)
        except asyncio.CancelledError:
            # A connection that is just cut off would leave the server at work: closing waits for the cancel to be sent.
            await asyncio.shield(_closed(connection))
            raise
        except asyncpg.PostgresError:
            raise
        except DRIVER_ERRORS as exc:
            raise translate(exc, role=database.target.user) from exc
        finally:
            connection.terminate()


async def _closed(connection: Connection) -> None:
    try:
        await connection.close(timeout=_CLOSING_SECONDS)
    except DRIVER_ERRORS:
        connection.terminate()
