"""The first partition, which is open to the past: kept so, and months made below it for an import of old rows."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.errors import RefusedError
from gbtui.lifecycle.partitions.listing import Partition, State, listed
from gbtui.lifecycle.partitions.moment import PATIENCE, Tell, moment
from gbtui.lifecycle.partitions.record import BusyError, alone, on_record
from gbtui.schema.owner import acting_as_owner

Also = Callable[[Connection], Awaitable[None]]

_EARLIER: Final = (
    "SELECT pg_catalog.format('SELECT EXISTS (SELECT FROM ONLY %s t WHERE t.created_at < $1)', $1::text::regclass)"
)
_CHECK: Final = "SELECT gb_meta.bound_check($1::text::regclass, $2, $3)"
_LEFT: Final = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint c"
    " WHERE c.conrelid = $1::text::regclass AND c.conname = 'month_bound')"
)
_REBOUND: Final = "SELECT gb_meta.rebound_partition($1::text::regclass, $2, $3)"
_MAKE: Final = (
    "SELECT gb_meta.create_partition($1::text::regclass, $2, $3), gb_meta.attach_partition($1::text::regclass, $2, $3)"
)
SMALL: Final = 16 << 20
"""Bytes of a table, with its indexes, that can be read while everybody waits: a few milliseconds."""
_SETTLED: Final = timedelta(days=1)
EARLIEST: Final = date(1970, 1, 1)
"""Nobody said anything before."""


async def open_to_past(connection: Connection, only: str = "", *, patience: float = PATIENCE) -> tuple[str, ...]:
    """Let the oldest partition of each table (or of `only` one) take all earlier rows; says whose did not.

    It is closed to them by its bound, or by the CHECK of a `rebound` whose connection was lost in between.
    Where another works on a table, that one does it.
    """
    closed = {
        one.full_table
        for one in _oldest(await listed(connection))
        if not one.open_to_past or await connection.fetchval(_LEFT, one.name)
    }
    opened = []
    for table in sorted(closed & {only} if only else closed):
        with suppress(BusyError):
            async with alone(connection, table), acting_as_owner(connection):
                oldest = await _oldest_of(connection, table)
                if oldest is not None and not oldest.open_to_past:
                    await rebound(connection, oldest, None, patience=patience)
                elif oldest is not None and await connection.fetchval(_LEFT, oldest.name):
                    await moment(connection, partial(_withdraw, part=oldest), oldest.partition, patience)
                else:
                    continue
                opened.append(f"{oldest.partition} open to the past")
    return tuple(opened)


async def split_past(
    connection: Connection, table: str, since: date, *, patience: float = PATIENCE, tell: Tell = lambda _: None,
    stop: asyncio.Event | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Give each month from `since` on a partition of its own, out of the one that is open to the past.

    `table` with its schema. Says which partitions were made; () where all were there. Where the open partition holds
    no rows of earlier months than its own, that is one transaction of some milliseconds; else its rows are copied to
    the months in batches, while everybody goes on, and they take its place at once (see `splitting`). `stop` ends it
    behind the batch that runs (batches.Stopped), and the next call goes on there.

    Raises RefusedError for a table that has no such partition, LockedError after `patience` seconds.
    """
    from gbtui.lifecycle.partitions.splitting import split

    if since < EARLIEST:
        raise RefusedError("Not a month of messages", f"{since:%Y-%m} is before {EARLIEST:%Y-%m}")
    async with alone(connection, table), acting_as_owner(connection):
        first = await _oldest_of(connection, table)
        if first is None or not first.open_to_past or first.upper is None:
            raise RefusedError("Nothing to split", f"{table} has no partition that is open to the past")
        own = month_before(first.upper)
        if since.replace(day=1) >= own.date():
            return ()
        if await _is_simple(connection, first, own):
            with suppress(asyncpg.CheckViolationError):  # a row of an earlier month came meanwhile
                return await _months_below(connection, first, since.replace(day=1), patience)
        tell(f"{first.partition} holds rows of other months than its own: they are copied")
        return await split(connection, first, since.replace(day=1), patience=patience, tell=tell, stop=stop)


