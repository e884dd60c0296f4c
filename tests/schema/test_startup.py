"""What start-up applies, and what it only says."""

from pathlib import Path

import asyncpg
import pytest

from gbtui.errors import MigrationError
from gbtui.schema import history, runner, source
from gbtui.schema.options import Options
from gbtui.schema.startup import Mode, Rule, bring_up
from gbtui.schema.status import Standing, read_status
from tests.conftest import Connect

from .folders import write
from .test_runner import LOG

WRITER = Rule(read_only=False)
QUICK = Options(lock_timeout=0.02, patience=0)


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A source whose first migration makes our log, as core's does."""
    write(tmp_path, "1_meta", LOG, "DROP SCHEMA gb_meta CASCADE")
    write(tmp_path, "2_table", "CREATE TABLE t (n int)", "DROP TABLE t")
    return tmp_path


async def built(connection: asyncpg.Connection, core: Path) -> None:
    """The database as this source builds it."""
    await runner.up(connection, source.read(core))


async def test_auto_applies_what_is_pending_in_a_database_we_built(
    empty_dsn: str, connect: Connect, core: Path
) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    write(core, "3_more", "CREATE TABLE more ()")
    banner = await bring_up(db, source.read(core), WRITER)
    assert [applied.name for applied in banner.applied] == ["3_more"]
    assert (banner.text, banner.ready) == ("", True)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (Rule(read_only=True), "1 migration is pending"),
        (Rule("check", read_only=False), "1 migration is pending"),
        (Rule("off", read_only=False), ""),
    ],
)
async def test_read_only_check_and_off_apply_nothing(
    empty_dsn: str, connect: Connect, core: Path, rule: Rule, says: str
) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    write(core, "3_more", "CREATE TABLE more ()")
    banner = await bring_up(db, source.read(core), rule)
    assert banner.text == says
    assert not banner.ready
    assert await db.fetchval("SELECT to_regclass('more') IS NULL")


@pytest.mark.parametrize("rule", [Rule(read_only=False, create=True), Rule(read_only=False, embedded=True)])
async def test_an_empty_database_is_built_only_where_that_was_said(
    empty_dsn: str, connect: Connect, core: Path, rule: Rule
) -> None:
    db = await connect(empty_dsn)
    banner = await bring_up(db, source.read(core), WRITER)
    assert banner.standing is Standing.EMPTY
    assert banner.advice == "gbtui migrate up --init builds it"
    assert await db.fetchval("SELECT to_regclass('__diesel_schema_migrations') IS NULL")
    banner = await bring_up(db, source.read(core), rule)
    assert len(banner.applied) == 2


async def test_what_diesel_setup_leaves_is_still_an_empty_database(
    empty_dsn: str, connect: Connect, core: Path
) -> None:
    db = await connect(empty_dsn)
    await runner.up(db, [])
    banner = await bring_up(db, source.read(core), WRITER)
    assert banner.standing is Standing.EMPTY


@pytest.mark.parametrize(
    "theirs",
    [
        "CREATE TABLE theirs ()",
        "CREATE SCHEMA app; CREATE VIEW app.v AS SELECT 1",
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp DEFAULT now());"
        "INSERT INTO __diesel_schema_migrations VALUES ('1')",
    ],
)
async def test_a_database_of_others_is_never_touched(empty_dsn: str, connect: Connect, core: Path, theirs: str) -> None:
    db = await connect(empty_dsn)
    await db.execute(theirs)
    banner = await bring_up(db, source.read(core), Rule(read_only=False, create=True))
    assert banner.standing is Standing.FOREIGN
    assert "did not build" in banner.text
    assert await db.fetchval("SELECT to_regclass('gb_meta.migration_log') IS NULL")


async def test_a_database_ahead_of_us_is_never_touched(empty_dsn: str, connect: Connect, core: Path) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    await db.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9')")
    write(core, "3_more", "CREATE TABLE more ()")
    banner = await bring_up(db, source.read(core), WRITER)
    assert banner.standing is Standing.NEWER
    assert "version 9" in banner.text
    assert await db.fetchval("SELECT to_regclass('more') IS NULL")


