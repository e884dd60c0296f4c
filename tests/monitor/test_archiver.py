"""The archiver on a real server: failing, without a command, working again; and a standby that is promoted under us."""

import asyncio

import pytest

from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.archiver import Archiver
from tests.conftest import execute
from tests.monitor.conftest import one, watching
from tests.monitor.test_checks import judged, made, severities
from tests.scratch import Scratch, scratch
from tests.waiting import until

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


def test_an_archive_command_that_fails_is_found_until_it_works() -> None:
    with scratch({"archive_mode": "on"}) as server:
        asyncio.run(failing(server.dsn))


async def change(dsn: str, command: str) -> None:
    await execute(dsn, f"ALTER SYSTEM SET archive_command = '{command}'")
    await execute(dsn, "SELECT pg_reload_conf()")


async def failing(dsn: str) -> None:
    async with watching(dsn) as monitor:

        async def state_is(wanted: str) -> bool:
            return bool((await one(monitor, "archiver")).state == wanted)

        assert await state_is("no command")
        assert [finding.severity for finding in findings(monitor)] == [CRITICAL]
        await change(dsn, "/bin/false")
        await execute(dsn, "CREATE TABLE t (id int); SELECT pg_switch_wal()")
        await until(lambda: state_is("failing"), timeout=30)
        row = await one(monitor, "archiver")
        assert (row.archived, row.waiting >= 1, row.last_archived_age) == (0, True, None)
        assert row.failures >= 1
        (finding,) = findings(monitor)
        assert (finding.severity, row.last_failed_wal in finding.what) == (WARNING, True)
        assert "nothing was ever archived" in finding.what

        await change(dsn, "/bin/true")
        await execute(dsn, "INSERT INTO t VALUES (1); SELECT pg_switch_wal()")
        await until(lambda: state_is("working"), timeout=70)
        assert findings(monitor) == []
        assert (await one(monitor, "archiver")).archived >= 1


def findings(monitor: Monitor) -> list[Finding]:
    return [finding for finding in monitor.findings if finding.check == "archiver"]


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"state": "off", "wal_level": "replica"}, [INFO]),
        ({"state": "off", "wal_level": "minimal"}, []),
        ({"state": "standby"}, []),
        ({"state": "working", "waiting": 31}, []),
        ({"state": "working", "waiting": 32, "oldest_age": 60.0}, [WARNING]),
        ({"state": "failing", "archived": 9, "last_archived_age": 899.0}, [WARNING]),
        ({"state": "failing", "archived": 9, "last_archived_age": 901.0}, [CRITICAL]),
        ({"state": "failing", "waiting": 3, "oldest_age": 5000.0}, [CRITICAL]),
        ({"state": "failing", "archived": 9, "last_archived_age": 9e5, "oldest_age": 60.0}, [WARNING]),
    ],
)
def test_how_bad_it_is(values: dict[str, object], severity: list[Severity]) -> None:
    assert severities(judged("archiver", archiver=[made(Archiver, **values)])) == severity


def test_a_promotion_breaks_no_panel_and_changes_what_each_says() -> None:
    settings = {"archive_mode": "on", "archive_command": "/bin/true", "wal_level": "logical"}
    with scratch(settings) as primary:
        copy = primary.standby()
        asyncio.run(promoted(primary, copy))


async def promoted(primary: Scratch, copy: Scratch) -> None:
    await execute(primary.dsn, "CREATE SEQUENCE tally; CREATE UNLOGGED TABLE u (id serial); SELECT nextval('tally')")
    async with watching(primary.dsn) as above, watching(copy.dsn) as below:

        async def replayed() -> bool:
            rows = (await below.once("sequences")).rows
            # The primary tells of 32 values in advance.
            return any(row.name == "tally" and row.last_value == 33 for row in rows)

        await until(replayed, timeout=20)
        for name in below.probes:
            assert (await below.once(name)).error is None, name
        assert (await one(below, "archiver")).state == "standby"
        assert (await one(below, "standby")).receiver == "streaming"
        follower = await one(above, "replication")
        assert follower.reply_age is not None
        primary.stop("immediate")

        async def alone() -> bool:
            return bool((await one(below, "standby")).receiver == "")

        await until(alone, timeout=20)
        assert [finding.severity for finding in below.findings if finding.check == "standby"] == [CRITICAL]

        await asyncio.to_thread(copy.promote)
        for name in below.probes:
            assert (await below.once(name)).error is None, name
        assert (await below.once("standby")).rows == ()
        assert (await one(below, "archiver")).state == "working"
        assert [finding for finding in below.findings if finding.check == "standby"] == []
