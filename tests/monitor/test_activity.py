"""Activity, connections and rates, as sessions cause them."""

import asyncio
from uuid import UUID

import pytest

from gbtui.domain.scope import Scope
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.tags import bot, tags, tenant
from tests.monitor.sessions import cast
from tests.waiting import until


async def test_each_backend_is_shown_in_its_state_with_its_tenant(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        idle = await scene.enter("BEGIN", "/*tenant='globex',bot='help%20desk'*/ UPDATE t SET a = 2")
        failed = await scene.enter("BEGIN", application="worker tenant=acme")
        with pytest.raises(Exception, match="division"):
            await failed.execute("SELECT 1/0")
        waiter = await scene.wait("UPDATE t SET a = 3", application="worker")

        sample = await monitor.once("activity")
        assert sample.error is None
        rows = {row.pid: row for row in sample.rows}
        assert rows[idle.get_server_pid()].state == "idle in transaction"
        assert rows[idle.get_server_pid()].in_transaction
        assert (rows[idle.get_server_pid()].tenant, rows[idle.get_server_pid()].bot) == ("globex", "help desk")
        assert rows[failed.get_server_pid()].state == "idle in transaction (aborted)"
        assert rows[failed.get_server_pid()].tenant == "acme"
        assert rows[waiter].waiting
        assert rows[waiter].blocked_by == (idle.get_server_pid(),)
        assert rows[waiter].query_age is not None
        assert rows[idle.get_server_pid()].query_age is None, "no statement runs"
        assert any(row.own for row in sample.rows)

        (counted,) = (await monitor.once("connections")).rows
        assert counted.idle_in_transaction == 2
        assert counted.idle_in_transaction_aborted == 1
        assert counted.waiting_for_locks == 1
        assert counted.free == counted.max_connections - counted.reserved - counted.used
        groups = (await monitor.once("pool")).rows
        assert sum(group.connections for group in groups) == counted.used


async def test_who_blocks_is_asked_once_for_activity_and_locks_and_again_for_those_that_came_since(
    place: str, monitor: Monitor
) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        root = await scene.enter("BEGIN", "UPDATE t SET a = 2")
        first = await scene.wait("UPDATE t SET a = 3")
        assert [row.pid for row in (await monitor.once("locks")).rows] == [root.get_server_pid(), first]
        second = await scene.wait("ALTER TABLE t ADD b int")
        rows = {row.pid: row for row in (await monitor.once("activity")).rows}
        assert rows[first].blocked_by == (root.get_server_pid(),)
        assert set(rows[second].blocked_by) == {root.get_server_pid(), first}


async def test_a_scope_keeps_only_its_tenants_backends_and_says_so(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        mine = await scene.enter("BEGIN", "SELECT 1", application="tenant=acme")
        await scene.enter("BEGIN", "SELECT 1", application="tenant=globex")
        sample = await monitor.once("activity", Scope(UUID(int=1), "acme"))
        assert [row.pid for row in sample.rows] == [mine.get_server_pid()]
        assert "hidden" in sample.skipped[0]


async def test_parallel_workers_are_folded_under_their_leader(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        await scene.enter(
            "CREATE TABLE t AS SELECT generate_series(1, 20000) a",
            "ALTER TABLE t SET (parallel_workers = 2)",
            "CREATE FUNCTION wait(int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS"
            " $$ BEGIN PERFORM pg_sleep(0.005); RETURN $1; END $$",
        )
        leader = await scene.enter("SET parallel_setup_cost = 0", "SET parallel_tuple_cost = 0")
        scene.waiting.append(asyncio.create_task(leader.execute("SELECT count(*) FROM t WHERE wait(a) > 0")))

        async def has_workers() -> bool:
            rows = {row.pid: row for row in (await monitor.once("activity")).rows}
            assert not [row for row in rows.values() if row.kind == "parallel worker"]
            return bool(rows[leader.get_server_pid()].workers)

        await until(has_workers)


def test_tags_stand_in_front_or_in_the_applications_name() -> None:
    assert tenant(tags("/*tenant='a'*/ /*bot='b'*/ SELECT 1", "")) == "a"
    assert bot(tags("/*tenant='a'*/ /*bot='b'*/ SELECT 1", "")) == "b"
    assert tenant(tags("SELECT 1 /*tenant='late'*/", "")) == "", "a tag at the end may be cut: it is not believed"
    assert tenant(tags("/* plain words */ SELECT 1", "api;tenant=acme;v=1")) == "acme"
    assert tenant(tags("/*tenant='new'*/ SELECT 1", "tenant=old")) == "new"
    assert tenant(tags("", "psql")) == ""
