"""The pool's rules on a clock that the test turns, with connections that only remember what was done to them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gbtui.database.pool import Pool
from gbtui.errors import ConnectError, NoFreeSlotError
from tests.waiting import until


class Fake:
    def __init__(self) -> None:
        self.closed = False
        self.in_transaction = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    async def close(self, timeout: float) -> None:
        self.closed = True

    def terminate(self) -> None:
        self.closed = True


class Server:
    """Opens fake connections as long as it has free slots."""

    def __init__(self, slots: int = 100) -> None:
        self.now = 0.0
        self.slots = slots
        self.opened: list[Fake] = []

    @property
    def live(self) -> int:
        return sum(not each.closed for each in self.opened)

    async def open(self) -> Any:
        if self.live >= self.slots:
            raise NoFreeSlotError("No free connection slot")
        self.opened.append(Fake())
        return self.opened[-1]

    def pool(self, **options: Any) -> Pool:
        return Pool(self.open, clock=lambda: self.now, **options)


async def used_together(pool: Pool, count: int) -> None:
    """Have `count` connections in use at the same time, then give them back."""
    arrived = asyncio.Barrier(count)

    async def use() -> None:
        async with pool.connection():
            await arrived.wait()

    await asyncio.gather(*(use() for _ in range(count)))


async def test_opens_when_needed_and_never_more_than_its_size() -> None:
    server = Server()
    pool = server.pool(size=3)
    await used_together(pool, 1)
    await used_together(pool, 1)
    assert server.live == 1
    await used_together(pool, 3)
    async with pool.connection(), pool.connection(), pool.connection():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), pool.connection():
                pass
    assert server.live == pool.open_count == 3
    await pool.close()
    assert server.live == 0


async def test_idle_ones_are_closed_and_one_is_held() -> None:
    server = Server()
    pool = server.pool(idle=60)
    await used_together(pool, 4)
    server.now = 59
    pool.reap()
    assert pool.open_count == 4
    await used_together(pool, 2)
    server.now = 61
    pool.reap()
    assert pool.open_count == 2
    server.now = 1000
    pool.reap()
    assert pool.open_count == 1
    await until(lambda: server.live == 1)
    await pool.close()


async def test_old_ones_are_recycled_also_the_held_one() -> None:
    server = Server()
    pool = server.pool(lifetime=100)
    await used_together(pool, 1)
    server.now = 101
    await used_together(pool, 1)
    await until(lambda: [each.closed for each in server.opened] == [True, False])
    await pool.close()


async def test_the_held_one_is_kept_when_the_server_grants_no_other() -> None:
    server = Server(slots=1)
    pool = server.pool(lifetime=100)
    await used_together(pool, 1)
    server.now = 101
    await used_together(pool, 1)
    assert server.live == pool.open_count == 1
    await pool.close()


async def test_without_a_free_slot_it_waits_for_one_of_its_own() -> None:
    server = Server(slots=2)
    pool = server.pool(size=5, patience=0)
    done: list[int] = []

    async def use(number: int) -> None:
        async with pool.connection():
            await asyncio.sleep(0)
            done.append(number)

    await asyncio.gather(*(use(number) for number in range(8)))
    assert sorted(done) == list(range(8))
    assert server.live == 2
    await pool.close()


async def test_without_any_connection_no_free_slot_is_told() -> None:
    pool = Server(slots=0).pool()
    with pytest.raises(NoFreeSlotError):
        async with pool.connection():
            pass


@pytest.mark.parametrize(
    "spoil", [lambda fake: setattr(fake, "closed", True), lambda fake: setattr(fake, "in_transaction", True)]
)
async def test_a_spoilt_connection_is_not_lent_again(spoil: Callable[[Any], None]) -> None:
    server = Server()
    pool = server.pool()
    async with pool.connection() as first:
        spoil(first)
    async with pool.connection() as second:
        assert second is not first
    await pool.close()


async def test_a_connection_that_did_not_answer_is_not_lent_again() -> None:
    server = Server()
    pool = server.pool()
    with pytest.raises(TimeoutError):
        async with pool.connection() as first:
            raise TimeoutError
    async with pool.connection() as second:
        assert second is not first
    await pool.close()


async def test_after_a_loss_none_is_trusted() -> None:
    server = Server()
    pool = server.pool()
    await used_together(pool, 2)
    async with pool.connection():
        pool.distrust()
    await until(lambda: server.live == 0)
    assert pool.open_count == 0


async def test_a_failing_server_frees_the_place() -> None:
    async def fail() -> Any:
        raise ConnectError("no")

    pool = Pool(fail, size=1)
    for _ in range(3):
        with pytest.raises(ConnectError):
            async with pool.connection():
                pass


async def test_a_moment_of_waiting_saves_a_connection() -> None:
    server = Server()
    pool = server.pool(patience=60)
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(used_together(pool, 1))
    assert len(server.opened) == 1


async def used_for_a_moment(pool: Pool) -> None:
    async with pool.connection():
        await asyncio.sleep(0)


async def test_one_that_is_not_needed_is_closed_although_two_ask_at_once() -> None:
    server = Server()
    pool = server.pool(idle=60)
    await used_together(pool, 2)
    for moment in (30, 61):
        server.now = moment
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(used_for_a_moment(pool))
        pool.reap()
    assert pool.open_count == 1
