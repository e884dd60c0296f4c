"""Bad weather: the server goes away and comes back, or has no slot left; a console that is open goes on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.database.database import Database
from gbtui.errors import ConnectError, NoFreeSlotError, QueryError
from gbtui.monitor.monitor import Monitor
from tests import older
from tests.conftest import Connect, execute
from tests.monitor.conftest import watching
from tests.waiting import until


class Stage:
    """A small server that can be stopped and started again."""

    def __init__(self, folder: Path, home: Path, account: tuple[str, ...]) -> None:
        self._folder, self._home, self._account = folder, home, account
        self.dsn = f"postgresql://watcher@/postgres?host={home}"
        self.admin = f"postgresql://postgres@/postgres?host={home}"
        data = ("-D", home / "data", "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8")
        older.run(account, folder / "initdb", *data)

    def start(self) -> None:
        options = f"-c fsync=off -c listen_addresses= -c max_connections=8 -k {self._home}"
        self._control("-o", options, "-l", self._home / "log", "-w", "start")

    def stop(self) -> None:
        self._control("-m", "immediate", "-w", "stop")

    def _control(self, *words: str | Path) -> None:
        older.run(self._account, self._folder / "pg_ctl", "-D", self._home / "data", *words)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    folder = older.binaries(15)
    if folder is None:
        pytest.skip("PostgreSQL 15 is not installed here")
    with older.home(15) as (home, account):
        stage = Stage(folder, home, account)
        stage.start()
        try:
            asyncio.run(execute(stage.admin, "CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher"))
            yield stage
        finally:
            stage.stop()


async def test_while_no_slot_is_free_an_open_console_still_sees_the_server(stage: Stage, connect: Connect) -> None:
    async with watching(stage.dsn) as monitor:
        await monitor.once("connectivity")
        crowd = 0
        with pytest.raises(Exception, match="slots"):
            while True:
                await connect(stage.dsn)
                crowd += 1
        assert crowd >= 3
        await monitor.start()
        watch = monitor.watch("pool", lambda _: None)
        await until(lambda: all(monitor.last(name).taken_at for name in ("pool", "activity", "connections", "locks")))
        assert "connections" in {finding.check for finding in monitor.findings}
        refused = {name: str(error) for name in monitor.probes if (error := monitor.last(name).error)}
        assert refused == {}, "one connection is enough for all probes"
        assert monitor.last("connections").rows[0].free == 0
        watch.close()

        late = Database(stage.dsn)
        with pytest.raises(NoFreeSlotError, match="slots"):
            await late.open()
        await late.close()


async def test_a_restart_makes_the_samples_stale_and_the_next_answer_fresh(stage: Stage) -> None:
    async with Database(stage.dsn) as database:
        monitor = Monitor(database)
        await monitor.start()
        await until(lambda: monitor.last("activity").taken_at)
        started = monitor.last("connectivity").rows
        stage.stop()
        await until(lambda: monitor.last("connectivity").error)
        gone = monitor.last("connectivity")
        assert isinstance(gone.error, ConnectError | QueryError)
        assert gone.rows == started or gone.rows, "the old rows stay"
        stage.start()
        await until(lambda: all(monitor.last(name).error is None for name in ("connectivity", "activity", "rates")))
        back = monitor.last("connectivity")
        assert back.taken_at is not None
        assert gone.taken_at is not None
        assert back.taken_at > gone.taken_at
        assert back.rows[0].started_at > started[0].started_at
        await monitor.stop()
