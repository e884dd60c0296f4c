"""Months ahead: made once however many start, never in the way of writers, closed when made."""

import asyncio
from datetime import UTC, date, datetime
from uuid import uuid4

import asyncpg
import pytest

from gbtui.errors import LockedError, QueryError, RefusedError
from gbtui.lifecycle.partitions import Partition, detach, ensure, ensure_ahead, headroom, listed, past, split_past
from gbtui.monitor.check import View
from gbtui.monitor.judging.schema import closed
from gbtui.monitor.sample import Sample
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


async def of_messages(db: Connection) -> dict[str, Partition]:
    return {part.partition: part for part in await listed(db) if part.table == "message_history"}


async def old_month(db: Connection) -> tuple[str, str]:
    """Make two months of the past, with a row each; the names of both, the older one first."""
    await db.execute(
        "WITH o AS (INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id),"
        " b AS (INSERT INTO bots (name, org_id) SELECT 'support', org_id FROM o RETURNING id, org_id)"
        " INSERT INTO user_sessions (bot_id, org_id, session_token) SELECT id, org_id, 'sha256:0123456789' FROM b"
    )
    await split_past(db, "public.message_history", date(2020, 1, 1))
    for day in ("2020-01-15", "2020-02-15"):
        await db.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " SELECT id, bot_id, org_id, $1::text, 'user', $1::text::timestamptz FROM user_sessions", day
        )  # fmt: skip
    return "message_history_p202001", "message_history_p202002"


async def test_a_month_is_listed_detached_and_the_next_is_open_to_the_past(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    first, second = await old_month(db)
    parts = await of_messages(db)
    assert {part.state for part in parts.values()} == {"attached"}
    assert all(part.closed and part.total_bytes for part in parts.values())
    assert (parts[first].lower, parts[first].upper) == (None, datetime(2020, 2, 1, tzinfo=UTC))

    name = await detach(db, first)
    assert name == f"gb_part.{first}_detached"
    assert await db.fetchval(f"SELECT string_agg(message, ',') FROM {name}") == "2020-01-15"
    assert [row["message"] for row in await db.fetch("SELECT message FROM message_history")] == ["2020-02-15"]
    parts = await of_messages(db)
    assert (parts[f"{first}_detached"].state, parts[f"{first}_detached"].closed) == ("detached", True)
    assert parts[second].open_to_past
    assert await detach(db, f"{first}_detached") == name
    # So a row of any time finds its place.
    await db.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
        " SELECT id, bot_id, org_id, 'old', 'user', '1999-01-01' FROM user_sessions"
    )
    assert (
        await db.fetchval("SELECT detail ->> 'table' FROM gb_meta.audit_log WHERE action = 'partition.detached'")
        == name
    )
    assert await ensure(db) == ()


async def test_a_month_that_has_not_ended_and_an_unknown_one_are_not_detached(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    with pytest.raises(RefusedError, match="reaches beyond now"):
        await detach(db, (await months(db))[0])
    with pytest.raises(QueryError, match="No such partition"):
        await detach(db, "message_history_p190001")


async def test_a_detach_that_was_stopped_half_way_is_finished_by_the_next(dsn: str, connect: Connect) -> None:
    db, reader, other = await connect(dsn), await connect(dsn), await connect(dsn)
    first, _ = await old_month(db)
    reading = reader.transaction()
    await reading.start()
    await reader.fetch("SELECT count(*) FROM message_history")
    with pytest.raises(LockedError):
        await detach(db, first, patience=0.3)
    assert (await of_messages(db))[first].state == "detaching"
    assert next(table for table in await headroom(db) if table.table == "message_history").detaching
    # Nobody is in anybody's way meanwhile, and who reads on sees what was.
    await asyncio.wait_for(other.execute(INSERT), 5)
    assert await reader.fetchval("SELECT count(*) FROM message_history") == 2
    await reading.rollback()
    assert await ensure(db) == (f"gb_part.{first}_detached detached", "message_history_p202002 open to the past")
    assert (await of_messages(db))[f"{first}_detached"].state == "detached"


async def test_a_bound_that_was_never_moved_refuses_nothing_for_long(dsn: str, connect: Connect) -> None:
    db, other = await connect(dsn), await connect(dsn)
    first = next(one for one in reversed(await listed(db)) if one.table == "message_history")
    assert first.upper is not None
    lower = past.month_before(first.upper)
    # Somebody's transaction lets the CHECK come, and the connection ends before the bounds have moved.
    pid = await other.fetchval("SELECT pg_backend_pid()")

    async def killed(_: Connection) -> None:
        await db.execute("SELECT pg_terminate_backend($1)", pid)
        await other.execute("SELECT")

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await past.rebound(other, first, lower, also=killed)
    await db.execute(
        "WITH o AS (INSERT INTO organizations (name, slug) VALUES ('Acme', 'acme') RETURNING org_id)"
        " INSERT INTO bots (name, org_id) SELECT 'support', org_id FROM o"
    )
    await db.execute(INSERT)
    old = (
        "INSERT INTO message_history (session_id, bot_id, message, sender, created_at)"
        " SELECT id, bot_id, 'old', 'user', '2020-01-01' FROM user_sessions LIMIT 1"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="month_bound"):
        await db.execute(old)
    assert await ensure(db) == (f"{first.partition} open to the past",)
    assert await ensure(db) == ()
    await db.execute(old)


async def test_a_partition_that_somebody_opened_is_told(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    name = (await months(db))[0]
    await db.execute(f"GRANT SELECT ON gb_part.{name} TO PUBLIC")
    part = (await of_messages(db))[name]
    assert not part.closed
    view = View({"partition_tables": Sample("partition_tables", (part,))}, lambda _: (), {}, datetime.now(UTC))
    assert [finding.statement for finding in closed(view)] == [f"SELECT gb_meta.close_partition('{part.name}')"]
    await db.execute(f"SELECT gb_meta.close_partition('gb_part.{name}')")
    assert (await of_messages(db))[name].closed


async def test_one_of_two_detaches_a_month_and_the_other_says_so(dsn: str, connect: Connect) -> None:
    db, other = await connect(dsn), await connect(dsn)
    first, _ = await old_month(db)
    ends = await asyncio.gather(detach(db, first), detach(other, first), return_exceptions=True)
    assert f"gb_part.{first}_detached" in ends
    assert all(isinstance(end, str | LockedError) for end in ends)
    assert (await of_messages(db))[f"{first}_detached"].state == "detached"


async def test_the_audit_log_is_divided_as_well_and_stays_sealed_against_changes(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    for day in ("2019-03-03", "2020-01-15", "2020-02-15"):
        await db.execute("INSERT INTO gb_meta.audit_log (action, created_at) VALUES ('x', $1::text::timestamptz)", day)
    before = await db.fetch("SELECT * FROM gb_meta.audit_log WHERE action = 'x' ORDER BY created_at")
    await split_past(db, "gb_meta.audit_log", date(2020, 1, 1))
    assert await db.fetch("SELECT * FROM gb_meta.audit_log WHERE action = 'x' ORDER BY created_at") == before
    assert await db.fetchval("SELECT count(*) FROM ONLY gb_part.audit_log_p202001") == 2
    for forbidden in ("UPDATE gb_part.audit_log_p202002 SET action = 'y'", "DELETE FROM gb_meta.audit_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(forbidden)
