"""Months made ahead of time, by the one function in the database that makes them."""

import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.errors import LockedError
from gbtui.lifecycle.partitions.detaching import finish
from gbtui.lifecycle.partitions.moment import moment
from gbtui.lifecycle.partitions.past import open_to_past
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


async def ensure(connection: Connection, months: int = MONTHS_AHEAD, *, patience: float = 30.0) -> tuple[str, ...]:
    """The job: months ahead, half-done detaches finished, the first partition open to the past. Says what it did.

    Any number may run it at once; where all is well it reads the catalog and changes nothing. Raises LockedError
    after `patience` seconds; what is done by then stays done.
    """
    made = await ensure_ahead(connection, months, patience=patience)
    return (*made, *await finish(connection, patience=patience), *await open_to_past(connection, patience=patience))


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


async def _ensure(connection: Connection, parent: int, month: date, deadline: float) -> bool:
    async def work(connection: Connection) -> bool:
        return bool(await connection.fetchval(_ENSURE, parent, month))

    try:
        return await moment(connection, work, f"{month:%Y-%m}", max(deadline - time.monotonic(), 0.0))
    except LockedError as error:
        raise LockedError(
            "No partition could be made",
            f"the table for {month:%Y-%m} waits for a lock: {error.message}",
            "a long write or vacuum of users, bots or user_sessions holds it; the next start tries again",
        ) from error


async def headroom(connection: asyncpg.Connection) -> tuple[Headroom, ...]:
    """How far ahead each monthly partitioned table reaches."""
    return tuple(Headroom(**dict(row)) for row in await connection.fetch(statement("meta/partitions").text))
