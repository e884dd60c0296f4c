"""Removing a whole month: detached while everybody goes on writing, looked at again, dropped.

A month is marked in its comment: what an interrupted run left behind is known by that, and no table that somebody else
detached is ever dropped. Between detaching and dropping its rows are counted once more and the policies are read anew:
one that somebody keeps or holds by then is put back.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier
from gbtui.errors import QueryError
from gbtui.lifecycle import partitions
from gbtui.lifecycle.partitions.moment import moment
from gbtui.lifecycle.partitions.past import rebound
from gbtui.lifecycle.partitions.record import alone
from gbtui.lifecycle.retention.plan import TABLES, Dropped, Month, counts_of
from gbtui.lifecycle.retention.policy import policies
from gbtui.lifecycle.retention.rows import Archiving, Record
from gbtui.schema.owner import acting_as_owner

if TYPE_CHECKING:
    from datetime import datetime

    from gbtui.database.database import Database
    from gbtui.lifecycle.archive.manifest import Manifest

_ENSURE: Final = "SELECT gb_meta.ensure_partition($1::text::regclass, $2)"
_COUNT_MS: Final = 600_000
# Whoever places a hold is through before the last look, or waits until the month is gone: for some milliseconds, as
# does whoever queues behind these locks, of which DROP TABLE takes several.
_LAST_LOOK: Final = (
    "SET LOCAL lock_timeout = 25; LOCK TABLE gb_meta.legal_holds, gb_meta.retention_policies IN SHARE MODE"
)


class _Kept(Exception):
    """Why a month that was to be dropped is kept."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one tenant that went with a month."""

    org_id: UUID | None
    organization: str
    rows: int


async def drop(
    database: "Database", connection: Connection, record: Record, dropped: Dropped, *, at: "datetime",
    archive: Archiving | None,
) -> list[Gone]:  # fmt: skip
    """Detach and drop a month, or go on with one that was detached; rows by tenant.

    Archived before, while it is read and written, and held against that when nobody can write it any more.

    Raises LockedError where it is never free, QueryError where somebody keeps it by now.
    """
    month, table = dropped.month, TABLES[dropped.kind]

    async def remake(connection: Connection) -> None:
        await connection.execute(_ENSURE, table, month.month)

    made = (
        await _archived(connection, record, dropped, archive)
        if archive and month.attached and not dropped.empty
        else None
    )
    detached = await partitions.detach(connection, f"gb_part.{month.name}", to_be_dropped=True)
    name = detached.removeprefix("gb_part.")
    async with acting_as_owner(connection):
        found = await _counted(connection, dropped, name)
        why = await _kept(database, dropped, found, at)
        if archive and found and not why:
            if made is None or not await archive.equal(made, dropped.kind, month, name):
                made = await _archived(connection, record, dropped, archive, name)
            why = _unread(made, found)
        if not why:
            try:
                await _drop(database, connection, record, dropped, name=name, gone=found, at=at)
            except _Kept as kept:
                why = str(kept)
            else:
                if dropped.remade:
                    await moment(connection, remake, month.name)
                return found
    await put_back(connection, table, month, name)
    raise QueryError(f"{month.name} is kept", why, "it is where it was; run it again")


async def _kept(database: "Database", dropped: Dropped, found: list[Gone], at: "datetime") -> str:
    """Why a month stays: by the policies and holds as they are now, somebody keeps rows of it; "": nobody does."""
    cutoffs = (await policies(database)).cutoffs(dropped.kind, at)
    keepers = [one.organization or str(one.org_id) for one in found if cutoffs.of(one.org_id) < dropped.month.until]
    return f"{', '.join(keepers)} keeps rows of it by now" if keepers else ""


def _unread(made: "Manifest", found: list[Gone]) -> str:
    """Why the archive is not all of the month: whoever archives may see fewer rows than the owner, who counted."""
    rows = sum(one.rows for one in found)
    return (
        ""
        if made.data.rows == rows
        else f"its archive has {made.data.rows} of its {rows} rows: this login sees no more"
    )


async def _archived(
    connection: Connection, record: Record, dropped: Dropped, archive: Archiving, detached: str = ""
) -> "Manifest":
    made = await archive.month(dropped.kind, dropped.month, detached)
    await record.archived(connection, made)
    return made


async def _counted(connection: Connection, dropped: Dropped, name: str) -> list[Gone]:
    await connection.execute(f"SET statement_timeout = {_COUNT_MS}")
    try:
        rows = await connection.fetch(counts_of(dropped.kind, name).text)
    finally:
        await connection.execute("RESET statement_timeout")
    return [Gone(row["org_id"], row["organization"], row["rows"]) for row in rows]


async def _drop(
    database: "Database", connection: Connection, record: Record, dropped: Dropped, *, name: str, gone: list[Gone],
    at: "datetime",
) -> None:  # fmt: skip
    """The table and the records of what was in it, all or none; _Kept where somebody keeps it by then.

    Dropping locks the tables that its foreign keys point to, for everybody: so it comes last.
    """
    month, table = dropped.month, TABLES[dropped.kind]

    async def work(connection: Connection) -> None:
        for one in gone:
            await record.within(connection, "retention.dropped", table, month.name, one.org_id, rows=one.rows)
        total = sum(one.rows for one in gone)
        await record.within(
            connection, "retention.month_dropped", table, f"{month.month:%Y-%m}", None, rows=total, bytes=dropped.disk
        )
        await connection.execute(_LAST_LOOK)
        if why := await _kept(database, dropped, gone, at):
            raise _Kept(why)
        await connection.execute(f"DROP TABLE gb_part.{identifier(name)}")

    await moment(connection, work, name)


async def put_back(connection: Connection, table: str, month: Month, name: str) -> None:
    """Attach a detached month again where it was. The CHECK that detaching left says what the bound says.

    Where the month behind it has become open to the past meanwhile, it gets its lower bound again in the same moment.
    """
    schema, _, parent = table.partition(".")
    since = "MINVALUE" if month.first else f"'{month.since}'"

    async def work(connection: Connection) -> None:
        await connection.execute(f"ALTER TABLE gb_part.{identifier(name)} RENAME TO {identifier(month.name)}")
        await connection.execute(
            f"ALTER TABLE {identifier(schema)}.{identifier(parent)} ATTACH PARTITION gb_part.{identifier(month.name)}"
            f" FOR VALUES FROM ({since}) TO ('{month.until}')"
        )
        await connection.execute(f"COMMENT ON TABLE gb_part.{identifier(month.name)} IS NULL")

    # Alone: whoever finds the CHECK of a move that was cut off takes it away.
    async with alone(connection, table), acting_as_owner(connection):
        oldest = next(
            one for one in reversed(await partitions.listed(connection))
            if (one.schema, one.table, one.state) == (schema, parent, partitions.State.ATTACHED)
        )  # fmt: skip
        if month.first and oldest.open_to_past:
            assert oldest.upper is not None
            await rebound(connection, oldest, month.end, also=work)
        else:
            await moment(connection, work, name)
