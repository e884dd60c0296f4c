"""Where the server's history does not join what was read, the tail says so and goes on."""

import asyncio
from collections.abc import Iterator

import pytest

from gbtui.database.database import Database
from gbtui.domain.tail import Batch, Gap, Phase, Tail, TailEvent, reader, seen
from tests.conftest import Connect, migrate
from tests.domain.platform import place, say
from tests.scratch import Scratch, scratch
from tests.waiting import until


@pytest.fixture
def server() -> Iterator[Scratch]:
    """A durable server with the platform's schema in `postgres`."""
    with scratch() as server:
        asyncio.run(migrate(server.dsn))
        yield server


async def test_a_lost_past_and_another_cluster_are_marked(
    server: Scratch, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reader, seen):  # a short memory, instead of a long test
        monkeypatch.setattr(module, "LOOKBACK_TRANSACTIONS", 5)
    monkeypatch.setattr(seen, "LOOKBACK", 0.0)
    monkeypatch.setattr(seen, "_STEP", 0.0)
    events: list[TailEvent] = []

    def texts() -> list[str]:
        return [message.message for event in events if isinstance(event, Batch) for message in event.messages]

    def gaps() -> list[Gap]:
        return [event for event in events if isinstance(event, Gap)]

    await asyncio.to_thread(server.save)
    async with Database(server.dsn) as database:
        tail = Tail(database)
        tail.subscribe(events.append)
        await tail.start()
        await until(lambda: tail.state.phase is Phase.FOLLOWING)
        writer = await connect(server.dsn)
        at = await place(writer)
        for number in range(40):
            await say(writer, at, f"lost {number}")
        await until(lambda: len(texts()) == 40)
        reached = tail.position

        await asyncio.to_thread(server.go_back)
        await until(gaps)
        assert "cut further back" in gaps()[0].reason
        assert gaps()[0].before == reached > gaps()[0].after
        writer = await connect(server.dsn)
        await say(writer, await place(writer), "after going back")
        await until(lambda: texts()[40:] == ["after going back"])

        await asyncio.to_thread(server.recreate)
        await until(lambda: tail.state.phase is Phase.FAILED, 20)  # it is there before the table is
        await migrate(server.dsn)
        await until(lambda: len(gaps()) == 2, 20)
        assert "another server" in gaps()[1].reason
        writer = await connect(server.dsn)
        await say(writer, await place(writer), "on the new cluster")
        await until(lambda: texts()[41:] == ["on the new cluster"])
        await tail.stop()
