"""The fixtures keep what they promise."""

from tests.conftest import Connect


async def test_each_database_is_its_own(empty_dsn: str, connect: Connect) -> None:
    connection = await connect(empty_dsn)
    assert await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0


async def test_core_database_is_cloned(dsn: str, connect: Connect) -> None:
    connection = await connect(dsn)
    assert await connection.fetchval("SELECT current_user") == "gbtui"
