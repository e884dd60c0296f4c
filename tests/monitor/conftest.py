"""Databases on both servers, watched by a console of their own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncio

import pytest

from gbtui.database.database import Database
from gbtui.monitor.monitor import Monitor
from tests.conftest import Server, execute


@pytest.fixture(params=["18", "15"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    """The DSN of a fresh empty database, on PostgreSQL 18 and on 15."""
    server: Server = request.getfixturevalue("server" if request.param == "18" else "server_15")
    name = f"m_{uuid4().hex[:12]}"
    asyncio.run(execute(server.dsn, f"CREATE DATABASE {name}"))
    yield server.of(name)
    asyncio.run(execute(server.dsn, f"DROP DATABASE {name} WITH (FORCE)"))


@asynccontextmanager
async def watching(dsn: str) -> AsyncIterator[Monitor]:
    """A monitor of a database, not started: it reads when asked."""
    async with Database(dsn) as database:
        monitor = Monitor(database)
        yield monitor
        await monitor.stop()


@pytest.fixture
async def monitor(place: str) -> AsyncIterator[Monitor]:
    """The monitor of `place`, as superuser."""
    async with watching(place) as watched:
        yield watched
