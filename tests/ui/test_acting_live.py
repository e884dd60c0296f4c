"""The whole way on a real server: the queue is seen, its ALTER is cancelled, those behind it go on."""

from pathlib import Path

from gbtui.database.database import Database
from gbtui.domain.backends import Backends
from gbtui.monitor.monitor import Monitor
from gbtui.security.audit import Audit
from gbtui.security.guard import Guard
from gbtui.ui.connected import Connected
from tests.monitor.sessions import cast
from tests.ui.fakes import console, settle, text
from tests.ui.test_acting import table, under_cursor
from tests.waiting import until


async def test_cancelling_the_waiting_alter_frees_those_behind_it(dsn: str, tmp_path: Path) -> None:
    async with cast(dsn) as scene, Database(dsn) as database:
        await scene.enter("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        reader = await scene.enter("BEGIN", "SELECT * FROM t")
        await scene.enter("BEGIN", "UPDATE t SET a = 2")
        alter = await scene.wait("ALTER TABLE t ADD b int")
        await scene.wait("SELECT * FROM t")
        behind = scene.waiting[-1]
        monitor, audit = Monitor(database), Audit(database, tmp_path / "audit.jsonl")
        app = console(
            Connected(
                monitor, "prod-eu", lambda: "primary", audit=audit, backends=Backends(database, audit),
                guard=Guard(database, read_only=True, name="prod-eu"),
            )
        )  # fmt: skip
        await monitor.start()
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda: app.current_mode == "overview" and app.screen.is_mounted)
            await pilot.press("6")
            await until(lambda: app.current_mode == "locks" and len(table(app).rows) == 4)
            assert under_cursor(app).pid == alter
            app.run_line("unlock")
            await settle(pilot)
            await pilot.press(*"prod-eu", "enter")
            await settle(pilot)
            await pilot.press("C")
            await until(lambda: f"pid {alter}" in text(app) and "y does it" in text(app))
            await pilot.press("y")
            await behind
            await until(lambda: f"pid {alter} gone" in text(app))
            await until(lambda: not table(app).rows)
        await monitor.stop()
        assert await reader.fetchval("SELECT count(*) FROM t") == 1
        actions = await scene.opened[0].fetch("SELECT action FROM gb_meta.audit_log ORDER BY created_at")
        assert [row["action"] for row in actions] == ["console.unlocked", "backend.cancel", "backend.cancel.outcome"]
