"""Roles with few rights: nothing is guessed from what they happen to see, and the missing GRANT is named."""

import asyncio
from collections.abc import Iterator

import pytest

from gbtui.database.database import Database
from gbtui.errors import DeniedError
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probes import PROBES
from tests.conftest import Connect, Server, execute, migrate

ROLES = {"plain": (), "stats": ("pg_read_all_stats",), "monitor": ("pg_monitor",), "reader": ("pg_read_all_data",)}
PLATFORM = {"migrations", "tenants", "sessions", "bots", "platform"}


@pytest.fixture(scope="module", params=["18", "15"])
def crowd(request: pytest.FixtureRequest) -> Iterator[tuple[Server, str]]:
    """A server, and a database on it with the core migrations and roles `crowd_NAME`."""
    server: Server = request.getfixturevalue("server" if request.param == "18" else "server_15")
    asyncio.run(execute(server.dsn, "CREATE DATABASE crowd"))
    asyncio.run(migrate(server.of("crowd")))
    for name, granted in ROLES.items():
        asyncio.run(execute(server.dsn, f"CREATE ROLE crowd_{name} LOGIN"))
        for role in granted:
            asyncio.run(execute(server.dsn, f"GRANT {role} TO crowd_{name}"))
    yield server, "crowd"


@pytest.mark.parametrize("name", ROLES)
async def test_each_probe_answers_or_names_the_grant(name: str, crowd: tuple[Server, str]) -> None:
    server, database = crowd
    async with Database(server.of(database, f"crowd_{name}")) as opened:
        monitor = Monitor(opened)
        for probe in PROBES.values():
            sample = await monitor.once(probe.name)
            sees_stats = name in ("stats", "monitor")
            if probe.privilege and not sees_stats:
                assert isinstance(sample.error, DeniedError), probe.name
                assert sample.error.hint == f'GRANT pg_monitor TO "crowd_{name}"'
                assert sample.rows == ()
            elif probe.name in PLATFORM and name != "reader":
                assert sample.error is None or (isinstance(sample.error, DeniedError) and "GRANT" in sample.error.hint)
            else:
                assert sample.error is None, (probe.name, str(sample.error))
        await monitor.stop()


async def test_a_right_granted_meanwhile_is_seen(crowd: tuple[Server, str], connect: Connect) -> None:
    server, database = crowd
    admin = await connect(server.dsn)
    await admin.execute("CREATE ROLE crowd_new LOGIN")
    async with Database(server.of(database, "crowd_new")) as opened:
        monitor = Monitor(opened)
        assert (await monitor.once("activity")).error is not None
        await admin.execute("GRANT pg_monitor TO crowd_new")
        assert (await monitor.once("activity")).error is None
        await monitor.stop()
