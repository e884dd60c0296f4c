"""No room reads a large table from end to end: at its first page, deep in it, however the server plans it."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest

from gbtui.database.sql import Statement, statement
from gbtui.domain import subject
from gbtui.domain.rooms import ROOMS
from gbtui.domain.rooms.entrances import ROOMS_OF
from gbtui.domain.rooms.room import PAGE, WHOLE, Room, asked
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import Subject
from tests.conftest import Connect, Connection, Server, execute
from tests.domain.test_plans import _large, _nodes, _quoted, _scans

_BLOCKS = 9000
"""Pages of 8 kB that a statement may touch: two hundred collections with the jobs of two hundred documents each."""

# One organization that has most of everything, one bot and one person with much; and many others that have little.
_FILL = """
INSERT INTO organizations (name, slug) SELECT 'Org ' || n, 'org-' || n FROM generate_series(1, 1500) n;
INSERT INTO bots (name, org_id) SELECT 'bot ' || n, o.org_id
    FROM organizations o, LATERAL generate_series(1, CASE WHEN o.slug = 'org-1' THEN 400 ELSE 1 END) n;
INSERT INTO bot_configuration (bot_id, org_id, key, value) SELECT b.id, b.org_id, 'k' || n, 'v'
    FROM bots b, LATERAL generate_series(1, CASE WHEN b.name = 'bot 400' THEN 3000 ELSE 2 END) n;
INSERT INTO bot_memories (bot_id, org_id, key, value) SELECT bot_id, org_id, key, value FROM bot_configuration;
INSERT INTO system_automations (bot_id, org_id, name, schedule, script)
    SELECT b.id, b.org_id, 'a' || n, '@daily', 'x' FROM bots b, generate_series(1, 2) n;
INSERT INTO basic_tools (bot_id, org_id, name, script)
    SELECT b.id, b.org_id, 't' || n, 'x' FROM bots b, generate_series(1, 2) n;
INSERT INTO kb_collections (bot_id, org_id, id, name)
    SELECT b.id, b.org_id, b.id || ':' || n, 'c' || n FROM bots b, generate_series(1, 2) n;
INSERT INTO kb_documents (id, collection_id, bot_id, org_id, name, content, indexed)
    SELECT k.id || ':' || n, k.id, k.bot_id, k.org_id, 'd' || n, 'x', n > 1 FROM kb_collections k
    JOIN bots b ON b.id = k.bot_id, LATERAL generate_series(1, CASE WHEN b.name = 'bot 400' THEN 3000 ELSE 3 END) n;
INSERT INTO kb_index_jobs (document_id, org_id, state) SELECT d.id, d.org_id, 'waiting' FROM kb_documents d;
INSERT INTO users (username, email, password_hash)
    SELECT 'u' || n, 'u' || n || '@example.org', '$argon2id$x' FROM generate_series(1, 3000) n;
INSERT INTO organization_members (org_id, user_id)
    SELECT o.org_id, u.id FROM organizations o JOIN users u ON u.username = 'u' || right(o.slug, -4);
INSERT INTO organization_members (org_id, user_id)
    SELECT o.org_id, u.id FROM organizations o JOIN users u ON u.username = 'u1' WHERE o.slug LIKE 'org-2%';
INSERT INTO user_sessions (user_id, bot_id, org_id, session_token, updated_at)
    SELECT u.id, b.id, b.org_id, 'sha256:' || md5(b.id::text || n) || n, now() - random() * interval '20 days'
    FROM bots b, LATERAL generate_series(1, CASE WHEN b.name = 'bot 400' THEN 2600 ELSE 7 END) n
    JOIN users u ON u.username = 'u' || CASE WHEN n > 1300 THEN 1 ELSE n * 7 % 3000 + 1 END;
INSERT INTO session_tool_associations (session_id, tool_id, org_id)
    SELECT s.id, t.id, s.org_id FROM user_sessions s JOIN basic_tools t ON t.bot_id = s.bot_id AND t.name = 't1';
INSERT INTO user_login_tokens (user_id, token, expires_at, created_at)
    SELECT u.id, md5(u.id::text || n) || n, now(), now() - n * interval '1 h'
    FROM users u, LATERAL generate_series(1, CASE WHEN u.username = 'u1' THEN 3000 ELSE 1 END) n;
INSERT INTO user_preferences (user_id, preferences) SELECT u.id, '{"theme": "dark", "sound": true}' FROM users u;
INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
    SELECT u.id, u.email, 'imap', 'smtp', 'x' FROM users u;
INSERT INTO email_drafts (user_id, account_id, subject) SELECT a.user_id, a.id, 's'
    FROM user_email_accounts a, LATERAL generate_series(1, CASE WHEN a.email_address LIKE 'u1@%' THEN 900 ELSE 1 END);
INSERT INTO email_folders (account_id, name, path) SELECT a.id, 'f' || n, 'f' || n
    FROM user_email_accounts a, LATERAL generate_series(1, CASE WHEN a.email_address LIKE 'u1@%' THEN 300 ELSE 2 END) n;
INSERT INTO folder_messages (folder_id, uid) SELECT f.id, n FROM email_folders f, generate_series(1, 20) n;
INSERT INTO organizations (name, slug) SELECT 'Org ' || n, 'org-' || n FROM generate_series(1501, 8000) n;
INSERT INTO bots (name, org_id) SELECT 'bot', o.org_id FROM organizations o WHERE right(o.slug, -4)::int > 1500;
INSERT INTO kb_collections (bot_id, org_id, id, name)
    SELECT b.id, b.org_id, b.id || ':' || n, 'c' || n FROM bots b, generate_series(1, 2) n WHERE b.name = 'bot'