async def _is_simple(connection: Connection, first: Partition, own: datetime) -> bool:
    """Whether it holds its own month's rows alone, and the bound can be moved without refusing any in between.

    A small table is read while everybody waits for some milliseconds. Of a large one a CHECK must say beforehand what
    it holds, and is in force at once: that is done where the month began a day ago, so that nobody still writes rows of
    the month before; else the rows are copied.
    """
    if await connection.fetchval(await connection.fetchval(_EARLIER, first.name), own):
        return False
    return (first.total_bytes or SMALL) < SMALL or own + _SETTLED < datetime.now(UTC)


async def _months_below(connection: Connection, first: Partition, since: date, patience: float) -> tuple[str, ...]:
    """CheckViolationError where it holds rows of earlier months."""
    assert first.upper is not None
    own = month_before(first.upper)
    wanted = list(months(since, own.date()))

    async def make(connection: Connection) -> None:
        for month in wanted:
            await connection.execute(_MAKE, first.parent, month, month == since)

    checked = (first.total_bytes or SMALL) >= SMALL
    await rebound(connection, first, own, also=make, checked=checked, patience=patience)
    return tuple(f"{first.table} {month:%Y-%m}" for month in wanted)


async def rebound(
    connection: Connection, part: Partition, lower: datetime | None, *, also: Also | None = None, checked: bool = True,
    patience: float = PATIENCE,
) -> None:  # fmt: skip
    """Move the lower bound of an attached partition (None: open to the past), and do `also` in the same transaction.

    `checked`: the rows are looked at first, while everybody goes on, and the bounds then change within milliseconds;
    meanwhile a CHECK refuses rows outside. Without it they are looked at while everybody waits. Raises asyncpg's
    CheckViolationError where rows lie outside: then nothing has changed.
    """

    async def check(connection: Connection) -> None:
        await connection.execute(_CHECK, part.name, lower, part.upper)

    async def swap(connection: Connection) -> None:
        await connection.execute(_REBOUND, part.name, lower, part.upper)
        await _withdraw(connection, part)
        if also is not None:
            await also(connection)
        detail = {"partition": part.partition, "lower": lower, "upper": part.upper, "lower_before": part.lower}
        await on_record(connection, "partition.bounds_changed", part.full_table, detail)

    if not checked:
        await moment(connection, swap, part.partition, patience)
        return
    await moment(connection, check, part.partition, patience)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute(f"ALTER TABLE {part.name} VALIDATE CONSTRAINT month_bound")
        await moment(connection, swap, part.partition, patience)
    except BaseException:
        # Left in force, it would refuse rows that the partition is there for.
        if not connection.is_closed():
            await asyncio.shield(moment(connection, partial(_withdraw, part=part), part.partition, patience))
        raise


async def _withdraw(connection: Connection, part: Partition) -> None:
    await connection.execute(f"ALTER TABLE {part.name} DROP CONSTRAINT IF EXISTS month_bound")


def month_before(upper: datetime) -> datetime:
    """The first moment of the last month that ends with `upper`."""
    utc = upper.astimezone(UTC)
    return utc.replace(year=utc.year - (utc.month == 1), month=utc.month - 1 or 12)


def months(first: date, end: date) -> Iterable[date]:
    """The first days of the months from `first` on, `end` excluded."""
    month = first.replace(day=1)
    while month < end:
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


async def _oldest_of(connection: Connection, table: str) -> Partition | None:
    return next((one for one in _oldest(await listed(connection)) if one.full_table == table), None)


def _oldest(partitions: Iterable[Partition]) -> list[Partition]:
    """The oldest attached partition of each table."""
    oldest: dict[tuple[str, str], Partition] = {}
    for one in partitions:  # newest first
        if one.state == State.ATTACHED:
            oldest[one.schema, one.table] = one
    return list(oldest.values())
