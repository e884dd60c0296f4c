"""Months ahead: made once however many start, never in the way of writers, closed when made."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from gbtui.errors import LockedError
from gbtui.lifecycle.partitions import ensure_ahead, headroom
from tests.conftest import Connect, Connection

INSERT = "INSERT INTO user_sessions (bot_id, session_token) SELECT id, 'sha256:' || gen_random_uuid() FROM bots"


async def months(db: Connection) -> list[str]:
    found = await db.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'message_history'::regclass ORDER BY 1"
    )
    return [row["relname"] for row in found]


async def drop(db: Connection, *names: str) -> None:
    for name in names:
        await db.execute(f"DROP TABLE gb_part.{name}")


async def test_what_is_missing_is_made_gaps_included(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    before = await months(db)
    assert len(before) == 4
    assert await ensure_ahead(db) == ()

    await drop(db, before[1], before[3])
    gap = next(table for table in await headroom(db) if table.table == "message_history")
    assert gap.months_ahead == 0
    made = await ensure_ahead(db)
    assert [name.split()[0] for name in made] == ["message_history"] * 2
    assert await months(db) == before
    assert {table.months_ahead for table in await headroom(db)} == {3}

    assert len(await ensure_ahead(db, 5)) == 4
    assert {(table.months_ahead, table.partitions) for table in await headroom(db)} == {(5, 6)}


async def test_headroom_ends_where_inserts_fail(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    for table in await headroom(db):
        insert = "INSERT INTO gb_meta.audit_log (action, created_at) VALUES ('x', $1)"
        await db.execute(f"{insert.replace('$1', '$1::timestamptz - interval $$1 ms$$')}", table.covered_until)
        with pytest.raises(asyncpg.CheckViolationError, match="no partition"):
            await db.execute(insert, table.covered_until)
    await drop(db, *await months(db))
    assert [table.table for table in await headroom(db)] == ["audit_log"]
    await ensure_ahead(db)
    # The first one is open to the past again.
    assert "MINVALUE" in await db.fetchval(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = $1", (await months(db))[0]
    )


async def test_ten_starters_make_each_month_once(dsn: str, connect: Connect) -> None:
    starters = [await connect(dsn) for _ in range(10)]
    made = await asyncio.gather(*(ensure_ahead(one, 8) for one in starters))
    flat = [name for names in made for name in names]
    assert len(flat) == len(set(flat)) == 10
    assert {table.months_ahead for table in await headroom(starters[0])} == {8}


async def test_a_long_writer_is_waited_for_and_others_write_on(dsn: str, connect: Connect) -> None:
    db, long, other = await connect(dsn), await connect(dsn), await connect(dsn)
    await db.execute(
        "WITH o AS (INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id)"
        " INSERT INTO bots (name, org_id) SELECT 'support', org_id FROM o"
    )
    writing = long.transaction()
    await writing.start()
    await long.execute(INSERT)
    with pytest.raises(LockedError):
        await ensure_ahead(db, 4, patience=0.3)

    waiting = asyncio.ensure_future(ensure_ahead(db, 4))
    while not waiting.done() and await other.fetchval("SELECT count(*) FROM user_sessions") < 50:
        await asyncio.wait_for(other.execute(INSERT), 5)
    assert not waiting.done()
    await writing.commit()
    assert len(await waiting) == 1  # the audit log's was made at the first try


async def test_a_new_month_is_like_its_siblings_and_closed(dsn: str, connect: Connect) -> None:
    db, role = await connect(dsn), f"plain_{uuid4().hex[:8]}"
    await db.execute(f"CREATE ROLE {role}; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {role}")
    try:
        await ensure_ahead(db, 4)
        *_, old, new = await months(db)
        facts = f"""
            SELECT relrowsecurity, relacl::text NOT LIKE '%{role}%' AS closed, relchecks,
                (SELECT count(*) FROM pg_index WHERE indrelid = c.oid) AS indexes,
                (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid) AS constraints,
                (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers
            FROM pg_class c WHERE oid = $1::text::regclass"""
        made = await db.fetchrow(facts, f"gb_part.{new}")
        assert made is not None
        assert made["relrowsecurity"]
        assert made["closed"]
        sibling = await db.fetchrow(facts, f"gb_part.{old}")
        assert sibling is not None
        assert tuple(made)[2:] == tuple(sibling)[2:]
    finally:
        await db.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_a_database_without_the_platform_is_left_alone(empty_dsn: str, connect: Connect) -> None:
    db = await connect(empty_dsn)
    assert await ensure_ahead(db) == ()
    assert await headroom(db) == ()
