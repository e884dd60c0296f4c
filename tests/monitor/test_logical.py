"""Logical replication that fails: an apply that conflicts, published tables without identity, on real servers."""

import asyncio

import asyncpg
import pytest

from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.logical import Publication, Subscription
from tests.conftest import Connect, execute
from tests.monitor.conftest import one, watching
from tests.monitor.test_checks import NOW, judged, made, severities
from tests.scratch import scratch
from tests.waiting import until


def found(monitor: Monitor, check: str) -> list[Finding]:
    return [finding for finding in monitor.findings if finding.check == check]


def test_an_apply_that_conflicts_is_found_and_gone_when_the_row_is_mended() -> None:
    settings = {"wal_level": "logical", "max_replication_slots": "4", "wal_retrieve_retry_interval": "200ms"}
    with scratch(settings) as server:
        asyncio.run(conflict(server.dsn, server.of("there")))


async def conflict(here: str, there: str) -> None:
    """Two databases of one server, which asks for the slot to be made beforehand."""
    await execute(here, "CREATE DATABASE there")
    await execute(here, "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t")
    await execute(here, "SELECT pg_create_logical_replication_slot('s', 'pgoutput')")
    await execute(there, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    home = here.partition("host=")[2]
    await execute(
        there,
        f"CREATE SUBSCRIPTION s CONNECTION 'host={home} user=postgres dbname=postgres' PUBLICATION p "
        "WITH (create_slot = false, copy_data = false)",
    )
    async with watching(there) as monitor, watching(here) as publisher:

        async def applies() -> bool:
            row = await one(monitor, "subscriptions")
            return row.worker_pid is not None and row.message_age is not None

        await until(applies, timeout=20)
        assert (await one(monitor, "subscriptions")).enabled
        assert found(monitor, "subscriptions") == []
        assert (await one(publisher, "publications")).tables == 1

        await execute(here, "INSERT INTO t VALUES (1)")

        async def failed() -> bool:
            row = await one(monitor, "subscriptions")
            return bool(row.apply_errors and row.apply_errors >= 2)

        await until(failed, timeout=30)
        (finding,) = found(monitor, "subscriptions")
        assert (finding.severity, finding.subject) == (Severity.CRITICAL, "s")
        assert "apply errors in all" in finding.what
        row = await one(monitor, "subscriptions")
        assert row.conflicts is not None
        assert row.conflicts >= 1
        assert "insert exists" in row.conflict_kinds
        assert "insert exists" in finding.why

        await execute(there, "DELETE FROM t")

        async def mended() -> bool:
            await monitor.once("subscriptions")
            row = await one(monitor, "subscriptions")
            return row.worker_pid is not None and bool(await rows(there))

        await until(mended, timeout=20)
        (slot,) = (await publisher.once("slots")).rows
        assert (slot.name, slot.kind) == ("s", "logical")
        await execute(there, "ALTER SUBSCRIPTION s DISABLE")
        row = await one(monitor, "subscriptions")
        assert not row.enabled
        await execute(there, "ALTER SUBSCRIPTION s SET (slot_name = NONE)")
        await execute(there, "DROP SUBSCRIPTION s")


async def rows(dsn: str) -> int:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM t"))
    finally:
        await connection.close(timeout=5)


async def test_published_tables_without_identity_are_named(place: str, monitor: Monitor, connect: Connect) -> None:
    worker = await connect(place)
    await worker.execute("""
        CREATE TABLE keyed (id int PRIMARY KEY);
        CREATE TABLE bare (id int);
        CREATE TABLE full_row (id int);
        ALTER TABLE full_row REPLICA IDENTITY FULL;
        CREATE SCHEMA s;
        CREATE TABLE s.inside (id int);
        CREATE PUBLICATION everything FOR ALL TABLES;
        CREATE PUBLICATION only_inserts FOR TABLE bare WITH (publish = 'insert');
        CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA s;
    """)
    sample = await monitor.once("publications")
    assert sample.error is None, str(sample.error)
    found_rows = {row.name: row for row in sample.rows}
    assert (found_rows["everything"].tables, found_rows["everything"].all_tables) == (4, True)
    assert found_rows["everything"].unidentified == ("bare", "s.inside")
    assert (found_rows["only_inserts"].operations, found_rows["only_inserts"].unidentified) == ("insert", ())
    assert (found_rows["of_schema"].tables, found_rows["of_schema"].unidentified) == (1, ("s.inside",))
    assert {finding.subject for finding in found(monitor, "publications")} == {"everything", "of_schema"}
    # It is true: the server refuses the update.
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="replica identity"):
        await worker.execute("INSERT INTO bare VALUES (1); UPDATE bare SET id = 2")


async def test_a_locked_table_does_not_stop_the_panel_of_publications(place: str, connect: Connect) -> None:
    holder = await connect(place)
    await holder.execute("CREATE TABLE held (id int); CREATE PUBLICATION p FOR TABLE held")
    await holder.execute("BEGIN; LOCK TABLE held")
    async with watching(place) as monitor:
        assert (await one(monitor, "publications")).tables == 1


def subscription(**values: object) -> Subscription:
    given = {"name": "s", "enabled": True, "worker_pid": 7, "apply_errors": 5, "sync_errors": 0, "conflicts": 2}
    return made(Subscription, **(given | values))


def test_old_errors_alone_are_no_finding_and_new_ones_are() -> None:
    before = [Sample("subscriptions", (("s", 5, 2),), NOW)]
    assert judged("subscriptions", history=before, subscriptions=[subscription()]) == []
    grown = subscription(apply_errors=7)
    (finding,) = judged("subscriptions", history=before, subscriptions=[grown])
    assert (finding.severity, "failed 2 times of late" in finding.what) == (Severity.CRITICAL, True)
    met = subscription(conflicts=4, conflict_kinds="update missing 4")
    assert severities(judged("subscriptions", history=before, subscriptions=[met])) == [Severity.WARNING]
    off = subscription(enabled=False, disable_on_error=True, worker_pid=None)
    (finding,) = judged("subscriptions", subscriptions=[off])
    assert finding.statement == 'ALTER SUBSCRIPTION "s" ENABLE;'
    assert judged("subscriptions", subscriptions=[subscription(enabled=False, worker_pid=None)]) == []
    assert severities(judged("publications", publications=[made(Publication, unidentified=())])) == []
