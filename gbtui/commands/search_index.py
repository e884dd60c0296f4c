"""`gbtui search --build-index` and `--drop-index`: what it would cost, then, where writing is allowed, do it."""

import argparse
import asyncio
from typing import TYPE_CHECKING

from gbtui.commands.direct import direct, may_be_direct, progress
from gbtui.commands.notes import note
from gbtui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened


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
    async with direct(place) as connection, progress(place, connection):
        await search_index.build(connection, language, note)


async def _drop(place: "Opened", language: str) -> None:
    from gbtui.lifecycle import search_index

    note("of a partitioned table an index goes as a whole, for a moment alone: it is tried for 100 ms at a time")
    _may_write(place)
    async with direct(place) as connection:
        await search_index.drop(connection, language, note)


def _may_write(place: "Opened") -> None:
    if place.read_only:
        raise RefusedError(
            "Read-only", "nothing was built or dropped", "add --read-write, or read_only = false to the profile"
        )
    may_be_direct(place)
