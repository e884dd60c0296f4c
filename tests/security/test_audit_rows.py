"""Changes of sensitive rows are on record whoever makes them: by psql as by the platform, with the secrets left out."""

import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import Connect, Connection, Server, server_of

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$hunter2hunter2"
AUDITED = (
    "public.basic_tools",
    "public.bot_configuration",
    "public.bots",
    "public.organization_members",
    "public.organizations",
    "public.system_automations",
    "public.user_email_accounts",
    "public.users",
)
QUIET = ("public.message_history", "public.user_sessions", "public.clicks", "public.user_login_tokens")


@pytest.fixture
async def db(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


async def records(db: Connection, table: str = "%") -> list[dict[str, Any]]:
    """What is on record of a table, oldest first, documents read."""
    rows = await db.fetch(
        "SELECT * FROM gb_meta.audit_log WHERE object_table LIKE $1 ORDER BY created_at, action", table
    )
    return [
        {**row, **{name: row[name] and json.loads(row[name]) for name in ("before", "after", "detail")}} for row in rows
    ]


async def user(db: Connection, name: str = "ann") -> str:
    insert = (
        "INSERT INTO public.users (username, email, password_hash) VALUES ($1, $1 || '@example.com', $2) RETURNING id"
    )
    return str(await db.fetchval(insert, name, HASH))


async def organization(db: Connection, slug: str = "acme") -> str:
    return str(
        await db.fetchval("INSERT INTO public.organizations (name, slug) VALUES ($1, $1) RETURNING org_id", slug)
    )


async def test_a_plain_update_is_on_record_with_what_it_changed(db: Connection) -> None:
    ann = await user(db)
    await db.execute("UPDATE public.users SET active = false, password_hash = password_hash || 'x' WHERE id = $1", ann)
    await db.execute("UPDATE public.users SET active = active")
    await db.execute("DELETE FROM public.users")
    made, changed, deleted = await records(db)
    assert [one["action"] for one in (made, changed, deleted)] == ["row.inserted", "row.updated", "row.deleted"]
    assert {(one["object_table"], one["object_id"], one["actor"]) for one in (made, changed, deleted)} == {
        ("public.users", ann, await db.fetchval("SELECT session_user"))
    }
    assert (made["before"], deleted["after"]) == (None, None)
    assert made["after"]["username"] == deleted["before"]["username"] == "ann"
    assert (changed["before"]["active"], changed["after"]["active"]) == (True, False)
    assert changed["detail"] == {"changed": ["active", "password_hash"]}
    assert "hunter2" not in str([made, changed, deleted])
    assert "password_hash" not in made["after"]


async def test_the_record_shares_the_fate_of_the_change(db: Connection) -> None:
    transaction = db.transaction()
    await transaction.start()
    await user(db)
    await transaction.rollback()
    assert await records(db) == []
    async with db.transaction():
        await user(db)
        await organization(db)
    assert len({one["tx"] for one in await records(db)}) == 1


async def test_which_tables_have_it(db: Connection) -> None:
    found = await db.fetch(
        "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger "
        "WHERE tgfoid = 'gb_meta.audit_row()'::regprocedure"
    )
    names = {row["name"] if "." in row["name"] else f"public.{row['name']}" for row in found}
    assert names >= set(AUDITED)
    assert not names & set(QUIET)


async def test_whose_row_it_is_and_who_went_with_it(db: Connection) -> None:
    """A tenant's records bear its id and outlive it; what the cascade took is on record with it."""
    acme = await organization(db)
    bot = await db.fetchval("INSERT INTO public.bots (name, org_id) VALUES ('b', $1) RETURNING id", acme)
    ann = await user(db)
    await db.execute("INSERT INTO public.organization_members (org_id, user_id) VALUES ($1, $2)", acme, ann)
    await db.execute("DELETE FROM public.organizations")
    gone = {one["object_table"]: one for one in await records(db) if one["action"] == "row.deleted"}
    assert set(gone) == {"public.organizations", "public.bots", "public.organization_members"}
    assert len({one["tx"] for one in gone.values()}) == 1
    assert {str(one["org_id"]) for one in gone.values()} == {acme}
    assert gone["public.organization_members"]["object_id"] == f"{acme},{ann}"
    assert gone["public.bots"]["object_id"] == str(bot)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [("llm-key", "sk-hunter2", False), ("email-pass", "hunter2", False), ("greeting", "hello", True)],
)
async def test_settings_that_are_called_secrets_are_left_out(db: Connection, key: str, value: str, shown: bool) -> None:
    acme = await organization(db)
    await db.execute("INSERT INTO public.bots (name, org_id) VALUES ('b', $1)", acme)
    await db.execute(
        "INSERT INTO public.bot_configuration (bot_id, key, value) SELECT id, $1, $2 FROM public.bots", key, value
    )
    await db.execute("UPDATE public.bot_configuration SET value = value || '!'")
    _, changed = await records(db, "public.bot_configuration")
    assert changed["detail"]["changed"] == ["value"]
    assert ("value" in changed["before"], "value" in changed["after"]) == (shown, shown)
    assert ("hunter2" in str(changed)) is False


