"""Every probe on every version, for each kind of role, on a quiet server and beside locks that stop others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gbtui.database.database import Database
from gbtui.errors import DeniedError, LockedError
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probes import PROBES
from tests.conftest import Server, execute, migrate, server_of
from tests.monitor.plausible import Scene, judge
from tests.monitor.sessions import Cast, cast
from tests.waiting import until

ROLES = {
    "superuser": (),
    "monitor": ("pg_monitor",),
    "stats": ("pg_read_all_stats",),
    "reader": ("pg_read_all_data",),
    "plain": (),
}
SEES_ALL = ("superuser", "monitor", "stats")
BUILD = """
    CREATE EXTENSION pg_stat_statements;
    CREATE SCHEMA scene;
    CREATE TABLE scene.calm (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text);
    CREATE TABLE scene.held (id serial PRIMARY KEY, t text DEFAULT 'a' CHECK (t <> ''));
    CREATE TABLE scene.awaited (id int PRIMARY KEY, t text);
    CREATE TABLE scene.reindexed (id int CONSTRAINT reindexed_id PRIMARY KEY);
    CREATE TABLE scene.parts (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE scene.p1 PARTITION OF scene.parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE scene.p2 PARTITION OF scene.parts FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    CREATE SEQUENCE scene.doomed;
    INSERT INTO scene.calm (t) SELECT repeat('x', 100) FROM generate_series(1, 1000);
    INSERT INTO scene.held (t) SELECT repeat('x', 100) FROM generate_series(1, 1000);
    INSERT INTO scene.parts SELECT g, '2021-06-01' FROM generate_series(1, 100) g;
    CREATE MATERIALIZED VIEW scene.summary AS SELECT count(*) FROM scene.calm;
"""
HOLD = (
    "BEGIN",
    "ALTER TABLE scene.held ADD COLUMN b int",
    "ALTER TABLE scene.p1 ADD CHECK (id > 0) NOT VALID",
    "REFRESH MATERIALIZED VIEW scene.summary",
    "REINDEX INDEX scene.reindexed_id",
    "DROP SEQUENCE scene.doomed",
)


@dataclass(frozen=True)
class Place:
    """A server of some version, with the database `matrix` and a role for each kind."""

    version: int
    server: Server

    def dsn(self, role: str = "superuser") -> str:
        return self.server.of("matrix", None if role == "superuser" else f"matrix_{role}")


@pytest.fixture(scope="module", params=[14, 15, 16, 17, 18])
def matrix(request: pytest.FixtureRequest) -> Iterator[Place]:
    """On 15 and later the database has the platform's tables too."""
    server = server_of(request, request.param)
    place = Place(request.param, server)
    asyncio.run(execute(server.dsn, "CREATE DATABASE matrix"))
    if place.version >= 15:
        asyncio.run(migrate(place.dsn()))
    asyncio.run(execute(place.dsn(), BUILD))
    asyncio.run(execute(place.dsn(), "VACUUM ANALYZE"))
    for name, granted in ROLES.items():
        asyncio.run(execute(server.dsn, f"CREATE ROLE matrix_{name} LOGIN"))
        for role in granted:
            asyncio.run(execute(server.dsn, f"GRANT {role} TO matrix_{name}"))
    yield place


@asynccontextmanager
async def staged(place: Place, state: str) -> AsyncIterator[tuple[Cast, Scene]]:
    """The server idle, or with locks held and awaited on things of every kind."""
    async with cast(place.dsn()) as actors:
        if state == "idle":
            yield actors, Scene(place.version, "matrix")
            return
        holder = await actors.enter(*HOLD)
        reader = await actors.enter("BEGIN", "SELECT * FROM scene.awaited")
        waiter = await actors.wait("ALTER TABLE scene.awaited ADD COLUMN b int")
        pids = (holder.get_server_pid(), reader.get_server_pid(), waiter)
        yield actors, Scene(place.version, "matrix", *pids)


@pytest.mark.parametrize("state", ["idle", "locks"])
@pytest.mark.parametrize("role", ROLES)
async def test_each_probe_answers_what_can_be_true_or_names_the_grant(role: str, state: str, matrix: Place) -> None:
    async with staged(matrix, state) as (_, scene), Database(matrix.dsn(role)) as database:
        monitor = Monitor(database)
        for probe in PROBES.values():
            sample = await monitor.once(probe.name)
            if isinstance(sample.error, DeniedError) and role != "superuser":
                assert "GRANT " in sample.error.hint, f"{probe.name}: {sample.error}"
                assert sample.rows == ()
                assert not (role == "monitor" and "pg_" in sample.error.hint), f"{probe.name}: {sample.error}"
                continue
            assert sample.error is None, f"{probe.name}: {sample.error}"
            assert role in SEES_ALL or not probe.privilege, probe.name
            if role in SEES_ALL or probe.name not in ("pool", "connections", "databases"):
                await judge(monitor, sample, scene)
        await monitor.stop()


@pytest.mark.parametrize("state", ["idle", "locks"])
async def test_probes_of_rates_have_them_at_the_second_reading(state: str, matrix: Place) -> None:
    rates = [probe.name for probe in PROBES.values() if probe.deltas or probe.over]
    assert rates
    async with staged(matrix, state) as (_, scene), Database(matrix.dsn()) as database:
        monitor = Monitor(database)

        async def all_have() -> bool:
            read = [await monitor.once(name) for name in rates]
            samples = [sample for sample in read if not sample.absent]
            assert len(samples) > len(rates) / 2
            assert [str(sample.error) for sample in samples if sample.error] == []
            return all(sample.window for sample in samples)

        await until(all_have, step=0.1)
        for name in rates:
            await judge(monitor, monitor.last(name), scene)
        await monitor.stop()


async def test_with_the_platforms_tables_locked_the_others_answer_and_theirs_name_the_table(matrix: Place) -> None:
    if matrix.version < 15:
        return
    async with cast(matrix.dsn()) as actors, Database(matrix.dsn()) as database:
        await actors.enter("BEGIN", "LOCK TABLE public.message_history, public.user_sessions, public.bots")
        monitor = Monitor(database)
        stopped = set()
        for name, probe in PROBES.items():
            sample = await monitor.once(name)
            if sample.error is not None:
                assert isinstance(sample.error, LockedError), f"{name}: {sample.error}"
                assert "message_history" in str(sample.error), f"{name}: {sample.error}"
                assert (probe.derive or probe.fetch).__module__.startswith("gbtui.monitor.platform"), name
                stopped.add(name)
        assert {"bots", "sessions"} <= stopped
        await monitor.stop()
