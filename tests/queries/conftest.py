"""Servers on which every statement is held."""

import asyncio
from collections.abc import Callable

import pytest

from tests.conftest import execute, migrate, server_of


@pytest.fixture(scope="session")
def built_on(request: pytest.FixtureRequest) -> Callable[[int], str]:
    """The DSN of a database for statements that are prepared and explained, not run, by the server's version.

    It has the core migrations, where the version can have them (15).
    """
    made: dict[int, str] = {}

    def build(version: int) -> str:
        if version not in made:
            server = server_of(request, version)
            asyncio.run(execute(server.dsn, "CREATE DATABASE statements"))
            made[version] = server.of("statements")
            asyncio.run(execute(made[version], "CREATE EXTENSION pg_stat_statements"))
            if version >= 15:
                asyncio.run(migrate(made[version]))
        return made[version]

    return build