async def test_auto_stops_before_what_is_marked(empty_dsn: str, connect: Connect, core: Path) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    write(core, "3_calm", "CREATE TABLE calm ()")
    write(core, "4_drop", "-- gbtui: destructive\nDROP TABLE t")
    write(core, "5_after", "CREATE TABLE after ()")
    banner = await bring_up(db, source.read(core), WRITER)
    assert [applied.name for applied in banner.applied] == ["3_calm"]
    assert "4_drop is marked destructive" in banner.text
    assert await db.fetchval("SELECT to_regclass('t') IS NOT NULL AND to_regclass('after') IS NULL")


async def test_another_role_gets_a_banner(empty_dsn: str, connect: Connect, core: Path) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    write(core, "3_more", "CREATE TABLE more ()")
    await db.execute("CREATE ROLE plain_reader")
    try:
        await db.execute("SET ROLE plain_reader")
        banner = await bring_up(db, source.read(core), WRITER)
        assert "may not read" in banner.text
        assert banner.advice == 'GRANT SELECT ON __diesel_schema_migrations TO "plain_reader"'
        await db.execute(
            "RESET ROLE; GRANT SELECT ON __diesel_schema_migrations TO plain_reader; SET ROLE plain_reader"
        )
        banner = await bring_up(db, source.read(core), WRITER)
        assert "role plain_reader does not own the schema" in banner.text
        await db.execute("RESET ROLE; ALTER TABLE __diesel_schema_migrations OWNER TO plain_reader")
        banner = await bring_up(db, source.read(core), WRITER)
        assert banner.advice == "gbtui migrate up as plain_reader", "a superuser's objects would not be the owner's"
    finally:
        await db.execute(
            "RESET ROLE; REASSIGN OWNED BY plain_reader TO CURRENT_USER;"
            "DROP OWNED BY plain_reader; DROP ROLE plain_reader"
        )


@pytest.mark.parametrize("mode", ["auto", "check"])
async def test_changed_files_are_told(empty_dsn: str, connect: Connect, core: Path, mode: Mode) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    (core / "2_table" / "down.sql").write_bytes(b"DROP TABLE t\r\n")
    assert "2_table" in (await bring_up(db, source.read(core), Rule(mode, read_only=False))).text
    (core / "2_table" / "down.sql").write_text("DROP TABLE t")
    (core / "1_meta" / "up.sql").write_bytes(LOG.replace("\n", "\r\n").encode())
    assert (await bring_up(db, source.read(core), Rule(mode, read_only=False))).text == "", "line endings are no drift"


async def test_a_failure_is_a_banner_where_there_is_something_to_open(
    empty_dsn: str, connect: Connect, core: Path
) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    write(core, "3_bad", "SELECT\n nothing")
    banner = await bring_up(db, source.read(core), WRITER, QUICK)
    assert banner.severity == "critical"
    assert "3_bad/up.sql:2:2" in banner.text
    with pytest.raises(MigrationError, match="3_bad"):
        await bring_up(db, source.read(core), Rule(read_only=False, embedded=True), QUICK)


async def test_a_session_that_migrates_now_is_told_to_who_may_not_wait(
    empty_dsn: str, connect: Connect, core: Path
) -> None:
    db, watcher = await connect(empty_dsn), await connect(empty_dsn)
    await built(db, core)
    await watcher.execute("SET lock_timeout = '20ms'")
    async with db.transaction():
        await db.execute("LOCK TABLE __diesel_schema_migrations")
        banner = await bring_up(watcher, source.read(core), Rule())
    assert "is migrating" in banner.text


async def test_a_database_that_is_built_while_we_look_is_not_taken_for_foreign(
    empty_dsn: str, connect: Connect, core: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, other = await connect(empty_dsn), await connect(empty_dsn)
    applied = history.applied

    async def built_meanwhile(connection: asyncpg.Connection) -> object:
        monkeypatch.undo()
        await built(other, core)
        return await applied(connection)

    monkeypatch.setattr(history, "applied", built_meanwhile)
    assert (await read_status(db, source.read(core))).standing is Standing.EMPTY
    assert (await read_status(db, source.read(core))).standing is Standing.OURS


async def test_a_search_path_that_hides_diesels_table_is_told_and_builds_nothing(
    empty_dsn: str, connect: Connect, core: Path
) -> None:
    db = await connect(empty_dsn)
    await built(db, core)
    await db.execute("CREATE SCHEMA other; SET search_path = other")
    banner = await bring_up(db, source.read(core), Rule(read_only=False, create=True))
    assert banner.standing is Standing.FOREIGN
    assert "search_path" in banner.text
    assert await db.fetchval("SELECT to_regclass('other.t') IS NULL")
