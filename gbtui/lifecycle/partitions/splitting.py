"""Dividing a partition that holds rows of many months, while everybody goes on; where it was stopped it goes on.

The steps, each of which can be the last before a break: empty tables for the months and a trigger that notes what
changes; the rows copied in batches; keys and indexes, month by month; foreign keys, validated; what changed meanwhile
copied again; counts and checksums of both held against each other; then, within milliseconds, the months take the
place of the partition. That one stays as a detached table, with all its rows, until somebody drops it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier
from gbtui.errors import GbtuiError
from gbtui.lifecycle.batches import Batches
from gbtui.lifecycle.partitions.listing import Partition, State, listed
from gbtui.lifecycle.partitions.moment import PATIENCE, Tell, moment
from gbtui.lifecycle.partitions.past import months
from gbtui.lifecycle.partitions.record import Work
from gbtui.schema.owner import acting_as_owner

_JOB: Final = "partitions.split"
_BEGIN: Final = "SELECT gb_meta.split_begin($1::text::regclass, $2::date[])"
_COPY: Final = "SELECT * FROM gb_meta.split_copy($1::text::regclass, $2, $3, $4, $5)"
_INDEX: Final = "SELECT gb_meta.split_index($1::text::regclass, $2)"
_REFERENCE: Final = "SELECT gb_meta.split_reference($1::text::regclass, m) FROM unnest($2::date[]) m"
_VALIDATE: Final = "SELECT gb_meta.validate_all(gb_meta.split_table($1::text::regclass, $2)::regclass)"
_DRAIN: Final = "SELECT gb_meta.split_drain($1::text::regclass, $2, $3)"
_COMPARE: Final = "SELECT * FROM gb_meta.split_compare($1::text::regclass, $2::date[])"
_LACKS: Final = "SELECT gb_meta.attach_lacks($1::text::regclass, gb_meta.split_table($2::text::regclass, $3)::regclass)"
_FINISH: Final = "SELECT gb_meta.split_finish($1::text::regclass)"
_BEGUN: Final = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t"
    " WHERE t.tgrelid = $1::text::regclass AND t.tgname = 'note_change')"
)
_UNDO: Final = "SELECT gb_meta.split_undo($1::text::regclass)"
_SWAP: Final = "SELECT gb_meta.split_swap($1::text::regclass, $2::date[])"
_MANY: Final = 10_000
_FEW: Final = 100
"""So few notes are left for the moment in which everybody waits."""
_START: Final = datetime(1, 1, 2, tzinfo=UTC)
_NIL: Final = UUID(int=0)


async def split(
    connection: Connection, part: Partition, since: date, *, patience: float, tell: Tell, stop: asyncio.Event | None
) -> tuple[str, ...]:  # fmt: skip
    """Divide `part`, which is open to the past, into its months from `since` on; says which tables there are then."""
    assert part.upper is not None
    table = part.full_table
    async with Work(connection, _JOB, table).alone() as work:
        wanted = list(months(since, part.upper.astimezone(UTC).date()))
        await work.begin(partition=part.partition, months=wanted)
        if work.detail["partition"] != part.partition:
            await work.dropped(f"{work.detail['partition']} is not open to the past any more")
            await work.begin(partition=part.partition, months=wanted)
        begun = [date.fromisoformat(str(month)) for month in work.detail["months"]]
        if begun != wanted and work.resumed:
            tell(f"going on with what was begun: from {begun[0]:%Y-%m} on")
        return await _Splitting(connection, part, begun, work, _How(patience, tell, stop)).run()


async def undo_split(connection: Connection, table: str, *, patience: float = PATIENCE) -> bool:
    """Take back that a table's partition is being divided: its copies go, it stays as it was; whether one was."""
    work = Work(connection, _JOB, table)
    async with work.alone(), acting_as_owner(connection):
        for part in await listed(connection):
            if part.full_table == table and part.state == State.ATTACHED:

                async def undo(connection: Connection, part: Partition = part) -> None:
                    await connection.execute(_UNDO, part.name)

                if await connection.fetchval(_BEGUN, part.name):
                    await moment(connection, undo, part.partition, patience)
        return await work.abandon("taken back")


@dataclass(frozen=True, slots=True)
class _How:
    """How long a lock is tried for, who is told, and what ends it."""

    patience: float
    tell: Tell
    stop: asyncio.Event | None


