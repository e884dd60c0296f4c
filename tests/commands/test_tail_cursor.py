"""`gbtui tail --from-cursor`: stopped in every manner while messages come, resumed, and counted against the table."""

import asyncio
import json
import os
import random
import shlex
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Connect, Connection, migrate
from tests.domain.platform import Place, place, say, say_many
from tests.scratch import Scratch, scratch


@dataclass
class Runs:
    """One run after another on one cursor file; every whole line that their readers took."""

    dsn: str
    cursor: Path
    flags: tuple[str, ...] = ()
    runs: list[list[str]] = field(default_factory=list)
    errors: str = ""
    code: int | None = None

    @property
    def told(self) -> Counter[str]:
        """How often each message was printed, by its id."""
        return Counter(key for run in self.runs for key in run)

    async def run(self, lines: int, how: signal.Signals | None, *flags: str, dsn: str = "") -> None:
        """Read `lines` lines, then stop it by a signal (SIGPIPE: go away); None: until it ends by itself."""
        reading, writing = os.pipe()
        words = (
            "-m",
            "gbtui",
            "tail",
            "--dsn",
            dsn or self.dsn,
            "--no-migrate",
            "--json",
            "--from-cursor",
            self.cursor,
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, *self.flags, *flags, stdout=writing, stderr=PIPE
        )
        os.close(writing)
        try:
            taken = await asyncio.wait_for(asyncio.to_thread(_take, reading, lines), 30)
            if how is not None and how is not signal.SIGPIPE:
                process.send_signal(how)
            if how is not signal.SIGPIPE:
                taken += await asyncio.wait_for(asyncio.to_thread(_take, reading, sys.maxsize), 30)
        finally:
            os.close(reading)
            if how is None or how is signal.SIGPIPE:
                _, errors = await asyncio.wait_for(process.communicate(), 30)
            else:
                _, errors = await process.communicate()
        self.errors, self.code = errors.decode(), process.returncode
        self.runs.append([json.loads(line)["id"] for line in taken.split(b"\n")[:-1]])


def _take(reading: int, lines: int) -> bytes:
    """What comes until so many lines are there; what is behind the last newline was torn."""
    taken = b""
    while taken.count(b"\n") < lines and (piece := os.read(reading, 4096)):
        taken += piece
    return taken


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def acme(writer: Connection) -> Place:
    return await place(writer)


@pytest.fixture
def runs(dsn: str, tmp_path: Path) -> Runs:
    return Runs(dsn, tmp_path / "cursor.json")


@asynccontextmanager
async def writing(dsn: str, connect: Connect, at: Place) -> AsyncIterator[None]:
    """Messages come: singly, in bursts, in open transactions; some longer than a pipe takes at once."""
    dice = random.Random(7)

    async def singly(connection: Connection) -> None:
        await say(connection, at, "x" * dice.choice((10, 200, 3900)))
        await asyncio.sleep(0.01)

    async def in_bursts(connection: Connection) -> None:
        await say_many(connection, at, ["ü" * dice.randint(1, 300) for _ in range(dice.choice((20, 100, 2500)))])
        await asyncio.sleep(0.8)

    async def slowly(connection: Connection) -> None:
        async with connection.transaction():
            await say(connection, at, "slow")
            await asyncio.sleep(dice.uniform(0.2, 2.0))

    async def forever(work: Callable[[Connection], Awaitable[None]]) -> None:
        connection = await connect(dsn)
        while True:
            await work(connection)

    tasks = [asyncio.create_task(forever(work)) for work in (singly, in_bursts, slowly)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ids(connection: Connection) -> set[str]:
    return {str(row["id"]) for row in await connection.fetch("SELECT id FROM message_history")}


async def _end(runs: Runs, writer: Connection, acme: Place) -> set[str]:
    """Read the rest, up to a last message; the ids of the table."""
    await say(writer, acme, "end")
    ids = await _ids(writer)
    await runs.run(sys.maxsize, None, "--until", "in 1s")
    return ids


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE], ids=lambda how: how.name)
async def test_stopped_and_resumed_is_exactly_once(
    how: signal.Signals, runs: Runs, writer: Connection, acme: Place, connect: Connect
) -> None:
    await say_many(writer, acme, ["before the first run"] * 300)
    async with writing(runs.dsn, connect, acme):
        for lines in (40, 301, 1):
            await runs.run(lines, how, "--since", "1h")
            assert runs.code == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGPIPE: 141}[how]
    ids = await _end(runs, writer, acme)
    assert runs.code == 0
    assert runs.told == Counter(ids)
    assert runs.cursor.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in runs.cursor.parent.iterdir()] == ["cursor.json"]


async def test_killed_it_repeats_the_last_batch_at_most(
    runs: Runs, writer: Connection, acme: Place, connect: Connect
) -> None:
    await say_many(writer, acme, ["before the first run"] * 300)
    async with writing(runs.dsn, connect, acme):
        for lines in (40, 301, 1):
            await runs.run(lines, signal.SIGKILL, "--since", "1h")
    ids = await _end(runs, writer, acme)
    assert set(runs.told) == ids
    for before, after in zip(runs.runs, runs.runs[1:], strict=False):
        again = set(before) & set(after)
        assert again == set(after[: len(again)])  # the last batch, once more, and then what is new


