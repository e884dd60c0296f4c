"""Servers on which every statement is held."""

import asyncio
from collections.abc import Iterator

import pytest

from tests import older
from tests.conftest import Server, execute, migrate


@pytest.fixture(scope="session")
def built(server: Server) -> Iterator[str]:
    """A database with the core migrations, for statements that are prepared and explained, not run."""
    asyncio.run(execute(server.dsn, "CREATE DATABASE statements"))
    asyncio.run(migrate(server.of("statements")))
    yield server.of("statements")


@pytest.fixture(scope="session")
def built_15() -> Iterator[str]:
    """The same on PostgreSQL 15."""
    if older.binaries(15) is None:
        pytest.skip("PostgreSQL 15 is not installed here")
    with older.running(15) as dsn:
        asyncio.run(migrate(dsn))
        yield dsn
