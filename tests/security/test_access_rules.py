"""Rules over the catalog: each table has a kind, no secret is open, no function lends its owner's rights freely."""

import re

import pytest

from gbtui.database.database import Database
from gbtui.monitor.finding import Severity
from gbtui.monitor.monitor import Monitor
from tests.conftest import Connect, Connection
from tests.security.conftest import Walled

SECRETIVE = re.compile(r"token|password|secret|hash|encrypted|_enc$|nonce|cipher|key_?material", re.IGNORECASE)
HARMLESS = {
    ("gb_meta.migration_log", "up_sha256"),
    ("gb_meta.migration_log", "down_sha256"),
}
"""Columns whose names sound secret and are not."""


@pytest.fixture
async def owner(walled: Walled, connect: Connect) -> Connection:
    return await connect(walled.dsn())


async def test_every_table_is_of_a_kind(owner: Connection) -> None:
    """A new one says so in gb_meta.access_tables, in its own migration; until then it is closed."""
    there = {
        row["name"]
        for row in await owner.fetch("""
            SELECT format('%s.%s', n.nspname, c.relname) AS name
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'gb_meta') AND c.relkind IN ('r', 'p')
        """)
    }
    assert there == {row["table_name"] for row in await owner.fetch("SELECT table_name FROM gb_meta.access_tables")}


async def test_every_column_that_sounds_secret_is_one_or_is_known_to_be_harmless(owner: Connection) -> None:
    columns = await owner.fetch("""
        SELECT t.table_name, a.attname::text AS column_name, EXISTS (
            SELECT FROM gb_meta.access_secrets s WHERE s.table_name = t.table_name AND s.column_name = a.attname
        ) AS secret
        FROM gb_meta.access_tables t JOIN pg_attribute a ON a.attrelid = t.table_name::regclass AND a.attnum > 0
        WHERE t.kind <> 'closed' AND NOT a.attisdropped
    """)
    open_ = {
        (row["table_name"], row["column_name"])
        for row in columns
        if SECRETIVE.search(row["column_name"]) and not row["secret"]
    }
    assert open_ <= HARMLESS


async def test_tenants_tables_have_an_organization_and_a_policy(owner: Connection) -> None:
    for row in await owner.fetch("SELECT table_name, kind FROM gb_meta.access_tables"):
        columns = await owner.fetchval(
            "SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = $1::text::regclass", row["table_name"]
        )
        tenant = row["kind"] in ("tenant", "session", "sessions", "member", "record")
        assert ("org_id" in columns) == tenant or row["kind"] in ("lookup", "closed"), row
        walled = await owner.fetchval(
            "SELECT relrowsecurity FROM pg_class WHERE oid = $1::text::regclass", row["table_name"]
        )
        assert walled == (row["kind"] != "lookup"), row
        forced = await owner.fetchval(
            "SELECT relforcerowsecurity FROM pg_class WHERE oid = $1::text::regclass", row["table_name"]
        )
        assert not forced


async def test_functions_with_their_owners_rights_keep_the_rules(owner: Connection) -> None:
    definers = await owner.fetch("""
        SELECT p.oid::regprocedure::text AS name, p.proconfig, pg_get_userbyid(p.proowner)::text AS owner, p.prosrc,
               EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                       WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') AS open
        FROM pg_proc p WHERE p.prosecdef AND p.pronamespace::regnamespace::text IN ('gb_meta', 'public', 'gb_redacted')
    """)
    assert {"gb_meta.sees_all()", "gb_meta.my_orgs()"} <= {row["name"] for row in definers}
    for row in definers:
        assert row["owner"] == "gb_owner", row["name"]
        assert row["proconfig"] == ["search_path=pg_catalog, pg_temp"], row["name"]
        assert not row["open"], row["name"]


async def test_everything_of_the_platform_is_gb_owners_who_cannot_log_in(owner: Connection) -> None:
    others = await owner.fetch("""
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'gb_meta', 'gb_part', 'gb_redacted') AND c.relkind IN ('r', 'p', 'v', 'S')
          AND pg_get_userbyid(c.relowner) <> 'gb_owner'
    """)
    assert others == []
    assert not await owner.fetchval(
        "SELECT rolcanlogin OR rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'gb_owner'"
    )


async def test_a_column_added_later_is_granted_by_applying_again(owner: Connection) -> None:
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute("ALTER TABLE public.users ADD COLUMN nickname text; SELECT gb_meta.apply_access()")
        assert await owner.fetchval("SELECT has_column_privilege('w_bound', 'public.users', 'nickname', 'SELECT')")
        assert not await owner.fetchval(
            "SELECT has_column_privilege('w_bound', 'public.users', 'password_hash', 'SELECT')"
        )
        await owner.execute("""
            INSERT INTO gb_meta.access_secrets VALUES ('public.users', 'nickname'), ('public.bots', 'name');
            SELECT gb_meta.apply_access()
        """)
        for table, column in (("users", "nickname"), ("bots", "name")):
            held = "SELECT has_column_privilege('w_bound', $1::text, $2::text, 'SELECT')"
            assert not await owner.fetchval(held, f"public.{table}", column)
    finally:
        await transaction.rollback()


async def test_applying_again_changes_nothing_and_locks_no_table(owner: Connection) -> None:
    policies = "SELECT array_agg(oid ORDER BY oid) FROM pg_policy"
    before = await owner.fetchval(policies)
    async with owner.transaction():
        await owner.execute("SELECT gb_meta.apply_access()")
        assert await owner.fetchval(policies) == before
        locked = await owner.fetch("""
            SELECT relation::regclass::text, mode FROM pg_locks
            WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL
        """)
        assert locked == []


async def test_that_no_slot_is_reserved_is_a_finding_where_roles_could_use_one(walled: Walled) -> None:
    async with Database(walled.dsn()) as database:
        monitor = Monitor(database)
        await monitor.once("settings")
        (found,) = [finding for finding in monitor.findings if finding.check == "reserved"]
        await monitor.stop()
    assert found.severity is Severity.INFO
    assert "only a superuser gets in" in found.what
    assert "restart" in found.advice
