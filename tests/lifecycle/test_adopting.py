"""A plain table becomes the partitioned one: killed at every step, while it is written and tailed; nothing is lost."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import EVERYONE
from gbtui.domain.tail import Tail
from gbtui.domain.tail.session import Session
from gbtui.errors import GbtuiError, LockedError, RefusedError
from gbtui.lifecycle.adopting import adopt, undo_adopt
from gbtui.lifecycle.batches import Stopped
from gbtui.lifecycle.partitions import headroom, listed, split_past, undo_split
from gbtui.monitor.check import View
from gbtui.monitor.judging.schema import half_done
from gbtui.monitor.probes import PROBES
from gbtui.monitor.sample import Sample
from tests.conftest import Connect, Connection
from tests.domain.test_tail import following
from tests.lifecycle.plain import make_plain, sum_of
from tests.waiting import until

WRITE = (
    "INSERT INTO message_history (session_id, bot_id, org_id, message, sender)"
    " SELECT id, bot_id, org_id, $1, 'user' FROM user_sessions ORDER BY id LIMIT 1"
)
ANY_ROW = (
    "(id, created_at) IN"
    " (SELECT id, created_at FROM message_history WHERE message !~ 'meanwhile' ORDER BY random() LIMIT 1)"
)
FACTS = """
SELECT
    ARRAY(SELECT c.relname::text || ' ' || s FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid,
          LATERAL (SELECT regexp_replace(pg_get_indexdef(c.oid), '^.* USING ', '') AS s) d
          WHERE i.indrelid = t.oid ORDER BY 1) AS indexes,
    ARRAY(SELECT contype::text || pg_get_constraintdef(oid) FROM pg_constraint
          WHERE conrelid = t.oid ORDER BY 1) AS constraints,
    ARRAY(SELECT pg_get_triggerdef(oid) FROM pg_trigger
          WHERE tgrelid = t.oid AND NOT tgisinternal ORDER BY 1) AS triggers,
    ARRAY(SELECT attname || format_type(atttypid, atttypmod) || attnotnull || coalesce(pg_get_expr(adbin, adrelid), '')
          FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped ORDER BY 1) AS columns,
    ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = t.oid ORDER BY 1) AS policies,
    ARRAY(SELECT a::text FROM aclexplode(t.relacl) a ORDER BY 1) AS grants,
    t.relrowsecurity
