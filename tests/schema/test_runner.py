"""Running migrations on a real server, beside other runners and in the way of locks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import asyncpg
import pytest

from gbtui.errors import MigrationError
from gbtui.resources import migrations as folder
from gbtui.schema import history, runner, source
from gbtui.schema.failures import FailedMigrationError
from gbtui.schema.options import Options
from gbtui.schema.status import Standing, State, read_status
from tests.waiting import until

from .folders import write

OUTSIDE = "run_in_transaction = false\n"
# As the first core migration makes it.
LOG = """\
CREATE SCHEMA gb_meta;
CREATE TABLE gb_meta.migration_log (
    version text PRIMARY KEY, name text NOT NULL, up_sha256 text NOT NULL, down_sha256 text,
    applied_at timestamptz NOT NULL, duration_ms double precision NOT NULL, actor text NOT NULL,
    tool_version text NOT NULL
);
"""


@pytest.fixture
async def db(empty_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(empty_dsn)
    yield connection
    await connection.close()


async def versions(connection: asyncpg.Connection) -> list[str]:
    return sorted(await history.applied(connection))


async def test_diesels_table_is_diesels_own(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "1_a")
    await runner.up(db, source.read(tmp_path))
    columns = await db.fetch(
        "SELECT attname::text, format_type(atttypid, atttypmod) AS type, attnotnull,"
        " pg_get_expr(adbin, adrelid) AS value"
        " FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE attrelid = '__diesel_schema_migrations'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert [tuple(row) for row in columns] == [
        ("version", "character varying(50)", True, None),
        ("run_on", "timestamp without time zone", True, "CURRENT_TIMESTAMP"),
    ]
    (row,) = await db.fetch("SELECT version, run_on = localtimestamp(6) AS now FROM __diesel_schema_migrations")
    assert row["version"] == "1"
    # The text itself is part of the contract: two spaces more and Diesel's md5 differs.
    assert history.DIESEL_TABLE == (
        "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (\n"
        "       version VARCHAR(50) PRIMARY KEY NOT NULL,\n"
        "       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n"
        ");\n"
    )


async def test_up_applies_in_order_once_and_up_to_a_version(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "2_b", "INSERT INTO t VALUES (2)")
    write(tmp_path, "1_a", "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
    write(tmp_path, "3_c", "INSERT INTO t VALUES (3)")
    migrations = source.read(tmp_path)
    assert [a.name for a in await runner.up(db, migrations, to="2")] == ["1_a", "2_b"]
    assert [a.name for a in await runner.up(db, migrations)] == ["3_c"]
    assert await runner.up(db, migrations) == []
    assert [row["n"] for row in await db.fetch("SELECT n FROM t ORDER BY n")] == [1, 2, 3]


async def test_unknown_versions_do_not_stop_up_but_stop_down(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "1_a")
    write(tmp_path, "3_c")
    migrations = source.read(tmp_path)
    await runner.up(db, migrations, to="1")
    await db.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('2')")
    assert [a.version for a in await runner.up(db, migrations)] == ["3"]
    await runner.down(db, migrations)
    with pytest.raises(MigrationError, match="version 2, which this source does not hold"):
        await runner.down(db, migrations)
    assert await versions(db) == ["1", "2"]


async def test_down_and_redo(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a ()", "DROP TABLE a")
    write(tmp_path, "2_b", "CREATE TABLE b ()", "DROP TABLE b")
    write(tmp_path, "3_c", "CREATE TABLE c ()", None)
    migrations = source.read(tmp_path)
    await runner.up(db, migrations, to="2")
    assert [a.version for a in await runner.redo(db, migrations)] == ["2", "2"]
    assert await db.fetchval("SELECT to_regclass('b') IS NOT NULL")
    await runner.up(db, migrations)
    with pytest.raises(MigrationError, match=r"3_c has no down\.sql"):
        await runner.down(db, migrations, steps=3)
    assert await versions(db) == ["1", "2", "3"]
    await db.execute("DELETE FROM __diesel_schema_migrations WHERE version = '3'")
    assert [a.version for a in await runner.down(db, migrations, to="0")] == ["2", "1"]
    assert await versions(db) == []


async def test_a_failure_names_file_line_and_column_and_undoes_its_migration(
    db: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a (é text)")
    write(tmp_path, "2_b", "CREATE TABLE b ();\n-- é\n  SELECT 'é', nothing FROM a;")
    with pytest.raises(FailedMigrationError) as failed:
        await runner.up(db, source.read(tmp_path))
    assert (failed.value.line, failed.value.column, failed.value.sqlstate) == (3, 15, "42703")
    assert 'column "nothing" does not exist' in failed.value.message
    assert f"{tmp_path}/2_b/up.sql:3:15" in failed.value.message
    assert await versions(db) == ["1"]
    assert await db.fetchval("SELECT to_regclass('b') IS NULL")


@pytest.mark.parametrize(
    ("up", "line"),
    [
        ("CREATE TABLE b ();\n\n  CREATE TABLE a ();", 3),
        ("SELECT 1;\nDO $$\nBEGIN\n  RAISE EXCEPTION 'no';\nEND $$", 2),
        ("INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);", 2),
    ],
)
async def test_a_failure_without_position_is_found_by_its_statement(
    db: asyncpg.Connection, tmp_path: Path, up: str, line: int
) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a (n int PRIMARY KEY)")
    write(tmp_path, "2_b", up)
    with pytest.raises(FailedMigrationError) as failed:
        await runner.up(db, source.read(tmp_path))
    assert failed.value.line == line
    assert await db.fetchval("SELECT count(*) FROM a") == 0


async def test_nothing_runs_when_a_pending_file_is_harmful(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a ()")
    write(tmp_path, "2_b", "-- empty")
    with pytest.raises(MigrationError, match="2_b"):
        await runner.up(db, source.read(tmp_path))
    assert await versions(db) == []


async def test_a_search_path_changed_behind_a_function_is_caught_and_undone(
    db: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "1_a", "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET search_path = x; END $$")
    write(tmp_path, "2_b", "CREATE TABLE b (); SELECT f()")
    with pytest.raises(MigrationError, match="search_path"):
        await runner.up(db, source.read(tmp_path))
    assert await versions(db) == ["1"]
    assert await db.fetchval("SELECT to_regclass('b') IS NULL")


async def test_ten_starters_at_once_apply_each_migration_once(empty_dsn: str, tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path, f"{number}_table", f"CREATE TABLE t{number} (n int)")
    write(tmp_path, "5_index", "CREATE INDEX CONCURRENTLY t1_n ON t1 (n)", metadata=OUTSIDE)
    migrations = source.read(tmp_path)

    async def start() -> list[str]:
        connection = await asyncpg.connect(empty_dsn)
        try:
            return [applied.version for applied in await runner.up(connection, migrations)]
        finally:
            await connection.close()

    done = await asyncio.gather(*(start() for _ in range(10)))
    assert sorted(version for versions in done for version in versions) == ["0", "1", "2", "3", "5"]


async def test_a_diesel_in_the_middle_is_waited_for(empty_dsn: str, db: asyncpg.Connection, tmp_path: Path) -> None:
    """Diesel takes no lock of ours: the row lock on its insert, met by LOCK TABLE, is what holds us back."""
    write(tmp_path, "1_a", "CREATE TABLE a ()")
    migrations = source.read(tmp_path)
    await history.ensure_diesel_table(db)
    diesel = await asyncpg.connect(empty_dsn)
    transaction = diesel.transaction()
    await transaction.start()
    await diesel.execute("CREATE TABLE a (); INSERT INTO __diesel_schema_migrations (version) VALUES ('1')")
    ours = asyncio.create_task(runner.up(db, migrations))
    await until(lambda: diesel.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    await transaction.commit()
    await diesel.close()
    assert await ours == []


async def test_a_lock_in_the_way_is_tried_again_until_it_goes(
    empty_dsn: str, db: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a ()")
    write(tmp_path, "2_b", "ALTER TABLE a ADD COLUMN n int")
    migrations = source.read(tmp_path)
    await runner.up(db, migrations, to="1")
    reader = await asyncpg.connect(empty_dsn)
    transaction = reader.transaction()
    await transaction.start()
    await reader.execute("SELECT * FROM a")
    told: list[str] = []
    options = Options(lock_timeout=0.02, progress=told.append)
    ours = asyncio.create_task(runner.up(db, migrations, options=options))
    await until(lambda: any("trying again" in sentence for sentence in told))
    await transaction.rollback()
    await reader.close()
    (applied,) = await ours
    assert applied.attempts > 1


async def test_patience_ends_with_the_place_and_the_reason(
    empty_dsn: str, db: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a ()")
    write(tmp_path, "2_b", "SELECT 1;\nALTER TABLE a ADD COLUMN n int")
    migrations = source.read(tmp_path)
    await runner.up(db, migrations, to="1")
    reader = await asyncpg.connect(empty_dsn)
    async with reader.transaction():
        await reader.execute("SELECT * FROM a")
        with pytest.raises(
            FailedMigrationError, match=r"2_b/up\.sql:2:1: canceling statement due to lock timeout"
        ) as it:
            await runner.up(db, migrations, options=Options(lock_timeout=0.02, patience=0))
        assert f"pid {reader.get_server_pid()} (" in it.value.hint
        assert "idle in transaction" in it.value.hint
    await reader.close()


async def test_a_half_built_index_is_dropped_and_built_again(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (1)")
    write(tmp_path, "2_b", 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A n" ON a (n)', metadata=OUTSIDE)
    migrations = source.read(tmp_path)
    with pytest.raises(FailedMigrationError, match="could not create unique index"):
        await runner.up(db, migrations)
    assert await db.fetchval("SELECT to_regclass('\"A n\"') IS NULL"), "the INVALID index was left behind"
    # As a run that was killed leaves it: IF NOT EXISTS alone would be content with it.
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute(migrations[1].up)
    await db.execute("DELETE FROM a; INSERT INTO a VALUES (1), (2)")
    assert [a.version for a in await runner.up(db, migrations)] == ["2"]
    assert await db.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"A n\"'::regclass")
    assert await versions(db) == ["1", "2"]


async def test_session_settings_are_as_before_a_run_outside_a_transaction(
    db: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "1_a", "CREATE TABLE a (n int)")
    write(tmp_path, "2_b", "CREATE INDEX CONCURRENTLY i ON a (n)", "DROP INDEX CONCURRENTLY i", OUTSIDE)
    migrations = source.read(tmp_path)
    before = await db.fetchrow("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
    await runner.up(db, migrations)
    await runner.down(db, migrations)
    assert before == await db.fetchrow("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
    assert await db.fetchval("SELECT to_regclass('i') IS NULL")


async def test_the_log_says_what_ran_how_long_and_by_whom(db: asyncpg.Connection, tmp_path: Path) -> None:
    write(tmp_path, "1_meta", LOG, "DROP SCHEMA gb_meta CASCADE")
    write(tmp_path, "2_b")
    migrations = source.read(tmp_path)
    await runner.up(db, migrations, options=Options(actor="ann"))
    log = await history.logged(db)
    assert {v: (row.name, row.up_sha256, row.actor) for v, row in log.items()} == {
        "1": ("1_meta", source.sha256(LOG), "ann"),
        "2": ("2_b", source.sha256("SELECT 1;"), "ann"),
    }
    await runner.down(db, migrations)
    assert list(await history.logged(db)) == ["1"]
    await runner.down(db, migrations)
    assert await history.logged(db) == {}


async def test_who_cannot_get_in_says_that_another_is_migrating(
    empty_dsn: str, db: asyncpg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, "1_a")
    other = await asyncpg.connect(empty_dsn)
    async with runner.alone(other):
        with pytest.raises(MigrationError, match="Another gbtui is migrating"):
            await runner.up(db, source.read(tmp_path), options=Options(queue=0.05))
    await other.close()
    assert [a.version for a in await runner.up(db, source.read(tmp_path))] == ["1"]


async def test_a_diesel_that_comes_while_we_run_waits_and_finds_it_done(
    empty_dsn: str, db: asyncpg.Connection, tmp_path: Path
) -> None:
    """Diesel first reads the table: LOCK TABLE … ACCESS EXCLUSIVE holds even that back until we commit."""
    write(tmp_path, "1_slow", "CREATE TABLE a (); SELECT pg_advisory_xact_lock(42)")
    gate, diesel = await asyncpg.connect(empty_dsn), await asyncpg.connect(empty_dsn)
    await gate.execute("SELECT pg_advisory_lock(42)")
    ours = asyncio.create_task(runner.up(db, source.read(tmp_path), options=Options(lock_timeout=0)))
    await until(lambda: gate.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
    theirs = asyncio.create_task(diesel.fetch("SELECT version FROM __diesel_schema_migrations"))
    await until(lambda: gate.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted"))
    assert not theirs.done()
    await gate.execute("SELECT pg_advisory_unlock(42)")
    assert [row["version"] for row in await theirs] == ["1"]
    assert len(await ours) == 1
    await gate.close()
    await diesel.close()


async def test_the_core_source_passes_from_diesel_to_us_and_back(db: asyncpg.Connection) -> None:
    """Diesel's harness in four statements: its table, then BEGIN, the file, the version, COMMIT."""
    migrations = source.read(folder("core"))
    await db.execute(history.DIESEL_TABLE)

    async def diesel(migration: source.Migration) -> None:
        async with db.transaction() if migration.in_transaction else nullcontext():
            await db.execute(migration.up)
            await db.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ($1)", migration.version)

    for migration in migrations[:3]:
        await diesel(migration)
    status = await read_status(db, migrations)
    assert status.standing is Standing.OURS
    assert [entry.state for entry in status.entries[:4]] == [State.ELSEWHERE] * 3 + [State.PENDING]
    assert [a.version for a in await runner.up(db, migrations)] == [m.version for m in migrations[3:]]
    assert await versions(db) == [m.version for m in migrations]
    (last,) = await runner.down(db, migrations)
    await diesel(migrations[-1])
    assert (await read_status(db, migrations)).entries[-1].state is State.ELSEWHERE
    assert last.version == migrations[-1].version


async def test_a_migration_may_hold_any_text(db: asyncpg.Connection, tmp_path: Path) -> None:
    """Percent signs, dollars, several results and a literal of another script go through unchanged."""
    write(
        tmp_path,
        "1_text",
        "SELECT 1; SELECT '100 %', '$1', $q$%s $1$q$; CREATE TABLE a AS SELECT 'שלום 你好 %'::text t",
    )
    await runner.up(db, source.read(tmp_path))
    assert await db.fetchval("SELECT t FROM a") == "שלום 你好 %"
