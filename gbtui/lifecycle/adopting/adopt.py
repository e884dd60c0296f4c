"""The steps of an adoption. Each leaves a table that works, each can be done again: so any can be the last.

Nothing is copied or rewritten: the plain table gets what the partitioned one has, the partitioned one is made beside
it, empty, and takes its place in one transaction of the catalog; the plain one is its first partition then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

import asyncpg

from gbtui.database.connection import HARDEN, Connection
from gbtui.database.rows import rows
from gbtui.database.sql import identifier, statement
from gbtui.errors import GbtuiError, RefusedError
from gbtui.lifecycle.adopting.shape import CONSTRAINTS, INDEXES, TX, Facts, missing, refusal
from gbtui.lifecycle.batches import Stopped
from gbtui.lifecycle.partitions.ahead import MONTHS_AHEAD
from gbtui.lifecycle.partitions.moment import PATIENCE, Tell, moment
from gbtui.lifecycle.partitions.past import month_before, months
from gbtui.lifecycle.partitions.record import Work
from gbtui.schema.owner import acting_as_owner

TABLE: Final = "public.message_history"
_JOB: Final = "partitions.adopt"
_AHEAD: Final = timedelta(days=30)
"""So long at least the bound is away: until the end, a row dated behind it is refused."""
_NEAR: Final = timedelta(days=2)
"""A bound that is as near as this, after a long break, is moved on."""
_FUTURE: Final = timedelta(days=366)
_LONG: Final = "SET lock_timeout = '1h'; SET statement_timeout = 0"
_RESET: Final = "RESET lock_timeout; RESET statement_timeout"
_NEWEST: Final = "SELECT max(created_at) FROM public.message_history"
_TX: Final = (
    # A constant is no rewrite: the rows that are there bear it from then on. Later ones bear their transaction.
    "ALTER TABLE public.message_history ADD COLUMN IF NOT EXISTS tx xid8 NOT NULL DEFAULT '3'::xid8;"
    " ALTER TABLE public.message_history ALTER COLUMN tx SET DEFAULT pg_current_xact_id()"
)
_BOUND: Final = "SELECT gb_meta.bound_check('public.message_history', NULL, $1)"
_PREPARE: Final = "SELECT gb_meta.adopt_parent('public.message_history')"
_HAS_MONTH: Final = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = 'gb_part'::pg_catalog.regnamespace"
    " AND c.relname = gb_meta.partition_name('gb_part.message_history', $1))"
)
_MONTH: Final = (
    "SELECT gb_meta.create_partition('gb_part.message_history', $1),"
    " gb_meta.attach_partition('gb_part.message_history', $1)"
)
_UNDO: Final = "SELECT gb_meta.adopt_undo('public.message_history')"
_SWAP: Final = "SELECT gb_meta.adopt_swap('public.message_history', $1, $2)"


async def adopt(
    connection: Connection, *, tell: Tell = lambda _: None, stop: asyncio.Event | None = None,
    patience: float = PATIENCE,
) -> None:  # fmt: skip
    """Turn the plain public.message_history into the partitioned one, or go on where another call ended.

    The connection is direct and the owner's. `tell` is told each step; `stop` ends it behind the one that runs
    (batches.Stopped). Raises RefusedError, with the reason, for a table that cannot be adopted and for one that is
    partitioned already; LockedError when a moment's lock is not got for `patience` seconds, or another works on it;
    GbtuiError where rows break a key that message_history must have.
    """
    async with acting_as_owner(connection):
        facts = await _facts(connection)
        if facts is None or facts.kind == "p":
            raise RefusedError("Nothing to adopt", f"{TABLE} is {'partitioned already' if facts else 'not there'}")
        if why := refusal(facts):
            raise RefusedError(f"{TABLE} cannot be partitioned in place", *why)
        async with Work(connection, _JOB, TABLE).alone() as work:
            await _Adoption(connection, work, tell, stop or asyncio.Event(), patience).run()


async def undo_adopt(connection: Connection, *, patience: float = PATIENCE) -> bool:
    """Take back an adoption that has not come to the swap; whether one was begun.

    The bound and the empty table beside it go. What the plain table got meanwhile (indexes, keys, the tail's column)
    stays: it harms nobody.
    """
    work = Work(connection, _JOB, TABLE)
    async with acting_as_owner(connection), work.alone():
        facts = await _facts(connection)
        if facts is not None and facts.kind == "r":

            async def undo(connection: Connection) -> None:
                await connection.execute(_UNDO)

            await moment(connection, undo, TABLE, patience)
        return await work.abandon("taken back")


async def _facts(connection: Connection) -> Facts | None:
    async with connection.transaction(readonly=True):
        await connection.execute(HARDEN)
        found = rows(Facts, await connection.fetch(statement("meta/adoption").text, TABLE))
    return found[0] if found else None


class _Adoption:
    """One run of the steps."""

    def __init__(
        self, connection: Connection, work: Work, tell: Tell, stop: asyncio.Event, patience: float
    ) -> None:  # fmt: skip
        self._connection, self._work, self._tell, self._stop, self._patience = connection, work, tell, stop, patience
        self._upper = datetime.now(UTC)

    async def run(self) -> None:
        """All of them, in order."""
        await self._begin()
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "the tail's column": self._column,
            "indexes": self._indexes,
            "keys and bound, not validated": self._constraints,
            "validating": self._validate,
            "the partitioned table, empty": self._prepare,
            "the months to come": self._months,
            "the swap": self._swap,
        }
        for number, (name, step) in enumerate(steps.items(), 1):
            if self._stop.is_set():
                raise Stopped
            self._tell(f"{number} of {len(steps)}: {name}")
            await self._work.note(step=name, steps=len(steps), number=number)
            await step()

    async def _begin(self) -> None:
        """Choose the bound, once: no row is dated behind it, nor will be for a month."""
        now = datetime.now(UTC)
        newest = await self._newest()
        if newest is not None and newest > now + _FUTURE:
            raise RefusedError(
                f"{TABLE} cannot be partitioned in place", f"a row is dated {newest:%Y-%m-%d}, far ahead",
                "correct what is dated into the future",
            )  # fmt: skip
        await self._work.begin(upper=_month_after(max(now + _AHEAD, newest or now)).isoformat())
        self._upper = datetime.fromisoformat(self._work.detail["upper"])
        if self._upper < now + _NEAR or (newest is not None and newest >= self._upper):
            # After a long break: what was made for the old bound does not fit the new one.
            await self._at_once(_UNDO)
            self._upper = _month_after(max(now + _AHEAD, newest or now))
            await self._work.note(upper=self._upper.isoformat())

    async def _newest(self) -> datetime | None:
        await self._connection.execute(_LONG)
        try:
            found: datetime | None = await self._connection.fetchval(_NEWEST)
        finally:
            await self._back()
        return found

    async def _column(self) -> None:
        facts = await _facts(self._connection)
        # Where it is there, not even a moment's lock.
        if facts is None or TX not in facts.columns or facts.tx_default is None:
            await self._at_once(_TX)

    async def _indexes(self) -> None:
        for shape, (name, text) in INDEXES.items():
            there = await self._has("index")
            if (name, False) in there.values():  # left half built by a run that ended
                await self._long(f"DROP INDEX CONCURRENTLY IF EXISTS public.{identifier(name)}")
            if there.get(shape, ("", False))[1]:
                continue
            self._tell(f"  {name}")
            try:
                await self._long(text)
            except asyncpg.UniqueViolationError as error:
                raise GbtuiError(
                    "Rows break a key", f"{name}: {error.detail or error}", "mend them, run it again"
                ) from error

    async def _constraints(self) -> None:
        there = await self._has("constraint")
        for shape in missing(CONSTRAINTS, there):
            self._tell(f"  {shape}")
            await self._at_once(CONSTRAINTS[shape])
        if f"{self._upper:%Y-%m-%d}" not in next((s for s, (name, _) in there.items() if name == "month_bound"), ""):

            async def bound(connection: Connection) -> None:
                await connection.execute(_BOUND, self._upper)

            await self._moment(bound)

    async def _validate(self) -> None:
        for name, whole in (await self._has("constraint")).values():
            if not whole:
                self._tell(f"  {name}")
                try:
                    await self._long(f"ALTER TABLE public.message_history VALIDATE CONSTRAINT {identifier(name)}")
                except asyncpg.IntegrityConstraintViolationError as error:
                    hint = "mend them, run it again"
                    raise GbtuiError("Rows break a key", f"{name}: {error.detail or error}", hint) from error

    async def _prepare(self) -> None:
        await self._at_once(_PREPARE)

    async def _months(self) -> None:
        last = _month_after(datetime.now(UTC) + timedelta(days=31 * MONTHS_AHEAD))
        for month in months(self._upper.date(), last.date()):
            self._tell(f"  {month:%Y-%m}")

            async def make(connection: Connection, month: date = month) -> None:
                if not await connection.fetchval(_HAS_MONTH, month):
                    await connection.execute(_MONTH, month)

            await self._moment(make)

    async def _swap(self) -> None:
        month = month_before(self._upper).date()

        async def swap(connection: Connection) -> None:
            await connection.execute(_SWAP, self._upper, month)
            await self._work.done(partition=f"message_history_p{month:%Y%m}")

        await self._moment(swap)

    # --- how a statement is run --------------------------------------------------------------------------

    async def _has(self, kind: str) -> dict[str, tuple[str, bool]]:
        """What each index or constraint is -> its name, and whether it is whole; of several alike a whole one."""
        async with self._connection.transaction(readonly=True):
            await self._connection.execute(f"{HARDEN}; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'")
            found = await self._connection.fetch(statement("meta/adoption_has").text, TABLE)
        there = sorted((row for row in found if row["kind"] == kind), key=lambda row: bool(row["whole"]))
        return {row["shape"]: (row["name"], row["whole"]) for row in there}

    async def _at_once(self, text: str) -> None:
        async def work(connection: Connection) -> None:
            await connection.execute(text)

        await self._moment(work)

    async def _moment(self, work: Callable[[Connection], Awaitable[None]]) -> None:
        await moment(self._connection, work, TABLE, self._patience)

    async def _long(self, text: str) -> None:
        """What stops neither readers nor writers may take its time, and wait for old transactions."""
        await self._connection.execute(_LONG)
        try:
            await self._connection.execute(text)
        finally:
            await self._back()

    async def _back(self) -> None:
        if not self._connection.is_closed():
            await self._connection.execute(_RESET)


def _month_after(moment: datetime) -> datetime:
    """The first moment of the month behind that of `moment`."""
    utc = moment.astimezone(UTC)
    return datetime(utc.year + utc.month // 12, utc.month % 12 + 1, 1, tzinfo=UTC)
