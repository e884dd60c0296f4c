"""Soft delete: off at once, taken back whole, deleted when the grace is over; what was said stays, anonymous."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.things import Kind, find
from gbtui.errors import RefusedError, UsageError
from gbtui.lifecycle import batches, deleting
from gbtui.lifecycle.deleting import Reins
from gbtui.lifecycle.retention import policy
from gbtui.lifecycle.soft_delete import SoftDelete, scheduled
from tests.conftest import Connect
from tests.lifecycle.test_deleting import FILL, scene

DAY = timedelta(days=1)


async def test_a_user_goes_after_its_grace_and_its_conversations_stay_anonymous(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db = await connect(dsn)
    await db.execute(FILL)
    async with scene(dsn, db, tmp_path) as here:
        soft, named = (
            SoftDelete(here.database, here.audit, Catalog(here.database)),
            await here.named(Kind.USER, "user1"),
        )
        with pytest.raises(UsageError, match="Why"):
            await soft.schedule(named, DAY, " ")
        before, active = await here.counts(), "SELECT active FROM users WHERE username = 'user1'"
        await soft.schedule(named, 30 * DAY, "left")
        assert not await db.fetchval(active)
        assert not await db.fetchval(
            "SELECT count(*) FROM user_sessions WHERE user_id = md5('user1')::uuid AND expires_at > now()"
        )
        assert await here.counts() == before, "nothing is deleted yet"
        await soft.undo(named)
        assert await db.fetchval(active)
        with pytest.raises(UsageError, match="Nothing to undo"):
            await soft.undo(named)

        await soft.schedule(named, 30 * DAY, "left")
        now = datetime.now(UTC)
        assert not (await soft.purge(now + 29 * DAY)).gone
        acme = await find(here.database, Kind.ORGANIZATION, "acme")
        await policy.hold(here.database, here.audit, acme, "case 4711")
        assert (await soft.purge(now + 31 * DAY)).kept == {"user user1": "held by acme"}
        for kind, name in ((Kind.USER, "user1"), (Kind.BOT, "bot-1@acme"), (Kind.ORGANIZATION, "acme")):
            with pytest.raises(RefusedError, match="hold on acme"):
                await here.delete(await here.named(kind, name))
        await policy.release(here.database, here.audit, acme)
        await db.execute("UPDATE users SET active = true WHERE username = 'user1'")
        assert "switched on again" in (await soft.purge(now + 31 * DAY)).kept["user user1"]
        await db.execute("UPDATE users SET active = false WHERE username = 'user1'")
        gone = await soft.purge(now + 31 * DAY)
        assert list(gone.gone) == ["user user1"]
        assert await scheduled(here.database) == []

        after = await here.counts()
        for table in ("message_history", "user_sessions", "clicks"):
            assert after[table] == before[table]
        tables = await db.fetch(
            "SELECT format('%I.%I', n.nspname, c.relname) AS name"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND n.nspname IN ('public', 'gb_meta')"
            " AND c.relname NOT IN ('audit_log', 'job_runs')"
        )
        named_in = "SELECT count(*) FROM {} t WHERE t::text ~ 'user1\\M'"
        names = [row["name"] for row in tables if await db.fetchval(named_in.format(row["name"]))]
        assert names == [], "its name or address stands somewhere"


async def test_an_organization_falls_silent_is_taken_back_and_goes_with_all_it_has(
    dsn: str, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await connect(dsn)
    await db.execute(FILL)
    await db.execute("UPDATE bots SET active = false WHERE name = 'bot-2'")
    bots = "SELECT array_agg(name ORDER BY name) FROM bots WHERE org_id = md5('acme')::uuid AND active"
    async with scene(dsn, db, tmp_path) as here:
        soft = SoftDelete(here.database, here.audit, Catalog(here.database))
        named = await here.named(Kind.ORGANIZATION, "acme")
        await soft.schedule(named, DAY, "has not paid")
        assert await db.fetchval(bots) is None
        await soft.schedule(named, 2 * DAY, "has not paid, again")
        await soft.undo(named)
        assert await db.fetchval(bots) == ["bot-1", "bot-3"], "as it was, not more"

        await soft.schedule(named, DAY, "has not paid")
        reins = Reins()
        reins.stop.set()
        assert (await soft.purge(datetime.now(UTC) + 2 * DAY, reins)).stopped
        stopping = Reins(tell=lambda progress: stopping.stop.set() if progress.gone else None)
        assert (await soft.purge(datetime.now(UTC) + 2 * DAY, stopping)).stopped
        with pytest.raises(RefusedError, match="has begun"):
            await soft.undo(named)
        # A hold that is placed while it goes keeps what is left.
        left, remove = await here.counts(), batches.delete_keys

        async def and_hold(*arguments: Any) -> int:
            await policy.hold(here.database, here.audit, named, "case 4711")
            return await remove(*arguments)

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(deleting, "delete_keys", and_hold)
            assert "a legal hold on acme" in (await soft.purge(datetime.now(UTC) + 2 * DAY)).kept["organization acme"]
        assert await here.counts() == left
        await policy.release(here.database, here.audit, named)
        gone = await soft.purge(datetime.now(UTC) + 2 * DAY)
        assert list(gone.gone) == ["organization acme"]
        assert await db.fetchval("SELECT array_agg(slug) FROM organizations") == ["globex"]
        actions = await db.fetch("SELECT DISTINCT action FROM gb_meta.audit_log WHERE action LIKE 'organization.%'")
        assert {"organization.delete.scheduled", "organization.delete.withdrawn", "organization.deleted"} <= {
            row["action"] for row in actions
        }
