"""A right that is granted while the console is open; test_matrix.py holds every probe against roles with few rights."""

from gbtui.database.database import Database
from gbtui.monitor.monitor import Monitor
from tests.conftest import Connect, Server


async def test_a_right_granted_meanwhile_is_seen(server: Server, connect: Connect) -> None:
    admin = await connect(server.dsn)
    await admin.execute("CREATE ROLE granted_late LOGIN")
    async with Database(server.of("postgres", "granted_late")) as opened:
        monitor = Monitor(opened)
        assert (await monitor.once("activity")).error is not None
        await admin.execute("GRANT pg_monitor TO granted_late")
        assert (await monitor.once("activity")).error is None
        await monitor.stop()
