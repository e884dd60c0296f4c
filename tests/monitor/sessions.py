"""Sessions that do what a test needs to see: wait, block, sit idle in a transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from tests.waiting import until


@dataclass
class Cast:
    """Connections that are closed together, and statements that are still waiting."""

    dsn: str
    opened: list["asyncpg.Connection[asyncpg.Record]"] = field(default_factory=list)
    waiting: list["asyncio.Task[str]"] = field(default_factory=list)

    async def enter(self, *statements: str, application: str = "") -> "asyncpg.Connection[asyncpg.Record]":
        """A new session that has run these statements."""
        session = await asyncpg.connect(self.dsn, timeout=10, server_settings={"application_name": application})
        self.opened.append(session)
        for sql in statements:
            await session.execute(sql)
        return session

    def begin(self, session: "asyncpg.Connection[asyncpg.Record]", sql: str) -> None:
        """Let a session run a statement that does not end by itself."""
        self.waiting.append(asyncio.create_task(session.execute(sql)))

    async def wait(self, sql: str, *before: str, application: str = "") -> int:
        """A new session that runs a statement and waits for a lock with it; its pid."""
        session = await self.enter(*before, application=application)
        self.waiting.append(asyncio.create_task(session.execute(sql)))
        pid = session.get_server_pid()
        watcher = self.opened[0]

        async def waits() -> bool:
            found = await watcher.fetchval("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1", pid)
            return bool(found)

        await until(waits)
        return pid


@asynccontextmanager
async def cast(dsn: str) -> AsyncIterator[Cast]:
    """The cast of a scene; all leave at its end, and what they began is undone."""
    scene = Cast(dsn)
    await scene.enter(application="director")
    try:
        yield scene
    finally:
        for task in scene.waiting:
            task.cancel()
        await asyncio.gather(*scene.waiting, return_exceptions=True)
        for session in scene.opened:
            session.terminate()