async def test_a_limit_leaves_the_rest_for_the_next_run(runs: Runs, writer: Connection, acme: Place) -> None:
    await say_many(writer, acme, [f"{number}" for number in range(5000)])
    for limit in (1, 2, 3000, 100):
        await runs.run(sys.maxsize, None, "--since", "1h", "--limit", str(limit))
        assert len(runs.runs[-1]) == limit
    await say_many(writer, acme, ["later"] * 2500)
    await runs.run(sys.maxsize, None, "--limit", "3000")
    await runs.run(sys.maxsize, None, "--until", "in 1s")
    assert runs.told == Counter(await _ids(writer))


async def test_a_full_disk_ends_it_behind_a_whole_line_and_the_next_run_goes_on(
    runs: Runs, writer: Connection, acme: Place, tmp_path: Path
) -> None:
    await say_many(writer, acme, ["x" * 100] * 600)
    printed = tmp_path / "printed"
    words = (sys.executable, "-m", "gbtui", "tail", "--dsn", runs.dsn, "--no-migrate", "--json", "--since", "1h")
    # The shell's limit on the size of files stands in for the disk's.
    script = f"trap '' XFSZ; ulimit -f 100; exec {shlex.join((*words, '--from-cursor', str(runs.cursor)))} > {printed}"
    process = await asyncio.create_subprocess_exec("bash", "-c", script, stderr=PIPE)
    _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, errors.count(b"\n")) == (1, 2)
    assert b"Standard output cannot be written" in errors
    lines = printed.read_text()
    assert lines.endswith("}\n")
    runs.runs.append([json.loads(line)["id"] for line in lines.splitlines()])
    assert await _end(runs, writer, acme) == set(runs.told)
    assert set(runs.told.values()) == {1}


@pytest.fixture
def durable() -> Iterator[Scratch]:
    """A server of the test's own, to be crashed, set back and replaced, with the platform's schema in `postgres`."""
    with scratch() as server:
        asyncio.run(migrate(server.dsn))
        yield server


@pytest.mark.slow
async def test_through_a_crash_a_lost_past_and_another_cluster(
    durable: Scratch, tmp_path: Path, connect: Connect
) -> None:
    async def talk(text: str, count: int) -> set[str]:
        writer = await connect(durable.dsn)
        acme = await place(writer, text)
        await say_many(writer, acme, [text] * count)
        return await _ids(writer)

    runs = Runs(durable.dsn, tmp_path / "cursor.json")
    await talk("first", 30)
    await runs.run(sys.maxsize, None, "--last", "30", "--limit", "20")
    await asyncio.to_thread(durable.restart, "immediate")
    ids = await talk("crashed", 30)
    await runs.run(sys.maxsize, None, "--until", "in 1s")
    assert runs.told == Counter(ids)
    assert "gap" not in runs.errors

    await asyncio.to_thread(durable.save)
    await talk("lost", 4_500)  # in one transaction: more than a cursor remembers
    await runs.run(sys.maxsize, None, "--until", "in 1s")
    await asyncio.to_thread(durable.go_back)
    before = await talk("between", 3)
    await runs.run(sys.maxsize, None, "--until", "in 1s")
    assert "gap between transactions" in runs.errors
    ids = await talk("behind", 3)
    await runs.run(sys.maxsize, None, "--until", "in 1s")
    assert set(runs.runs[-1]) == ids - before
    assert runs.errors.count("\n") == 1  # the gap was told once

    await asyncio.to_thread(durable.recreate)
    await migrate(durable.dsn)
    await runs.run(sys.maxsize, None)
    assert runs.code == 2
    assert "it was made on another server" in runs.errors


@pytest.mark.parametrize("kept", ["no cursor", "{}", '{"gbtui_cursor": 1}', "[" * 100_000])
async def test_what_is_no_cursor_is_refused(kept: str, runs: Runs, acme: Place) -> None:
    runs.cursor.write_text(kept)
    await runs.run(sys.maxsize, None)
    assert runs.code == 2
    assert "is none of gbtui's, or is damaged" in runs.errors
    assert runs.cursor.read_text() == kept


async def test_a_cursor_is_for_one_filter_and_one_scope(runs: Runs, writer: Connection, acme: Place) -> None:
    await runs.run(sys.maxsize, None, "--limit", "0", "--until", "in 1s", "sender:bot")
    await runs.run(sys.maxsize, None, "sender:user")
    assert (runs.code, runs.errors.count("\n")) == (2, 1)
    assert "its filter is “sender:bot”, not “sender:user”" in runs.errors
    await runs.run(sys.maxsize, None, "--org", "acme", "sender:bot")
    assert (runs.code, runs.errors.count("\n")) == (2, 1)
    assert "it is about all organizations" in runs.errors
