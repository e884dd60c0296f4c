"""The audit triggers: the same writes with and without them, in turns on one server; microseconds a row.

Statements of one row, as people and applications write to these tables, and one of many rows, where the triggers weigh
most. A tenant's messages have no such trigger and cost what they did.
"""

import asyncio
import statistics
import time
from collections.abc import Iterable
from typing import Final

import asyncpg

from bench.figure import Figure
from tests.conftest import migrate
from tests.scratch import scratch

_TURNS: Final = 7
_SINGLE: Final = 400
_MANY: Final = 5000
_TRIGGERS: Final = ("audit_row", "audit_row_update", "audit_truncate")
_HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"
_INSERT: Final = "INSERT INTO users (username, email, password_hash) VALUES ($1, $1 || '@example.org', $2)"
_UPDATE: Final = "UPDATE users SET active = NOT active, updated_at = clock_timestamp() WHERE username = $1"
_IDLE: Final = "UPDATE users SET active = active WHERE username = $1"
_ALL: Final = "UPDATE users SET active = NOT active"


async def _switch(connection: asyncpg.Connection, how: str) -> None:
    for name in _TRIGGERS:
        await connection.execute(f"ALTER TABLE users {how} TRIGGER {name}")


async def _turn(connection: asyncpg.Connection) -> dict[str, float]:
    """Microseconds a row of each kind of write; all is undone."""
    took: dict[str, float] = {}
    transaction = connection.transaction()
    await transaction.start()
    names = [f"user{number}" for number in range(_SINGLE)]
    for kind, sql, arguments in (
        ("insert", _INSERT, [(name, _HASH) for name in names]),
        ("update", _UPDATE, [(name,) for name in names]),
        ("update that changes nothing", _IDLE, [(name,) for name in names]),
    ):
        prepared = await connection.prepare(sql)
        started = time.perf_counter()
        for each in arguments:
            await prepared.fetch(*each)
        took[kind] = (time.perf_counter() - started) / _SINGLE * 1e6
    await connection.execute(
        "INSERT INTO users (username, email, password_hash)"
        " SELECT 'more' || n, 'more' || n || '@example.org', $1 FROM generate_series(1, $2) n",
        _HASH,
        _MANY,
    )
    started = time.perf_counter()
    await connection.execute(_ALL)
    took["update of many in one statement"] = (time.perf_counter() - started) / (_MANY + _SINGLE) * 1e6
    await transaction.rollback()
    return took


async def _measure(dsn: str) -> tuple[dict[str, float], dict[str, float]]:
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    runs: dict[str, list[dict[str, float]]] = {"ENABLE": [], "DISABLE": []}
    for _ in range(_TURNS):
        for how, turns in runs.items():
            await _switch(connection, how)
            turns.append(await _turn(connection))
    await connection.close()
    with_, without = (
        {kind: statistics.median(turn[kind] for turn in turns) for kind in turns[0]} for turns in runs.values()
    )
    return with_, without


def figures() -> Iterable[Figure]:
    """Each kind of write, with the triggers and without."""
    with scratch() as server:
        with_, without = asyncio.run(_measure(server.dsn))
    for kind, microseconds in with_.items():
        yield Figure(f"{kind}, recorded", microseconds, "us/row", peer_name="without", peer=without[kind])
        yield Figure(f"{kind}, times as long", microseconds / without[kind], "x")
