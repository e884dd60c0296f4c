"""A database without the bot platform: what was found in its place, and what to do about it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.sql import statement

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.monitor.sample import Sample

NO_PLATFORM: Final = "this database does not hold the bot platform's tables"
"""Why the platform's probes are empty, in short."""
_ELSEWHERE: Final = "name the database that holds them with --dsn or --profile"
_LOOKED: Final = 15.0
"""Seconds after which it is asked again whether the tables have come."""


@dataclass(frozen=True, slots=True)
class Looked:
    """When it was last asked, by the event loop's clock."""

    at: float


async def still_absent(database: "Database", before: "Sample[Any] | None") -> Looked | None:
    """What to remember while the platform's tables are not there; None once they are.

    Migrations may have been applied by others while the console is open.
    """
    if database.facts.has_platform:
        return None
    now = asyncio.get_running_loop().time()
    looked = before.memory if before and isinstance(before.memory, Looked) else Looked(now)
    if now - looked.at < _LOOKED:
        return looked
    await database.refresh_facts()
    return None if database.facts.has_platform else Looked(now)


async def absence(database: "Database") -> str:
    """Why the lists of the platform's things are empty, for a reader who expected some."""
    (row,) = await database.fetch(statement("meta/standing"))
    name = database.facts.database
    if row["has_log"]:
        return (
            f"gbtui has built database {name}, but the bot platform's tables are not there, or role "
            f"{database.facts.user} lacks USAGE on schema public: gbtui migrate status tells which"
        )
    if database.facts.has_schema == "botserver":
        return (
            f"database {name} holds the bot platform's tables as the Rust BotServer makes them: the tail reads them,"
            " the lists only those of gbtui's make"
        )
    if row["has_relations"]:
        return f"database {name} holds tables of another make, but not the bot platform's: {_ELSEWHERE}"
    return (
        f"database {name} is empty, the bot platform's tables are not there: "
        f"gbtui migrate up --init builds them, or {_ELSEWHERE}"
    )
