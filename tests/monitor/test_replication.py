"""A real standby: what the primary says of it, what it says of itself, and the slots between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import asyncpg
import pytest

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.window import OPENED
from tests import older
from tests.conftest import Connect, Server
from tests.monitor.conftest import one, watching
from tests.waiting import until


@pytest.fixture(scope="module")
def standby(server_15: Server) -> Iterator[str]:
    """A standby of the 15, streaming through the slot `to_standby`."""
    with standby_of(server_15) as dsn:
        yield dsn


@contextmanager
def standby_of(primary: Server) -> Iterator[str]:
    folder = older.binaries(15)
    assert folder is not None
    with older.home(15) as (home, account):
        backup = ("-h", str(primary.home), "-U", "postgres", "-D", str(home / "data"), "-R", "-C", "-S", "to_standby")
        older.run(account, folder / "pg_basebackup", *backup, "-c", "fast", "-X", "stream")
        settings = ("fsync=off", "listen_addresses=", "primary_slot_name=to_standby", "max_prepared_transactions=5")
        with older.started(folder, home, account, *settings):
            yield f"postgresql://postgres@/postgres?host={home}"


async def test_a_standby_is_seen_from_both_sides(server_15: Server, standby: str, connect: Connect) -> None:
    worker = await connect(server_15.dsn)
    async with watching(server_15.dsn) as primary, watching(standby) as follower:
        assert (await one(primary, "connectivity")).role == "primary"
        assert (await one(follower, "connectivity")).role == "standby"
        assert (await primary.once("standby")).rows == ()
        for name in follower.probes:
            assert (await follower.once(name)).error is None, name

        async def caught_up() -> bool:
            sample = await primary.once("replication")
            assert sample.error is None
            (row,) = sample.rows
            parts = (row.unsent_bytes, row.unwritten_bytes, row.unflushed_bytes, row.unreplayed_bytes)
            assert row.behind_bytes is None or sum(part or 0 for part in parts) == row.behind_bytes
            return bool(row.state == "streaming" and row.behind_bytes == 0 and row.slot == "to_standby")

        await worker.execute("CREATE TABLE now (a int)")
        await until(caught_up)
        row = await one(follower, "standby")
        assert (row.receiver, row.slot, row.has_sender, row.paused) == ("streaming", "to_standby", True, False)

        pause = await connect(standby)
        await pause.execute("SELECT pg_wal_replay_pause()")
        await worker.execute("CREATE TABLE later AS SELECT generate_series(1, 10000) a")

        async def delayed() -> bool:
            row = await one(follower, "standby")
            return bool(row.paused and row.unreplayed_bytes and row.replay_delay)

        await until(delayed)
        (slot,) = (await primary.once("slots")).rows
        assert (slot.name, slot.active, slot.kind) == ("to_standby", True, "physical")
        assert slot.retained_bytes is not None
        await pause.execute("SELECT pg_wal_replay_resume()")
        await until(caught_up)


async def found_on(monitor: Monitor, subjects: set[str]) -> bool:
    for probe in ("invalid_indexes", "subscriptions"):
        assert (await monitor.once(probe)).error is None
    return {finding.subject for finding in monitor.findings} == subjects


async def test_a_standby_does_not_judge_what_is_its_primarys_work(
    server_15: Server, standby: str, connect: Connect
) -> None:
    """An index that the primary may be building now, a subscription that the primary applies."""
    worker, reader = await connect(server_15.dsn), await connect(standby)
    await worker.execute("CREATE TABLE twice AS SELECT 1 AS i FROM generate_series(1, 2)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await worker.execute("CREATE UNIQUE INDEX CONCURRENTLY half ON twice (i)")
    await worker.execute("CREATE SUBSCRIPTION far CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)")
    await worker.execute("ALTER SUBSCRIPTION far ENABLE")
    try:

        async def replayed() -> bool:
            return bool(await reader.fetchval("SELECT count(*) FROM pg_subscription WHERE subenabled"))

        await until(replayed)
        async with watching(server_15.dsn) as primary, watching(standby) as follower:
            await until(partial(found_on, primary, {"public.half", "far"}))
            assert await found_on(follower, set())
            assert [row.building for row in follower.last("invalid_indexes").rows] == [True]
    finally:
        await worker.execute("ALTER SUBSCRIPTION far DISABLE")
        await worker.execute("ALTER SUBSCRIPTION far SET (slot_name = NONE)")
        await worker.execute("DROP SUBSCRIPTION far")
        await worker.execute("DROP TABLE twice")


async def test_a_statement_cancelled_for_replay_is_counted_by_kind(
    server_15: Server, standby: str, connect: Connect
) -> None:
    worker, reader, admin = await connect(server_15.dsn), await connect(standby), await connect(standby)
    await worker.execute("CREATE TABLE doomed AS SELECT 1 a")

    async def replayed() -> bool:
        return bool(await admin.fetchval("SELECT to_regclass('doomed') IS NOT NULL"))

    await until(replayed)
    await admin.execute("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    await admin.execute("SELECT pg_reload_conf()")
    async with watching(standby) as watched:
        await watched.once("errors")
        await reader.execute("BEGIN")
        await reader.execute("SELECT * FROM doomed")
        await worker.execute("DROP TABLE doomed")

        async def counted() -> bool:
            rows = (await watched.once("errors", span=OPENED)).rows
            return any(row.conflicts and row.conflict_kinds == "lock 1" for row in rows)

        await until(counted, step=0.1)
        (found,) = [finding for finding in watched.findings if finding.check == "conflicts"]
        assert "1 statement cancelled" in found.what
    await admin.execute("ALTER SYSTEM RESET max_standby_streaming_delay")
    await admin.execute("SELECT pg_reload_conf()")


async def test_a_promotion_is_seen_at_the_next_reading(standby: str, connect: Connect) -> None:
    async with watching(standby) as watched:
        assert (await one(watched, "connectivity")).role == "standby"
        await (await connect(standby)).execute("SELECT pg_promote()")
        assert (await one(watched, "connectivity")).role == "primary"
        assert not watched._pace.database.facts.in_recovery
        for name in watched.probes:
            sample = await watched.once(name)
            assert sample.error is None, name
        assert watched.last("standby").rows == ()
