"""Every message exactly once, counted against the table, whatever happens. bench/tail_chaos.py does more of it."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from tests.conftest import execute, migrate
from tests.domain.chaos import WORK, chaos
from tests.scratch import Scratch, scratch


@pytest.fixture(scope="module")
def server() -> Iterator[Scratch]:
    """A durable server: what is committed survives its crashes."""
    with scratch() as server:
        yield server


@pytest.fixture
def dsn(server: Scratch, request: pytest.FixtureRequest) -> str:
    """A database of the test's own, with the platform's schema."""
    name = "t" + "".join(filter(str.isalnum, request.node.name))[-40:]
    asyncio.run(execute(server.dsn, f"CREATE DATABASE {name}"))
    asyncio.run(migrate(server.of(name)))
    return server.of(name)


async def test_killed_restarted_and_crashed(server: Scratch, dsn: str) -> None:
    outcome = await chaos(
        dsn,
        6.0,
        [
            (2.0, partial(asyncio.to_thread, server.restart)),
            (4.0, partial(asyncio.to_thread, server.restart, "immediate")),
        ],
    )
    assert set(outcome.kinds) == {work.__name__ for work in WORK}
    assert outcome.verdict == (0, 0, 0, 0)
    assert outcome.tail.figures.reconnects > 4
