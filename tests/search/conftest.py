"""A platform on PostgreSQL 18 and on 15, to be searched and indexed."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from gbtui.database.connection import Connection as Writer
from gbtui.database.connection import connect as open_connection
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.search.search import Found, Step
from gbtui.domain.search.searches import Searches
from gbtui.domain.search.wish import read
from gbtui.lifecycle import search_index
from gbtui.security.audit import Audit
from tests.conftest import Connect, Connection, execute, migrate, server_of


@pytest.fixture(scope="session", params=[18, 15], ids=["18", "15"])
def platform_dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with the core migrations, of the search's own on that version."""
    server = server_of(request, request.param)
    name = f"search_{uuid4().hex[:8]}"
    asyncio.run(execute(server.dsn, f"CREATE DATABASE {name}"))
    asyncio.run(migrate(server.of(name)))
    yield server.of(name)
    asyncio.run(execute(server.dsn, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def writer(platform_dsn: str, connect: Connect) -> Connection:
    """An empty platform to be written into, without any index of the search."""
    connection = await connect(platform_dsn)
    await connection.execute(
        "TRUNCATE organizations, users, gb_meta.migration_log CASCADE;"
        "DROP INDEX IF EXISTS message_history_search_simple_idx, kb_documents_search_simple_idx,"
        " message_history_search_german_idx, kb_documents_search_german_idx"
    )
    return connection


@pytest.fixture
async def searched(platform_dsn: str, writer: Connection) -> AsyncIterator[Database]:
    """The console's way to it."""
    async with Database(platform_dsn) as opened:
        yield opened


@pytest.fixture
def searches(searched: Database, tmp_path: Path) -> Searches:
    """Searches of it."""
    return Searches(searched, Audit(searched, tmp_path / "audit.jsonl"))


async def find(searches: Searches, line: str, scope: Scope = EVERYONE, most: int = 500) -> list[Found]:
    """All that a line finds, at most so many."""
    hits, _ = await found(searches, line, scope, most)
    return hits


async def found(
    searches: Searches, line: str, scope: Scope = EVERYONE, most: int = 500
) -> tuple[list[Found], Sequence[Step]]:
    """The same with the steps it took."""
    running = await searches.begin(read(line), scope)
    steps = [step async for step in running.run(most)]
    return [hit for step in steps for hit in step.hits], steps


async def builder(dsn: str) -> Writer:
    """A connection that may build."""
    return await open_connection(target(dsn), purpose="write", statement_timeout=0.0)


async def build(dsn: str, language: str = "simple") -> list[str]:
    """Build the indexes of a language; what was said of it."""
    told: list[str] = []
    connection = await builder(dsn)
    try:
        await search_index.build(connection, language, told.append)
    finally:
        await connection.close(timeout=5)
    return told
