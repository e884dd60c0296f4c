"""Things that go wrong: each ends by itself within seconds and leaves nothing behind but a bot's memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import asyncpg

from gbtui.database.sql import statement
from gbtui.database.target import Target
from gbtui.demo.traffic.tags import TaggedConnection, connect, tag
from gbtui.demo.traffic.world import Bot

_KEY: Final = "demo traffic"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where it happens."""

    target: Target
    bot: Bot
    seconds: float

    @asynccontextmanager
    async def connection(self, application: str) -> AsyncIterator[TaggedConnection]:
        """A connection of its own, tagged with the bot, gone afterwards."""
        connection = await connect(self.target, application)
        connection.tag = tag(tenant=self.bot.slug, bot=self.bot.name)
        try:
            yield connection
        finally:
            # Also when the traffic is stopped in the middle: the server rolls back.
            connection.terminate()

    async def remember(self, connection: TaggedConnection, key: str = _KEY) -> None:
        """Write the bot's memory: a row that others may want at the same time."""
        await connection.execute(statement("demo/memory_set").text, self.bot.id, self.bot.org_id, key, "busy")


async def happen(kind: str, scene: Scene) -> None:
    """Let it go wrong; the errors that belong to it are swallowed."""
    with suppress(asyncpg.PostgresError):
        await _KINDS[kind](scene)


async def _rollback(scene: Scene) -> None:
    """A transaction that writes and changes its mind."""
    async with scene.connection("botserver") as connection:
        change = connection.transaction()
        await change.start()
        await scene.remember(connection)
        await asyncio.sleep(scene.seconds)
        await change.rollback()


async def _slow(scene: Scene) -> None:
    """A transaction that holds a row while a long statement runs."""
    async with scene.connection("reporting") as connection, connection.transaction():
        await scene.remember(connection, "report")
        await connection.fetch(statement("demo/slow_report").text, scene.bot.org_id, scene.seconds)


async def _idle(scene: Scene) -> None:
    """A program that forgot its transaction."""
    async with scene.connection("admin-console") as connection, connection.transaction():
        await connection.fetch(statement("demo/memory_read").text, scene.bot.id)
        await scene.remember(connection, "draft")
        await asyncio.sleep(scene.seconds)


async def _search(scene: Scene) -> None:
    """A query that no index helps; of ten million messages several at once would take the whole machine."""
    async with scene.connection("admin-console") as connection:
        await connection.execute("SET statement_timeout = '2s'")
        with suppress(asyncpg.QueryCanceledError):
            await connection.fetch(statement("demo/bad_search").text, "refund")


async def _failure(scene: Scene) -> None:
    """Statements that fail."""
    async with scene.connection("botserver") as connection:
        with suppress(asyncpg.PostgresError):
            await connection.fetch(statement("demo/bad_ratio").text, 0)
        await connection.execute(statement("demo/bad_slug").text, scene.bot.org_id)


async def _rows(scene: Scene) -> None:
    """Three who want the same row; the first takes its time."""

    async def want(application: str, seconds: float) -> None:
        async with scene.connection(application) as connection, connection.transaction():
            await scene.remember(connection)
            await asyncio.sleep(seconds)

    first = asyncio.create_task(want("admin-console", scene.seconds))
    await asyncio.sleep(0.1)
    await _all(first, want("botserver", 0.0), want("botserver", 0.0))


async def _deadlock(scene: Scene) -> None:
    """Two who take the same two rows in opposite order: the server ends one of them."""

    async def take(*keys: str) -> None:
        async with scene.connection("botserver") as connection, connection.transaction():
            for key in keys:
                await scene.remember(connection, key)
                await asyncio.sleep(scene.seconds)

    await _all(take("left", "right"), take("right", "left"))


async def _table(scene: Scene) -> None:
    """A careless migration and those who wait for it."""

    async def migrate() -> None:
        async with scene.connection("migration") as connection, connection.transaction():
            await connection.execute(statement("demo/clicks_lock").text)
            await asyncio.sleep(scene.seconds)

    async def read() -> None:
        async with scene.connection("botserver") as connection:
            await connection.fetch(statement("demo/clicks_count").text, scene.bot.org_id)

    first = asyncio.create_task(migrate())
    await asyncio.sleep(0.1)
    await _all(first, read(), read())


async def _all(*tasks: Awaitable[None]) -> None:
    """Wait for every one of them; then raise the first error."""
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended


_KINDS: Final[Mapping[str, Callable[[Scene], Awaitable[None]]]] = MappingProxyType(
    {
        "rollback": _rollback,
        "slow": _slow,
        "idle": _idle,
        "search": _search,
        "failure": _failure,
        "rows": _rows,
        "deadlock": _deadlock,
        "table": _table,
    }
)
