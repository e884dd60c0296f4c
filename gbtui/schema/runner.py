"""Running migrations as Diesel runs them, with what Diesel lacks: one runner at a time, lock timeouts, retries.

The connection must be direct (no transaction-mode pooler): the runner's advisory lock belongs to the session.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from gbtui.errors import MigrationError
from gbtui.schema import concurrent, failures, history
from gbtui.schema.options import DEFAULTS, Applied, Options
from gbtui.schema.owner import acting_as_owner, apply_access
from gbtui.schema.source import Migration, refuse_problems

# The first eight bytes of sha256("gbtui.migrate") as a signed integer; advisory locks are per database.
ADVISORY_KEY: Final = -4405154945901595632
_TRANSIENT: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_UNDONE: Final = "nothing of this migration remains; the database is as it was before it"


async def up(
    connection: asyncpg.Connection,
    migrations: Sequence[Migration],
    *,
    to: str | None = None,
    options: Options = DEFAULTS,
) -> list[Applied]:
    """Apply what is pending, in order, up to and including version `to`; what another starter did is left out.

    Each migration is committed with its version row or leaves nothing; raises MigrationError at the first failure.
    Whether this database may be touched at all is the caller's question (status.standing).
    """
    async with alone(connection, options):
        await history.ensure_diesel_table(connection)
        have = await history.applied(connection)
        pending = [m for m in migrations if m.version not in have and (to is None or m.version.encode() <= to.encode())]
        refuse_problems(pending)
        done = [done for m in pending if (done := await _run(connection, m, options, down=False))]
        if done:
            await apply_access(connection, options)
        return done


async def down(
    connection: asyncpg.Connection,
    migrations: Sequence[Migration],
    *,
    steps: int = 1,
    to: str | None = None,
    options: Options = DEFAULTS,
) -> list[Applied]:
    """Take back the newest `steps` applied migrations, or all newer than version `to`; the newest first."""
    async with alone(connection, options):
        undone = to_revert(migrations, await history.applied(connection), steps=steps, to=to)
        return [done for m in undone if (done := await _run(connection, m, options, down=True))]


async def redo(
    connection: asyncpg.Connection, migrations: Sequence[Migration], *, options: Options = DEFAULTS
) -> list[Applied]:
    """Take back the newest migration and apply it again; two transactions, as in Diesel."""
    async with alone(connection, options):
        last = to_revert(migrations, await history.applied(connection))
        done = [await _run(connection, m, options, down=True) for m in last]
        done += [await _run(connection, m, options, down=False) for m in last]
        return [applied for applied in done if applied]


def to_revert(
    migrations: Sequence[Migration], have: Iterable[str], *, steps: int = 1, to: str | None = None
) -> list[Migration]:
    """Which migrations a down would take back, newest first; MigrationError where one cannot be."""
    known = {m.version: m for m in migrations}
    newest = sorted(have, key=str.encode, reverse=True)
    versions = newest[:steps] if to is None else [v for v in newest if v.encode() > to.encode()]
    chosen = []
    for version in versions:
        if version not in known:
            raise MigrationError(
                "Cannot take back an unknown migration",
                f"the database has version {version}, which this source does not hold",
                "use the version of the tool that applied it",
            )
        if known[version].down is None:
            raise MigrationError("No way back", f"{known[version].name} has no down.sql")
        chosen.append(known[version])
    refuse_problems(chosen, down=True)
    return chosen


@asynccontextmanager
async def alone(connection: asyncpg.Connection, options: Options = DEFAULTS) -> AsyncIterator[None]:
    """Hold the runner's advisory lock, acting as the schema's owner.

    The lock is polled: a session *blocking* in it would hold up another's CREATE INDEX CONCURRENTLY, which waits for
    every older snapshot, and the two would deadlock.
    """
    deadline = time.monotonic() + options.queue
    waiting = False
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_KEY):
        if not waiting:
            options.progress("another gbtui is migrating this database; waiting for it")
            waiting = True
        if time.monotonic() > deadline:
            raise MigrationError(
                "Another gbtui is migrating this database",
                f"waited {options.queue:.0f} s for its lock",
                f"see pg_locks where locktype = 'advisory' and objid = {ADVISORY_KEY & 0xFFFFFFFF}",
            )
        await asyncio.sleep(random.uniform(0.03, 0.12))
    try:
        async with acting_as_owner(connection):
            yield
    finally:
        if not connection.is_closed():
            await connection.execute(f"SELECT pg_advisory_unlock({ADVISORY_KEY})")


async def _run(connection: asyncpg.Connection, migration: Migration, options: Options, *, down: bool) -> Applied | None:
    """One migration, tried again while locks are in the way; None if another runner was faster."""
    deadline = time.monotonic() + options.patience
    attempt = 0
    options.progress(f"{'taking back' if down else 'applying'} {migration.name}")
    step = _in_transaction if migration.in_transaction else concurrent.run
    while True:
        attempt += 1
        started = time.perf_counter()
        try:
            done = await step(connection, migration, options, down=down)
        except _TRANSIENT as error:
            if time.monotonic() > deadline:
                raise await _failure(connection, migration, error, down=down) from error
            who = await failures.holders(connection, (migration.down if down else migration.up) or "")
            what = who or failures.server_message(error)
            options.progress(f"{migration.name} waits: {what}; trying again (attempt {attempt})")
            await asyncio.sleep(min(5.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.5))
        except asyncpg.PostgresError as error:
            raise await _failure(connection, migration, error, down=down) from error
        else:
            elapsed = (time.perf_counter() - started) * 1000
            return Applied(migration.version, migration.name, elapsed, attempt) if done else None


async def _in_transaction(
    connection: asyncpg.Connection, migration: Migration, options: Options, *, down: bool
) -> bool:
    """BEGIN; lock out every other runner, Diesel too; look again; the whole file; the version row; COMMIT."""
    sql = migration.down if down else migration.up
    assert sql is not None  # to_revert refused a migration without down.sql
    started = time.perf_counter()
    async with connection.transaction():
        await connection.execute(
            f"SET LOCAL lock_timeout = {round(options.lock_timeout * 1000)};"
            f"SET LOCAL statement_timeout = {0 if migration.marks else round(options.statement_timeout * 1000)};"
            "SET LOCAL idle_in_transaction_session_timeout = '60s'"
        )
        await connection.execute(history.LOCK_TABLE)
        if await history.is_applied(connection, migration.version) is not down:
            return False
        before = await connection.fetchrow(_TRANSACTION)
        await connection.execute(sql)
        if await connection.fetchrow(_TRANSACTION) != before:
            raise MigrationError(
                "A migration left its transaction or changed search_path",
                f"{migration.path / ('down.sql' if down else 'up.sql')}",
                "Diesel would fail on it too; qualify names and leave COMMIT and search_path alone",
            )
        if down:
            await history.forget(connection, migration.version)
        else:
            await history.record(connection, migration, (time.perf_counter() - started) * 1000, options.actor)
    return True


_TRANSACTION: Final = "SELECT pg_current_xact_id()::text, current_setting('search_path')"


async def _failure(
    connection: asyncpg.Connection, migration: Migration, error: asyncpg.PostgresError, *, down: bool
) -> MigrationError:
    """The error with its place; where the server sent none, the failing statement is looked for."""
    sql = (migration.down if down else migration.up) or ""
    place = failures.place_of(sql, error)
    if place is None and migration.in_transaction and not migration.marks and not connection.is_closed():
        place = await failures.locate(connection, sql, error)
    who = await failures.holders(connection, sql) if isinstance(error, asyncpg.LockNotAvailableError) else ""
    file = migration.down_file if down else migration.up_file
    return failures.FailedMigrationError(file, error, place, "; ".join(part for part in (who, _UNDONE) if part))
