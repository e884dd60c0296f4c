"""The look-up on a real server: what is found, in which order, within which bounds."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.domain.going.found import Found
from gbtui.domain.going.look_up import INDEXES, Answer, LookUp
from gbtui.domain.going.server_names import ServerNames
from gbtui.domain.scope import Scope
from tests.conftest import Server, execute

ACME, GLOBEX = UUID(int=0xAC << 120), UUID(int=0x61 << 120)
BOT, TWIN, ANN, BEN, STRANGER = (UUID(int=(0xB0 + n) << 120) for n in range(5))
TALK, OTHER = UUID("4c1e0b2a-0000-4000-8000-000000000001"), UUID("4c1e0b2b-0000-4000-8000-000000000001")
MESSAGE = UUID("0e55a9e0-0000-4000-8000-000000000001")
_PEOPLE = 400

_FILL = f"""
SET session_replication_role = replica;
INSERT INTO organizations (org_id, name, slug) VALUES
    ('{ACME}', 'Acme Incorporated', 'acme'), ('{GLOBEX}', '東京トラベル', 'globex-travel');
INSERT INTO bots (id, name, org_id) VALUES
    ('{BOT}', 'Support', '{ACME}'), ('{TWIN}', 'Support', '{GLOBEX}'),
    (gen_random_uuid(), '100% off_sale\\now', '{ACME}'), (gen_random_uuid(), 'Customer support line', '{ACME}');
INSERT INTO users (id, username, email, password_hash, active) VALUES
    ('{ANN}', 'Ann.Baker', 'Ann@Example.org', '$argon2id$x', true),
    ('{BEN}', 'ann@work.example', 'ben@example.org', '$argon2id$x', false),
    ('{STRANGER}', 'Ann.Stranger', 'stranger@example.org', '$argon2id$x', true);
INSERT INTO users (username, email, password_hash)
    SELECT 'Annika.' || n, 'crowd' || n || '@example.net', '$argon2id$x' FROM generate_series(1, {_PEOPLE}) n;
INSERT INTO organization_members (org_id, user_id) VALUES ('{GLOBEX}', '{BEN}');
INSERT INTO user_sessions (id, user_id, bot_id, org_id, session_token) VALUES
    ('{TALK}', '{ANN}', '{BOT}', '{ACME}', 'sha256:{"a" * 64}'),
    ('{OTHER}', NULL, '{TWIN}', '{GLOBEX}', 'sha256:{"b" * 64}');
INSERT INTO message_history (id, session_id, bot_id, org_id, message, sender)
    VALUES ('{MESSAGE}', '{TALK}', '{BOT}', '{ACME}', 'hello', 'user');
INSERT INTO kb_collections (id, bot_id, name, org_id) VALUES ('faq', '{BOT}', 'FAQ', '{ACME}'),
    ('faq-2', '{TWIN}', 'FAQ', '{GLOBEX}');
INSERT INTO kb_documents (id, collection_id, bot_id, name, content, org_id) VALUES
    ('faq:0', 'faq', '{BOT}', 'Opening hours.md', 'x', '{ACME}'),
    ('faq-2:0', 'faq-2', '{TWIN}', 'Opening hours.md', 'x', '{GLOBEX}');
