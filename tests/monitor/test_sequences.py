"""Sequences and keys near their end: by the narrowest that must hold the value, without waiting, without guessing."""

import asyncio
from collections.abc import Iterator

import pytest

from gbtui.database.database import Database
from gbtui.database.sql import statement
from gbtui.monitor.finding import Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server import sequences
from gbtui.monitor.server.extensions import Extension
from gbtui.monitor.server.sequences import SequenceRow
from tests.conftest import Connect, Server, execute
from tests.monitor.conftest import watching
from tests.monitor.sessions import cast
from tests.monitor.test_checks import judged, made, severities

BUILD = """
    CREATE TABLE people (id serial PRIMARY KEY);
    CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person smallint REFERENCES people);
    CREATE TABLE wide (id int PRIMARY KEY DEFAULT nextval('orders_id_seq'));
    CREATE TABLE filled (id int PRIMARY KEY);
    INSERT INTO filled SELECT 2100000000 + g FROM generate_series(1, 500) g;
    ANALYZE filled;
    CREATE SEQUENCE ticket MAXVALUE 1000; CREATE SEQUENCE round MAXVALUE 100 CYCLE; CREATE SEQUENCE untouched;
    CREATE SEQUENCE down INCREMENT -1 MINVALUE -100;
    SELECT setval('people_id_seq', 16384), setval('ticket', 960), setval('round', 99), setval('down', -51),
        setval('orders_id_seq', 214748365);
"""


async def read(monitor: Monitor) -> tuple[dict[str, SequenceRow], tuple[str, ...]]:
    sample = await monitor.once("sequences")
    assert sample.error is None, str(sample.error)
    return {row.name: row for row in sample.rows}, sample.skipped


@pytest.fixture
def built(place: str) -> Iterator[str]:
    asyncio.run(execute(place, BUILD))
    yield place


async def test_the_narrowest_column_decides(built: str, monitor: Monitor) -> None:
    rows, skipped = await read(monitor)
    assert skipped == ()
    people, orders, down = rows["people_id_seq"], rows["orders_id_seq"], rows["down"]
    assert (people.limit_value, people.limited_by) == (32767, "smallint orders.person, which refers to it")
    assert people.used_share == pytest.approx(0.5, abs=0.001)
    assert (people.kind, people.column, people.left) == ("serial", "people.id", 16383)
    # An identity of bigint whose values another table draws as int.
    assert (orders.kind, orders.column, orders.limited_by) == ("identity", "orders.id", "integer wide.id")
    assert orders.used_share == pytest.approx(0.1, abs=0.001)
    assert (down.limit_value, down.left) == (-100, 49)
    assert down.used_share == pytest.approx(0.505, abs=0.01)
    key = rows["filled.id"]
    assert (key.kind, key.limit_value, key.limited_by) == ("key", 2147483647, "integer filled.id")
    assert key.last_value == 2100000500
    assert (rows["untouched"].last_value, rows["untouched"].used_share) == (None, None)


async def test_what_runs_out_is_found_and_what_begins_anew_is_not(built: str, monitor: Monitor) -> None:
    await monitor.once("sequences")
    found = {finding.subject: finding for finding in monitor.findings if finding.check == "sequences"}
    assert {name: finding.severity for name, finding in found.items()} == {
        "ticket": Severity.CRITICAL,
        "filled.id": Severity.CRITICAL,
    }
    assert found["ticket"].what == "ticket has used 96 % of its range: 960 of 1,000"
    assert "bigint" in found["filled.id"].advice


@pytest.mark.parametrize("lock", ["ALTER SEQUENCE ticket MAXVALUE 2000", "DROP SEQUENCE ticket"])
async def test_a_locked_sequence_is_named_and_never_waited_for(built: str, monitor: Monitor, lock: str) -> None:
    async with cast(built) as scene:
        await scene.enter("BEGIN", lock)
        rows, skipped = await read(monitor)
        assert (rows["ticket"].last_value, rows["ticket"].used_share) == (None, None)
        assert rows["people_id_seq"].last_value == 16384
        assert skipped == ("1 sequence (ticket) is locked: no value",)
        # One that merely waits for such a lock stops others as well.
        await scene.enter("BEGIN", "SELECT nextval('down')")
        await scene.wait("DROP SEQUENCE down")
        rows, skipped = await read(monitor)
        assert rows["down"].last_value is None
        assert skipped == ("2 sequences (down, ticket) are locked: no value",)


async def test_a_sequence_that_is_not_ours_to_read_is_named_with_the_grant(built: str, connect: Connect) -> None:
    admin = await connect(built)
    role = f"r_{built.partition('?')[0].rpartition('/')[2]}"
    await admin.execute(f"CREATE ROLE {role} LOGIN")
    server = built.partition("?")
    dsn = f"{server[0].replace('gbtui@', f'{role}@').replace('postgres@', f'{role}@')}?{server[2]}"
    async with Database(dsn) as database:
        monitor = Monitor(database)
        rows, skipped = await read(monitor)
        assert rows["ticket"].used_share is None
        (grant,) = [told.partition("read: ")[2] for told in skipped if "sequences" in told]
        assert grant == f'GRANT SELECT ON ALL SEQUENCES IN SCHEMA "public" TO "{role}"'
        await admin.execute(grant)
        rows, _ = await read(monitor)
        assert rows["ticket"].used_share == pytest.approx(0.96, abs=0.001)
        await monitor.stop()
    await admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_an_extension_that_an_upgrade_left_behind_is_a_note(server: Server, empty_dsn: str) -> None:
    await execute(empty_dsn, "CREATE EXTENSION pg_stat_statements VERSION '1.8'")
    async with watching(empty_dsn) as monitor:
        rows = {row.name: row for row in (await monitor.once("extensions")).rows}
        assert (rows["pg_stat_statements"].installed, rows["pg_stat_statements"].update_waits) == ("1.8", True)
        assert not rows["plpgsql"].update_waits
        (found,) = [finding for finding in monitor.findings if finding.check == "extensions"]
        assert found.severity is Severity.INFO
        assert found.statement is not None
        await execute(empty_dsn, found.statement)
        await monitor.once("extensions")
        assert [finding for finding in monitor.findings if finding.check == "extensions"] == []


def test_an_extension_without_files_warns() -> None:
    gone = made(Extension, name="postgis", installed="3.3")
    assert severities(judged("extensions", extensions=[gone])) == [Severity.WARNING]


async def test_thousands_are_read_a_few_at_once_so_that_the_lock_table_stays_everybodys(
    built: str, monitor: Monitor, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = await read(monitor)
    monkeypatch.setattr(sequences, "AT_ONCE", 2)
    assert (await read(monitor))[0] == whole
    asking = await connect(built)
    async with asking.transaction():
        await asking.fetch(statement("server/sequences").text, 0, 2)
        locks = "SELECT count(*) FROM pg_locks JOIN pg_sequence ON seqrelid = relation WHERE pid = pg_backend_pid()"
        assert await asking.fetchval(locks) == 2
