"""Who holds the xmin horizon: one of each kind on a real server, each with its own act."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

from tests.conftest import Connect
from tests.monitor.conftest import one, watching
from tests.monitor.sessions import cast
from tests.scratch import Scratch, scratch
from tests.waiting import until


async def test_backends_and_prepared_transactions_are_named_with_what_to_do(place: str, connect: Connect) -> None:
    async with cast(place) as scene, watching(place) as monitor:
        await scene.enter("CREATE TABLE t (id int)")
        idle = await scene.enter("BEGIN", "INSERT INTO t VALUES (1)", application="forgetful")
        await scene.enter("BEGIN", "INSERT INTO t VALUES (2)", "PREPARE TRANSACTION 'it''s old'")
        waiter = await scene.wait("LOCK TABLE t", "BEGIN", application="report")
        for _ in range(3):
            await scene.opened[0].execute("SELECT pg_current_xact_id()")
        sample = await monitor.once("horizon")
        assert sample.error is None, str(sample.error)
        found = {row.name: row for row in sample.rows if row.holds == "this database"}
        assert {"forgetful", "it's old", "report"} == set(found)

        backend, prepared = found["forgetful"], found["it's old"]
        assert (backend.holder, backend.pid, backend.state) == ("backend", idle.get_server_pid(), "idle in transaction")
        assert backend.xmin_age >= 4
        assert backend.held_age is not None
        assert backend.backend_start is not None
        assert backend.statement == f"SELECT pg_terminate_backend({backend.pid});"
        assert found["report"].statement == f"SELECT pg_cancel_backend({waiter});"
        assert (prepared.holder, prepared.pid) == ("prepared", None)
        assert prepared.statement == "ROLLBACK PREPARED 'it''s old';"

        before = {row.xmin_age for row in sample.rows}
        await scene.opened[0].execute("SELECT pg_current_xact_id()")
        assert max(row.xmin_age for row in (await monitor.once("horizon")).rows) > max(before)

        for holder in (backend, prepared):
            await scene.opened[0].execute(holder.statement)

        async def gone() -> bool:
            return not {"forgetful", "it's old"} & {row.name for row in (await monitor.once("horizon")).rows}

        await until(gone)


async def test_another_databases_holder_is_said_to_hold_that_one(place: str, connect: Connect) -> None:
    parts = urlsplit(place)
    other = await connect(urlunsplit(parts._replace(path="/postgres")))
    await other.execute("BEGIN")
    await other.execute("SELECT pg_current_xact_id()")
    async with watching(place) as monitor:
        (row,) = [row for row in (await monitor.once("horizon")).rows if row.pid == other.get_server_pid()]
        assert row.holds == "database postgres"
        assert not row.here


def test_a_standby_with_feedback_and_an_unused_slot_hold_all_databases_or_the_catalogs() -> None:
    settings = {"wal_level": "logical", "hot_standby_feedback": "on", "wal_receiver_status_interval": "1"}
    with scratch(settings) as primary:
        asyncio.run(standby_holds(primary, primary.standby()))


async def standby_holds(primary: Scratch, copy: Scratch) -> None:
    async with cast(primary.dsn) as scene, cast(copy.dsn) as reader, watching(primary.dsn) as monitor:
        await scene.opened[0].execute("SELECT pg_create_logical_replication_slot('unread', 'pgoutput')")
        await reader.enter("BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM pg_class")

        async def both() -> bool:
            return {row.holder for row in (await monitor.once("horizon")).rows} >= {"standby", "slot"}

        await until(both, timeout=20)
        found = {row.holder: row for row in (await monitor.once("horizon")).rows}
        assert (found["slot"].name, found["slot"].holds) == ("unread", "catalogs")
        assert found["slot"].statement == "SELECT pg_drop_replication_slot('unread');"
        assert (found["standby"].holds, found["standby"].statement) == ("all databases", "")
        assert "hot_standby_feedback" in found["standby"].advice
        assert (await one(monitor, "horizon")).xmin_age >= 0
    async with watching(copy.dsn) as follower:
        assert (await follower.once("horizon")).error is None
        copy.promote()
        for name in ("horizon", "vacuum", "wraparound", "progress"):
            assert (await follower.once(name)).error is None, name
