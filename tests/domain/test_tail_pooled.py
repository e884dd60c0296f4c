"""The tail through a pooler in transaction mode, which hides that the server process, or the server, changed."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from tests.bouncers import PROGRAM, bouncer
from tests.conftest import execute, migrate
from tests.database.test_pgbouncer import IGNORES
from tests.domain.chaos import chaos
from tests.scratch import Scratch, scratch

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


@pytest.fixture
def server() -> Iterator[Scratch]:
    """A durable server with the platform's schema in the database `app`."""
    with scratch() as server:
        asyncio.run(execute(server.dsn, "CREATE DATABASE app"))
        asyncio.run(migrate(server.of("app")))
        yield server


async def test_killed_and_crashed_behind_a_pooler(server: Scratch) -> None:
    with bouncer(server.home, ignore_startup_parameters=IGNORES, server_login_retry="1") as pooler:
        dsn = server.of("app")
        crash = partial(asyncio.to_thread, server.restart, "immediate")
        outcome = await chaos(
            dsn, 4.0, [(2.0, crash)], watched=f"postgresql://postgres@/app?{pooler.replace(' ', '&')}", kill_on=dsn
        )
    assert outcome.verdict == (0, 0, 0, 0)
    assert outcome.tail.figures.repeats > 0  # it noticed, and looked back
