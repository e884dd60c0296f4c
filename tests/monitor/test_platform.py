"""What the platform's probes say of a database that another tool migrated, or that holds no platform at all."""

import pytest

from tests.conftest import execute
from tests.monitor.conftest import watching


async def test_only_our_log_tells_when_a_migration_was_applied(dsn: str) -> None:
    """Diesel's time is of whatever zone its session had: taken for ours it would be hours off."""
    await execute(dsn, "INSERT INTO __diesel_schema_migrations VALUES ('2999-01-01-000000', '2999-01-01 12:00')")
    async with watching(dsn) as monitor:
        newest, *others = (await monitor.once("migrations")).rows
    assert (newest.version, newest.applied_at) == ("2999-01-01-000000", None)
    assert all(row.applied_at is not None for row in others)


@pytest.mark.parametrize(
    ("sql", "found", "advised"),
    [
        ("SELECT 1", "is empty", "gbtui migrate up --init"),
        ("CREATE TABLE of_others ()", "holds tables of another make", "--profile"),
        ("CREATE TABLE bots (bot_id uuid)", "holds tables of another make", "--profile"),
    ],
)
async def test_a_database_without_the_platform_says_what_was_found_and_what_to_do(
    empty_dsn: str, sql: str, found: str, advised: str
) -> None:
    await execute(empty_dsn, sql)
    async with watching(empty_dsn) as monitor:
        for name in ("tenants", "sessions"):
            sample = await monitor.once(name)
            (why,) = sample.skipped
            assert found in why
            assert "the bot platform's" in why
            assert advised in why
