"""Servers on which every statement is held."""

import asyncio
from collections.abc import Callable

import pytest

from tests.conftest import execute, migrate, server_of
from tests.domain.botserver import SCHEMA


@pytest.fixture(scope="session")
def built_on(request: pytest.FixtureRequest) -> Callable[[int, str], str]:
    """The DSN of a database for statements that are prepared and explained, not run, by the server's version.

    It has the core migrations, where the version can have them (15); or, for statements of that area, the tables of
    the Rust BotServer.
    """
    made: dict[tuple[int, str], str] = {}

    def build(version: int, area: str) -> str:
        kind = "botserver" if area == "botserver" else "statements"
        if (version, kind) not in made:
            server = server_of(request, version)
            asyncio.run(execute(server.dsn, f"CREATE DATABASE {kind}"))
            dsn = made[version, kind] = server.of(kind)
            if kind == "botserver":
                asyncio.run(execute(dsn, SCHEMA))
            else:
                asyncio.run(execute(dsn, "CREATE EXTENSION pg_stat_statements"))
            if kind == "statements" and version >= 15:
                asyncio.run(migrate(dsn))
        return made[version, kind]

    return build
