"""The history of sizes: a sample each hour, kept two weeks, and one each day, kept three years; never more.

Tables with their partitions, indexes and TOAST are measured, databases and WAL too. What tenants hold is estimated from
the planner's statistics, as the list of tenants has it: no table is read for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg

from gbtui.database.sql import statement
from gbtui.domain.tenant_list.held import read_held
from gbtui.lifecycle.jobs.job import Counts, Run

if TYPE_CHECKING:
    from gbtui.database.connection import Connection
    from gbtui.database.database import Database

HOURS_KEPT: Final = timedelta(days=14)
DAYS_KEPT: Final = timedelta(days=3 * 366)
TABLES: Final = 100
"""Tables that are named in a sample; the rest are "others"."""
TENANTS: Final = 100
OTHERS: Final = "others"
_MEASURED: Final = 2_000
"""Tables and partitions that are measured at most, the largest first: some 50 microseconds each."""

_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a thing is. `rows` is the planner's estimate."""

    kind: str
    name: str
    bytes: int
    rows: int | None = None


async def sample_sizes(run: Run) -> Counts:
    """Take a sample for this hour, and for this day if there is none; forget what is past its time."""
    connection = run.connection
    before = await _before(connection, run.now)
    tables, held_up = await _tables(connection, before)
    sizes = [*await _whole(connection), *tables, *await _tenants(run.database)]
    columns = [[getattr(size, name) for size in sizes] for name in ("kind", "name", "bytes", "rows")]
    async with connection.transaction():
        for grain in ("hour", "day"):
            await connection.execute(statement("lifecycle/growth/insert").text, grain, run.now, *columns)
        forget = statement("lifecycle/growth/forget").text
        await connection.execute(forget, run.now - HOURS_KEPT, run.now - DAYS_KEPT)
    if held_up:
        run.notes["not measured"] = held_up[:10]
    return {"sizes": len(sizes), "tables that are locked": len(held_up)}


async def _before(connection: "Connection", now: datetime) -> Mapping[_Key, int]:
    row = await connection.fetchrow(statement("lifecycle/growth/last").text, now)
    if row is None:
        return {}
    return dict(zip(zip(row["kinds"], row["names"], strict=True), row["bytes"], strict=True))


async def _tables(connection: "Connection", before: Mapping[_Key, int]) -> tuple[list[Size], list[str]]:
    """The largest by name, partitions as one; and those of which a part is locked: they stand as they stood before."""
    found = await connection.fetch(statement("lifecycle/growth/relations").text, _MEASURED)
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '30s'")
        try:
            async with connection.transaction():
                rows = await connection.fetch(statement("server/table_sizes").text, [row["id"] for row in found])
        except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError):
            rows = []  # a lock came between looking and opening: all stand as before
    measured = {row["id"]: row["table_bytes"] + row["index_bytes"] + row["toast_bytes"] for row in rows}
    return together(found, measured, before)


def together(
    relations: Sequence[Any], measured: Mapping[int, int], before: Mapping[_Key, int]
) -> tuple[list[Size], list[str]]:
    """The parts of each table as one, the largest by name, the rest as others. Pure."""
    bytes_of, rows_of, held_up = dict[str, int](), dict[str, float](), dict[str, None]()
    for part in relations:
        name = part["name"]
        bytes_of[name] = bytes_of.get(name, 0) + measured.get(part["id"], 0)
        rows_of[name] = rows_of.get(name, 0.0) + (part["rows"] or 0.0)
        if part["id"] not in measured:
            held_up[name] = None
    for name in held_up:
        if (known := before.get(("table", name))) is not None:
            bytes_of[name] = known
    largest = sorted(bytes_of, key=lambda name: (-bytes_of[name], name))
    sizes = [Size("table", name, bytes_of[name], round(rows_of[name])) for name in largest[:TABLES]]
    rest = largest[TABLES:]
    if rest:
        sizes.append(
            Size("table", OTHERS, sum(bytes_of[name] for name in rest), round(sum(rows_of[name] for name in rest)))
        )
    return sizes, list(held_up)


async def _whole(connection: "Connection") -> list[Size]:
    (row,) = await connection.fetch(statement("lifecycle/growth/whole").text)
    sizes = [
        Size("databases", "all", row["databases_bytes"]),
        Size("database", row["database"], row["database_bytes"]),
        Size("written", "wal", row["written_bytes"]),
    ]
    try:
        sizes.append(Size("wal", "wal", await connection.fetchval(statement("lifecycle/growth/wal").text)))
    except asyncpg.InsufficientPrivilegeError:
        return sizes
    return sizes


async def _tenants(database: "Database") -> list[Size]:
    """The tenants that the planner's statistics name, and what all the others hold together."""
    held = await read_held(database)
    sizes = {str(org_id): round(held.of(org_id, 1, 0) or 0.0) for org_id in held.common}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:TENANTS]
    rest = round(held.total) - sum(sizes[name] for name in largest)
    found = [Size("tenant", name, sizes[name]) for name in largest]
    return [*found, Size("tenant", OTHERS, max(0, rest))] if found else []
