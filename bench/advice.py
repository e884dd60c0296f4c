"""Advice from the workload: slow statements on the medium demo, the five first indexes made, the same statements again.

What `gbtui advise` reads is what ran here, by pg_stat_statements; what it advises is run as it stands. The workload's
time before and after, in one run on one server; the embedded server has no hypopg, so it is the estimate's advice.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from bench.figure import Figure
from gbtui.database.database import Database
from gbtui.demo.sample import Size, load
from gbtui.monitor.advice.workload.reading import read_workload
from tests.conftest import migrate
from tests.scratch import scratch

_TOP: Final = 5
_TIMES: Final = 40
_VALUES: Final = (
    "SELECT (SELECT message_id FROM folder_messages ORDER BY id LIMIT 1), "
    "(SELECT lower(from_address) FROM folder_messages ORDER BY id LIMIT 1), "
    "(SELECT element_id FROM clicks GROUP BY element_id ORDER BY count(*) LIMIT 1), "
    "(SELECT email FROM users ORDER BY id LIMIT 1), (SELECT org_id FROM bots ORDER BY id LIMIT 1), "
    "(SELECT max(created_at) FROM user_sessions)"
)


def workload(values: Sequence[Any]) -> list[tuple[str, tuple[Any, ...]]]:
    """Statements that a mail client, a report and a support desk would run, and that no index of the schema serves."""
    message, sender, element, email, org, newest = values
    assert isinstance(newest, datetime)
    hour = timedelta(hours=1)
    return [
        ("SELECT subject, sent_at FROM folder_messages WHERE message_id = $1", (message,)),
        ("SELECT count(*) FROM folder_messages WHERE lower(from_address) = $1", (sender,)),
        ("SELECT * FROM clicks WHERE element_id = $1 ORDER BY timestamp DESC LIMIT 10", (element,)),
        ("SELECT id, username FROM users WHERE email = $1", (email,)),
        ("SELECT id, username FROM users ORDER BY created_at DESC LIMIT 20", ()),
        ("SELECT id FROM user_sessions WHERE created_at >= $1 AND created_at < $2", (newest - hour, newest)),
        ("SELECT id FROM user_sessions WHERE org_id = $1 ORDER BY created_at DESC LIMIT 20", (org,)),
        # Served already, or by nothing: what advice must leave alone.
        ("SELECT count(*) FROM message_history WHERE created_at > $1", (newest - hour,)),
        ("SELECT sender, count(*) FROM message_history GROUP BY sender", ()),
    ]


async def _run(connection: asyncpg.Connection, statements: Sequence[tuple[str, tuple[Any, ...]]]) -> list[float]:
    """Seconds that each took, all its calls together."""
    took = []
    for text, arguments in statements:
        times = 1 if "GROUP BY sender" in text else _TIMES
        prepared = await connection.prepare(text)
        began = time.perf_counter()
        for _ in range(times):
            await prepared.fetch(*arguments)
        took.append(time.perf_counter() - began)
    return took


async def _measure(dsn: str) -> tuple[list[float], list[float], list[str]]:
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    await load(connection, Size.MEDIUM)
    await connection.execute("CREATE EXTENSION pg_stat_statements")
    await connection.execute("VACUUM ANALYZE")
    statements = workload(tuple(await connection.fetchrow(_VALUES) or ()))
    await _run(connection, statements)  # pages into memory
    await connection.execute("SELECT pg_stat_reset(), pg_stat_statements_reset()")
    before = await _run(connection, statements)
    async with Database(dsn) as database:
        found = await read_workload(database)
    advised = [one.statement for one in found.advice[:_TOP]]
    for statement in advised:
        await connection.execute(statement)
    await connection.execute("ANALYZE")
    await _run(connection, statements)
    after = await _run(connection, statements)
    await connection.close()
    return before, after, advised


def figures() -> Iterable[Figure]:
    """The workload's total, and how often each of the first five was right."""
    with scratch(settings={"shared_preload_libraries": "pg_stat_statements"}) as server:
        before, after, advised = asyncio.run(_measure(server.dsn))
    for statement in advised:
        print(f"  made: {statement}")
    yield Figure("indexes made of the advised", float(len(advised)), "")
    yield Figure("the workload, after", sum(after) * 1000, "ms", peer_name="before", peer=sum(before) * 1000)
    served, served_before = sum(after[:7]), sum(before[:7])
    yield Figure("what an index could serve, after", served * 1000, "ms", peer_name="before", peer=served_before * 1000)
