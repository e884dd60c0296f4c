"""How long what is kept, holds, and soft deletes: changed from the console only while it may act."""

from pathlib import Path

from gbtui.ui.entries import complete
from tests.conftest import Connect
from tests.ui.fakes import settle, text
from tests.ui.test_doing import acme, desk, line
from tests.waiting import until


async def test_policies_holds_and_soft_deletes(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, _ = await acme(connect, dsn)
    kept = "SELECT keep_days FROM gb_meta.retention_policies JOIN organizations USING (org_id) WHERE slug = 'acme'"
    async with desk(dsn, tmp_path) as (app, pilot):
        for words in ("keep messages 90d", "legalhold acme x", "release acme", "softdelete 30d x", "undelete"):
            name = words.split()[0]
            assert name not in complete(name[:3], app.entries)
            await line(app, pilot, words)
            assert f"{name}: read-only: :unlock" in text(app)
        await line(app, pilot, "unlock")
        await pilot.press(*"prod-eu", "enter")
        await settle(pilot)

        await line(app, pilot, "softdelete 30d has not paid")
        await until(lambda: "Delete organization acme softly?" in text(app))
        await pilot.press(*"acme", "enter")
        await until(lambda: "organization acme is switched off" in text(app))
        assert await db.fetchval("SELECT count(*) FROM gb_meta.soft_deletions") == 1
        await line(app, pilot, "undelete organization acme")
        await until(lambda: "not to be deleted any more" in text(app))
        assert await db.fetchval("SELECT bool_and(active) FROM bots")

        await line(app, pilot, "retention")
        await until(lambda: "all others" in text(app))
        await line(app, pilot, "keep 90x")
        assert "no length of time" in text(app)
        await line(app, pilot, "keep messages 90d acme")
        await until(lambda: "Keep messages of acme 90 days?" in text(app))
        await pilot.press("y")
        await until(lambda: "acme" in text(app) and "90 days" in text(app))
        assert await db.fetchval(kept) == 90
        await line(app, pilot, "legalhold acme case 4711")
        await until(lambda: "Hold acme?" in text(app))
        await pilot.press("y")
        await until(lambda: "case" in text(app) and "Hold acme?" not in text(app))
        await line(app, pilot, "release acme")
        await until(lambda: "Release acme?" in text(app))
        await pilot.press("y")
        await until(lambda: "case" not in text(app) and "Release acme?" not in text(app))
        # The row under the cursor is the default of audit records.
        await line(app, pilot, "keep forever")
        await until(lambda: "Keep audit of all others for ever?" in text(app))
        await pilot.press("escape")
