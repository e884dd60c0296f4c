"""Taking a month out: DETACH CONCURRENTLY, which lets everybody go on, and the end of one that was interrupted."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier
from gbtui.errors import RefusedError
from gbtui.lifecycle.clock import server_now
from gbtui.lifecycle.partitions.listing import Partition, State, found, listed
from gbtui.lifecycle.partitions.moment import AGAIN, LOCK_MS, PATIENCE, Pauses, moment
from gbtui.lifecycle.partitions.past import open_to_past
from gbtui.lifecycle.partitions.record import BusyError, alone, on_record
from gbtui.schema.owner import acting_as_owner

_DIVIDED: Final = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t"
    " WHERE t.tgrelid = $1::text::regclass AND t.tgname = 'note_change')"
)
_CLOSE: Final = "SELECT gb_meta.close_partition($1::text::regclass)"
# Its parent's CHECK, NOT NULL and the bound as a CHECK stay on it, so that it can be attached again without a scan.
_COMMENT: Final = "SELECT pg_catalog.format('COMMENT ON TABLE %s IS %L', $1::text::regclass, $2::text)"
TO_BE_DROPPED: Final = "gbtui retention: detached to be dropped"
"""A month's comment, by which queries/lifecycle/retention/months.sql knows it again."""
_MARKED: Final = "SELECT pg_catalog.obj_description($1::text::regclass, 'pg_class') = $2::text"
_FREE: Final = "SELECT pg_catalog.to_regclass($1) IS NULL"


async def detach(
    connection: Connection, partition: str, *, to_be_dropped: bool = False, patience: float = PATIENCE
) -> str:
    """Take a month out of its table, and say the name (with schema) of the table that it is from then on.

    It stays whole and closed, as `gb_part.NAME_detached`; readers and writers go on meanwhile, and transactions that
    are open are waited for. The partition that is the oldest then becomes open to the past. One that is detached
    already is only named; one that was left half detached is finished. It is put on record. `to_be_dropped`: it is
    marked so from before the beginning, whoever ends it; without, it is no more.

    Raises QueryError for a name that nobody knows, RefusedError for a month that has not ended (rows of today would
    have no place), LockedError after `patience` seconds: then it may be half detached, and this or `ensure` goes on.
    """
    part = await found(connection, partition)
    if part.state == State.LOADING:
        raise RefusedError("Not a partition", f"{part.partition} is being filled by a split")
    if part.state == State.ATTACHED and (part.upper is None or part.upper > await server_now(connection)):
        raise RefusedError("Rows are still written to it", f"{part.partition} reaches beyond now", "wait for its end")
    table = part.full_table
    async with alone(connection, table), acting_as_owner(connection):
        if part.state == State.ATTACHED and await connection.fetchval(_DIVIDED, part.name):
            hint = "gbtui partitions split goes on with it, and with --undo takes it back"
            raise RefusedError("It is being divided", part.partition, hint)
        if part.state == State.ATTACHED:
            await _mark(connection, part, patience, to_be_dropped=to_be_dropped)
        name = await _out(connection, part, patience)
        await open_to_past(connection, table, patience=patience)
    return name


async def finish(connection: Connection, *, patience: float = PATIENCE) -> tuple[str, ...]:
    """Bring to an end what was left half detached; says of which tables. Where another works on it, that one does."""
    left = [
        part
        for part in await listed(connection)
        if part.state == State.DETACHING or (part.state == State.DETACHED and "_detached" not in part.partition)
    ]
    done = []
    for part in left:
        with suppress(BusyError):
            async with alone(connection, part.full_table), acting_as_owner(connection):
                done.append(f"{await _out(connection, part, patience)} detached")
    return tuple(done)


async def _out(connection: Connection, part: Partition, patience: float) -> str:
    if part.state != State.DETACHED:
        await _concurrently(connection, part, patience)
    elif "_detached" in part.partition:
        return f"{part.part_schema}.{part.partition}"

    async def work(connection: Connection) -> str:
        return await _renamed(connection, part)

    return await moment(connection, work, part.partition, patience)


async def _mark(connection: Connection, part: Partition, patience: float, *, to_be_dropped: bool) -> None:
    marked = bool(await connection.fetchval(_MARKED, part.name, TO_BE_DROPPED))
    if marked == to_be_dropped:
        return

    async def work(connection: Connection) -> None:
        text = await connection.fetchval(_COMMENT, part.name, TO_BE_DROPPED if to_be_dropped else None)
        await connection.execute(text)

    await moment(connection, work, part.partition, patience)


async def _concurrently(connection: Connection, part: Partition, patience: float) -> None:
    """The statement has two halves; what stops it in between leaves the partition pending, and FINALIZE goes on.

    Also its second half takes locks for which others would wait behind it, so it has 100 ms, too. A table has one
    pending partition at most: another's is finished first.
    """
    pauses = Pauses(part.partition, patience)
    await connection.execute(f"SET lock_timeout = {LOCK_MS}; SET statement_timeout = 0")
    try:
        while True:
            try:
                siblings = [
                    one for one in await listed(connection) if (one.schema, one.table) == (part.schema, part.table)
                ]
                for one in siblings:
                    if one.state == State.DETACHING:
                        await connection.execute(_text(one, "FINALIZE"))
                if any(one.partition == part.partition and one.state == State.ATTACHED for one in siblings):
                    await connection.execute(_text(part, "CONCURRENTLY"))
            except AGAIN as error:
                await pauses.after(error)
            else:
                return
    finally:
        if not connection.is_closed():
            await connection.execute("RESET lock_timeout; RESET statement_timeout")


def _text(part: Partition, how: str) -> str:
    return f"ALTER TABLE {part.parent} DETACH PARTITION {part.name} {how}"


async def _renamed(connection: Connection, part: Partition) -> str:
    """Give the detached table a name that no new month wants; it is closed, and on record."""
    wanted, number = f"{part.partition}_detached", 1
    while not await connection.fetchval(_FREE, f"{identifier(part.part_schema)}.{identifier(wanted)}"):
        number += 1
        wanted = f"{part.partition}_detached_{number}"
    try:
        await connection.execute(f"ALTER TABLE {part.name} RENAME TO {identifier(wanted)}")
    except asyncpg.UndefinedTableError:
        return f"{part.part_schema}.{wanted}"  # another finished it at the same moment
    name = f"{part.part_schema}.{wanted}"
    quoted = f"{identifier(part.part_schema)}.{identifier(wanted)}"
    await connection.execute(_CLOSE, quoted)
    since = "and everything before" if part.open_to_past else "alone"
    told = f"{part.schema}.{part.table} of one month {since} (UTC), detached {datetime.now(UTC):%Y-%m-%d}"
    if not await connection.fetchval(_MARKED, quoted, TO_BE_DROPPED):
        await connection.execute(await connection.fetchval(_COMMENT, quoted, told))
    await on_record(
        connection, "partition.detached", part.full_table,
        {"table": name, "lower": part.lower, "upper": part.upper, "total_bytes": part.total_bytes},
    )  # fmt: skip
    return name
