"""Sample data: exact, the same for the same seed, all or nothing, and as varied as it says."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from gbtui.demo.sample import Progress, Size, corpus, load
from gbtui.errors import UsageError
from gbtui.lifecycle.partitions import headroom
from tests.conftest import Connect, Connection

NOW = datetime.now(UTC)


async def fingerprint(db: Connection) -> str:
    """All rows of all tables of the platform, as one text; times of the load itself play no part."""
    tables = await db.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_%' ORDER BY 1"
    )
    hashes = [
        await db.fetchval(f"SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table['name']} t")
        for table in tables
    ]
    return " ".join(map(str, hashes))


async def test_small_is_exact_complete_and_no_news_to_a_tail(dsn: str, connect: Connect) -> None:
    db, seen = await connect(dsn), list[Progress]()
    loaded = await load(db, Size.SMALL, 7, seen.append, now=NOW)
    for table, rows in loaded.rows.items():
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == rows > 0, table
    wanted = Size.SMALL.value
    assert loaded.rows["organizations"] == wanted.organizations
    assert loaded.rows["bots"] == wanted.bots
    assert loaded.rows["users"] == wanted.users
    assert loaded.rows["user_sessions"] == wanted.sessions
    assert not await db.fetchval("SELECT count(*) FROM gb_meta.audit_log"), "nobody did these things"
    await db.execute("UPDATE public.bots SET name = name || '!'")
    assert await db.fetchval("SELECT count(*) FROM gb_meta.audit_log") == wanted.bots
    assert loaded.rows["message_history"] == wanted.messages

    assert await db.fetchval("SELECT count(*) FROM message_history WHERE tx > '3'") == 0
    assert await db.fetchval("SELECT max(created_at) < $1 FROM message_history", NOW)
    assert await db.fetchval("SELECT max(created_at) > $1 FROM message_history", NOW - timedelta(hours=4))
    months = await db.fetch(
        "SELECT tableoid::regclass::text, count(*) AS rows FROM message_history GROUP BY 1 ORDER BY 1"
    )
    assert len(months) == 6
    assert all(row["rows"] > 100 for row in months[:-1])
    ahead = await headroom(db)
    assert {table.months_ahead for table in ahead} == {3}
    assert await db.fetchval("SELECT bool_and(convalidated) FROM pg_constraint")
    # Live traffic goes on where the sample ends.
    await db.execute(
        "INSERT INTO message_history (session_id, bot_id, message, sender)"
        " SELECT id, bot_id, 'hi', 'user' FROM user_sessions ORDER BY updated_at DESC LIMIT 1"
    )
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    assert seen[-1] == Progress(1.0, "done", 0.0)


async def test_the_data_is_varied_and_hostile(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    await load(db, Size.SMALL, now=NOW)
    for script in (
        "[\u0600-\u06ff]",
        "[\u0590-\u05ff]",
        "[\u4e00-\u9fff]",
        "[\u0900-\u097f]",
        "[\u3040-\u30ff]",
        "[\u0400-\u04ff]",
        "😊",
    ):
        assert await db.fetchval("SELECT count(*) FROM message_history WHERE message ~ $1", script) > 0, script
    for text in corpus.raw()["hostile"]["lines"]:
        assert await db.fetchval("SELECT count(*) FROM message_history WHERE strpos(message, $1) > 0", text) > 0, text
    assert await db.fetchval("SELECT max(length(message)) > 500 AND min(length(message)) < 4 FROM message_history")
    sizes = await db.fetch("SELECT count(*) AS n FROM message_history GROUP BY org_id ORDER BY 1")
    assert sizes[-1]["n"] > 10 * sizes[0]["n"]
    assert await db.fetchval("SELECT count(DISTINCT message) FROM message_history") > 2_000
    # Somebody waits for an answer at this moment, and most do not.
    waiting = await db.fetchval(
        "SELECT avg((sender = 'user')::int) FROM (SELECT DISTINCT ON (session_id) sender FROM message_history"
        " ORDER BY session_id, created_at DESC) last"
    )
    assert 0 < waiting < 0.2


async def test_same_seed_same_data(server: object, dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    await load(db, Size.SMALL, 3, now=NOW)
    first = await fingerprint(db)
    await db.execute("TRUNCATE organizations, users CASCADE")
    await load(db, Size.SMALL, 3, now=NOW)
    assert await fingerprint(db) == first
    await db.execute("TRUNCATE organizations, users CASCADE")
    await load(db, Size.SMALL, 4, now=NOW)
    assert await fingerprint(db) != first


async def test_a_month_that_has_just_begun_is_no_obstacle(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    first = NOW.replace(day=1, hour=0, minute=0, second=7)
    loaded = await load(db, Size.SMALL, now=first)
    assert await db.fetchval("SELECT count(*) FROM message_history") == loaded.rows["message_history"]
    assert {table.months_ahead for table in await headroom(db)} == {3}


async def test_what_is_there_is_never_mixed_with_samples(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    await db.execute("INSERT INTO organizations (name, slug) VALUES ('Real', 'real')")
    before = await fingerprint(db)
    with pytest.raises(UsageError):
        await load(db, Size.SMALL)
    assert await fingerprint(db) == before


async def test_an_interrupted_load_leaves_nothing(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    before = await fingerprint(db)
    relations = "SELECT array_agg(relname ORDER BY relname) FROM pg_class"
    there = await db.fetchval(relations)

    def stop(step: Progress) -> None:
        if step.done > 0.6 and loading.cancelling() == 0:
            loading.cancel()  # as ctrl+c does

    loading = asyncio.ensure_future(load(db, Size.SMALL, 1, stop, now=NOW))
    with pytest.raises(asyncio.CancelledError):
        await loading
    other = await connect(dsn)
    assert await fingerprint(other) == before
    assert await other.fetchval(relations) == there


@pytest.mark.parametrize("domain", corpus.domains())
def test_a_conversation_has_exactly_the_turns_asked_for(domain: str) -> None:
    random = Random(1)
    for topic in corpus.topics(domain):
        for turns in (1, 2, 3, 4, 9, 40):
            said = corpus.conversation(random, topic, turns)
            assert len(said) == turns
            assert said[0].sender == "bot"
            assert all(one.sender != two.sender for one, two in pairwise(said))
            assert not any("{" + slot + "}" in turn.message for turn in said for slot in corpus.slots(random, topic))
