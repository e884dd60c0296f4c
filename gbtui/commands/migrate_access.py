"""Which database `gbtui migrate` may touch: connecting for it, and what it refuses."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gbtui.commands.notes import note
from gbtui.errors import MigrationError

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.database.connection import Connection, Purpose
    from gbtui.database.target import Target
    from gbtui.schema.options import Options
    from gbtui.schema.status import Status


@asynccontextmanager
async def connected(config: "Config", purpose: "Purpose") -> "AsyncIterator[tuple[Connection, Target]]":
    """A direct connection of its own, without a statement deadline; driver errors become ours."""
    import asyncpg

    from gbtui.commands.opening import reached
    from gbtui.database.connection import connect
    from gbtui.database.translate import translate
    from gbtui.errors import NoTargetError

    if not config.is_named:
        raise NoTargetError("No server is named", "", "name one: gbtui migrate --dsn DSN, --profile NAME or PGHOST")
    if config.pooled:
        raise MigrationError(
            "A direct connection is needed",
            "a pooler is in between, and the lock against a second runner is the session's",
        )
    async with reached(config, note) as target:
        connection = await connect(target, purpose=purpose, statement_timeout=0.0)
        try:
            yield connection, target
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
            raise translate(exc, role=target.user) from exc
        finally:
            await connection.close(timeout=5.0)


def options() -> "Options":
    """The runner's patience for somebody who asked for this run."""
    from gbtui.schema.options import Options

    return Options(progress=note)


def may_write(config: "Config") -> None:
    """Refuse to write where the settings forbid it."""
    if config.read_only:
        hint = "" if config.read_only_always else "add --read-write, or read_only = false to the profile"
        raise MigrationError("Read-only", "this would write to the server, and the settings forbid it", hint)


def may_migrate(status: "Status", arguments: argparse.Namespace) -> None:
    """Refuse a database that is not ours to change; an empty one wants --init, but in the embedded server."""
    from gbtui.schema.status import Standing

    facts = status.facts
    if status.standing is Standing.FOREIGN:
        raise MigrationError("Not built by gbtui", f"database {facts.database}", status.why_foreign)
    if status.standing is Standing.NEWER:
        raise MigrationError(
            "Migrated further than this gbtui knows", f"version {status.unknown[-1]}", "use the newer gbtui"
        )
    config = arguments.config
    if status.standing is Standing.EMPTY and not (arguments.init or config.create or config.is_embedded):
        raise MigrationError("An empty database", facts.database, "add --init if this is the one to build in")
    if facts.in_recovery:
        raise MigrationError("A standby cannot be migrated", "", "migrate its primary")
    if not facts.may_migrate:
        raise MigrationError("Not the schema's owner", f"role {facts.role}", f"connect as {facts.owner or 'its owner'}")


def confirmed(status: "Status", arguments: argparse.Namespace, why: str) -> None:
    """Refuse, saying why a name is wanted, unless --confirm gave this database's."""
    if arguments.confirm == status.facts.database:
        return
    told = f"--confirm {arguments.confirm} is not its name" if arguments.confirm else why
    raise MigrationError("Not confirmed", told, f"if this may be: --confirm {status.facts.database}")
