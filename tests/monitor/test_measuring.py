"""Sizes that cost: an attempt that fails counts as one, and what is left over waits for the next reading."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gbtui.errors import DeadlineError
from gbtui.monitor.server import measuring
from gbtui.monitor.server.measuring import Measured, measure

NOW = datetime.now(UTC)


class Disk:
    """A server that measures `size` for every oid, or gives up."""

    def __init__(self, size: int | None) -> None:
        self.size = size
        self.asked: list[int] = []

    async def fetch(self, _statement: str, oid: int) -> list[Any]:
        self.asked.append(oid)
        if self.size is None:
            raise DeadlineError("Cancelled by the server", "statement timeout")
        return [{"bytes": self.size}]


async def measured(disk: Any, known: dict[int, Measured], *oids: int) -> dict[int, Measured]:
    return await measure(disk, "server/database_sizes", oids, known)


async def test_what_could_not_be_measured_is_not_asked_again_at_once_and_says_why() -> None:
    disk = Disk(None)
    known = await measured(disk, {}, 1)
    assert (known[1].size, known[1].why) == (None, "Cancelled by the server")
    known = await measured(disk, known, 1)
    assert disk.asked == [1]
    assert known[1].why, "as long as it holds"


async def test_an_old_size_stays_with_its_time_and_an_attempt_that_took_long_is_repeated_seldom() -> None:
    old = Measured(5, NOW - timedelta(hours=1), 0.001)
    failed = (await measured(Disk(None), {1: old}, 1))[1]
    assert (failed.size, failed.at) == (5, old.at)
    slow = Measured(5, old.at, 5.0, failed_at=NOW - timedelta(minutes=10), why="Cancelled by the server")
    disk = Disk(7)
    assert (await measured(disk, {1: slow}, 1))[1] == slow
    assert (await measured(disk, {1: Measured(5, old.at, 5.0, NOW - timedelta(hours=2), "x")}, 1))[1].size == 7


async def test_what_is_gone_is_forgotten_and_the_rest_waits_for_the_next_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await measured(Disk(7), {9: Measured(1, NOW, 0.0)}) == {}
    monkeypatch.setattr(measuring, "_PATIENCE", -1.0)
    assert await measured(Disk(7), {}, 1, 2) == {}