"""
_TYPES = {UUID: "uuid", str: "text", int: "int", datetime: "timestamptz"}

Case = tuple[str, Statement, tuple[object, ...]]


@pytest.fixture(scope="module")
def large(server: Server, core_template: str) -> Iterator[str]:
    """A database in which a sequential scan of any of these tables is wrong."""
    asyncio.run(execute(server.dsn, f"CREATE DATABASE plans_rooms TEMPLATE {core_template} STRATEGY file_copy"))
    asyncio.run(execute(server.of("plans_rooms"), f"SET session_replication_role = replica; {_FILL}"))
    # Without VACUUM, as tables are that are written all the time: an index alone then answers nothing cheaply.
    asyncio.run(execute(server.of("plans_rooms"), "ANALYZE"))
    yield server.of("plans_rooms")
    asyncio.run(execute(server.dsn, "DROP DATABASE plans_rooms WITH (FORCE)"))


async def _subjects(connection: Connection) -> list[Scope]:
    """Those that have most, and one of each kind that has little."""
    bots = await connection.fetch("SELECT id, org_id FROM bots WHERE name = 'bot 400' OR org_id IN"
                                  " (SELECT org_id FROM organizations WHERE slug = 'org-7')")  # fmt: skip
    users = await connection.fetch("SELECT id, username FROM users WHERE username IN ('u1', 'u77')")
    found: list[Scope] = [EVERYONE, Scope(bots[0]["org_id"], "org-1")]
    for row in bots:
        found += [subject.tenant(row["org_id"], "org"), subject.bot(row["org_id"], "org", row["id"], "bot")]
        found.append(Subject(row["org_id"], "org", "collection", f"{row['id']}:1", "c1"))
    for row in users:
        found.append(subject.user(row["id"], row["username"]))
        found.append(Subject(bots[0]["org_id"], "org", "user", row["id"], row["username"]))
        account = await connection.fetchval("SELECT id FROM user_email_accounts WHERE user_id = $1", row["id"])
        found.append(Subject(None, "", "account", account, "mail"))
    return found


def _pages(room: Room, scope: Scope, deep: object) -> Iterator[Case]:
    if room.narrowed is not None and scope.org_id is not None:
        room = room.narrowed
    chosen, arguments = asked(room.file or room.name, scope)
    last = UUID(int=1 << 127)
    behind = tuple({UUID: last, str: "m", datetime: deep}[type(part)] for part in room.first)
    for place in (room.first, behind):
        yield (
            f"{room.name} of {getattr(scope, 'place', scope.label)} behind {place}",
            chosen,
            (PAGE, *place, *arguments),
        )


async def _cases(connection: Connection) -> list[Case]:
    deep = await connection.fetchval("SELECT now() - interval '15 days'")
    subjects = await _subjects(connection)
    found = [case for scope in subjects for room in ROOMS.values() if room.fits(scope)
             for case in _pages(room, scope, deep)]  # fmt: skip
    for scope in subjects:
        for name in ROOMS_OF.get(getattr(scope, "kind", ""), ()):
            chosen, arguments = asked(f"count_{name}", scope)
            found.append((f"count of {name} of {getattr(scope, 'place', '')}", chosen, arguments))
    org, row = scope_of(subjects), await connection.fetchval("SELECT id FROM bot_memories LIMIT 1")
    named = "general_bots/rooms/named_"
    found += [(f"{text} by name", statement(named + kind), texts) for kind, text, texts in (
        ("bot", "bot 7@org-1", ("bot 7", "org-1")), ("bot", "id", (str(row), "")), ("user", "u7", ("u7@example.org",)),
        ("collection", "none", ("x",)), ("account", "id", (str(row),)),
    )]  # fmt: skip
    found.append(("u7 within", statement(f"{named}user", where=("org",)), ("u7@example.org", org)))
    for room in ROOMS.values():
        if room.whole is not None:
            key = (row, "theme") if room.name == "preferences" else (str(row),)
            key = key if room.name in ("tools", "documents", "preferences") else (row,)
            found.append((room.whole.statement, statement(room.whole.statement), (*key, WHOLE)))
    return found


def scope_of(subjects: list[Scope]) -> UUID:
    """The organization that has most."""
    assert subjects[1].org_id is not None
    return subjects[1].org_id


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_no_room_reads_a_large_table_from_end_to_end(large: str, connect: Connect, mode: str) -> None:
    connection = await connect(large)
    await connection.execute(f"SET plan_cache_mode = {mode}; SET jit = off")
    tables, broken = await _large(connection), []
    assert {"bot_memories", "kb_documents", "kb_index_jobs", "user_login_tokens", "folder_messages"} < tables
    for number, (told, chosen, arguments) in enumerate(await _cases(connection)):
        types = ", ".join(name for one in arguments for kind, name in _TYPES.items() if isinstance(one, kind))
        await connection.execute(f"PREPARE room_{number} ({types}) AS {chosen.text}")
        explain = (
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE room_{number} ({', '.join(map(_quoted, arguments))})"
        )
        plan = json.loads(await connection.fetchval(explain))[0]["Plan"]
        broken += [f"{told}: {node['Node Type']} {node['Relation Name']} {node.get('Rows Removed by Filter', 0)}"
                   for node in _nodes(plan) if _scans(node, tables)]  # fmt: skip
        touched = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        if touched >= _BLOCKS:
            broken.append(f"{told} touches {touched} blocks")
    assert broken == []
