"""The core migrations against the platform's documents, and the rules that make tenants' rows stay apart."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from gbtui.resources import migrations
from tests.conftest import Connect, Connection
from tests.schema import documents

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"
OTHERS = {"organization_members", "kb_index_jobs"}

COLUMNS = """
SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
    col_description(c.oid, a.attnum) AS comment,
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS key
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE '\\_\\_%'
"""
RELATIONS = """
SELECT k.conrelid::regclass::text AS "table", k.confrelid::regclass::text AS target,
    ARRAY(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, i)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n ORDER BY i) AS columns,
    CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT'
        ELSE k.confdeltype::text END AS rule
FROM pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = 'public'::regnamespace
"""
INDEXES = """
SELECT i.indrelid::regclass::text AS "table", i.indisunique AS "unique", i.indpred IS NULL AS whole,
    ARRAY(SELECT attname::text FROM unnest(i.indkey) WITH ORDINALITY u (n, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n ORDER BY place) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND i.indisvalid
"""


@pytest.fixture
async def db(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def bot(db: Connection) -> UUID:
    org = await db.fetchval("INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id")
    made: UUID = await db.fetchval("INSERT INTO bots (name, org_id) VALUES ('support', $1) RETURNING id", org)
    return made


async def test_every_column_has_the_documents_name_and_type(db: Connection) -> None:
    there = {(row["table"], row["name"]): row for row in await db.fetch(COLUMNS, "public")}
    for table, columns in documents.columns().items():
        for name, kind, key in columns:
            row = there.get((table, name))
            assert row is not None, f"{table}.{name} is missing"
            assert (row["type"], row["key"] or not key) == (kind, True), f"{table}.{name}"
    assert {table for table, _ in there} == {*documents.columns(), *OTHERS}


async def test_everything_is_explained_in_the_database(db: Connection) -> None:
    for schema in ("public", "gb_meta"):
        assert [row[:2] for row in map(tuple, await db.fetch(COLUMNS, schema)) if not row[4]] == []
    silent = await db.fetch("""
        SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relnamespace::regnamespace::text IN ('public', 'gb_meta', 'gb_part') AND c.relkind IN ('r', 'p')
          AND c.relname NOT LIKE '\\_\\_%' AND obj_description(c.oid, 'pg_class') IS NULL
        UNION ALL
        SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace = 'gb_meta'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
    """)
    assert silent == []


async def test_relations_and_their_delete_rules_are_the_documents(db: Connection) -> None:
    there = set()
    for row in await db.fetch(RELATIONS):
        *scope, column = row["columns"]
        assert scope in ([], ["org_id"], ["account_id"]), row
        there.add(documents.Relation(row["table"], column, row["target"], row["rule"]))
    assert there == documents.RELATIONS


async def test_indexes_are_the_documents_and_no_foreign_key_is_without_one(db: Connection) -> None:
    there = await db.fetch(INDEXES)
    for table, columns, unique in documents.indexes():
        assert any(
            row["columns"][: len(columns)] == columns and (not unique or (row["unique"] and row["columns"] == columns))
            for row in there
            if row["table"] == table
        ), (table, columns)
    for relation in documents.RELATIONS:
        leading = [row["columns"][0] for row in there if row["table"] == relation.table and row["whole"]]
        assert relation.column in leading, relation
    # With org_id in that index, deleting a session or a bot of a large tenant does not read all the tenant's entries.
    for table, column in (
        ("message_history", "session_id"),
        ("message_history", "bot_id"),
        ("user_sessions", "bot_id"),
    ):
        found = [row["columns"] for row in there if row["table"] == table]
        assert any(columns[0] == column and "org_id" in columns for columns in found), (table, column)


async def test_tenants_tables_carry_their_organization_and_users_tables_do_not(db: Connection) -> None:
    tables = dict.fromkeys([*documents.columns(), *OTHERS], False)
    for row in await db.fetch(COLUMNS, "public"):
        if row["name"] == "org_id":
            assert row["required"], row
            tables[row["table"]] = True
    assert {table for table, scoped in tables.items() if not scoped} == documents.USER_TABLES
    unique = {(row["table"], frozenset(row["columns"])) for row in await db.fetch(INDEXES) if row["unique"]}
    for table in tables.keys() - documents.USER_TABLES - {"organizations", "organization_members"}:
        key = {"org_id", "id", "created_at"} if table == "message_history" else {"org_id", "id"}
        assert (table, frozenset(key)) in unique, table
    # Every key between tenants' tables goes through the organization.
    for row in await db.fetch(RELATIONS):
        if {row["table"], row["target"]}.isdisjoint(documents.USER_TABLES) and row["target"] != "organizations":
            assert row["columns"][0] == "org_id", row


async def test_an_insert_that_names_only_the_documents_columns_works(db: Connection, bot: UUID) -> None:
    org = await db.fetchval("SELECT org_id FROM bots")
    session = await db.fetchval(
        "INSERT INTO user_sessions (bot_id, session_token) VALUES ($1, 'sha256:0123456789') RETURNING id", bot
    )
    await db.execute(f"""
        INSERT INTO bot_configuration (bot_id, key, value) VALUES ('{bot}', 'k', 'v');
        INSERT INTO bot_memories (bot_id, key, value) VALUES ('{bot}', 'k', 'v');
        INSERT INTO system_automations (bot_id, name, schedule, script) VALUES ('{bot}', 'n', '0 9 * * 1-5', 's');
        INSERT INTO message_history (session_id, bot_id, message, sender) VALUES ('{session}', '{bot}', 'hi', 'user');
        INSERT INTO clicks (session_id, element_id) VALUES ('{session}', 'ok');
        INSERT INTO kb_collections (id, bot_id, name) VALUES ('faq', '{bot}', 'FAQ');
        INSERT INTO kb_documents (id, collection_id, bot_id, name, content) VALUES ('d', 'faq', '{bot}', 'n', 'c');
        INSERT INTO user_kb_associations (session_id, collection_id) VALUES ('{session}', 'faq');
        INSERT INTO basic_tools (id, bot_id, name, script) VALUES ('t', '{bot}', 'n', 's');
        INSERT INTO session_tool_associations (session_id, tool_id) VALUES ('{session}', 't');
        INSERT INTO kb_index_jobs (document_id) VALUES ('d');
    """)
    for table in (documents.columns().keys() | {"kb_index_jobs"}) - documents.USER_TABLES:
        assert await db.fetchval(f"SELECT array_agg(org_id) FROM {table}") == [org], table
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="its bot does not exist"):
        await db.execute("INSERT INTO bot_memories (bot_id, key, value) VALUES (gen_random_uuid(), 'k', 'v')")


async def test_no_row_points_into_another_tenant(db: Connection, bot: UUID) -> None:
    other = await db.fetchval("INSERT INTO organizations (name, slug) VALUES ('Globex', 'globex') RETURNING org_id")
    for insert in (
        f"INSERT INTO bot_memories (bot_id, key, value, org_id) VALUES ('{bot}', 'k', 'v', '{other}')",
        f"INSERT INTO user_sessions (bot_id, session_token, org_id) VALUES ('{bot}', 'sha256:0123456789', '{other}')",
        f"INSERT INTO kb_collections (bot_id, name, org_id) VALUES ('{bot}', 'x', '{other}')",
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await db.execute(insert)


def refused() -> Iterator[tuple[str, str]]:
    """Statements that must fail, with the constraint that says why."""
    user = f"INSERT INTO users (username, email, password_hash) VALUES ('ana', 'ana@example.com', '{HASH}')"
    session = "INSERT INTO user_sessions (bot_id, session_token) SELECT id, 'sha256:0123456789' FROM bots"
    account = (
        "INSERT INTO user_email_accounts"
        " (user_id, email_address, imap_server, smtp_server, encrypted_password, imap_port, smtp_port)"
        " SELECT id, 'a@b', 'i', 's', 'x', {} FROM users"
    )
    shouting = user.replace("'ana'", "'bob'").replace("ana@", "ANA@")
    yield f"{session}; {session}", "user_sessions_session_token_key"
    yield "INSERT INTO organizations (name, slug) VALUES ('Other', 'acme')", "organizations_slug_key"
    yield "INSERT INTO organizations (name, slug) VALUES ('Other', 'Not a slug')", "organizations_slug_check"
    yield f"{user}; {user}", "users_username_key"
    yield f"{user}; {shouting}", "users_lower_email_key"
    yield user.replace(HASH, "secret"), "users_password_hash_check"
    yield f"{user};{account.format('0, 587')}", "user_email_accounts_imap_port_check"
    yield f"{user};{account.format('993, 65536')}", "user_email_accounts_smtp_port_check"
    preferences = "INSERT INTO user_preferences (user_id, preferences) SELECT id, '{}' FROM users"
    yield f"{user}; {preferences}; {preferences}", "user_preferences_user_id_key"
    yield f"{user}; {preferences.replace('{}', '[]')}", "preferences_shape"
    message = (
        f"{session}; INSERT INTO message_history (session_id, bot_id, message, sender)"
        " SELECT id, bot_id, 'x', 'admin' FROM user_sessions"
    )
    yield message, "message_history_sender_check"
    long = message.replace("'admin'", "'bot'").replace("'x'", "repeat('x', 1048577)")
    yield long, "message_history_message_check"
    tool = "INSERT INTO basic_tools (bot_id, name, script, parameters) SELECT id, 'n', 's', '{}' FROM bots"
    yield f"{tool}; {tool}", "basic_tools_bot_id_name_key"
    yield tool.replace("{}", "7"), "parameters_shape"
    yield (
        "INSERT INTO system_automations (bot_id, name, schedule, script) SELECT id, 'n', '61 * * * *', 's' FROM bots",
        "system_automations_schedule_is_cron",
    )


async def test_what_the_documents_forbid_is_refused(db: Connection, bot: UUID) -> None:
    for statement, constraint in refused():
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
            await db.execute(statement)  # one transaction: nothing of it stays
        assert caught.value.constraint_name == constraint, statement


async def test_cron_texts_are_told_from_others(db: Connection) -> None:
    good = ["* * * * *", "*/5 0-6 1,15 jan-mar mon", "@daily", "0 9 * * 1-5", "5-10/2,7 * * * 7"]
    bad = ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "@reboot"]
    worse = ["*/0 * * * *", "1, * * * *", " * * * * *", "* * * * mon-", "a b c d e", "* * * * *\n"]
    known = await db.fetchval("SELECT array_agg(s ORDER BY n) FROM unnest($1::text[]) WITH ORDINALITY u (s, n)"
                              " WHERE gb_meta.is_cron(s)", good + bad + worse)  # fmt: skip
    assert known == good


async def test_delete_rules_do_what_they_say(db: Connection, bot: UUID) -> None:
    org = await db.fetchval("SELECT org_id FROM bots")
    await db.execute(f"""
        INSERT INTO users (username, email, password_hash) VALUES ('ana', 'ana@example.com', '{HASH}');
        INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
            SELECT id, 'a@b', 'i', 's', 'x' FROM users;
        INSERT INTO email_drafts (user_id, account_id, subject) SELECT user_id, id, 'keep me' FROM user_email_accounts;
        DELETE FROM user_email_accounts;
        INSERT INTO kb_collections (id, bot_id, name) VALUES ('faq', '{bot}', 'FAQ');
        INSERT INTO kb_documents (collection_id, bot_id, name, content) VALUES ('faq', '{bot}', 'n', 'c');
    """)
    assert await db.fetchval("SELECT account_id IS NULL FROM email_drafts WHERE subject = 'keep me'")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute("DELETE FROM kb_collections")
    await db.execute("DELETE FROM organizations WHERE org_id = $1", org)
    assert await db.fetchval("SELECT count(*) FROM kb_documents") == 0


async def test_audit_records_are_written_and_never_changed(db: Connection) -> None:
    record = await db.fetchval(
        "SELECT gb_meta.audit('row.deleted', object_table => 'bots', before => '{\"name\": \"x\"}')"
    )
    row = await db.fetchrow("SELECT * FROM gb_meta.audit_log WHERE id = $1", record)
    assert row is not None
    assert (row["action"], row["actor"]) == ("row.deleted", await db.fetchval("SELECT session_user"))
    for change in (
        "UPDATE gb_meta.audit_log SET action = 'x'",
        "DELETE FROM gb_meta.audit_log",
        "TRUNCATE gb_meta.audit_log",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="not changed"):
            await db.execute(change)


async def test_a_plain_role_reaches_neither_partitions_nor_the_audit_log(db: Connection) -> None:
    role = f"plain_{uuid4().hex[:8]}"
    await db.execute(f"CREATE ROLE {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; SET ROLE {role}")
    try:
        assert await db.fetchval("SELECT count(*) FROM message_history") == 0
        partition = await db.fetchval("SELECT relname FROM pg_class WHERE relname ~ '^message_history_p' LIMIT 1")
        for denied in (
            f"SELECT FROM gb_part.{partition}",
            "SELECT FROM gb_meta.audit_log",
            "SELECT gb_meta.audit('x')",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute(denied)
    finally:
        await db.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")


async def test_down_is_the_inverse_of_up(empty_dsn: str, connect: Connect) -> None:
    bare = await connect(empty_dsn)
    folders = sorted(file.parent for file in migrations("core").glob("*/up.sql"))
    catalog = """
        SELECT array_agg(x ORDER BY x) FROM (
            SELECT oid::regclass::text FROM pg_class WHERE relnamespace::regnamespace::text ~ '^(public|gb_)'
            UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace::regnamespace::text ~ '^gb_'
            UNION ALL SELECT nspname FROM pg_namespace UNION ALL SELECT conname FROM pg_constraint
        ) AS everything (x)"""
    states = [await bare.fetchval(catalog)]
    for folder in folders:
        await bare.execute((folder / "up.sql").read_text("utf-8"))
        states.append(await bare.fetchval(catalog))
    for folder in reversed(folders):
        assert states.pop() == await bare.fetchval(catalog)
        await bare.execute((folder / "down.sql").read_text("utf-8"))
    assert states == [await bare.fetchval(catalog)]
