"""The fixtures keep what they promise."""

from gbtui.database.database import Database
from tests.conftest import Connect


async def test_each_database_is_its_own(empty_dsn: str, connect: Connect) -> None:
    connection = await connect(empty_dsn)
    assert await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0


async def test_the_core_database_is_migrated(dsn: str, connect: Connect) -> None:
    connection = await connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM message_history") == 0


async def test_the_console_reads_it(database: Database) -> None:
    assert database.facts.has_schema == "general_bots"
