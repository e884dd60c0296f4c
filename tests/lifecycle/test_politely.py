"""Deleting a tenant while others go on: nobody waits for it, it waits for a queue, the tail of others loses nothing."""

import asyncio
from pathlib import Path

from gbtui.domain.tail import Batch, Message, Tail
from gbtui.domain.things import Kind
from gbtui.lifecycle.batches import LOCK_MS
from gbtui.lifecycle.deleting import Progress, Reins
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place, say
from tests.lifecycle.test_deleting import scene
from tests.waiting import until

MANY = """
    INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender)
    SELECT $1, $2, $3, $4, 'x' || n, 'user' FROM generate_series(1, 4000) n"""


async def two(db: Connection) -> tuple[Place, Place]:
    """A tenant with four thousand messages, and another."""
    acme, globex = await place(db, "acme"), await place(db, "globex")
    await db.execute(MANY, acme.session_id, acme.user_id, acme.bot_id, acme.org_id)
    return acme, globex


async def test_writers_of_others_never_wait_and_their_tail_loses_nothing(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db, writer = await connect(dsn), await connect(dsn)
    acme, globex = await two(db)
    # Who would have to wait as long as a batch may wait for a lock fails.
    await writer.execute(f"SET lock_timeout = '{LOCK_MS}ms'")
    async with scene(dsn, db, tmp_path) as here:
        heard: list[Message] = []
        tail = Tail(here.database)
        tail.subscribe(lambda event: heard.extend(event.messages) if isinstance(event, Batch) else None)
        await tail.start()
        await until(lambda: tail.live)
        named = await here.named(Kind.ORGANIZATION, "acme")
        written = 0
        deleting = asyncio.create_task(here.delete(named))
        while not deleting.done():
            # Its own session, and the user that both tenants know: rows that the delete has to pass.
            await say(writer, globex, f"said {written}")
            await writer.execute("UPDATE users SET updated_at = now() WHERE id = $1", acme.user_id)
            written += 1
        assert (await deleting)["message_history"] == 4000
        assert written > 10
        of_others = [f"said {n}" for n in range(written)]
        await until(lambda: [one.message for one in heard if one.org_id == globex.org_id][-written:] == of_others)
        await tail.stop()


async def test_it_waits_while_somebody_queues_for_the_table(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, reader, ddl = await connect(dsn), await connect(dsn), await connect(dsn)
    await two(db)
    await reader.execute("BEGIN; SELECT FROM message_history LIMIT 1")
    async with scene(dsn, db, tmp_path) as here:
        named = await here.named(Kind.ORGANIZATION, "acme")
        told: list[Progress] = []
        alter = asyncio.create_task(ddl.execute("ALTER TABLE message_history ADD COLUMN mood text"))
        await until(lambda: _waits(db))
        deleting = asyncio.create_task(here.delete(named, Reins(tell=told.append)))
        await until(lambda: told and "queue" in told[-1].waiting)
        assert not told[-1].done.get("message_history")
        await reader.execute("COMMIT")
        await alter
        assert (await deleting)["message_history"] == 4000


async def _waits(db: Connection) -> bool:
    return bool(await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_a_row_that_somebody_holds_is_come_back_to(dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, holder = await connect(dsn), await connect(dsn)
    acme, _ = await two(db)
    await holder.execute("BEGIN")
    await holder.execute("SELECT FROM user_sessions WHERE id = $1 FOR UPDATE", acme.session_id)
    async with scene(dsn, db, tmp_path) as here:
        named = await here.named(Kind.ORGANIZATION, "acme")
        told: list[Progress] = []
        deleting = asyncio.create_task(here.delete(named, Reins(tell=told.append)))
        await until(lambda: _said(told, "somebody holds rows"))
        await holder.execute("COMMIT")
        assert (await deleting)["user_sessions"] == 1


def _said(told: list[Progress], what: str) -> bool:
    return any(what in one.waiting for one in told)
