"""Settings that change while the server runs: seen, dated, with what they were."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.settings import Setting, _Row, compared, shown
from tests.conftest import Connect
from tests.monitor.conftest import watching
from tests.monitor.test_checks import made
from tests.scratch import Scratch, scratch
from tests.waiting import until


@pytest.fixture(scope="module")
def primary() -> Iterator[Scratch]:
    """A server of our own: its configuration is changed."""
    with scratch() as server:
        yield server


async def by_name(monitor: Monitor) -> dict[str, Setting]:
    sample = await monitor.once("settings")
    assert sample.error is None, str(sample.error)
    return {row.name: row for row in sample.rows}


async def test_a_change_is_dated_and_tells_what_was(primary: Scratch, connect: Connect) -> None:
    admin = await connect(primary.dsn)
    async with watching(primary.dsn) as monitor:
        before = await by_name(monitor)
        assert not any(row.changed for row in before.values())
        assert "work_mem" not in before

        began = await admin.fetchval("SELECT clock_timestamp()")
        await admin.execute("ALTER SYSTEM SET work_mem = '8MB'")
        await admin.execute("ALTER SYSTEM SET max_worker_processes = 9")
        await admin.execute("SELECT pg_reload_conf()")

        async def loaded() -> bool:
            return "work_mem" in await by_name(monitor)

        await until(loaded)
        rows = await by_name(monitor)
        work, workers = rows["work_mem"], rows["max_worker_processes"]
        assert (work.value, work.was, work.changed) == ("8192", "4096", True)
        assert work.changed_at is not None
        assert work.changed_at >= began
        assert (workers.value, workers.pending_restart) == ("8", True)
        assert next(iter(rows.values())).pending_restart, "what waits for a restart stands first"

        await admin.execute("ALTER SYSTEM RESET ALL")
        await admin.execute("SELECT pg_reload_conf()")

        async def back() -> bool:
            return (await by_name(monitor))["work_mem"].value == "4096"

        await until(back)
        work = (await by_name(monitor))["work_mem"]
        assert (work.was, work.source, work.changed) == ("8192", "default", True)


def test_what_was_loaded_before_anybody_watched_is_said_to_be_unknown_and_a_restart_forgets() -> None:
    start = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    row = made(_Row, name="work_mem", value="8192", started_at=start, loaded_at=start + timedelta(hours=1))
    watched = compared([row], None)
    assert (watched.unseen, shown(watched)[0].changed) == (row.loaded_at, False)
    assert compared([replace(row, loaded_at=start)], None).unseen is None
    changed = compared([replace(row, value="9000")], watched)
    assert [(one.was, one.changed_at) for one in shown(changed)] == [("8192", row.loaded_at)]
    again = replace(row, value="9000", started_at=start + timedelta(hours=2), loaded_at=start + timedelta(hours=2))
    assert not shown(compared([again], changed))[0].changed
