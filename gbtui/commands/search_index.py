"""`gbtui search --build-index` and `--drop-index`: what it would cost, then, where writing is allowed, do it."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import GbtuiError, RefusedError, UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.database.connection import Connection

_EVERY: Final = 2.0  # seconds between two words of progress


def run(arguments: argparse.Namespace) -> int:
    """0 when it is done."""
    asyncio.run(_run(arguments))
    return 0


async def _run(arguments: argparse.Namespace) -> None:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.search.languages import PLAIN, named

    language = named(arguments.language) if arguments.language else PLAIN
    async with opened(looking(arguments.config), note) as place:
        known = [row["name"] for row in await place.database.fetch("general_bots/search_languages")]
        if language not in known:
            have = f"it has {', '.join(known)}"
            raise UsageError("search", f"this server has no dictionary for {arguments.language}", have)
        await (_build if arguments.build_index else _drop)(place, language)


async def _build(place: "Opened", language: str) -> None:
    from gbtui.domain.search.standing import standing
    from gbtui.lifecycle import search_index
    from gbtui.text import count

    stands = await standing(place.database)
    missing = [documents for documents in (False, True) if language not in stands.languages(documents)]
    for documents in missing:
        cost = stands.cost(documents)
        name = search_index.index_name(cost.table, language)
        note(f"{name}: {count(cost.entries)} rows, {cost.told}, no more than that in WAL")
    if missing:
        note("while it is built, and afterwards at every INSERT, the server has more to do: docs/search.md has figures")
        _may_write(place)
    async with _writing(place) as connection, _progress(place, connection):
        await search_index.build(connection, language, note)


async def _drop(place: "Opened", language: str) -> None:
    from gbtui.lifecycle import search_index

    note("of a partitioned table an index goes as a whole, for a moment alone: it is tried for 100 ms at a time")
    _may_write(place)
    async with _writing(place) as connection:
        await search_index.drop(connection, language, note)


def _may_write(place: "Opened") -> None:
    facts = place.database.facts
    if place.read_only:
        raise RefusedError(
            "Read-only", "nothing was built or dropped", "add --read-write, or read_only = false to the profile"
        )
    if facts.in_recovery:
        raise RefusedError("A standby", "nothing can be built here", "run it on the primary")
    if facts.pooled:
        raise RefusedError("A direct connection is needed", "a pooler is in between", "name the server itself")


@asynccontextmanager
async def _writing(place: "Opened") -> "AsyncIterator[Connection]":
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
async def _progress(place: "Opened", connection: "Connection") -> AsyncIterator[None]:
    """Say now and then how far the statement is that runs on `connection`."""

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
