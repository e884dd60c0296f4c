"""Opening a database that may be written: migrations first, then partitions ahead."""

from gbtui.lifecycle.startup import Banner, Rule, bring_up
from gbtui.resources import migrations as folder
from gbtui.schema import source
from gbtui.schema.status import Standing
from tests.conftest import Connect


async def test_the_real_source_is_built_and_quiet_afterwards(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    migrations = source.read(folder("core"))
    first = await bring_up(db, migrations, Rule(read_only=False, embedded=True))
    assert len(first.applied) == len(migrations)
    again = await bring_up(db, migrations, Rule(read_only=False))
    assert again == Banner(standing=Standing.OURS, ready=True)


async def test_missing_months_are_made_where_the_schema_may_be_written(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    newest = "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'message_history'::regclass"
    before = await db.fetchval(newest)
    await db.execute(f"DROP TABLE {before}")
    migrations = source.read(folder("core"))
    await bring_up(db, migrations, Rule(read_only=True))
    assert await db.fetchval(newest) != before
    await bring_up(db, migrations, Rule(read_only=False))
    assert await db.fetchval(newest) == before
