"""From settings to an open database: start the embedded server if it is meant, connect, bring the schema up."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from gbtui.config import Config
from gbtui.config.capacity import Capacity
from gbtui.database import dsn, nodes, pgbouncer
from gbtui.database.connection import Connection, connect
from gbtui.database.database import Database
from gbtui.database.target import Target
from gbtui.database.translate import translate
from gbtui.demo.embedded import EmbeddedServer
from gbtui.errors import ConnectError, GbtuiError, NoFreeSlotError, NoTargetError, QueryError
from gbtui.lifecycle.startup import Banner, Rule, bring_up
from gbtui.resources import migrations
from gbtui.schema import source

_RESCUED: Final = "no free slot: connected by the profile's rescue_dsn"

Progress = Callable[[str], None]
Waiting = Callable[[ConnectError], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database, and what titles say of it.

    `label`: DEMO, the profile's name, or database and host. `banner`: what start-up did to the schema
    or left undone. `warnings`: what the user should know of the way here.
    """

    database: Database
    banner: Banner
    label: str
    is_demo: bool
    read_only: bool
    warnings: tuple[str, ...] = ()


@asynccontextmanager
async def opened(
    config: Config, progress: Progress | None = None, *, waiting: Waiting | None = None
) -> AsyncIterator[Opened]:
    """Open what the settings name, and close it at the end; raises the GbtuiError tree.

    `progress` hears a few words before each slow step. `waiting` hears each refusal of a server without a
    free slot, which is then asked again every 2 s; without it the first refusal is raised.
    NoTargetError where no server is named: none may be assumed.
    """
    named(config)
    say = progress or (lambda _step: None)
    async with reached(config, say) as target:
        warnings = (*config.file.warnings, *target.warnings)
        for warning in warnings:
            say(f"warning: {warning}")
        profile = config.profile.name if config.profile else ""
        database = Database(
            target,
            pool_size=config.pool_size,
            read_only=config.read_only,
            rescue=dsn.beside(config.rescue_dsn, os.environ),
            pooled=config.pooled,
            redact=config.redact,
            pgbouncer=dsn.beside(config.pgbouncer, os.environ),
            capacity=Capacity(profile, config.capacity),
            nodes=nodes.named(profile, config.nodes, config.connection, os.environ),
        )
        try:
            await _open(database, config, waiting)
            yield Opened(
                database=database,
                banner=await _bring_up(database, config),
                label=config.label or target.label,
                is_demo=config.is_embedded,
                read_only=config.read_only,
                warnings=(*warnings, *((_RESCUED,) if database.rescued else ()), *_in_clear(database)),
            )
        finally:
            await database.close()


def _in_clear(database: Database) -> tuple[str, ...]:
    """That everybody on the way can read what is said, where it is so."""
    hosts = database.target.hosts
    if database.facts.tls or all(host.is_local for host in hosts):
        return ()
    names = ", ".join(str(host) for host in hosts if not host.is_local)
    return (f"the connection to {names} is not encrypted: sslmode=verify-full, or at least require",)


def named(config: Config) -> None:
    """NoTargetError where no server is named: none may be assumed."""
    if not config.is_named:
        raise NoTargetError("No server is named", "", "name one: gbtui --dsn DSN, --profile NAME or PGHOST")


async def _open(database: Database, config: Config, waiting: Waiting | None) -> None:
    """Open; where there is no free slot, say who takes them, if pgbouncer can be asked."""
    try:
        await database.open(waiting)
    except NoFreeSlotError as exc:
        console = dsn.beside(config.pgbouncer, os.environ)
        if console is None:
            raise
        raise NoFreeSlotError(exc.title, exc.message, await pgbouncer.told(console)) from exc


@asynccontextmanager
async def reached(config: Config, progress: Progress) -> AsyncIterator[Target]:
    """The server that the settings name, not connected to yet; the embedded one runs as long as somebody is inside."""
    if not config.is_embedded:
        yield dsn.resolve(config.connection, os.environ)
        return
    loop = asyncio.get_running_loop()

    def say(step: str) -> None:
        loop.call_soon_threadsafe(progress, step)  # the server is started in a thread

    server = EmbeddedServer(config.data_dir)
    address = await asyncio.to_thread(server.start, say)
    try:
        yield dsn.target(address)
    finally:
        await asyncio.to_thread(server.stop)


async def _bring_up(database: Database, config: Config) -> Banner:
    """Migrations by the profile's rule; what goes wrong is said in a banner, unless there is nothing to open then."""
    mode = config.migrate
    rule = Rule(
        mode="auto" if mode == "auto" else "check" if mode == "check" else "off",
        read_only=config.read_only or database.facts.in_recovery,
        create=config.create,
        embedded=config.is_embedded,
    )
    if rule.mode == "off":
        return Banner()
    try:
        async with _connection(database, rule) as connection:
            banner = await bring_up(connection, source.read(migrations("core")), rule)
    except (asyncpg.PostgresError, ConnectError, QueryError) as exc:
        error = exc if isinstance(exc, GbtuiError) else translate(exc, role=database.facts.user)
        return Banner("warning", f"migrations could not be looked at: {error.message}", error.hint)
    if banner.applied:
        await database.refresh_facts()  # the platform's schema was not there before
    return banner


async def look_again(database: Database, config: Config) -> Banner:
    """What there is to say of the schema now; nothing is applied. The facts are read anew if it was not there."""
    if not database.facts.has_platform:
        await database.refresh_facts()
    return Banner() if config.migrate == "off" else await _bring_up(database, replace(config, migrate="check"))


@asynccontextmanager
async def _connection(database: Database, rule: Rule) -> AsyncIterator[Connection]:
    """A reader that is open anyway, or a writer of its own without a statement deadline: DDL takes what it takes."""
    if rule.read_only or rule.mode == "check":
        async with database.snapshot(as_role=True) as connection:
            yield connection
        return
    connection = await connect(database.target, purpose="write", statement_timeout=0.0)
    try:
        yield connection
    finally:
        await connection.close(timeout=2.0)
