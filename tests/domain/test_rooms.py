"""What organizations, bots, users and collections have, on a real server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gbtui.database.database import Database
from gbtui.domain import subject
from gbtui.domain.rooms import ROOMS, TITLES
from gbtui.domain.rooms.entrances import ROOMS_OF, entrances
from gbtui.domain.rooms.naming import subject_of
from gbtui.domain.rooms.of_bots import RawAutomation, automation
from gbtui.domain.rooms.room import WHOLE, completed, page, rest, whole
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.signals import Bot, read_bot_page, read_bots
from gbtui.domain.subject import Subject
from gbtui.errors import DeniedError, UsageError
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.platform.rooms import ROOM_PROBES
from tests.conftest import Connect, Connection, Server, execute
from tests.domain.platform import Place, place

_FILL = """
INSERT INTO bots (name, org_id) SELECT 'bot ' || n, o.org_id FROM generate_series(1, 3) n, organizations o;
INSERT INTO bot_memories (bot_id, key, value) SELECT b.id, 'k' || n, 'v' || n FROM bots b, generate_series(1, 7) n;
INSERT INTO bot_configuration (bot_id, key, value) SELECT b.id, 'k' || n, 'v' FROM bots b, generate_series(1, 4) n;
INSERT INTO system_automations (bot_id, name, schedule, script)
    SELECT b.id, 'nightly', '0 3 * * *', 'TALK' FROM bots b, generate_series(1, 4);
INSERT INTO basic_tools (bot_id, name, script) SELECT b.id, 't' || n, 'TALK' FROM bots b, generate_series(1, 4) n;
INSERT INTO kb_collections (bot_id, id, name)
    SELECT b.id, b.id || ':' || n, 'c' || n FROM bots b, generate_series(1, 3) n;
INSERT INTO kb_documents (collection_id, bot_id, name, content)
    SELECT k.id, k.bot_id, 'd' || n, 'text' FROM kb_collections k, generate_series(1, 3) n;
INSERT INTO users (username, email, password_hash)
    SELECT 'u' || n, 'u' || n || '@example.org', '$argon2id$x' FROM generate_series(1, 12) n;
INSERT INTO organization_members (org_id, user_id)
    SELECT o.org_id, u.id FROM organizations o, users u WHERE u.username LIKE 'u1%';
INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
    SELECT u.id, 'same@example.org', 'imap', 'smtp', 'x' FROM users u, generate_series(1, 3) WHERE u.username = 'u1';
INSERT INTO email_folders (account_id, name, path)
    SELECT a.id, 'f' || n, 'f' || n FROM user_email_accounts a, generate_series(1, 3) n;
INSERT INTO email_drafts (user_id, subject)
    SELECT u.id, 's' || n FROM users u, generate_series(1, 5) n WHERE u.username = 'u1';
INSERT INTO user_login_tokens (user_id, token, expires_at)
    SELECT u.id, md5(n::text) || n, now() FROM users u, generate_series(1, 5) n WHERE u.username = 'u1';
INSERT INTO user_preferences (user_id, preferences)
    SELECT u.id, jsonb_object_agg('p' || n, n) FROM users u, generate_series(1, 5) n
    WHERE u.username = 'u1' GROUP BY u.id;
