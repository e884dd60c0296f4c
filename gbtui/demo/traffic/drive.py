"""Makes a plan happen on a server, in real time, over connections of its own."""

import asyncio
import shutil
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from gbtui.database.retry import backoff
from gbtui.database.target import Target
from gbtui.demo.traffic.plan import Open, Say, Step, Trouble, plan
from gbtui.demo.traffic.tags import TaggedConnection, connect, tag
from gbtui.demo.traffic.trouble import Scene, happen
from gbtui.demo.traffic.world import World, read_world
from gbtui.domain.messages import NewMessage, add_messages
from gbtui.domain.sessions import create_session
from gbtui.errors import ConnectError, EmbeddedServerError, LostError, QueryError

_QUEUE: Final = 200  # steps a speaker may be behind before the plan waits for it
_BATCH: Final = 100
_MOST_TROUBLES: Final = 6  # at once; each uses up to three connections
# A connection on which the server spoke unasked, to say that it ends it, confuses the driver: InternalClientError.
_BROKEN: Final = (LostError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
_SPARED: Final = 1 << 30  # bytes of disk that are left to others; at 20 messages a second a day takes 2 GB
_TRIES: Final = 20  # to find a lost server again, with pauses of up to 2 s
_MOST_SESSIONS: Final = 20_000  # remembered by one speaker; older conversations have long ended
_ENDS: Final = (ConnectError, asyncpg.InterfaceError, OSError)  # how trouble may end besides well


@dataclass(slots=True)
class Done:
    """What has happened so far."""

    messages: int = 0
    sessions: int = 0
    troubles: int = 0
    failed: int = 0


@dataclass(slots=True)
class Traffic:
    """Live traffic on one database: `rate` messages a second, the same for the same seed."""

    target: Target
    rate: float
    seed: int = 1
    troubles: bool = True
    folder: Path | None = None  # the server's, if it is ours: its disk is not filled to the brim
    done: Done = field(default_factory=Done)

    async def run(self, seconds: float | None = None) -> Done:
        """Go on for `seconds`, or until cancelled.

        Raises UsageError if nobody is there who could talk, ConnectError if the server is gone for good,
        EmbeddedServerError when the disk under `folder` is nearly full.
        """
        world = await self._world()
        count = 2 + min(6, int(self.rate / 100))
        queues: list[asyncio.Queue[Open | Say]] = [asyncio.Queue(_QUEUE) for _ in range(count)]
        steps = plan(world, self.rate, self.seed, troubles=self.troubles)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_Speaker(self, world, queue).speak()) for queue in queues]
                tasks.append(group.create_task(self._spare_disk()))
                await self._pace(world, steps, queues, lambda work: tasks.append(group.create_task(work)), seconds)
                for queue in queues:
                    await queue.join()
                for task in tasks:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors  # each of them says the same
        return self.done

    async def _spare_disk(self) -> None:
        while self.folder is not None:
            free = shutil.disk_usage(self.folder).free
            if free < _SPARED:
                raise EmbeddedServerError(
                    "The traffic has ended",
                    f"{self.folder}: {free >> 20} MB are left on its disk",
                    "gbtui demo --fresh",
                )
            await asyncio.sleep(10.0)

    async def _world(self) -> World:
        connection = await connect(self.target, "botserver")
        try:
            return await read_world(connection)
        finally:
            connection.terminate()

    async def _pace(
        self,
        world: World,
        steps: Iterator[Step],
        queues: list[asyncio.Queue[Open | Say]],
        begin: Callable[[Coroutine[None, None, None]], None],
        seconds: float | None,
    ) -> None:
        """Hand out each step when its time comes. A bot always speaks through the same queue: its order is kept."""
        started = time.monotonic()
        room = asyncio.Semaphore(_MOST_TROUBLES)
        for step in steps:
            if seconds is not None and step.at > seconds:
                return
            wait = started + step.at - time.monotonic()
            if wait > 0.002:
                await asyncio.sleep(wait)
            if isinstance(step, Trouble):
                if not room.locked():
                    begin(self._trouble(Scene(self.target, world.bots[step.bot], step.seconds), step.kind, room))
            else:
                await queues[step.bot % len(queues)].put(step)

    async def _trouble(self, scene: Scene, kind: str, room: asyncio.Semaphore) -> None:
        async with room:
            self.done.troubles += 1
            with suppress(*_ENDS):
                await happen(kind, scene)


class _Speaker:
    """One connection of the platform: opens sessions and writes messages, many at once when they pile up."""

    def __init__(self, traffic: Traffic, world: World, queue: "asyncio.Queue[Open | Say]") -> None:
        self._traffic = traffic
        self._world = world
        self._queue = queue
        self._sessions: dict[int, UUID] = {}

    async def speak(self) -> None:
        """Work until cancelled. ConnectError when the server stays away."""
        while True:
            connection = await self._connected()
            try:
                while True:
                    await self._work(connection)
            except _BROKEN:
                continue  # what was being said is lost, as it would be in life
            finally:
                connection.terminate()

    async def _connected(self) -> TaggedConnection:
        last: ConnectError | None = None
        for pause in backoff(cap=2.0, tries=_TRIES):
            try:
                return await connect(self._traffic.target, "botserver")
            except ConnectError as error:
                last = error
            await asyncio.sleep(pause)
        raise ConnectError("The traffic lost its server", str(last)) from last

    async def _work(self, connection: TaggedConnection) -> None:
        """Take what waits, at least one step, and do it bot by bot; the order within a conversation stays."""
        steps = [await self._queue.get()]
        while len(steps) < _BATCH and not self._queue.empty():
            steps.append(self._queue.get_nowait())
        try:
            steps.sort(key=lambda step: step.bot)  # stable
            for bot, of_bot in groupby(steps, key=lambda step: step.bot):
                who = self._world.bots[bot]
                connection.tag = tag(tenant=who.slug, bot=who.name)
                await self._do(connection, list(of_bot))
        finally:
            for _ in steps:
                self._queue.task_done()

    async def _do(self, connection: TaggedConnection, steps: list[Open | Say]) -> None:
        try:
            for step in steps:
                if isinstance(step, Open) and step.talk not in self._sessions:
                    await self._open(connection, step)
            said = [step for step in steps if isinstance(step, Say) and step.talk in self._sessions]
            await add_messages(connection, [NewMessage(self._sessions[s.talk], s.sender, s.message) for s in said])
            self._traffic.done.messages += len(said)
        except LostError:
            raise
        except QueryError:  # somebody deleted the session, the bot or the organization meanwhile
            if len(steps) > 1:
                for step in steps:
                    await self._do(connection, [step])
                return
            self._traffic.done.failed += 1
            self._sessions.pop(steps[0].talk, None)

    async def _open(self, connection: TaggedConnection, step: Open) -> None:
        person = None if step.person is None else self._world.people[step.person].id
        made = await create_session(connection, self._world.bots[step.bot].id, person, greeting=step.greeting)
        self._sessions[step.talk] = made.id
        if len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._traffic.done.sessions += 1
        self._traffic.done.messages += 1
