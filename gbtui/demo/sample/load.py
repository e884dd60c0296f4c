"""Load a demo into an empty database: COPY into partitions that stand alone, then indexed and attached, at once."""

import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Final, Literal

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import identifier
from gbtui.database.translate import translate
from gbtui.demo.sample import people, talk, tenants
from gbtui.demo.sample.copying import chunks
from gbtui.demo.sample.shape import Listener, Loaded, Progress, Size
from gbtui.demo.secrets import data_key
from gbtui.errors import UsageError

# Trusted work of minutes in one transaction; nothing of it needs to survive a crash half done.
_SETTINGS: Final = """\
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = '10s';
SET LOCAL synchronous_commit = off;
SET LOCAL maintenance_work_mem = '256MB';
"""
# Nobody did these things: they are not on record as done, and recording them would take longer than all the rest.
_AUDITED: Final = """\
SELECT t.tgrelid::regclass::text AS target, t.tgname AS name
FROM pg_trigger t WHERE t.tgfoid = to_regprocedure('gb_meta.audit_row()') AND t.tgenabled <> 'D'"""
_EMPTY: Final = (
    "SELECT NOT EXISTS (SELECT FROM public.organizations) AND NOT EXISTS (SELECT FROM public.message_history)"
)
_PARTITIONS: Final = """\
SELECT c.relname, to_date(right(c.relname, 6), 'YYYYMM') AS month
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'public.message_history'::regclass
ORDER BY month"""
_CREATE: Final = "SELECT gb_meta.create_partition('public.message_history', $1, $2)"
_INDEX: Final = "SELECT gb_meta.index_partition('public.message_history', $1)"
_ENSURE: Final = "SELECT gb_meta.ensure_partition('public.message_history', $1)"
_ATTACH: Final = "SELECT gb_meta.attach_partition('public.message_history', $1, $2)"
# Where somebody has made a key of their own, that one stays the active one.
_KEY: Final = """\
INSERT INTO gb_meta.vault_keys (key_id, wrapped, master, active, retired_at)
SELECT $1, $2, $3, NOT a.there, CASE WHEN a.there THEN now() END
FROM (SELECT EXISTS (SELECT FROM gb_meta.vault_keys k WHERE k.active) AS there) a
ON CONFLICT (key_id) DO NOTHING"""
_BESIDE: Final = {
    "user_sessions": talk.SESSION_COLUMNS,
    "user_kb_associations": talk.COLLECTION_COLUMNS,
    "session_tool_associations": talk.TOOL_COLUMNS,
    "clicks": talk.CLICK_COLUMNS,
}
# What a row costs, in messages copied; measured on the large size.
_COST_OTHER: Final = 3.0
_COST_INDEX: Final = 1.2


async def load(
    connection: Connection,
    size: Size,
    seed: int = 1,
    progress: Listener = lambda _: None,
    *,
    now: datetime | None = None,
) -> Loaded:
    """Fill an empty database that has the core migrations; all of it or, on any failure or interruption, nothing.

    The connection must be direct and own the tables. The same seed and `now` (default: the clock) give the same
    rows. Other sessions cannot read message_history until it is done. Raises UsageError if there is data already.
    """
    started = time.monotonic()
    loading = _Loading(connection, size, Random(seed), now or datetime.now(UTC), _Meter(size, progress))
    try:
        async with connection.transaction():
            await connection.execute(_SETTINGS)
            await loading.run()
        loading.meter.say("tidying up")
        await connection.execute(
            f"VACUUM (ANALYZE) {', '.join(f'public.{table}' for table in loading.rows)}", timeout=None
        )
    except (asyncpg.PostgresError, OSError) as exc:
        raise translate(exc) from exc
    loading.meter.end()
    return Loaded(size, seed, MappingProxyType(loading.rows), time.monotonic() - started)


class _Meter:
    """Counts work done, in the cost of one message copied, and guesses how long the rest takes."""

    def __init__(self, size: Size, listener: Listener) -> None:
        shape = size.value
        others = shape.sessions * 3 + shape.bots * 8 + shape.users * 2
        self._total = shape.messages * (1 + _COST_INDEX) + others * _COST_OTHER
        self._done = 0.0
        self._started = time.monotonic()
        self._listener = listener
        self._what = ""

    def say(self, what: str) -> None:
        self._what = what
        self.add(0)

    def add(self, work: float) -> None:
        self._done += work
        share = min(self._done / self._total, 0.99)
        passed = time.monotonic() - self._started
        left = passed / share - passed if share > 0.02 else None
        self._listener(Progress(share, self._what, left))

    def reach(self, work: float) -> None:
        """So much of what is being done now; not kept."""
        done, self._done = self._done, self._done + work
        self.add(0)
        self._done = done

    def end(self) -> None:
        self._listener(Progress(1.0, "done", 0.0))