async def test_a_column_added_later_and_secrets_deep_within(db: Connection) -> None:
    await db.execute("ALTER TABLE public.users ADD api_key text, ADD settings jsonb")
    await user(db)
    deep = {"theme": "dark", "mail": [{"smtp_password": "hunter2", "port": 25}], "access_token": "hunter2"}
    await db.execute("UPDATE public.users SET api_key = 'hunter2', settings = $1", json.dumps(deep))
    _, changed = await records(db)
    assert changed["after"]["settings"] == {"theme": "dark", "mail": [{"port": 25}]}
    assert changed["detail"]["changed"] == ["api_key", "settings"]
    assert "hunter2" not in str(changed)


async def test_a_truncate_is_on_record(db: Connection) -> None:
    await user(db)
    await db.execute("TRUNCATE public.users CASCADE")
    assert {(one["object_table"], one["action"]) for one in await records(db)} >= {
        ("public.users", "table.truncated"),
        ("public.user_email_accounts", "table.truncated"),
        ("public.organization_members", "table.truncated"),
    }


async def test_any_table_can_be_put_on_record(db: Connection) -> None:
    """Partitions under the name of the whole; columns without equality; a row without a key."""
    await db.execute("""
        CREATE TABLE gb_meta.rules (at date NOT NULL, org_id uuid, note json, pin text, PRIMARY KEY (at, org_id))
            PARTITION BY RANGE (at);
        CREATE TABLE gb_part.rules_one PARTITION OF gb_meta.rules FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        SELECT gb_meta.audit_rows('gb_meta.rules', ARRAY['pin']), gb_meta.audit_rows('gb_meta.rules', ARRAY['pin']);
        CREATE TABLE public.plain (name text);
        SELECT gb_meta.audit_rows('public.plain');
        INSERT INTO public.plain VALUES ('x');
    """)
    org = uuid4()
    await db.execute("INSERT INTO gb_part.rules_one VALUES ('2026-02-03', $1, '{\"a\": 1}', 'hunter2')", org)
    await db.execute("UPDATE gb_meta.rules SET note = '{\"a\": 2}'")
    await db.execute("UPDATE gb_meta.rules SET note = note")
    made, changed = await records(db, "gb_meta.rules")
    assert (made["object_id"], made["org_id"]) == (f"2026-02-03,{org}", org)
    assert (changed["before"]["note"], changed["after"]["note"]) == ({"a": 1}, {"a": 2})
    assert "hunter2" not in str([made, changed])
    (plain,) = await records(db, "public.plain")
    assert (plain["object_id"], plain["org_id"], plain["after"]) == (None, None, {"name": "x"})