INSERT INTO basic_tools (id, bot_id, name, script, org_id) VALUES ('t1', '{BOT}', 'track_parcel', 'x', '{ACME}');
ANALYZE
"""


@pytest.fixture(scope="module")
def platform(server: Server, core_template: str) -> Iterator[str]:
    """Two organizations that call things alike, and a crowd."""
    asyncio.run(execute(server.dsn, f"CREATE DATABASE going TEMPLATE {core_template} STRATEGY file_copy"))
    asyncio.run(execute(server.of("going"), _FILL))
    yield server.of("going")
    asyncio.run(execute(server.dsn, "DROP DATABASE going WITH (FORCE)"))


@dataclass(frozen=True)
class Looking:
    """A look-up, and how its answers are read."""

    look_up: LookUp

    async def __call__(self, text: str, scope: UUID | None = None) -> list[Found]:
        return list((await self.answer(text, scope)).found)

    async def answer(self, text: str, scope: UUID | None = None) -> Answer:
        return await self.look_up.find(text, Scope(scope, "" if scope is None else "acme"))

    async def ids(self, text: str, scope: UUID | None = None) -> list[str]:
        return [one.id for one in await self(text, scope)]


@pytest.fixture
async def find(platform: str) -> AsyncIterator[Looking]:
    async with Database(platform) as database:
        yield Looking(LookUp(database))


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        (str(ACME), "organization", str(ACME)), (BOT.hex, "bot", str(BOT)), (f"{{{ANN}}}".upper(), "user", str(ANN)),
        (f'"{TALK}",', "session", str(TALK)), (TALK.hex[:8], "session", str(TALK)),
        (str(MESSAGE), "message", str(MESSAGE)), ("acme", "organization", str(ACME)),
        ("Acme Inc", "organization", str(ACME)), ("corporated", "organization", str(ACME)),
        ("東京", "organization", str(GLOBEX)), ("トラベル", "organization", str(GLOBEX)),
        ("ANN@example.ORG", "user", str(ANN)), ("ann@exam", "user", str(ANN)), ("n@example.or", "user", str(ANN)),
        ("ann.b", "user", str(ANN)), ("n.Bak", "user", str(ANN)), ("faq:0", "document", "faq:0"),
        ("faq-2", "collection", "faq-2"), ("parcel", "tool", "t1"), ("tr", "tool", "t1"), ("omer supp", "bot", None),
        ("off_", "bot", None), ("0% o", "bot", None), ("e\\no", "bot", None),
    ],
)  # fmt: skip
async def test_a_thing_is_found_by_its_id_its_name_its_address_or_a_part(
    find: Looking, text: str, kind: str, key: str | None
) -> None:
    best = (await find(text))[0]
    assert (best.kind, key or best.id) == (kind, best.id)


async def test_what_is_called_exactly_so_comes_before_a_beginning_and_that_before_a_part(find: Looking) -> None:
    found = [(one.name, one.organization) for one in await find("support")]
    assert found == [("Support", "acme"), ("Support", "globex-travel"), ("Customer support line", "acme")]
    assert [one.name for one in await find("ann@work.example")] == ["ann@work.example"]
    assert [one.id for one in (await find("ann"))[:3]] == [str(ANN), str(STRANGER), str(BEN)]


async def test_twins_are_told_apart_by_bot_and_collection_and_organization(find: Looking) -> None:
    told = [(one.about, one.organization, one.parent) for one in await find("opening")]
    assert told == [("Support, FAQ", "acme", "faq"), ("Support, FAQ", "globex-travel", "faq-2")]
    (ben,) = await find("ben@")
    assert ben.about == "ben@example.org (inactive)"
    (said,) = await find(str(MESSAGE))
    assert (said.parent, said.about, said.name) == (str(TALK), "Support", "user")


async def test_few_of_a_kind_are_offered_and_that_there_are_more_is_said(find: Looking) -> None:
    answer = await find.answer("annika")
    assert len(answer.found) == 5
    assert answer.more
    assert len((await find.answer("ika.17")).found) == 5
    assert (await find("annika.39"))[0].name == "Annika.39"


@pytest.mark.parametrize("text", ["%", "_", "\\", "%%%", "a%b", "'; --", "x" * 500, "\x1b[31m", "", "  ", '"'])
async def test_hostile_signs_are_letters_like_others_and_find_nothing(find: Looking, text: str) -> None:
    assert await find(text) == []
    assert await find(text, ACME) == []


async def test_fewer_than_three_letters_are_a_beginning_only(find: Looking) -> None:
    assert str(ACME) in await find.ids("ac")
    assert str(ACME) not in await find.ids("cm")
    assert str(ACME) in await find.ids("cme")


async def test_within_an_organization_only_what_is_its_own_is_found(find: Looking) -> None:
    assert await find.ids("support", GLOBEX) == [str(TWIN)]
    assert await find.ids("opening", GLOBEX) == ["faq-2:0"]
    assert await find.ids("hours", GLOBEX) == ["faq-2:0"]
    for foreign in (
        "acme",
        str(ACME),
        str(BOT),
        str(TALK),
        str(MESSAGE),
        "faq:0",
        "faq",
        "t1",
        "parcel",
        "ann@example.org",
    ):
        assert str(ACME) not in await find.ids(foreign, GLOBEX)
        assert {one.organization for one in await find(foreign, GLOBEX)} <= {"globex-travel"}
    assert await find.ids(str(OTHER), GLOBEX) == [str(OTHER)]
    assert await find.ids("globex", GLOBEX) == [str(GLOBEX)]


async def test_a_user_belongs_where_it_is_a_member_or_has_spoken(find: Looking) -> None:
    assert await find.ids("ben@example.org", GLOBEX) == [str(BEN)]
    assert await find.ids("ben@example.org", ACME) == []
    assert await find.ids("ann.b", ACME) == [str(ANN)]
    assert await find.ids("baker", ACME) == [str(ANN)]
    assert await find.ids(str(ANN), ACME) == [str(ANN)]
    assert await find.ids(str(STRANGER), ACME) == []
    crowded = await find.answer("ann", ACME)
    assert [one.id for one in crowded.found] == [str(ANN)]
    assert crowded.remark == "of users only the first 300 called so on this server were looked at"


async def test_nothing_masked_is_found_by_what_is_masked(platform: str) -> None:
    async with Database(platform, redact=True) as database:
        find = Looking(LookUp(database))
        for text in ("ann@example.org", "ann@", "@work", "work.example", "example.org", "ann@exam"):
            for scope in (None, ACME, GLOBEX):
                assert await find(text, scope) == [], text
        assert (await find.answer("ann@example.org")).remark == "it is not looked for by what is masked here"
        (ann,) = await find("ann.b")
        assert (ann.name, ann.about) == ("Ann.Baker", "")
        (ben,) = await find(str(BEN))
        assert (ben.name, ben.about) == ("‹e-mail›", " (inactive)")


async def test_without_its_indexes_it_looks_by_keys_alone_and_says_so(platform: str, server: Server) -> None:
    await asyncio.to_thread(
        lambda: asyncio.run(execute(server.dsn, "CREATE DATABASE going_bare TEMPLATE going STRATEGY file_copy"))
    )
    bare = server.of("going_bare")
    drop = f"DROP INDEX {', '.join(INDEXES)}; DROP FUNCTION name_parts(text)"
    await asyncio.to_thread(lambda: asyncio.run(execute(bare, drop)))
    async with Database(bare) as database:
        find = Looking(LookUp(database))
        answer = await find.answer("acme")
        assert [one.id for one in answer.found] == [str(ACME)]
        assert "2026-11-28-000600" in answer.remark
        for text, key in (
            ("ann@example.org", ANN),
            ("Ann.Baker", ANN),
            (str(TALK), TALK),
            (TALK.hex[:9], TALK),
            (BOT.hex, BOT),
        ):
            assert await find.ids(text) == [str(key)]
            assert await find.ids(text, ACME) == [str(key)]
            assert await find.ids(text, GLOBEX) == []
        assert await find("support") == []
        assert await find.ids("faq:0") == ["faq:0"]
    await asyncio.to_thread(lambda: asyncio.run(execute(server.dsn, "DROP DATABASE going_bare WITH (FORCE)")))


async def test_who_may_read_the_tables_may_look_up(platform: str, server: Server) -> None:
    await asyncio.to_thread(lambda: asyncio.run(execute(platform, """
        CREATE ROLE going_reader LOGIN;
        GRANT USAGE ON SCHEMA public TO going_reader;
        GRANT SELECT ON organizations, bots, user_sessions, message_history, kb_collections, organization_members
            TO going_reader;
        GRANT SELECT (id, collection_id, bot_id, name, org_id, created_at) ON kb_documents TO going_reader;
        GRANT SELECT (id, bot_id, name, org_id, created_at) ON basic_tools TO going_reader;
        GRANT SELECT (id, username, email, active, created_at) ON users TO going_reader
    """)))  # fmt: skip
    reader = urlunsplit(urlsplit(platform)._replace(netloc="going_reader@"))
    async with Database(reader) as database:
        find = Looking(LookUp(database))
        assert await find.ids("ann@example.org") == [str(ANN)]
        assert await find.ids("parcel", ACME) == ["t1"]
    connection = await asyncpg.connect(platform, timeout=10)
    await connection.execute("DROP OWNED BY going_reader; DROP ROLE going_reader")
    await connection.close(timeout=5)


async def test_tables_indexes_and_backends_are_known_by_name_and_number(platform: str) -> None:
    async with Database(platform) as database:
        names = ServerNames(database)
        found = [(one.kind, one.qualified, one.part) for one in await names.relations("kb_coll")]
        assert found[0] == ("table", "public.kb_collections", "")
        assert ("index", "public.kb_collections_pkey", "") in found
        (table, *_) = await names.relations("public.message_history")
        assert (table.kind, table.name, table.part) == ("table", "message_history", "")
        partition = next(one for one in await names.relations("message_history_p2") if one.kind == "table")
        assert (partition.qualified, partition.part[:17]) == ("public.message_history", "message_history_p")
        assert await names.relations("pg_class") == []
        assert await names.relations('"; drop') == []
        pid = (await database.fetch("server/facts"))[0]["backend_pid"]
        process = await names.process(pid)
        assert process is not None
        assert process.application == "gbtui"
        assert await names.process(2**31 - 1) is None
        assert await names.process(10**18) is None