"""


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def acme(writer: Connection) -> Place:
    return await place(writer)


def bot_of(at: Place) -> Subject:
    return subject.bot(at.org_id, "acme", at.bot_id, "support-acme")


def ann_of(at: Place) -> Subject:
    return subject.user(at.user_id, "ann-acme")


@pytest.fixture(scope="module")
def filled(server: Server, core_template: str) -> Iterator[str]:
    """Two organizations in which each room has a few things."""
    asyncio.run(execute(server.dsn, f"CREATE DATABASE rooms TEMPLATE {core_template} STRATEGY file_copy"))

    async def fill() -> None:
        import asyncpg

        connection = await asyncpg.connect(server.of("rooms"), timeout=10)
        try:
            await place(connection)
            await place(connection, "globex")
            await connection.execute(_FILL)
        finally:
            await connection.close(timeout=5)

    asyncio.run(fill())
    yield server.of("rooms")
    asyncio.run(execute(server.dsn, "DROP DATABASE rooms WITH (FORCE)"))


@pytest.fixture
async def rooms(filled: str) -> AsyncIterator[Database]:
    async with Database(filled) as opened:
        yield opened


async def _subjects(database: Database) -> dict[str, Scope]:
    acme = await subject_of(database, "tenant", "acme")
    bot = await subject_of(database, "bot", "bot 1@acme")
    user = await subject_of(database, "user", "u1@EXAMPLE.org")
    (collection, *_) = await page(database, ROOMS["collections"], bot)
    (account, *_) = await page(database, ROOMS["mail"], user)
    made = {"collection": ROOMS["collections"].inner, "account": ROOMS["mail"].inner}
    assert made["collection"] is not None
    assert made["account"] is not None
    return {
        "": EVERYONE, "tenant": acme, "bot": bot, "user": user,
        "collection": made["collection"](collection), "account": made["account"](account),
    }  # fmt: skip


@pytest.mark.parametrize("name", ROOMS)
async def test_pages_follow_each_other_without_loss_of_whatever_it_is_a_room_of(rooms: Database, name: str) -> None:
    room = ROOMS[name]
    for kind, scope in (await _subjects(rooms)).items():
        if kind not in room.of:
            continue
        every = await page(rooms, room, scope)
        paged: list[Any] = []
        while more := await page(rooms, room, scope, limit=2, behind=paged[-1] if paged else None):
            assert len(more) <= 2
            paged += more
        assert paged == every
        assert len({room.place(row) for row in every}) == len(every) > 0
        if kind == "bot":
            assert {row.bot for row in every} == {"bot 1"}
        if kind == "tenant" and name != "users":
            assert {row.organization for row in every} == {"acme"}
            assert len({row.bot_id for row in every}) >= 3


async def test_each_subject_counts_what_its_rooms_hold(rooms: Database) -> None:
    for kind, scope in (await _subjects(rooms)).items():
        counted = {entrance.room: entrance.rows for entrance in await entrances(rooms, scope, TITLES)}
        assert list(counted) == list(ROOMS_OF.get(kind, ()))
        for name, number in counted.items():
            if name in ROOMS:
                assert number == len(await page(rooms, ROOMS[name], scope)), (kind, name)


async def test_bots_behind_a_reading_come_by_page(rooms: Database) -> None:
    acme = await subject_of(rooms, "tenant", "acme")
    for scope, number in ((EVERYONE, 8), (acme, 4)):
        found: list[Bot] = []
        while more := await read_bot_page(rooms, scope, found[-1].id if found else UUID(int=0), limit=3):
            found += more
        assert len({bot.id for bot in found}) == len(found) == number
        every, _, _ = await read_bots(rooms, scope)
        assert {(bot.id, bot.verdict) for bot in found} == {(bot.id, bot.verdict) for bot in every}


async def test_people_of_an_organization_are_its_members_and_those_with_sessions_there(
    database: Database, writer: Connection, acme: Place
) -> None:
    await place(writer, "globex")
    await writer.execute(
        "INSERT INTO users (username, email, password_hash) VALUES ('bob', 'Bob@example.org', '$argon2id$x');"
        "INSERT INTO organization_members (org_id, user_id) SELECT o.org_id, u.id FROM organizations o, users u"
        " WHERE u.username = 'bob' AND o.slug = 'acme'"
    )
    scope = Scope(acme.org_id, "acme")
    found = {user.name: user for user in await page(database, ROOMS["users"], scope)}
    assert set(found) == {"ann-acme", "bob"}
    assert (found["ann-acme"].sessions, found["ann-acme"].organizations) == (1, ())
    assert (found["bob"].sessions, found["bob"].organizations, found["bob"].last_session) == (0, ("acme",), None)
    assert (await subject_of(database, "user", "bob@EXAMPLE.org", scope)).name == "bob"
    with pytest.raises(UsageError, match="no user is called so in acme"):
        await subject_of(database, "user", "ann-globex", scope)


async def test_secrets_stay_on_the_server_and_long_values_come_whole_when_asked_for(
    database: Database, writer: Connection, acme: Place
) -> None:
    secrets = {
        "api-KEY": "hunter2-a", "db": "postgres://me:hunter2-b@host/db", "pem": "-----BEGIN PRIVATE hunter2-c",
        "smtp_Password": "hunter2-d",
    }  # fmt: skip
    plain = {"greeting": "é" * 300, "site": "https://example.org/a:b@c", "theme": "dark"}
    await writer.executemany(
        "INSERT INTO bot_configuration (bot_id, key, value) VALUES ($1, $2, $3)",
        [(acme.bot_id, key, value) for key, value in {**secrets, **plain}.items()],
    )
    room, scope = ROOMS["configuration"], bot_of(acme)
    rows = {row.key: row for row in await page(database, room, scope)}
    assert {key for key, row in rows.items() if row.secret} == set(secrets)
    told = str(list(rows.values()))
    for key, row in rows.items():
        more = await whole(database, room, row, scope)
        told += str(more)
        assert completed(row, more).value == plain.get(key, "")
    assert "hunter2" not in told
    assert (len(rows["greeting"].value), rows["greeting"].length_bytes) == (200, 600)


async def test_a_text_of_megabytes_is_cut_and_says_so(database: Database, writer: Connection, acme: Place) -> None:
    await writer.execute(
        "INSERT INTO bot_memories (bot_id, key, value) VALUES ($1, 'notes', repeat('x', 1000000))", acme.bot_id
    )
    (row,) = await page(database, ROOMS["memories"], bot_of(acme))
    more = await whole(database, ROOMS["memories"], row, bot_of(acme))
    assert (len(row.value), row.length_bytes, len(more.value), more.cut) == (200, 1_000_000, WHOLE, True)
    await writer.execute("DELETE FROM bot_memories")
    assert await whole(database, ROOMS["memories"], row, bot_of(acme)) is None


async def test_collections_tell_how_far_they_are_indexed_and_documents_why_not(
    database: Database, writer: Connection, acme: Place
) -> None:
    await writer.execute(
        """
        INSERT INTO kb_collections (id, bot_id, org_id, name, metadata)
            SELECT 'faq', id, org_id, 'FAQ', '{"bytes": 44}' FROM bots;
        INSERT INTO kb_documents (id, collection_id, bot_id, org_id, name, content, indexed)
            SELECT 'd' || n, 'faq', b.id, b.org_id, 'doc ' || n, repeat('é', n), n = 1
            FROM bots b, generate_series(1, 4) n;
        INSERT INTO kb_index_jobs (document_id, org_id, state, error, attempts, created_at)
            SELECT d, org_id, s, e, 2, now() - make_interval(hours => h) FROM organizations, (VALUES
                ('d1', 'done', NULL, 9), ('d2', 'waiting', NULL, 3), ('d4', 'waiting', NULL, 1),
                ('d3', 'failed', 'older', 8), ('d3', 'failed', 'answered 429', 2)) v (d, s, e, h)
        """
    )
    ((faq,), now) = await page(database, ROOMS["collections"], bot_of(acme)), datetime.now(UTC)
    assert (faq.documents, faq.indexed_share, faq.waiting, faq.failed, faq.running) == (4, 0.25, 2, 1, 0)
    assert (faq.bytes, faq.last_error, faq.pending, faq.failing) == (44, "answered 429", True, True)
    assert round((now - faq.oldest_wait).total_seconds() / 3600) == 3
    inside = ROOMS["collections"].inner
    assert inside is not None
    documents = {row.id: row for row in await page(database, ROOMS["documents"], inside(faq))}
    assert [(row.indexed, row.job, row.bytes) for row in documents.values()] == [
        (True, "done", 2), (False, "waiting", 4), (False, "failed", 6), (False, "waiting", 8),
    ]  # fmt: skip
    assert (documents["d3"].error, documents["d3"].failed, documents["d2"].pending) == ("answered 429", True, True)
    text = await whole(database, ROOMS["documents"], documents["d3"], inside(faq))
    assert rest(documents["d3"], text)["content"] == "ééé"


async def test_a_persons_tokens_drafts_and_preferences(database: Database, writer: Connection, acme: Place) -> None:
    await writer.execute(
        """
        INSERT INTO user_login_tokens (user_id, token, expires_at, used, created_at)
            SELECT u.id, 'sha256:hunter2-abc' || n, now() + make_interval(hours => e), used,
                now() - make_interval(mins => n)
            FROM users u, (VALUES (1, 1, false), (2, 1, true), (3, -1, false), (4, -1, true)) v (n, e, used);
        INSERT INTO email_drafts (user_id, to_addresses, cc_addresses, subject, body, attachments)
            SELECT id, '{a@example.org,b@example.org}', '{c@example.org}', 'Offer', 'Dear all', '[{"name": "x.pdf"}]'
            FROM users;
        INSERT INTO user_preferences (user_id, preferences)
            SELECT id, '{"theme": "dark", "sound": true, "pins": {"b": [1, 2]}, "api_token": "hunter2"}' FROM users;
        """
    )
    tokens = await page(database, ROOMS["tokens"], ann_of(acme))
    assert [token.state for token in tokens] == ["valid", "used", "expired", "used"]
    (draft,) = await page(database, ROOMS["drafts"], ann_of(acme))
    assert (draft.recipients, draft.recipient_count, draft.attachments, draft.body_bytes, draft.account) == (
        "a@example.org, b@example.org", 3, 1, 8, None,
    )  # fmt: skip
    assert (await whole(database, ROOMS["drafts"], draft, ann_of(acme))).body == "Dear all"
    chosen = {row.key: row for row in await page(database, ROOMS["preferences"], ann_of(acme))}
    assert {key: row.value for key, row in chosen.items()} == {
        "theme": "dark", "sound": "true", "pins": '{"b": [1, 2]}', "api_token": "",
    }  # fmt: skip
    more = await whole(database, ROOMS["preferences"], chosen["pins"], ann_of(acme))
    assert more.value.splitlines()[0] == "{"
    assert (
        "hunter2"
        not in f"{tokens} {chosen} {await whole(database, ROOMS['preferences'], chosen['api_token'], ann_of(acme))}"
    )


async def test_folders_are_held_against_their_messages_and_say_where_counting_stopped(
    database: Database, writer: Connection, acme: Place
) -> None:
    await writer.execute(
        """
        INSERT INTO user_email_accounts (user_id, email_address, imap_server, smtp_server, encrypted_password)
            SELECT id, 'ann@example.org', 'imap', 'smtp', 'hunter2' FROM users;
        INSERT INTO email_folders (account_id, name, path, message_count, unread_count)
            SELECT a.id, name, name, said, unread FROM user_email_accounts a,
                (VALUES ('Archive', 5000, 0), ('Inbox', 3, 1), ('Junk', 2, 0), ('Sent', 3, 2), ('Spam', 900, 0))
                v (name, said, unread);
        INSERT INTO folder_messages (folder_id, uid, flags)
            SELECT f.id, n, CASE WHEN n = 1 THEN '{}'::text[] ELSE ARRAY['\\Seen'] END
            FROM email_folders f,
                LATERAL generate_series(1, CASE WHEN f.name IN ('Archive', 'Spam') THEN 1200 ELSE 3 END) n;
        """
    )
    (account,) = await page(database, ROOMS["mail"], ann_of(acme))
    assert (account.folders, account.drafts) == (5, 0)
    assert "hunter2" not in str(account)
    folders = {row.path: row for row in await page(database, ROOMS["folders"], ann_of(acme))}
    assert {path: (row.state, row.counted) for path, row in folders.items()} == {
        "Archive": ("not counted", 1001), "Inbox": ("agrees", 3), "Junk": ("differs", 3), "Sent": ("differs", 3),
        "Spam": ("differs", 1001),
    }  # fmt: skip


async def test_an_automation_says_its_zone_and_its_next_run(
    database: Database, writer: Connection, acme: Place
) -> None:
    await writer.execute(
        """
        INSERT INTO system_automations (bot_id, org_id, name, schedule, script, active)
            SELECT id, org_id, 'nightly', '0 3 * * *', 'TALK "hi"', true FROM bots;
        INSERT INTO system_automations (bot_id, org_id, name, schedule, script, active)
            SELECT id, org_id, 'off', '@hourly', 'TALK "hi"', false FROM bots;
        """
    )
    nightly, off = await page(database, ROOMS["automations"], bot_of(acme))
    assert (nightly.what, nightly.zone, nightly.next_run.hour) == ("At 03:00 every day", "UTC, assumed", 3)
    assert (off.next_run, off.what) == (None, "At the start of every hour")
    assert (await whole(database, ROOMS["automations"], nightly, bot_of(acme))).script == 'TALK "hi"'
    await writer.execute(
        "INSERT INTO bot_configuration (bot_id, key, value) VALUES ($1, 'timezone', 'Asia/Tokyo')", acme.bot_id
    )
    nightly, _ = await page(database, ROOMS["automations"], bot_of(acme))
    assert (nightly.zone, nightly.next_run.hour) == ("Asia/Tokyo", 18)


def test_a_zone_that_is_none_is_said_to_be_none() -> None:
    nil, now = UUID(int=0), datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    raw = RawAutomation(nil, nil, "acme", nil, "bot", "x", True, "0 22-2 * * *", "Mars/Olympus", 1, now, now)
    made = automation(raw, now)
    assert (made.zone, made.next_run) == ("UTC: Mars/Olympus is no zone", None)
    assert "cron would not take it" in made.what


async def test_names_are_found_by_what_people_write(database: Database, writer: Connection, acme: Place) -> None:
    by_id = await subject_of(database, "bot", str(acme.bot_id).replace("-", "").upper())
    assert by_id.trail == ("acme", "support-acme")
    assert await subject_of(database, "bot", "Support-Acme@acme") == by_id
    assert await subject_of(database, "bot", "support-acme", Scope(acme.org_id, "acme")) == by_id
    globex = await place(writer, "globex")
    for kind, text, scope, why in (
        ("bot", "support-acme", EVERYONE, "no bot is called so"),
        ("bot", str(acme.bot_id), Scope(globex.org_id, "globex"), "in globex"),
        ("tenant", "acme", Scope(globex.org_id, "globex"), "in globex"),
        ("user", "nobody", EVERYONE, "no user is called so"),
        ("collection", "'; DROP TABLE bots", EVERYONE, "no collection is called so"),
        ("account", "x", EVERYONE, "no account is called so"),
    ):
        with pytest.raises(UsageError, match=why):
            await subject_of(database, kind, text, scope)


async def test_a_role_without_rights_sees_which_grant_is_missing_and_the_other_rooms(
    server: Server, writer: Connection, acme: Place
) -> None:
    role = f"viewer_{acme.bot_id.hex[:8]}"
    await writer.execute(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON bots, bot_memories, organizations TO {role}")
    name = await writer.fetchval("SELECT current_database()")
    try:
        async with Database(server.of(name, role)) as opened:
            told = {entrance.room: entrance for entrance in await entrances(opened, bot_of(acme), TITLES)}
            assert told["memories"].rows == 0
            assert told["configuration"].rows is None
            assert 'GRANT SELECT ON "bot_configuration"' in told["configuration"].what
            with pytest.raises(DeniedError):
                await page(opened, ROOMS["configuration"], bot_of(acme))
    finally:
        await writer.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_masks_hold_in_every_room(filled: str) -> None:
    async with Database(filled, redact=True) as masked:
        assert {user.email for user in await page(masked, ROOMS["users"])} == {"‹e-mail›"}
        with pytest.raises(UsageError, match="masked here"):
            await subject_of(masked, "user", "u1@example.org")


async def test_another_schema_says_that_it_is_not_there(server: Server) -> None:
    await execute(server.dsn, "CREATE DATABASE roomless")
    try:
        async with Database(server.of("roomless")) as opened:
            monitor = Monitor(opened)
            for probe in ROOM_PROBES:
                sample = await monitor.once(probe.name)
                assert (sample.rows, sample.error) == ((), None)
                assert sample.skipped[0].startswith("not in this schema: ")
            await monitor.stop()
    finally:
        await execute(server.dsn, "DROP DATABASE roomless WITH (FORCE)")


async def test_what_needs_a_subject_says_whose(filled: str) -> None:
    async with Database(filled) as opened:
        monitor = Monitor(opened)
        assert (await monitor.once("memories")).skipped == ("whose memories? name one: --bot or --org",)
        assert (await monitor.once("memories", await subject_of(opened, "tenant", "acme"))).rows
        await monitor.stop()
