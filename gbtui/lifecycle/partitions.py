"""Monthly partitions, made ahead of time by the one function in the database that makes them."""

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import asyncpg

from gbtui.database.sql import statement
from gbtui.errors import LockedError
from gbtui.schema.owner import acting_as_owner

PARTITIONED: Final = ("public.message_history", "gb_meta.audit_log")
"""The tables that are partitioned by month."""

MONTHS_AHEAD: Final = 3
"""How many whole months after the current one must always have a partition."""


_ENSURE: Final = "SELECT gb_meta.ensure_partition($1::oid::regclass, $2)"


@dataclass(frozen=True, slots=True)
class Headroom:
    """How far ahead one table's partitions reach.

    `oldest` and `newest` are the first days of months (UTC). INSERTs dated `covered_until` or later fail;
    `months_ahead` counts whole months after the current one, -1 if the current one itself is missing.
    `rows_estimate` is the planner's. `detaching`: a DETACH CONCURRENTLY was left half done.
    """

    schema: str
    table: str
    partitions: int
    oldest: date
    newest: date
    covered_until: datetime
    months_ahead: int
    detaching: bool
    rows_estimate: int


async def ensure_ahead(
    connection: asyncpg.Connection, months: int = MONTHS_AHEAD, *, patience: float = 30.0
) -> tuple[str, ...]:
    """Make the partitions that are missing from the first month known to `months` ahead; names what was made.

    Safe with any number of starters, and nothing on a database without these tables. Attaching must wait for
    writers of the tables that foreign keys point to, and while it waits others wait behind it: so it waits
    100 ms at most and tries again later, for `patience` seconds in all. Raises LockedError after that.
    """
    missing = await connection.fetch(statement("meta/partitions_missing").text, list(PARTITIONED), months)
    deadline = time.monotonic() + patience
    async with acting_as_owner(connection):
        made = [
            f"{row['name']} {row['month']:%Y-%m}"
            for row in missing
            if await _ensure(connection, row["parent"], row["month"], deadline)
        ]
    return tuple(made)


async def _ensure(connection: asyncpg.Connection, parent: int, month: date, deadline: float) -> bool:
    pause = 0.05
    while True:
        try:
            # Read committed: whoever waited for another starter must see what that one made.
            async with connection.transaction(isolation="read_committed"):
                await connection.execute("SET LOCAL lock_timeout = '100ms'")
                return bool(await connection.fetchval(_ENSURE, parent, month))
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if time.monotonic() + pause > deadline:
                raise LockedError(
                    "No partition could be made",
                    f"the table for {month:%Y-%m} waits for a lock: {error}",
                    "a long write or vacuum of users, bots or user_sessions holds it; the next start tries again",
                ) from error
        # Jitter keeps starters that failed together from trying together; growing pauses leave writers room.
        await asyncio.sleep(random.uniform(0.5, 1.0) * pause)
        pause = min(pause * 2, 2.0)


async def headroom(connection: asyncpg.Connection) -> tuple[Headroom, ...]:
    """How far ahead each monthly partitioned table reaches."""
    return tuple(Headroom(**dict(row)) for row in await connection.fetch(statement("meta/partitions").text))
