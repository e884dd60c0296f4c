"""A database without the bot platform: what was found in its place, and what to do about it."""

from typing import TYPE_CHECKING, Final

from gbtui.database.sql import statement

if TYPE_CHECKING:
    from gbtui.database.database import Database

NO_PLATFORM: Final = "this database does not hold the bot platform's tables"
"""Why the platform's probes are empty, in short."""
_ELSEWHERE: Final = "name the database that holds them with --dsn or --profile"


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
