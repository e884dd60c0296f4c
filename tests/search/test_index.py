"""The search's indexes on a real server: built beside writers, after a kill, for months to come; dropped again."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from gbtui.domain.search.searches import Searches
from gbtui.domain.search.wish import read
from gbtui.errors import DeniedError, LockedError
from gbtui.lifecycle import search_index
from gbtui.resources import migrations
from gbtui.schema import source
from gbtui.schema.status import Standing, read_status
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place, say
from tests.search.conftest import build, builder, find
from tests.waiting import until

INDEX = "message_history_search_simple_idx"
BUILDING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND state = 'active'"
INVALID = "SELECT count(*) FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE NOT indisvalid"
CHILDREN = """SELECT p.relname FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid
    JOIN pg_class p ON p.oid = x.indrelid
    WHERE i.inhparent = 'public.message_history_search_simple_idx'::regclass AND x.indisvalid ORDER BY 1"""
PARTITIONS = """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.message_history'::regclass ORDER BY 1"""
MANY = """INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)
    SELECT $1, $2, $3, 'parcel ' || n || ' of ' || md5(n::text), 'bot', now() - n * interval '1 min'
    FROM generate_series(1, 4000) n"""


async def column(connection: Connection, sql: str) -> list[str]:
    return [row[0] for row in await connection.fetch(sql)]


async def fill(connection: Connection, at: Place) -> None:
    await connection.execute(MANY, at.session_id, at.bot_id, at.org_id)


async def drop(dsn: str) -> list[str]:
    told: list[str] = []
    connection = await builder(dsn)
    try:
        await search_index.drop(connection, "simple", told.append)
    finally:
        await connection.close(timeout=5)
    return told


async def test_every_month_there_is_and_every_one_to_come_has_it(
    platform_dsn: str, writer: Connection, searches: Searches
) -> None:
    acme = await place(writer)
    await say(writer, acme, "refund")
    await build(platform_dsn)
    assert await column(writer, CHILDREN) == await column(writer, PARTITIONS)
    assert await build(platform_dsn) == [f"{INDEX}: it is there", "kb_documents_search_simple_idx: it is there"]
    # By the usual way, and by the way of what is loaded first and attached then.
    await writer.execute("SELECT gb_meta.ensure_partition('public.message_history', '2031-01-01')")
    await writer.execute(
        "SELECT gb_meta.create_partition('public.message_history', '2031-02-01');"
        "SELECT gb_meta.index_partition('public.message_history', '2031-02-01');"
        "SELECT gb_meta.attach_partition('public.message_history', '2031-02-01')"
    )
    assert await column(writer, CHILDREN) == await column(writer, PARTITIONS)
    assert {"message_history_p203101", "message_history_p203102"} < set(await column(writer, CHILDREN))
    for month in ("2031-01-15", "2031-02-15"):
        await writer.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " VALUES ($1, $2, $3, 'from the future', 'bot', $4::text::timestamptz)",
            acme.session_id, acme.bot_id, acme.org_id, month,
        )  # fmt: skip
    running = await searches.begin(read("future"))
    assert running.request.indexed
    assert len([hit async for step in running.run() for hit in step.hits]) == 2


async def test_it_is_no_drift(platform_dsn: str, writer: Connection) -> None:
    await writer.execute("DELETE FROM gb_meta.migration_log")
    before = await read_status(writer, source.read(migrations("core")))
    await build(platform_dsn)
    after = await read_status(writer, source.read(migrations("core")))
    assert after.standing is before.standing is Standing.OURS
    assert (after.drifted, after.pending) == (before.drifted, before.pending)


async def test_writers_go_on_while_it_is_built_and_dropped(
    platform_dsn: str, writer: Connection, connect: Connect
) -> None:
    acme = await place(writer)
    await fill(writer, acme)
    written = 0
    stop = asyncio.Event()

    async def write(connection: Connection) -> None:
        nonlocal written
        # More than one try for a lock of ours, much less than a build: who waits longer fails.
        await connection.execute("SET lock_timeout = '1s'")
        while not stop.is_set():
            await connection.execute(acme.insert, acme.session_id, None, acme.bot_id, acme.org_id, "a parcel", "bot")
            written += 1

    writers = [asyncio.create_task(write(await connect(platform_dsn))) for _ in range(2)]
    await until(lambda: written > 10)
    # An open transaction that has written: CONCURRENTLY waits for it, and lets everybody else pass.
    slow = await connect(platform_dsn)
    open_one = slow.transaction()
    await open_one.start()
    await say(slow, acme, "slowly")
    building = asyncio.create_task(build(platform_dsn))
    before = written
    await until(lambda: written > before + 50, 30.0)
    assert not building.done()
    await open_one.commit()
    await building
    before = written
    await until(lambda: written > before + 10)
    await drop(platform_dsn)
    stop.set()
    await asyncio.gather(*writers)
    assert len(await writer.fetch("SELECT FROM message_history WHERE message = 'a parcel'")) == written
    assert await writer.fetchval("SELECT to_regclass($1)", INDEX) is None
    assert await column(writer, "SELECT relname FROM pg_class WHERE relname LIKE '%_search_simple_idx'") == []