class _Loading:
    """One load: the steps in insert order, and the rows counted by table."""

    def __init__(self, connection: Connection, size: Size, random: Random, now: datetime, meter: _Meter) -> None:
        self._connection = connection
        self._shape = size.value
        self._random = random
        self._now = now
        self.meter = meter
        self.rows: dict[str, int] = {}

    async def run(self) -> None:
        """Everything; in the caller's transaction."""
        await self._connection.execute("LOCK TABLE public.message_history IN ACCESS EXCLUSIVE MODE")
        if not await self._connection.fetchval(_EMPTY):
            raise UsageError("The database holds data already", "sample data is loaded into an empty one only")
        audited = await self._connection.fetch(_AUDITED)
        await self._switch(audited, "DISABLE")
        await self._fill()
        await self._switch(audited, "ENABLE")

    async def _switch(self, triggers: list[asyncpg.Record], how: Literal["DISABLE", "ENABLE"]) -> None:
        """Row triggers of the audit log off or on; nobody else is on these tables."""
        for one in triggers:
            await self._connection.execute(f"ALTER TABLE {one['target']} {how} TRIGGER {identifier(one['name'])}")

    async def _fill(self) -> None:
        months = talk.plan(self._shape, self._now)
        since = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=months[0].start)

        self.meter.say("organizations and bots")
        world = tenants.build(self._random, self._shape.organizations, self._shape.bots, self._shape.users, since)
        await self._copy(world.tables, tenants.COLUMNS)
        self.meter.say("people")
        persons, tables = people.build(self._random, world.tenants, since)
        await self._copy(tables, people.COLUMNS)
        key = data_key()
        await self._connection.execute(_KEY, key.key_id, key.wrapped, key.master)
        await self._conversations(months, world, persons)

    async def _copy(self, tables: tenants.Tables, columns: tenants.Columns) -> None:
        for table, names in columns.items():
            await self._connection.copy_records_to_table(
                table, schema_name="public", columns=names.split(), records=tables[table]
            )
            self._count(table, len(tables[table]))
            self.meter.add(len(tables[table]) * _COST_OTHER)

    async def _conversations(
        self, months: list[talk.Month], world: tenants.World, persons: list[people.Person]
    ) -> None:
        # The empty ones make room: the first of them is open to the past, where the sample's months lie.
        empty = await self._connection.fetch(_PARTITIONS)
        for row in empty:
            await self._connection.execute(f"DROP TABLE gb_part.{identifier(row['relname'])}")
        number = 0
        for month in months:
            self.meter.say(f"conversations of {month.first:%Y-%m}")
            month_talk = talk.Talk(self._random, world, persons, month, number)
            number += month.sessions
            await self._month(month, month_talk, first=month is months[0])
        for month in months:
            await self._connection.execute(_ATTACH, month.first, month is months[0])
        for row in empty:
            if row["month"] > months[-1].first:
                await self._connection.execute(_ENSURE, row["month"])

    async def _month(self, month: talk.Month, said: talk.Talk, *, first: bool) -> None:
        await self._connection.execute(_CREATE, month.first, first)
        partition = f"message_history_p{month.first:%Y%m}"
        # FREEZE: made in this transaction, so nobody can have seen it; saves a later rewrite by VACUUM.
        await self._connection.copy_to_table(
            partition, schema_name="gb_part", columns=talk.MESSAGE_COLUMNS, format="binary", freeze=True,
            source=_stream(said.messages(), lambda: self.meter.reach(said.written)),
        )  # fmt: skip
        self.meter.add(month.messages)
        self._count("message_history", month.messages)
        for table, rows in said.tables.items():
            await self._connection.copy_to_table(
                table, schema_name="public", columns=_BESIDE[table], format="binary", source=_stream(chunks(rows))
            )
            self._count(table, len(rows))
            self.meter.add(len(rows) * _COST_OTHER)
        await self._connection.execute(_INDEX, month.first)
        self.meter.add(month.messages * _COST_INDEX)

    def _count(self, table: str, rows: int) -> None:
        self.rows[table] = self.rows.get(table, 0) + rows


async def _stream(pieces: Iterable[bytes], tick: Callable[[], None] = lambda: None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        tick()
