"""A direct connection for work that takes long: who may have one, and how far the index is that it builds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import GbtuiError, RefusedError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.database.connection import Connection

_EVERY: Final = 2.0  # seconds between two words of progress


def may_be_direct(place: "Opened") -> None:
    """Refuse a standby, and a pooler in between."""
    facts = place.database.facts
    if facts.in_recovery:
        raise RefusedError("A standby", "nothing can be changed here", "run it on the primary")
    if facts.pooled:
        raise RefusedError("A direct connection is needed", "a pooler is in between", "name the server itself")


@asynccontextmanager
async def direct(place: "Opened") -> "AsyncIterator[Connection]":
    """A connection of its own without a statement deadline; what the driver raises becomes ours."""
    from gbtui.database.connection import DRIVER_ERRORS, connect
    from gbtui.database.translate import translate

    connection = await connect(place.database.target, purpose="write", statement_timeout=0.0)
    try:
        yield connection
    except DRIVER_ERRORS as error:
        raise translate(error, role=place.database.facts.user) from error
    finally:
        await connection.close(timeout=5.0)


@asynccontextmanager
async def progress(place: "Opened", connection: "Connection") -> AsyncIterator[None]:
    """Say now and then how far the index is that is being built on `connection`, if one is."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(_EVERY)
            with suppress(GbtuiError):
                for row in await place.database.fetch("meta/search_build", connection.get_server_pid()):
                    total = row["blocks_total"] or row["tuples_total"]
                    done = row["blocks_done"] if row["blocks_total"] else row["tuples_done"]
                    note(f"  {row['phase']}" + (f", {100 * done // total} %" if total else ""))

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
