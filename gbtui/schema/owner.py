"""Acting as gb_owner, where it owns the schema: what is made then belongs to it, whoever runs the migration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from gbtui.database.sql import statement
from gbtui.schema.options import Options

OWNER: Final = "gb_owner"
_APPLY: Final = "SELECT gb_meta.apply_access()"


@asynccontextmanager
async def acting_as_owner(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """SET ROLE gb_owner for the time inside, if gb_meta is its and this login may; else as we are."""
    if not await connection.fetchval(statement("meta/may_act_as_owner").text):
        yield
        return
    await connection.execute(f"SET ROLE {OWNER}")
    try:
        yield
    finally:
        if not connection.is_closed() and not connection.is_in_transaction():
            await connection.execute("RESET ROLE")


async def apply_access(connection: asyncpg.Connection, options: Options) -> None:
    """Grants and policies for the schema as it is now, for those of the roles that exist; a busy table: later."""
    if await connection.fetchval("SELECT to_regprocedure('gb_meta.apply_access()')") is None:
        return
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = {round(options.lock_timeout * 1000)}")
            await connection.execute(_APPLY)
    except asyncpg.PostgresError as error:
        options.progress(f"grants and policies are as they were ({error}): gbtui access init brings them up")
