"""What must happen together happens together, or not at all; orders are kept; two at once do not lose work."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from gbtui.database.connection import Connection
from gbtui.domain.knowledge import create_collection, delete_collection, delete_document, upload_document
from gbtui.domain.messages import NewMessage, add_messages
from gbtui.domain.organizations import (
    NewUser,
    add_bots,
    add_members,
    add_users,
    configure_bot,
    create_organization,
    delete_organization,
    delete_user,
)
from gbtui.domain.sessions import create_session, delete_session
from gbtui.domain.tools import delete_tool, register_tool
from gbtui.errors import QueryError
from gbtui.security.tokens import stored
from tests.conftest import Connect

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"
TENANT_TABLES = [
    "organizations",
    "bots",
    "bot_configuration",
    "bot_memories",
    "user_sessions",
    "message_history",
    "clicks",
    "system_automations",
    "kb_collections",
    "kb_documents",
    "kb_index_jobs",
    "user_kb_associations",
    "basic_tools",
    "session_tool_associations",
    "organization_members",
]


@pytest.fixture
async def db(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def bot(db: Connection) -> UUID:
    """A bot with one collection and one tool that new sessions get, and one of each that they do not."""
    org = await create_organization(db, "Acme", "acme")
    (bot,) = await add_bots(db, org, ["support"])
    await create_collection(db, bot, "FAQ", collection_id="faq")
    await create_collection(db, bot, "Internal", metadata={"default": False})
    await register_tool(db, bot, "order_status", "TALK 1", tool_id="order_status")
    await register_tool(db, bot, "refund", "TALK 2", metadata={"default": False})
    return bot


async def counts(db: Connection) -> dict[str, int]:
    return {table: await db.fetchval(f'SELECT count(*) FROM "{table}"') for table in TENANT_TABLES}


async def test_a_session_begins_with_its_defaults_and_a_greeting(db: Connection, bot: UUID) -> None:
    made = await create_session(db, bot, None, greeting="Hello!")
    row = await db.fetchrow("SELECT * FROM user_sessions WHERE id = $1", made.id)
    assert row is not None
    assert row["session_token"] == stored(made.token) != made.token.reveal()
    assert made.token.reveal() not in repr(made)
    assert row["expires_at"] == made.expires_at
    assert await db.fetchval("SELECT array_agg(collection_id) FROM user_kb_associations") == ["faq"]
    assert await db.fetchval("SELECT array_agg(tool_id) FROM session_tool_associations") == ["order_status"]
    said = await db.fetchrow("SELECT message, sender, bot_id, org_id FROM message_history")
    assert said is not None
    assert tuple(said) == ("Hello!", "bot", bot, made.org_id)


@pytest.mark.parametrize(
    ("table", "act"),
    [
        *((table, "session") for table in ["user_sessions", "user_kb_associations", "session_tool_associations"]),
        ("message_history", "session"),
        *((table, "tool") for table in ["basic_tools", "bot_configuration", "session_tool_associations"]),
        *((table, "document") for table in ["kb_documents", "kb_index_jobs", "kb_collections"]),
    ],
)
async def test_a_failing_step_leaves_nothing_behind(db: Connection, bot: UUID, table: str, act: str) -> None:
    await create_session(db, bot, None, greeting="Hello!")
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "session": lambda: create_session(db, bot, None, greeting="Hello!"),
        "tool": lambda: register_tool(db, bot, "weather", "TALK 3"),
        "document": lambda: upload_document(db, "faq", "prices", "..."),
    }
    before, configured = await counts(db), await db.fetch("SELECT * FROM bot_configuration")
    await db.execute(f"""
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room on the moon'; END $$;
        CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION fail();
    """)
    with pytest.raises(QueryError, match="no room on the moon"):
        await acts[act]()
    assert await counts(db) == before
    assert await db.fetch("SELECT * FROM bot_configuration") == configured

    await db.execute(f"DROP TRIGGER fail ON {table}")
    await acts[act]()
    assert await counts(db) != before


async def test_what_does_not_exist_is_said(db: Connection, bot: UUID) -> None:
    nowhere = uuid4()
    before = await counts(db)
    for act in (
        create_session(db, nowhere, None, greeting=""),
        create_session(db, bot, nowhere, greeting=""),
        register_tool(db, nowhere, "x", "y"),
        create_collection(db, nowhere, "x"),
        upload_document(db, "nowhere", "x", "y"),
        add_messages(db, [NewMessage(nowhere, "bot", "x")]),
        configure_bot(db, nowhere, {"theme": "dark"}),
        add_bots(db, nowhere, ["x"]),
    ):
        with pytest.raises(QueryError):
            await act
    assert await counts(db) == before


async def test_a_new_tool_reaches_configuration_and_active_sessions_only(db: Connection, bot: UUID) -> None:
    active = await create_session(db, bot, None, greeting="")
    expired = await create_session(db, bot, None, greeting="")
    await db.execute(
        "UPDATE user_sessions SET created_at = now() - interval '2 days', expires_at = now() WHERE id = $1", expired.id
    )
    tool = await register_tool(db, bot, "weather", "TALK 3", parameters=[{"name": "city"}])
    assert await db.fetchval("SELECT value FROM bot_configuration WHERE key = 'tools'") == "order_status,refund,weather"
    loaded = await db.fetch("SELECT session_id FROM session_tool_associations WHERE tool_id = $1", tool)
    assert [row["session_id"] for row in loaded] == [active.id]

    assert await delete_tool(db, tool)
    assert not await delete_tool(db, tool)
    assert await db.fetchval("SELECT value FROM bot_configuration WHERE key = 'tools'") == "order_status,refund"


async def test_a_tool_registered_while_a_session_begins_reaches_it(dsn: str, connect: Connect, bot: UUID) -> None:
    pairs = [(await connect(dsn), await connect(dsn)) for _ in range(4)]
    for turn in range(5):
        made = await asyncio.gather(
            *(create_session(one, bot, None, greeting="") for one, _ in pairs),
            *(register_tool(other, bot, f"tool{turn}_{at}", "x") for at, (_, other) in enumerate(pairs)),
        )
        assert len(made) == 8
    db = pairs[0][0]
    tools = await db.fetchval("SELECT count(*) FROM basic_tools WHERE metadata = '{}'")
    per_session = await db.fetch("SELECT count(*) AS n FROM session_tool_associations GROUP BY session_id")
    assert [row["n"] for row in per_session] == [tools] * 20
    configured = await db.fetchval("SELECT value FROM bot_configuration WHERE key = 'tools'")
    assert len(configured.split(",")) == tools + 1


async def test_uploads_queue_their_indexing_and_are_counted(dsn: str, connect: Connect, bot: UUID) -> None:
    connections = [await connect(dsn) for _ in range(4)]
    await asyncio.gather(*(upload_document(one, "faq", f"d{at}", "größe") for at, one in enumerate(connections)))
    db = connections[0]
    assert await db.fetchval("SELECT count(*) FROM kb_index_jobs WHERE state = 'waiting'") == 4
    metadata = json.loads(await db.fetchval("SELECT metadata FROM kb_collections WHERE id = 'faq'"))
    assert (metadata["documents"], metadata["bytes"]) == (4, 4 * len("größe".encode()))

    with pytest.raises(QueryError, match="kb_documents"):
        await delete_collection(db, "faq")
    for row in await db.fetch("SELECT id FROM kb_documents"):
        assert await delete_document(db, row["id"])
    metadata = json.loads(await db.fetchval("SELECT metadata FROM kb_collections WHERE id = 'faq'"))
    assert (metadata["documents"], metadata["bytes"]) == (0, 0)
    assert await db.fetchval("SELECT count(*) FROM kb_index_jobs") == 0
    assert await delete_collection(db, "faq")


async def test_a_batch_of_messages_keeps_its_order_and_marks_activity(db: Connection, bot: UUID) -> None:
    session = await create_session(db, bot, None, greeting="Hello!")
    await db.execute("UPDATE user_sessions SET updated_at = created_at - interval '1 hour'")
    ids = await add_messages(db, [NewMessage(session.id, "user", str(n)) for n in range(200)])
    stored = await db.fetch("SELECT id, message FROM message_history ORDER BY created_at, id")
    assert [row["message"] for row in stored] == ["Hello!", *map(str, range(200))]
    assert tuple(row["id"] for row in stored[1:]) == ids
    assert await db.fetchval("SELECT updated_at > created_at FROM user_sessions")
    assert await add_messages(db, []) == ()


async def test_a_deleted_user_leaves_an_anonymous_conversation(db: Connection, bot: UUID) -> None:
    (user,) = await add_users(db, [NewUser("ana", "ana@example.com", HASH)])
    session = await create_session(db, bot, user, greeting="Hello!")
    await add_messages(db, [NewMessage(session.id, "user", "Hi")])
    await db.execute(
        "INSERT INTO user_login_tokens (user_id, token, expires_at) VALUES ($1, 'sha256:0123456789', now())", user
    )
    assert await delete_user(db, user)
    assert await db.fetchval("SELECT count(*) FROM user_login_tokens") == 0
    for table, rows in (("user_sessions", 1), ("message_history", 2)):
        assert await db.fetchval(f"SELECT array_agg(user_id) FROM {table}") == [None] * rows
    assert await delete_session(db, session.id)
    assert not await delete_session(db, session.id)
    assert await db.fetchval("SELECT count(*) FROM message_history") == 0


async def test_deleting_an_organization_takes_all_its_data_and_no_other(db: Connection, bot: UUID) -> None:
    other = await create_organization(db, "Globex", "globex")
    (other_bot,) = await add_bots(db, other, ["sales"])
    (user,) = await add_users(db, [NewUser("ana", "ana@example.com", HASH)])
    await create_session(db, other_bot, user, greeting="Hello!")
    kept = await counts(db)

    org = await create_organization(db, "Initech", "initech")
    (doomed,) = await add_bots(db, org, ["printer"])
    await add_members(db, org, {user: "owner"})
    await configure_bot(db, doomed, {"theme": "dark"})
    await create_collection(db, doomed, "Manuals", collection_id="manuals")
    await upload_document(db, "manuals", "printer", "PC LOAD LETTER")
    await register_tool(db, doomed, "print", "PRINT")
    session = await create_session(db, doomed, user, greeting="Hello!")
    await db.execute("INSERT INTO clicks (session_id, element_id) VALUES ($1, 'ok')", session.id)
    await db.execute("INSERT INTO bot_memories (bot_id, key, value) VALUES ($1, 'k', 'v')", doomed)
    await db.execute(
        "INSERT INTO system_automations (bot_id, name, schedule, script) VALUES ($1, 'n', '@daily', 's')", doomed
    )
    full = await counts(db)
    gone = await delete_organization(db, org)
    assert await counts(db) == kept
    assert gone == {table: full[table] - kept[table] for table in gone}
    assert set(gone) == set(TENANT_TABLES)
    assert all(gone.values())
