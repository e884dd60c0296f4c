"""Servers on which every statement is held."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.conftest import Server, execute, migrate


@pytest.fixture(scope="session")
def built(server: Server) -> Iterator[str]:
    """A database with the core migrations, for statements that are prepared and explained, not run."""
    asyncio.run(execute(server.dsn, "CREATE DATABASE statements"))
    asyncio.run(migrate(server.of("statements")))
    yield server.of("statements")


@pytest.fixture(scope="session")
def built_15(server_15: Server) -> Iterator[str]:
    """The same on PostgreSQL 15."""
    asyncio.run(execute(server_15.dsn, "CREATE DATABASE statements"))
    asyncio.run(migrate(server_15.of("statements")))
    yield server_15.of("statements")