async def held_up(
    platform_dsn: str, writer: Connection, connect: Connect, end: Callable[[asyncio.Task[list[str]]], Awaitable[None]]
) -> None:
    """Begin a build that cannot end, because somebody's transaction is open, and end it."""
    other = await connect(platform_dsn)
    transaction = other.transaction(isolation="repeatable_read")
    await transaction.start()
    await other.execute("SELECT count(*) FROM clicks")  # its snapshot is older than the index will be
    building = asyncio.create_task(build(platform_dsn))
    try:
        await until(lambda: writer.fetchval(BUILDING))
        await end(building)
    finally:
        await transaction.rollback()


async def test_what_a_killed_build_left_is_found_and_built_anew(
    platform_dsn: str, writer: Connection, connect: Connect, searches: Searches
) -> None:
    acme = await place(writer)
    await fill(writer, acme)

    async def kill(building: asyncio.Task[list[str]]) -> None:
        # Only one may build; who comes second hears who the first is.
        with pytest.raises(LockedError, match=r"process \d+"):
            await build(platform_dsn)
        await writer.execute(f"SELECT pg_terminate_backend(pid) FROM ({BUILDING}) b")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await building

    await held_up(platform_dsn, writer, connect, kill)
    assert await writer.fetchval(INVALID) >= 2  # the whole, and the piece that was being built
    running = await searches.begin(read("parcel --org acme"))
    assert not running.request.indexed  # half an index is none
    told = await build(platform_dsn)
    assert [line for line in told if "half built" in line]
    assert await writer.fetchval(INVALID) == 0
    assert await column(writer, CHILDREN) == await column(writer, PARTITIONS)
    assert len(await find(searches, "parcel 777")) == 1


async def test_an_interrupted_build_takes_its_half_away(
    platform_dsn: str, writer: Connection, connect: Connect
) -> None:
    acme = await place(writer)
    await fill(writer, acme)

    async def interrupt(building: asyncio.Task[list[str]]) -> None:
        building.cancel()
        await until(lambda: writer.fetchval("SELECT NOT EXISTS (" + BUILDING + ")"))

    pieces = "SELECT relname FROM pg_class WHERE relname ~ '_p[0-9]+_search_simple_idx' AND relkind = 'i'"
    await held_up(platform_dsn, writer, connect, interrupt)

    async def clean() -> bool:
        invalid = await column(writer, pieces + " AND oid IN (SELECT indexrelid FROM pg_index WHERE NOT indisvalid)")
        return not invalid

    await until(clean)
    assert await writer.fetchval("SELECT to_regclass($1) IS NOT NULL", INDEX)  # goes on from here
    told = await drop(platform_dsn)
    assert f"{INDEX}: dropped" in told
    assert await column(writer, pieces) == []


async def test_only_the_owner_builds(platform_dsn: str, writer: Connection) -> None:
    await writer.execute("DROP ROLE IF EXISTS search_reader; CREATE ROLE search_reader")
    connection = await builder(platform_dsn)
    try:
        await connection.execute("SET ROLE search_reader")
        with pytest.raises(DeniedError, match="owner"):
            await search_index.build(connection, "simple", lambda _: None)
    finally:
        await connection.close(timeout=5)
        await writer.execute("DROP ROLE search_reader")


HEAVY = (
    "1.1.1-" * 3_000, "e1@" * 6_000, "_a" * 9_000, "\U00020000 " * 90_000, "東" * 100_000, "<a href=x>" * 9_000,
    "".join(f"{chr(0x20000 + number)} " for number in range(50_000)),
)  # fmt: skip


async def test_no_message_makes_its_writer_wait_or_fail(
    platform_dsn: str, writer: Connection, searches: Searches
) -> None:
    """The server's own reading of some of these takes minutes."""
    acme = await place(writer)
    await build(platform_dsn)
    await writer.execute("SET statement_timeout = '5s'")
    for text in HEAVY:
        await say(writer, acme, text)
    assert len(await find(searches, "e1 or href or 1 or a --org acme")) == 4
