"""Proof of a round trip: on a scratch database each migration goes up, down and up again, and the catalogs agree."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from gbtui.database.sql import identifier
from gbtui.errors import DeniedError, MigrationError
from gbtui.schema import catalog, runner
from gbtui.schema.options import DEFAULTS, Options
from gbtui.schema.source import Migration

PREFIX: Final = "gbtui_verify_"
_TOLD: Final = 12  # differences named one by one

Connect = Callable[[str], Awaitable[asyncpg.Connection]]


@dataclass(frozen=True, slots=True)
class Proof:
    """What one migration's round trip showed; no `problems` means the catalogs were identical. Times in ms.

    `name` is "all together" for the last one: everything down and up again at once.
    """

    version: str
    name: str
    objects: int
    took_ms: float
    problems: tuple[str, ...]


async def verify(
    admin: asyncpg.Connection, connect: Connect, migrations: Sequence[Migration], options: Options = DEFAULTS
) -> tuple[Proof, ...]:
    """Prove the whole source, in order, on a database made for it and dropped again whatever happens.

    `admin` is a connection to any database of the server, `connect` opens one by name. A migration that fails
    ends the proof with its error as the last problem.
    """
    quiet = replace(options, progress=DEFAULTS.progress)
    async with scratch(admin, connect) as connection:
        proofs: list[Proof] = []
        for migration in migrations:
            options.progress(f"{migration.name}: up, down, up")
            proofs.append(await _prove(connection, migrations, migration, quiet))
            if proofs[-1].problems:
                return tuple(proofs)
        if all(migration.down is not None for migration in migrations):
            options.progress("all together: down, up")
            proofs.append(await _prove_all(connection, migrations, quiet))
        return tuple(proofs)


@asynccontextmanager
async def scratch(admin: asyncpg.Connection, connect: Connect) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a new empty database of the server; both are gone at the end."""
    name = f"{PREFIX}{secrets.token_hex(6)}"
    try:
        # template0: whatever template1 was given must not help a migration along.
        await admin.execute(f"CREATE DATABASE {identifier(name)} TEMPLATE template0")
    except asyncpg.InsufficientPrivilegeError as error:
        role = await admin.fetchval("SELECT current_user")
        raise DeniedError(
            "No scratch database", str(error), f"ALTER ROLE {role} CREATEDB; or --dsn embedded: to prove it there"
        ) from error
    try:
        connection = await connect(name)
        try:
            yield connection
        finally:
            await connection.close(timeout=5)
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")


async def _prove(
    connection: asyncpg.Connection, migrations: Sequence[Migration], migration: Migration, options: Options
) -> Proof:
    started = time.perf_counter()
    problems: list[str] = []
    after: catalog.Snapshot = {}
    try:
        before = await catalog.snapshot(connection)
        await runner.up(connection, migrations, to=migration.version, options=options)
        after = await catalog.snapshot(connection)
        if migration.down is None:
            problems.append("there is no down.sql: no way back")
        else:
            await runner.down(connection, migrations, options=options)
            problems += _differences("down does not undo up", before, await catalog.snapshot(connection))
            await runner.up(connection, migrations, to=migration.version, options=options)
            problems += _differences("up after down is not the same", after, await catalog.snapshot(connection))
    except MigrationError as error:
        problems.append(str(error))
    took = (time.perf_counter() - started) * 1000
    return Proof(migration.version, migration.name, len(after), took, tuple(problems))


async def _prove_all(connection: asyncpg.Connection, migrations: Sequence[Migration], options: Options) -> Proof:
    started = time.perf_counter()
    before = await catalog.snapshot(connection)
    problems: tuple[str, ...] = ()
    try:
        await runner.down(connection, migrations, steps=len(migrations), options=options)
        await runner.up(connection, migrations, options=options)
        problems = _differences("not the same after all down, all up", before, await catalog.snapshot(connection))
    except MigrationError as error:
        problems = (str(error),)
    return Proof("", "all together", len(before), (time.perf_counter() - started) * 1000, problems)


def _differences(title: str, before: catalog.Snapshot, after: catalog.Snapshot) -> tuple[str, ...]:
    changes = catalog.compare(before, after)
    told = [f"{title}: {change}" for change in changes[:_TOLD]]
    if len(changes) > _TOLD:
        told.append(f"{title}: and {len(changes) - _TOLD} more differences")
    return tuple(told)
