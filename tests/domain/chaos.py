"""Writers in every manner PostgreSQL knows, a tail that is cut off again and again, and the count at the end."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg

from gbtui.database.database import Database
from gbtui.domain.tail import Batch, Gap, Phase, Tail, TailEvent, messages_of
from tests.conftest import Connection
from tests.domain.platform import Place, place, say, say_many
from tests.waiting import until

_DOWN = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

Work = Callable[[Connection, Place, random.Random], Awaitable[None]]
Deed = Callable[[], Awaitable[None]]


@dataclass
class Outcome:
    """What the table holds since the start against what the tail delivered."""

    committed: set[UUID]
    delivered: Counter[UUID]
    gaps: list[Gap]
    tail: Tail
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def lost(self) -> int:
        """Committed and never delivered."""
        return len(self.committed - set(self.delivered))

    @property
    def twice(self) -> int:
        """Delivered more than once."""
        return sum(count > 1 for count in self.delivered.values())

    @property
    def ghosts(self) -> int:
        """Delivered and not there."""
        return len(set(self.delivered) - self.committed)

    @property
    def verdict(self) -> tuple[int, int, int, int]:
        """Lost, twice, ghosts, gaps: all 0 when the promise was kept."""
        return self.lost, self.twice, self.ghosts, len(self.gaps)


async def chaos(
    dsn: str, seconds: float, deeds: Sequence[tuple[float, Deed]] = (), *, kill_every: float = 0.4,
    seed: int = 1, watched: str | None = None, writers: int = 1, kill_on: str | None = None,
    make: Callable[[Connection], Awaitable[Place]] = place, work: Sequence[Work] | None = None,
) -> Outcome:  # fmt: skip
    """Write for `seconds` while the tail (on `watched`, else on `dsn`) follows; do each deed at its second.

    The tail's connections are ended on `kill_on`, if that is not where it is connected to (a pooler).
    `make` makes the place to write into, `work` are the manners of writing (all that gbtui's tables know).
    A deed's writers lose their connections, come back, and go on. Returns the count when everything has settled.
    """
    async with _connected(dsn) as setup:
        at = await make(setup)
        await say(setup, at, "before the start")
        early = await asyncpg.connect(dsn)
        opened = early.transaction()
        await opened.start()
        await say(early, at, "open before the start")
        before = {row["id"] for row in await setup.fetch("SELECT id FROM message_history")}
    async with _connected(watched or dsn) as other:  # a standby may need a moment to have it
        await until(lambda: other.fetchval("SELECT true FROM message_history"))
    heard: Counter[UUID] = Counter()
    gaps: list[Gap] = []

    def listen(event: TailEvent) -> None:
        if isinstance(event, Batch) and not event.backlog:
            heard.update(message.id for message in event.messages)
        elif isinstance(event, Gap):
            gaps.append(event)

    async with Database(watched or dsn) as database:
        tail = Tail(database, messages_of(database.facts.has_schema))
        tail.subscribe(listen)
        await tail.start()
        try:
            await until(lambda: tail.state.phase is Phase.FOLLOWING, 20)
            end = time.monotonic() + seconds
            kinds: Counter[str] = Counter()
            tasks = [
                asyncio.create_task(_write(dsn, end, manner, at, kinds, seed=f"{seed} {manner.__name__} {n}"))
                for manner in work or WORK
                for n in range(writers)
            ]
            tasks.append(asyncio.create_task(_kill(kill_on or watched or dsn, end, kill_every, random.Random(seed))))
            tasks.append(asyncio.create_task(_do(deeds, end - seconds)))
            await asyncio.sleep(seconds / 3)
            with suppress(*_DOWN):
                await opened.commit()
            await asyncio.gather(*tasks)
            committed = await _settle(dsn) - before
            with suppress(AssertionError):
                await until(lambda: committed <= set(heard), 30)
            async with _connected(dsn) as last:  # a message behind all others: what would come twice has come by then
                await say(last, at, "end")
                committed = {r["id"] for r in await last.fetch("SELECT id FROM message_history")} - before
            with suppress(AssertionError):
                await until(lambda: committed <= set(heard), 30)
        finally:
            await tail.stop()
            early.terminate()
    return Outcome(committed, heard, gaps, tail, kinds)


# --- the writers ----------------------------------------------------------------------------------------------------


async def singly(connection: Connection, at: Place, _dice: random.Random) -> None:
    """Autocommit, one row."""
    await say(connection, at, "single")


async def slowly(connection: Connection, at: Place, dice: random.Random) -> None:
    """A long transaction with savepoints, some rolled back; sometimes all of it is."""
    transaction = connection.transaction()
    await transaction.start()
    for _ in range(dice.randint(1, 5)):
        savepoint = connection.transaction()
        await savepoint.start()
        await say(connection, at, "slow")
        await asyncio.sleep(dice.uniform(0.0, 0.3))
        await (savepoint.rollback() if dice.random() < 0.3 else savepoint.commit())
    await (transaction.rollback() if dice.random() < 0.2 else transaction.commit())


async def in_bulk(connection: Connection, at: Place, dice: random.Random) -> None:
    """COPY."""
    await say_many(connection, at, ["copied"] * dice.randint(1, 300))


async def prepared(connection: Connection, at: Place, dice: random.Random) -> None:
    """Two-phase commit; what a crash leaves prepared is committed at the end."""
    name = f"chaos-{uuid4().hex}"
    await connection.execute("BEGIN")
    await say(connection, at, "prepared")
    await connection.execute(f"PREPARE TRANSACTION '{name}'")
    await asyncio.sleep(dice.uniform(0.0, 0.5))
    await connection.execute(f"{'ROLLBACK' if dice.random() < 0.2 else 'COMMIT'} PREPARED '{name}'")


async def dated(connection: Connection, at: Place, dice: random.Random) -> None:
    """Explicit dates, hours to months ago and weeks ahead: other partitions."""
    await connection.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
        " VALUES ($1, $2, $3, 'dated', 'bot', now() + make_interval(hours => $4))",
        at.session_id, at.bot_id, at.org_id, dice.randint(-2000, 700),
    )  # fmt: skip


async def into_new_partitions(connection: Connection, at: Place, dice: random.Random) -> None:
    """A month further ahead, made while everybody writes, and a row in it."""
    await connection.execute("SET lock_timeout = '500ms'")
    month = await connection.fetchval(
        "SELECT (date_trunc('month', now()) + make_interval(months => $1))::date", dice.randint(4, 12)
    )
    await connection.fetchval("SELECT gb_meta.ensure_partition('public.message_history', $1)", month)
    await connection.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
        " VALUES ($1, $2, $3, 'new partition', 'bot', $4::date + interval '2 days')",
        at.session_id, at.bot_id, at.org_id, month,
    )  # fmt: skip
    await asyncio.sleep(0.3)


async def with_many_subtransactions(connection: Connection, at: Place, dice: random.Random) -> None:
    """More savepoints than a backend advertises (64), in one block with exceptions."""
    async with connection.transaction():
        for number in range(dice.randint(70, 90)):
            with suppress(ZeroDivisionError):
                async with connection.transaction():
                    await say(connection, at, "nested")
                    if number % 5 == 0:
                        raise ZeroDivisionError
    await asyncio.sleep(0.2)


async def in_vain(connection: Connection, at: Place, _dice: random.Random) -> None:
    """Rolled back: numbers that a crash hands out again."""
    transaction = connection.transaction()
    await transaction.start()
    await say(connection, at, "rolled back")
    await transaction.rollback()


async def by_update(connection: Connection, at: Place, _dice: random.Random) -> None:
    """Changes what is there, which is no new message; vacuums, which is none either."""
    await connection.execute(
        f"UPDATE message_history SET {at.text} = {at.text} || '.' WHERE id IN"
        " (SELECT id FROM message_history ORDER BY created_at DESC LIMIT 3)"
    )
    await connection.execute("VACUUM (FREEZE) message_history")
    await asyncio.sleep(0.3)


WORK: tuple[Work, ...] = (
    singly,
    slowly,
    in_bulk,
    prepared,
    dated,
    into_new_partitions,
    with_many_subtransactions,
    in_vain,
    by_update,
)


# --- around them ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(dsn, timeout=10, statement_cache_size=0)  # it may lead through a pooler
    try:
        yield connection
    finally:
        connection.terminate()


async def _write(dsn: str, end: float, work: Work, at: Place, kinds: Counter[str], *, seed: str) -> None:
    dice, patience = random.Random(seed), end + 20

    def goes_on() -> bool:
        """Until the end; where everything is slow until it came through once."""
        return time.monotonic() < (end if kinds[work.__name__] else patience)

    while goes_on():
        try:
            async with _connected(dsn) as connection:
                while goes_on():
                    await work(connection, at, dice)
                    kinds[work.__name__] += 1
                    await asyncio.sleep(dice.uniform(0.0, 0.02))
        except _DOWN:
            await asyncio.sleep(0.05)


async def _kill(dsn: str, end: float, every: float, dice: random.Random) -> None:
    while time.monotonic() + (pause := dice.uniform(0.5, 1.5) * every) < end:
        await asyncio.sleep(pause)
        with suppress(*_DOWN):
            async with _connected(dsn) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gbtui'"
                )


async def _do(deeds: Sequence[tuple[float, Deed]], start: float) -> None:
    for second, deed in deeds:
        await asyncio.sleep(max(0.0, start + second - time.monotonic()))
        await deed()


async def _settle(dsn: str) -> set[UUID]:
    """Commit what is still prepared; the ids of all that is there."""
    async with _connected(dsn) as connection:
        for row in await connection.fetch("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"):
            await connection.execute(f"COMMIT PREPARED '{row['gid']}'")
        return {row["id"] for row in await connection.fetch("SELECT id FROM message_history")}