FROM pg_class t WHERE t.oid = 'public.message_history'::regclass"""


@asynccontextmanager
async def writing(db: Connection) -> AsyncIterator[list[str]]:
    """Somebody writes, one message after the other; every one that was committed, in the end."""
    written: list[str] = []
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            text = f"meanwhile {len(written)}"
            await db.execute(WRITE, text)
            written.append(text)

    writer = asyncio.create_task(write())
    try:
        yield written
    finally:
        stop.set()
        await writer


class Killer:
    """Breaks the connection at the first word that was not heard before."""

    def __init__(self, connection: Connection, heard: set[str]) -> None:
        self._connection, self._heard = connection, heard

    def __call__(self, word: str) -> None:
        word = re.sub(r"[0-9,]+ rows", "rows", word)
        if word not in self._heard:
            self._heard.add(word)
            self._connection.terminate()


Run = Callable[[Connection, Killer], Awaitable[None]]


async def killed_at_every_word(dsn: str, connect: Connect, run: Run) -> set[str]:
    """Run it again and again, each time killed a word later, until it gets through; at which words it was killed."""
    heard: set[str] = set()
    while True:
        connection = await connect(dsn)
        try:
            await run(connection, Killer(connection, heard))
        except LockedError as error:
            # The server has not noticed yet that the one before is gone.
            assert "being worked on" in str(error)
        except (GbtuiError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            if not connection.is_closed():
                raise
        else:
            return heard


async def test_killed_at_every_step_it_loses_nothing(filled_dsn: str, connect: Connect) -> None:
    db, other = await connect(filled_dsn), await connect(filled_dsn)
    migrated = dict(await db.fetchrow(FACTS) or {})
    await make_plain(db)
    before = await sum_of(db)

    async def run(connection: Connection, tell: Killer) -> None:
        await adopt(connection, tell=tell, patience=20)

    async with Database(filled_dsn) as database, following(Tail(database)) as heard:
        session = await Session.open(database)
        place = await session.place("public.message_history")
        async with writing(other) as written:
            killed = await killed_at_every_word(filled_dsn, connect, run)
            count = len(written)
            await until(lambda: len(written) > count)
        await until(lambda: len(heard.texts()) >= len(written))
        assert Counter(heard.texts()) == Counter(written)
        # A cursor that was kept from before is one of this table still.
        assert (await session.place("public.message_history")).refuses(place) == ""
        session.terminate()
    assert len(killed) > 20
    assert "7 of 7: the swap" in killed
    assert await sum_of(db, "message NOT LIKE 'meanwhile %'") == before
    assert await sum_of(db) == (before[0] + len(written), (await sum_of(db))[1])

    adopted = dict(await db.fetchrow(FACTS) or {})
    own = adopted["indexes"].pop(adopted["indexes"].index("message_history_lower btree (lower(sender))"))
    assert own
    assert adopted == migrated
    parts = [part for part in await listed(db) if part.table == "message_history"]
    assert all(part.closed for part in parts)
    assert parts[-1].open_to_past
    assert len({len(await indexes_of(db, part.name)) for part in parts}) == 1
    assert next(table for table in await headroom(db) if table.table == "message_history").months_ahead >= 3
    with pytest.raises(RefusedError, match="partitioned already"):
        await adopt(db)


async def indexes_of(db: Connection, name: str) -> list[str]:
    rows = await db.fetch("SELECT s FROM gb_meta.index_shapes($1::text::regclass) s", name)
    return [row["s"] for row in rows]


async def names_of(db: Connection, name: str) -> list[str]:
    rows = await db.fetch("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                          " WHERE i.indrelid = $1::text::regclass", name)  # fmt: skip
    return [row["relname"] for row in rows]


async def test_the_tails_column_is_added_and_old_rows_are_no_news(filled_dsn: str, connect: Connect) -> None:
    db = await connect(filled_dsn)
    await make_plain(db, tail=False)
    before = await sum_of(db)
    stop = asyncio.Event()
    with pytest.raises(Stopped):
        await adopt(db, stop=stop, tell=lambda word: stop.set() if word.startswith("2 of") else None)
    file = await db.fetchval("SELECT relfilenode FROM pg_class WHERE oid = 'message_history'::regclass")
    await adopt(db)
    assert await sum_of(db) == before
    assert [tuple(row) for row in await db.fetch("SELECT tx::text, count(*) FROM message_history GROUP BY 1")] == [
        ("3", before[0])
    ]
    # Not rewritten: the same file holds the rows.
    assert await db.fetchval("SELECT relname FROM pg_class WHERE relfilenode = $1", file) in {
        part.partition for part in await listed(db)
    }
    await db.execute(WRITE, "new")
    assert await db.fetchval("SELECT tx::text::bigint > 3 FROM message_history WHERE message = 'new'")


async def test_an_index_that_was_left_half_built_is_built_anew(filled_dsn: str, connect: Connect) -> None:
    db, other, builder = await connect(filled_dsn), await connect(filled_dsn), await connect(filled_dsn)
    await make_plain(db)
    async with other.transaction():
        await other.execute(WRITE, "a transaction that a CONCURRENTLY waits for")
        building = asyncio.create_task(adopt(builder))
        invalid = "SELECT count(*) FROM pg_index WHERE indrelid = 'message_history'::regclass AND NOT indisvalid"

        async def waits() -> bool:
            return bool(await db.fetchval(invalid))

        await until(waits)
        await db.execute("SELECT pg_terminate_backend($1)", builder.get_server_pid())
        with pytest.raises(asyncpg.PostgresError):
            await building
    assert await db.fetchval(invalid) == 1
    await adopt(db)
    assert await db.fetchval("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0


async def test_what_cannot_be_adopted_is_refused_with_the_reason(filled_dsn: str, connect: Connect) -> None:
    db = await connect(filled_dsn)
    with pytest.raises(RefusedError, match="partitioned already"):
        await adopt(db)
    await make_plain(db)
    for change, undo, why in (
        ("ALTER TABLE message_history ALTER message TYPE varchar(9999999)",
         "ALTER TABLE message_history ALTER message TYPE text",
         "column message character varying.* must be message text not null"),
        ("ALTER TABLE message_history RENAME org_id TO tenant", "ALTER TABLE message_history RENAME tenant TO org_id",
         "no column org_id uuid not null"),
        ("CREATE VIEW v AS SELECT id FROM message_history", "DROP VIEW v", "v reads it"),
        ("CREATE TABLE t (id uuid REFERENCES message_history)", "DROP TABLE t", "a foreign key points to it: .*t "),
        ("CREATE PUBLICATION p FOR TABLE message_history", "DROP PUBLICATION p", "it is in the publication p"),
        ("CREATE SEQUENCE s OWNED BY message_history.message", "DROP SEQUENCE s", "message .* owns a sequence"),
        ("CREATE UNIQUE INDEX u ON message_history (id, sender)", "DROP INDEX u", "u is unique"),
        ("INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
         " SELECT session_id, bot_id, org_id, 'x', 'user', '2999-01-01' FROM message_history LIMIT 1",
         "DELETE FROM message_history WHERE message = 'x'",
         "a row is dated 2999-01-01"),
    ):  # fmt: skip
        await db.execute(change)
        with pytest.raises(RefusedError, match=why):
            await adopt(db)
        await db.execute(undo)
    # Rows that break a key are found by validating it: nothing is half done, and mended it goes on.
    await db.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender)"
        " SELECT session_id, bot_id, org_id, 'odd', 'system' FROM message_history LIMIT 1"
    )
    with pytest.raises(GbtuiError, match="sender_check"):
        await adopt(db)
    await db.execute("DELETE FROM message_history WHERE message = 'odd'")
    await adopt(db)


async def test_what_nobody_ends_is_told_and_can_be_taken_back(filled_dsn: str, connect: Connect) -> None:
    db, other = await connect(filled_dsn), await connect(filled_dsn)
    await make_plain(db)
    before, stop = await sum_of(db), asyncio.Event()
    with pytest.raises(Stopped):
        await adopt(db, stop=stop, tell=lambda word: stop.set() if word.startswith("6 of") else None)
    async with Database(filled_dsn) as database:
        work = await PROBES["partition_work"].fetch(database, EVERYONE, None)
    now = datetime.now(UTC)
    view = View({"partition_work": Sample("partition_work", tuple(work.rows), now)}, lambda _: (), {}, now)
    (finding,) = half_done(view)
    assert "the adoption of public.message_history has not ended: rows dated from " in finding.what
    assert await undo_adopt(db)
    assert not await undo_adopt(db)
    assert await db.fetchval("SELECT to_regclass('gb_part.message_history') IS NULL")
    assert "month_bound" not in str(await db.fetch("SELECT conname FROM pg_constraint WHERE contype = 'c'"))
    assert await sum_of(db) == before
    stop.clear()
    with pytest.raises(Stopped):
        await adopt(db, stop=stop, tell=lambda word: stop.set() if word.startswith("6 of") else None)
    # A grant that comes meanwhile is not forgotten by whoever goes on.
    await db.execute("GRANT SELECT ON message_history TO PUBLIC")
    # And after a break so long that the bound has come near, it is moved on.
    await db.execute(
        "UPDATE gb_meta.job_runs SET detail = detail || jsonb_build_object('upper', now()) WHERE state = 'running'"
    )
    await adopt(db, stop=asyncio.Event())
    assert next(table for table in await headroom(db) if table.table == "message_history").months_ahead >= 3
    assert "=r/" in await db.fetchval(
        "SELECT relacl::text FROM pg_class WHERE oid = 'public.message_history'::regclass"
    )

    oldest = await db.fetchval("SELECT min(created_at) FROM message_history")
    with pytest.raises(Stopped):
        await split_past(db, "public.message_history", oldest.date(), stop=stop)
    with pytest.raises(asyncpg.ObjectInUseError, match="is being divided"):
        await db.execute("TRUNCATE message_history")
    async with writing(other) as written:
        await until(lambda: len(written) > 3)
    assert await undo_split(db, "public.message_history")
    assert await db.fetchval("SELECT count(*) FROM gb_meta.partition_changes") == 0
    assert [part for part in await listed(db) if part.state != "attached"] == []
    await db.execute(WRITE, "after")
    assert await db.fetchval("SELECT count(*) FROM gb_meta.partition_changes") == 0


async def test_an_adopted_table_is_divided_while_it_changes(filled_dsn: str, connect: Connect) -> None:
    db, other, third = await connect(filled_dsn), await connect(filled_dsn), await connect(filled_dsn)
    await make_plain(db)
    await adopt(db)
    oldest = await db.fetchval("SELECT min(created_at) FROM message_history")
    await db.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
        " SELECT session_id, bot_id, org_id, 'long ago', 'user', '2019-05-05' FROM message_history LIMIT 3"
    )
    since = oldest.date()
    stop = asyncio.Event()

    async def change() -> None:
        """Rows that are there change and go, one after the other."""
        while not stop.is_set():
            await third.execute(f"UPDATE message_history SET message = message || '.' WHERE {ANY_ROW}")
            await third.execute(f"DELETE FROM message_history WHERE {ANY_ROW}")

    async def run(connection: Connection, tell: Killer) -> None:
        await split_past(connection, "public.message_history", since, tell=tell)

    changing = asyncio.create_task(change())
    try:
        async with writing(other) as written:
            killed = await killed_at_every_word(filled_dsn, connect, run)
    finally:
        stop.set()
        with suppress(asyncpg.PostgresError):
            await changing
    assert len(killed) > 5
    after = await db.fetch("SELECT message FROM message_history WHERE message LIKE 'meanwhile %'")
    assert Counter(row["message"] for row in after) == Counter(written)

    parts = [part for part in await listed(db) if part.table == "message_history"]
    (old,) = [part for part in parts if part.state == "detached"]
    months = [part for part in parts if part.state == "attached"]
    assert all(part.closed for part in parts)
    assert months[-1].open_to_past
    assert months[-1].upper is not None
    assert months[-1].upper > oldest
    assert [later.lower for later in months[:-1]] == [earlier.upper for earlier in months[1:]]
    assert {
        name for part in months[1:] for name in await names_of(db, part.name) if not name.startswith(part.partition)
    } == set()
    # Behind the swap nobody writes to the old one: what both hold of the time before is the same.
    ids = "SELECT id FROM {} WHERE message !~ 'meanwhile' EXCEPT SELECT id FROM {}"
    assert await db.fetch(ids.format("message_history", old.name)) == []
    assert (
        await db.fetchval("SELECT count(*) FROM message_history WHERE message = 'long ago' OR message ~ '^long ago[.]'")
        <= 3
    )
    assert await db.fetchval("SELECT count(*) FROM gb_meta.partition_changes") == 0
    assert await split_past(db, "public.message_history", since) == ()


async def test_months_below_are_made_at_once_where_no_row_is_theirs(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    made = await split_past(db, "public.message_history", date(2020, 2, 20))
    assert made[0] == "message_history 2020-02"
    parts = [part for part in await listed(db) if part.table == "message_history"]
    assert parts[-1].partition == "message_history_p202002"
    assert parts[-1].open_to_past
    assert parts[-2].lower == datetime(2020, 3, 1, tzinfo=UTC)
    assert [later.lower for later in parts[:-1]] == [earlier.upper for earlier in parts[1:]]
    assert await split_past(db, "public.message_history", date(2020, 2, 1)) == ()
    assert await db.fetchval("SELECT count(*) FROM gb_meta.audit_log WHERE action = 'partition.bounds_changed'") == 1
