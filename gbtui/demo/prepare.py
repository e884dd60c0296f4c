"""The demo's database: the schema brought up and sample data loaded, each only once."""

from collections.abc import Callable
from typing import Final

import asyncpg

from gbtui.database.connection import Connection, connect
from gbtui.database.sql import identifier, statement
from gbtui.database.target import Target
from gbtui.database.translate import translate
from gbtui.demo.sample import Progress, Size, load
from gbtui.demo.settings import DATABASE
from gbtui.errors import UsageError
from gbtui.lifecycle.startup import Rule, bring_up
from gbtui.resources import migrations
from gbtui.schema import source
from gbtui.text import age

_EXTENSION: Final = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"

_BAR: Final = 20  # cells of the progress bar

Say = Callable[[str], None]


async def prepare(
    target: Target,
    *,
    embedded: bool,
    confirmed: str | None = None,
    size: str | None = None,
    seed: int = 1,
    fresh: bool = False,
    progress: Say = lambda _text: None,
) -> None:
    """See to it that the schema and data stand there; with `fresh` both are made anew (embedded only).

    Another server's database is touched only if `confirmed` is its name. `size` None: small, if there is no data yet.
    Raises UsageError if a size is asked for and there is data already; MigrationError, QueryError, ConnectError.
    """
    if fresh and embedded:
        progress("throwing the demo's data away")
        await _recreate(target)
    connection = await connect(target, purpose="write", statement_timeout=0.0)
    try:
        name = await connection.fetchval("SELECT current_database()")
        if not embedded and name != confirmed:
            raise UsageError(
                "Not the database that was named", f"connected to {name}, and --yes-write-to says {confirmed}"
            )
        await _schema(connection, embedded=embedded, progress=progress)
        if await connection.fetchval(statement("demo/is_filled").text):
            if size is not None:
                raise UsageError(
                    "There is data already",
                    f"--size {size} fills an empty database",
                    "leave it out to use what is there" + (", or add --fresh to throw it away" if embedded else ""),
                )
            return
        await load(connection, Size[(size or "small").upper()], seed, lambda step: progress(_told(step)))
    finally:
        connection.terminate()


async def _schema(connection: Connection, *, embedded: bool, progress: Say) -> None:
    progress("looking at the schema")
    rule = Rule(mode="auto", read_only=False, create=True, embedded=embedded)
    banner = await bring_up(connection, source.read(migrations("core")), rule)
    if banner.text and not banner.ready:
        raise UsageError("The demo needs its schema", banner.text, banner.advice)


async def _recreate(target: Target) -> None:
    """The demo's database, empty; whoever is connected to it is thrown out."""
    connection = await connect(target.with_database("postgres"), purpose="write", statement_timeout=0.0)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {identifier(DATABASE)} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {identifier(DATABASE)}")
    except asyncpg.PostgresError as error:
        raise translate(error) from error
    finally:
        connection.terminate()
    connection = await connect(target, purpose="write")
    try:
        await connection.execute(_EXTENSION)
    except asyncpg.PostgresError as error:
        raise translate(error) from error
    finally:
        connection.terminate()


def _told(step: Progress) -> str:
    left = f", {age(step.seconds_left)} left" if step.seconds_left is not None and step.seconds_left >= 1 else ""
    bar = "#" * round(step.done * _BAR)
    return f"loading sample data: [{bar:.<{_BAR}}] {step.done:.0%}, {step.what}{left}"
