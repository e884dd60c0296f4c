"""The live tail: what an empty poll costs the server, what writers lose, how old messages are when they arrive.

Writers are pgbench's on a durable server. "Three tails" are three processes of `gbtui tail`, which would run on other
machines: here they get the CPU that writers leave (nice), their server processes get what they ask for. Ratios are of
legs that alternate in one run (with, without, without, with …), because a shared machine's throughput drifts.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from bench.figure import Figure
from bench.writers import execute, pgbench, platform
from gbtui.database.database import Database
from gbtui.domain.tail import Batch, Phase, Tail, TailEvent
from gbtui.domain.tail.session import Session
from tests.scratch import Scratch, scratch
from tests.waiting import until

_PARTITIONS: Final = ((1, 0.05), (6, 0.1), (15, 0.3), (27, 0.6))  # how many, and the budget in ms
_ROWS: Final = int(os.environ.get("GBTUI_BENCH_ROWS", "300000"))  # over all partitions
_POLLS: Final = 300
_PAIRS: Final = 7
_LEG: Final = 3  # seconds
_RATE: Final = 1_000  # messages a second for the latency
_NOTIFY: Final = """
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('messages', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER told AFTER INSERT ON message_history FOR EACH ROW EXECUTE FUNCTION told();
"""


def figures() -> Iterator[Figure]:
    """All of it, in about a minute and a half."""
    with scratch({"shared_preload_libraries": "pg_stat_statements"}) as server:
        yield from asyncio.run(_empty_polls(server))
        asyncio.run(platform(server, "writers"))
        yield from _writers(server)
        yield from asyncio.run(_latency(server))


async def _empty_polls(server: Scratch) -> list[Figure]:
    """Execution time of a poll that finds nothing, by the number of partitions; planned once, as the tail does."""
    found: list[Figure] = []
    for partitions, budget in _PARTITIONS:
        name = f"polls{partitions}"
        await platform(server, name)
        admin = await asyncpg.connect(server.of(name))
        for part in await admin.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'message_history'::regclass"
            " ORDER BY name OFFSET $1",
            partitions,
        ):
            await admin.execute(f"DROP TABLE {part['name']}")
        for month in range(4, partitions):
            await admin.execute(
                "SELECT gb_meta.ensure_partition('public.message_history',"
                " (date_trunc('month', now()) + make_interval(months => $1))::date)",
                month,
            )
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " SELECT p.session_id, p.bot_id, p.org_id, 'hello', 'user',"
            " date_trunc('month', now()) + make_interval(months => k % $1)"
            " FROM generate_series(1, $2 / 200) k, place p",
            partitions, _ROWS,
        )  # fmt: skip
        await admin.execute("VACUUM ANALYZE message_history")
        found.append(await _empty_poll(server.of(name), admin, partitions, budget))
        await admin.close()
    return found


async def _empty_poll(dsn: str, admin: "asyncpg.Connection[asyncpg.Record]", partitions: int, budget: float) -> Figure:
    async with Database(dsn) as database:
        session = await Session.open(database)
        now = await admin.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        await session.fetch("general_bots/tail_poll", now, [])
        await admin.execute("SELECT pg_stat_statements_reset()")
        for _ in range(_POLLS):
            await session.fetch("general_bots/tail_poll", now, [])
        spent = await admin.fetchval(
            "SELECT mean_exec_time FROM pg_stat_statements"
            " WHERE query LIKE '%pg_postmaster_start_time%' AND calls >= $1",
            _POLLS,
        )
        session.terminate()
    return Figure(f"empty poll, {partitions} partition{'s' * (partitions > 1)}, execution", spent, "ms", budget)


def _writers(server: Scratch) -> Iterator[Figure]:
    """Throughput of eight writers with three tails, and with a NOTIFY trigger nobody listens to, against neither."""
    dsn = server.of("writers")
    with_tails, with_trigger, alone = [], [], []
    pgbench(server, 1)  # something to begin with, for tails to print
    for pair in range(_PAIRS):
        for leg in (0, 1) if pair % 2 else (1, 0):
            if leg:
                with _tails(dsn, 3):
                    with_tails.append(pgbench(server, _LEG))
            else:
                alone.append(pgbench(server, _LEG))
        asyncio.run(execute(dsn, _NOTIFY))
        with_trigger.append(pgbench(server, _LEG))
        asyncio.run(execute(dsn, "DROP FUNCTION told() CASCADE"))
    ratio = statistics.median(one / other for one, other in zip(with_tails, alone, strict=True))
    peer = statistics.median(one / other for one, other in zip(with_trigger, alone, strict=True))
    yield Figure("writers without a tail", statistics.median(alone), "/s")
    yield Figure(
        "writers with three tails, share of without",
        ratio,
        "",
        0.9,
        at_least=True,
        peer_name="NOTIFY trigger",
        peer=peer,
    )


async def _latency(server: Scratch) -> list[Figure]:
    """Age of messages when a listener gets them, at a steady rate; and what the tail's server process uses."""
    ages: list[float] = []

    def listen(event: TailEvent) -> None:
        if isinstance(event, Batch) and not event.backlog:
            now = datetime.now(UTC)
            ages.extend((now - message.created_at).total_seconds() * 1000 for message in event.messages)

    async with Database(server.of("writers")) as database:
        tail = Tail(database)
        tail.subscribe(listen)
        await tail.start()
        await until(lambda: tail.state.phase is Phase.FOLLOWING)
        cpu, started = time.process_time(), time.monotonic()
        await asyncio.to_thread(pgbench, server, 8, "-R", str(_RATE))
        took = time.monotonic() - started
        own = (time.process_time() - cpu) / took
        await tail.stop()
    ranked = sorted(ages)
    return [
        Figure("messages a second delivered", len(ages) / took, "/s"),
        Figure(f"age on arrival at {_RATE} messages/s, p50", ranked[len(ranked) // 2], "ms"),
        Figure(f"age on arrival at {_RATE} messages/s, p99", ranked[len(ranked) * 99 // 100], "ms", 500.0),
        Figure(f"the tail's own CPU at {_RATE} messages/s", own * 100, "% core", 10.0),
    ]


@contextmanager
def _tails(dsn: str, count: int) -> Iterator[None]:
    """So many processes that follow, each printing to a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        files = [(Path(folder) / str(number)).open("wb") for number in range(count)]
        command = ["nice", "-n", "19", sys.executable, "-m", "gbtui", "tail", "--dsn", dsn, "--no-migrate", "--json"]
        running = [subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT) for file in files]
        try:
            for file in files:
                while not Path(file.name).stat().st_size:  # the backlog: it follows
                    time.sleep(0.02)
            yield
        finally:
            for process in running:
                process.terminate()
                process.wait()
            for file in files:
                file.close()
