"""Every message exactly once: minutes of chaos, counted against the table.

Writers of every manner (tests/domain/chaos.py), three of each; the tail's connection killed about twice a second, the
server restarted and crashed in turn; the same on a hot standby.
"""

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from typing import Final

from bench.figure import Figure
from tests.conftest import execute, migrate
from tests.domain.chaos import Outcome, chaos
from tests.scratch import Scratch, scratch

_SECONDS: Final = float(os.environ.get("GBTUI_CHAOS_SECONDS", "40"))
_EVERY: Final = 6.0  # seconds between a restart and a crash


def figures() -> Iterator[Figure]:
    """The counts; every budget is zero."""
    with scratch({"autovacuum_naptime": "1s"}) as server:
        yield from _told("primary, all of it", asyncio.run(_on_primary(server)))
        yield from _told("standby", asyncio.run(_on_standby(server)))


async def _on_primary(server: Scratch) -> Outcome:
    dsn = await _database(server, "chaos_primary")
    deeds = [
        (second, partial(asyncio.to_thread, server.restart, "immediate" if number % 2 else "fast"))
        for number, second in enumerate(_times())
    ]
    return await chaos(dsn, _SECONDS, deeds, writers=3, kill_every=0.5)


async def _on_standby(server: Scratch) -> Outcome:
    dsn = await _database(server, "chaos_standby")
    standby = await asyncio.to_thread(server.standby)
    deeds = [
        (second, partial(asyncio.to_thread, standby.restart, "immediate" if number % 2 else "fast"))
        for number, second in enumerate(_times())
    ]
    return await chaos(dsn, _SECONDS, deeds, writers=3, kill_every=0.5, watched=standby.of("chaos_standby"))


def _times() -> list[float]:
    return [_EVERY * (number + 1) for number in range(int(_SECONDS / _EVERY - 0.5))]


async def _database(server: Scratch, name: str) -> str:
    await execute(server.dsn, f"CREATE DATABASE {name}")
    await migrate(server.of(name))
    return server.of(name)


def _told(where: str, outcome: Outcome) -> Iterator[Figure]:
    yield Figure(f"{where}: messages committed", len(outcome.committed), "")
    yield Figure(f"{where}: reconnects", outcome.tail.figures.reconnects, "")
    yield Figure(f"{where}: lost", outcome.lost, "", 0)
    yield Figure(f"{where}: twice", outcome.twice, "", 0)
    yield Figure(f"{where}: never committed", outcome.ghosts, "", 0)
    yield Figure(f"{where}: gap markers", len(outcome.gaps), "", 0)