class _Splitting:
    """One partition being divided."""

    def __init__(
        self, connection: Connection, part: Partition, wanted: Sequence[date], work: Work, how: "_How"
    ) -> None:
        self._connection, self._part, self._months, self._work = connection, part, list(wanted), work
        self._patience, self._tell, self._stop = how.patience, how.tell, how.stop

    async def run(self) -> tuple[str, ...]:
        """All steps; those that are done do nothing."""
        await self._moment(_BEGIN, self._months)
        oid = await self._connection.fetchval("SELECT $1::text::regclass::oid::bigint", self._part.name)
        batches = Batches(self._connection, [oid], stop=self._stop, tell=self._tell, patience=self._patience)
        for month in self._months:
            await self._copy(batches, month)
            await self._long(_INDEX, month)
        await self._moment(_REFERENCE, self._months)
        await self._drain(batches)
        for month in self._months:
            await self._long(_VALIDATE, month)
        await self._compare()
        await self._drain(batches)
        return await self._swap()

    async def _copy(self, batches: Batches, month: date) -> None:
        key = f"copied {month:%Y-%m}"
        at = self._work.detail.get(key, {})
        if at.get("done"):
            return
        rows = int(at.get("rows", 0))
        after = (datetime.fromisoformat(at["at"]), UUID(at["id"])) if at else (self._floor(month), _NIL)

        async def copy(connection: Connection) -> int:
            row = await connection.fetchrow(_COPY, self._part.name, month, *after, batches.size)
            assert row is not None
            count, last = int(row["copied"]), (row["last_at"] or after[0], row["last_id"] or after[1])
            ended = count < batches.size
            await self._work.note(**{key: {"rows": rows + count, "at": last[0], "id": last[1], "done": ended}})
            taken.append((last, ended))
            return count

        taken: list[tuple[tuple[datetime, UUID], bool]] = []
        done = False
        while not done:
            rows += await batches.run(copy)
            after, done = taken[-1]
            self._tell(f"{month:%Y-%m}: {rows:,} rows copied")

    def _floor(self, month: date) -> datetime:
        """Behind which key the month begins; the first one is open to the past."""
        if month == self._months[0]:
            return _START
        return datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(microseconds=1)

    async def _drain(self, batches: Batches) -> None:
        """Copy again what changed, until the next batch would be a small one."""
        first = self._months[0]

        async def work(connection: Connection) -> int:
            return int(await connection.fetchval(_DRAIN, self._part.name, first, batches.size))

        while await batches.run(work) >= _FEW:
            pass

    async def _compare(self) -> None:
        """Refuse to go on unless the copy holds the very rows; what changes just now, and is noted, is left out."""
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            await self._connection.execute("SET LOCAL statement_timeout = 0")
            row = await self._connection.fetchrow(_COMPARE, self._part.name, self._months)
        assert row is not None
        if not row["same"]:
            raise GbtuiError(
                "The copy is not equal",
                f"{row['rows']:,} rows in the partition, {row['copied']:,} copied",
                "the partition stays as it is; --undo takes the copy away, then begin again",
            )
        self._tell(f"{row['rows']:,} rows, the same checksum in the copy")

    async def _swap(self) -> tuple[str, ...]:
        async def swap(connection: Connection) -> str:
            # What came while a lock was not to be had is not worked off while everybody waits.
            await connection.execute(_DRAIN, self._part.name, self._months[0], _MANY)
            old = str(await connection.fetchval(_SWAP, self._part.name, self._months))
            await self._work.done(detached=old)
            return old

        for month in self._months:
            if lacks := await self._connection.fetchval(_LACKS, self._part.parent, self._part.name, month):
                raise GbtuiError(
                    "The copy is not like its table", f"{month:%Y-%m} lacks {lacks}", "--undo, begin again"
                )
        old = await moment(self._connection, swap, self._part.partition, self._patience)
        for month in self._months:
            # Their bounds say the same now. Where this is not reached, every row is checked twice, and no more.
            await self._finish(f"{self._part.table}_p{month:%Y%m}")
        self._tell(f"{old} holds what was divided; drop it when you are content")
        return tuple(f"{self._part.table} {month:%Y-%m}" for month in self._months)

    async def _finish(self, partition: str) -> None:
        async def finish(connection: Connection) -> None:
            await connection.execute(_FINISH, f"gb_part.{identifier(partition)}")

        await moment(self._connection, finish, partition, self._patience)

    async def _moment(self, text: str, *arguments: object) -> None:
        async def work(connection: Connection) -> None:
            await connection.execute(text, self._part.name, *arguments)

        await moment(self._connection, work, self._part.partition, self._patience)

    async def _long(self, text: str, month: date) -> None:
        """On a table that nobody else uses: it may take its time."""
        async with self._connection.transaction():
            await self._connection.execute("SET LOCAL statement_timeout = 0")
            await self._connection.execute(text, self._part.name, month)
