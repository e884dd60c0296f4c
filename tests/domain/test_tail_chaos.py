"""Every message exactly once, counted against the table, whatever happens. bench/tail_chaos.py does more of it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest

from gbtui.database.database import Database
from gbtui.domain.tail import Batch, Gap, Phase, Tail, TailEvent
from tests.conftest import Connect, execute, migrate
from tests.domain.chaos import WORK, chaos
from tests.domain.platform import place, say
from tests.scratch import Scratch, scratch
from tests.waiting import until


@pytest.fixture(scope="module")
def server() -> Iterator[Scratch]:
    """A durable server: what is committed survives its crashes."""
    # Nothing is flushed but by commits, so that a crash forgets the numbers of what was rolled back.
    with scratch({"wal_writer_delay": "10s", "autovacuum": "off"}) as server:
        yield server


@pytest.fixture
def dsn(server: Scratch, request: pytest.FixtureRequest) -> str:
    """A database of the test's own, with the platform's schema."""
    name = "t" + "".join(filter(str.isalnum, request.node.name))[-40:]
    asyncio.run(execute(server.dsn, f"CREATE DATABASE {name}"))
    asyncio.run(migrate(server.of(name)))
    return server.of(name)


async def test_every_manner_of_writing(dsn: str) -> None:
    outcome = await chaos(dsn, 3.0, kill_every=1e6)
    assert set(outcome.kinds) == {work.__name__ for work in WORK}
    assert outcome.verdict == (0, 0, 0, 0)
    assert outcome.tail.figures.repeats == 0


async def test_killed_restarted_and_crashed(server: Scratch, dsn: str) -> None:
    outcome = await chaos(
        dsn,
        4.0,
        [
            (1.2, partial(asyncio.to_thread, server.restart)),
            (2.6, partial(asyncio.to_thread, server.restart, "immediate")),
        ],
    )
    assert set(outcome.kinds) == {work.__name__ for work in WORK}
    assert outcome.verdict == (0, 0, 0, 0)
    assert outcome.tail.figures.reconnects >= 2


_XMAX = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


def _has_reached(tail: Tail, position: int) -> bool:
    return tail.position >= position


async def test_a_crash_hands_out_transaction_numbers_again(server: Scratch, dsn: str, connect: Connect) -> None:
    heard: Counter[str] = Counter()

    def listen(event: TailEvent) -> None:
        if isinstance(event, Batch):
            heard.update(message.message for message in event.messages)

    async with Database(dsn) as database:
        tail = Tail(database)
        tail.subscribe(listen)
        await tail.start()
        writer = await connect(dsn)
        at = await place(writer)
        await say(writer, at, "before the crash")
        for _attempt in range(5):  # the server may happen to flush in between
            for _ in range(60):
                transaction = writer.transaction()
                await transaction.start()
                await say(writer, at, "rolled back")
                await transaction.rollback()
            reached = await writer.fetchval(_XMAX)
            await until(partial(_has_reached, tail, reached))
            await asyncio.to_thread(server.restart, "immediate")
            writer = await connect(dsn)
            if await writer.fetchval(_XMAX) < reached - 20:
                break
        else:
            pytest.fail("no crash lost a transaction's number")
        for number in range(20):  # dated long before the crash: only their transaction numbers can find them
            await writer.execute(
                "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
                " VALUES ($1, $2, $3, $4, 'bot', now() - interval '2 hours')",
                at.session_id, at.bot_id, at.org_id, f"after {number}",
            )  # fmt: skip
        await until(lambda: len(heard) == 21, 20)
        await say(writer, at, "end")
        await until(lambda: heard["end"])
        await tail.stop()
    assert heard == Counter(["before the crash", *(f"after {number}" for number in range(20)), "end"])


async def test_on_a_hot_standby_which_is_restarted_and_promoted(server: Scratch, dsn: str, connect: Connect) -> None:
    standby = await asyncio.to_thread(server.standby)
    watched = standby.of(urlsplit(dsn).path.removeprefix("/"))
    try:
        restart = partial(asyncio.to_thread, standby.restart)
        outcome = await chaos(dsn, 3.0, [(1.5, restart)], watched=watched, kill_every=1.5)
        assert outcome.verdict == (0, 0, 0, 0)
        await _promoted(server, standby, dsn, watched, connect)
    finally:
        await asyncio.to_thread(standby.stop, "immediate")


async def _promoted(server: Scratch, standby: Scratch, dsn: str, watched: str, connect: Connect) -> None:
    """The primary dies with a transaction open, the standby takes over under the tail, and life goes on."""
    heard: Counter[str] = Counter()
    gaps: list[Gap] = []

    def listen(event: TailEvent) -> None:
        if isinstance(event, Batch) and not event.backlog:
            heard.update(message.message for message in event.messages)
        elif isinstance(event, Gap):
            gaps.append(event)

    async with Database(watched) as database:
        tail = Tail(database)
        tail.subscribe(listen)
        await tail.start()
        await until(lambda: tail.state.phase is Phase.FOLLOWING)
        old = await connect(dsn)
        at = await place(old, "globex")
        await say(old, at, "on the old primary")
        await old.execute("BEGIN")
        await say(old, at, "never committed")
        await until(lambda: heard["on the old primary"])
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.to_thread(standby.promote)
        new = await connect(watched)
        for number in range(20):
            await say(new, at, f"on the new primary {number}")
        await until(lambda: len(heard) == 21)
        await say(new, at, "end")
        await until(lambda: heard["end"])
        await tail.stop()
    await asyncio.to_thread(server.start)
    assert set(heard.values()) == {1}
    assert gaps == []
