"""Databases on both servers, watched by a console of their own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

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


async def one(monitor: Monitor, name: str) -> Any:
    """The only row of a probe, read now; its error fails the test."""
    sample = await monitor.once(name)
    assert sample.error is None, f"{name}: {sample.error}"
    assert sample.rows, f"{name} has no rows"
    return sample.rows[0]


@pytest.fixture
async def monitor(place: str) -> AsyncIterator[Monitor]:
    """The monitor of `place`, as superuser."""
    async with watching(place) as watched:
        yield watched
