"""One refresh of Activity and of Locks beside pg_activity on the same loaded server: the server's time, statements, and
bytes on the wire.

pg_activity is taken from this Python, or from the one named by GBTUI_BENCH_PG_ACTIVITY (`pip install
"pg_activity[psycopg]"` in an environment of its own); without it our own figures stand alone.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import asyncpg

from bench.figure import Figure
from bench.relay import relay
from gbtui.database.database import Database
from gbtui.demo.embedded import EmbeddedServer
from gbtui.monitor.monitor import Monitor

REFRESHES: Final = 200
PAUSE: Final = 0.03
"""Seconds between refreshes, for both: a console does not ask in a tight loop, with everything warm."""
IDLE, IN_TRANSACTION, WAITING = 30, 15, 15
_SERVER: Final = {"fsync": "off", "pg_stat_statements.track_planning": "on"}
_PEER: Final = Path(__file__).with_name("server_time_peer.py")
_COST: Final = """
    SELECT coalesce(sum(total_plan_time + total_exec_time), 0) AS ms, coalesce(sum(calls), 0) AS calls
    FROM pg_stat_statements
    WHERE userid = $1::regrole AND query !~ '^(SET|BEGIN|COMMIT|ROLLBACK)' AND query ~ $3
        AND calls >= $2 -- what is asked once, when connecting, is no refresh
"""

_TOLD: Final = {"activity": "query_id", "locks": "pg_locks"}
"""What is in the statement of a screen and in none of the other's."""

_HOLD: Final = "/*tenant='acme',bot='support'*/ SELECT count(*) FROM t"
_WANT: Final = "/*tenant='acme',bot='support'*/ SELECT * FROM t"


def figures() -> Iterator[Figure]:
    """Milliseconds of server time a refresh: ours, and the peer's."""
    home = Path(tempfile.mkdtemp(prefix="gbtui-bench-", dir="/tmp"))
    embedded = EmbeddedServer(home, configuration=_SERVER)
    try:
        yield from asyncio.run(_measure(embedded.start()))
    finally:
        embedded.stop()
        embedded.wait_stopped()
        shutil.rmtree(home)


async def _measure(dsn: str) -> list[Figure]:
    admin = await asyncpg.connect(dsn, timeout=10)
    crowd: list[asyncpg.Connection[asyncpg.Record]] = []
    try:
        await admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements; CREATE ROLE ours LOGIN SUPERUSER")
        await admin.execute("CREATE ROLE peer LOGIN SUPERUSER; CREATE TABLE t AS SELECT 1 AS a")
        tasks = await _load(dsn, crowd)
        found = []
        for screen in ("activity", "locks"):
            await admin.execute("SELECT pg_stat_statements_reset()")
            found += await _compared(dsn, screen, admin)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return found
    finally:
        for session in crowd:
            session.terminate()
        await admin.close(timeout=5)


async def _compared(dsn: str, screen: str, admin: "asyncpg.Connection[asyncpg.Record]") -> list[Figure]:
    """Our refreshes and the peer's, each through a relay that counts."""
    head, _, folder = dsn.partition("host=")
    async with relay(Path(folder)) as between:
        through = f"{head}host={between.folder}"
        await _ours(through, screen)
        our_bytes = between.passed
        peer_runs = await asyncio.to_thread(_peer, through, screen)
        peer_bytes = between.passed - our_bytes
    ours, theirs = [
        await admin.fetchrow(_COST, role, REFRESHES, which) for role, which in (("ours", _TOLD[screen]), ("peer", ""))
    ]
    assert ours is not None
    assert theirs is not None
    # Whom each waits for is read with the locks, once for both screens; pg_activity's list does not tell it.
    name = f"{screen} of {IDLE + IN_TRANSACTION + WAITING} sessions, a refresh"
    wire = ": on the wire, with the locks" if screen == "activity" else ": on the wire"

    def figure(what: str, unit: str, cost: float, peer: float, *, judged: bool = False) -> Figure:
        other = peer / REFRESHES if peer_runs else None
        budget = other if judged else None
        return Figure(f"{name}{what}", cost / REFRESHES, unit, budget, peer_name="pg_activity", peer=other)

    return [
        figure("", "ms", ours["ms"], theirs["ms"], judged=True),
        figure(": statements", "", float(ours["calls"]), float(theirs["calls"])),
        figure(wire, "B", our_bytes, peer_bytes),
    ]


async def _load(dsn: str, crowd: "list[asyncpg.Connection[asyncpg.Record]]") -> "list[asyncio.Task[str]]":
    """Idle sessions, open transactions, and a queue behind a waiting ALTER TABLE."""
    for number in range(IDLE + IN_TRANSACTION + WAITING):
        session = await asyncpg.connect(dsn, timeout=10)
        crowd.append(session)
        if IDLE <= number < IDLE + IN_TRANSACTION:
            await session.execute("BEGIN")
            await session.execute(_HOLD)
    waiting = crowd[IDLE + IN_TRANSACTION :]
    tasks = [asyncio.create_task(waiting[0].execute("ALTER TABLE t ADD b int"))]
    await asyncio.sleep(0.5)
    tasks += [asyncio.create_task(session.execute(_WANT)) for session in waiting[1:]]
    await asyncio.sleep(0.5)
    return tasks


async def _ours(dsn: str, screen: str) -> None:
    async with Database(dsn.replace("//gbtui@", "//ours@")) as database:
        monitor = Monitor(database)
        for _ in range(REFRESHES):
            await asyncio.sleep(PAUSE)
            if screen == "activity":
                await monitor.once("locks")  # as the console does, which always watches both
            sample = await monitor.once(screen)
            assert sample.error is None
            assert len(sample.rows) >= WAITING


def _peer(dsn: str, screen: str) -> bool:
    """Run pg_activity's own code as often; False where it is not installed."""
    python = os.environ.get("GBTUI_BENCH_PG_ACTIVITY") or (sys.executable if find_spec("pgactivity") else "")
    if not python:
        return False
    peer = dsn.replace("//gbtui@", "//peer@")
    subprocess.run([python, str(_PEER), peer, screen, str(REFRESHES), str(PAUSE)], check=True, timeout=300)
    return True