@pytest.fixture
async def hand(db: Connection, dsn: str, connect: Connect) -> tuple[Connection, str]:
    """A login that may change rows of users, and has no other right: and its name."""
    name = f"hand_{uuid4().hex[:8]}"
    await db.execute(
        f"CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA gb_meta TO {name};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON public.users TO {name}"
    )
    return await connect(dsn.replace("://gbtui@", f"://{name}@")), name


async def test_a_login_without_a_right_to_the_log_is_recorded_and_cannot_touch_it(
    db: Connection, hand: tuple[Connection, str]
) -> None:
    connection, name = hand
    await connection.execute(
        "SELECT set_config('gb.actor', 'ticket 12', false), set_config('gb.os_user', 'ann', false)"
    )
    await user(connection)
    (made,) = await records(db)
    assert (made["actor"], made["os_user"], made["detail"]) == (name, "ann", {"for": "ticket 12"})
    partition = await db.fetchval(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'gb_meta.audit_log'::regclass LIMIT 1"
    )
    forbidden = (
        "SELECT FROM gb_meta.audit_log",
        "INSERT INTO gb_meta.audit_log (action) VALUES ('forged')",
        "UPDATE gb_meta.audit_log SET actor = 'somebody'",
        "DELETE FROM gb_meta.audit_log",
        "TRUNCATE gb_meta.audit_log",
        f"DELETE FROM {partition}",
        f"TRUNCATE {partition}",
        "DELETE FROM gb_meta.audit_seals",
        "SELECT gb_meta.audit('forged')",
        "SELECT gb_meta.audit_rows('public.users')",
        "CREATE TEMP TABLE mine (id int); CREATE TRIGGER forge AFTER INSERT ON mine FOR EACH ROW "
        "EXECUTE FUNCTION gb_meta.audit_row('{id}', '{}')",
        "ALTER TABLE public.users DISABLE TRIGGER audit_row",
        "DROP TRIGGER audit_row ON public.users",
        "SET session_replication_role = replica",
    )  # fmt: skip
    for statement in forbidden:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert [one["action"] for one in await records(db)] == ["row.inserted"]


async def test_who_takes_another_role_stays_who_they_are(db: Connection, hand: tuple[Connection, str]) -> None:
    connection, name = hand
    await db.execute(f"CREATE ROLE {name}_up; GRANT ALL ON public.users TO {name}_up; GRANT {name}_up TO {name}")
    await connection.execute(f"SET ROLE {name}_up")
    await user(connection)
    (made,) = await records(db)
    assert (made["actor"], made["detail"]) == (name, {"role": f"{name}_up"})


async def test_a_hostile_search_path_changes_nothing(db: Connection, hand: tuple[Connection, str]) -> None:
    """Functions and tables of the caller's own are not taken for the server's: the trigger runs with other rights."""
    connection, name = hand
    await db.execute(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
    await connection.execute(f"""
        CREATE FUNCTION {name}.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{{"forged": 1}}'::jsonb $$;
        CREATE FUNCTION {name}.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'null' $$;
        SET search_path = {name}, pg_catalog, public;
        CREATE TEMP TABLE audit_log (action text)""")
    await user(connection)
    (made,) = await records(db)
    assert made["after"]["username"] == "ann"
    assert "password_hash" not in made["after"]


@pytest.mark.parametrize("version", [15, 16, 17])
async def test_older_servers(version: int, request: pytest.FixtureRequest, connect: Connect) -> None:
    from tests.conftest import execute, migrate

    server: Server = server_of(request, version)
    name = f"audit_{uuid4().hex[:8]}"
    await execute(server.dsn, f"CREATE DATABASE {name}")
    await migrate(server.of(name))
    db = await connect(server.of(name))
    await user(db)
    await db.execute("UPDATE public.users SET active = false")
    told = await records(db)
    assert [one["detail"].get("changed") for one in told] == [None, ["active"]]
