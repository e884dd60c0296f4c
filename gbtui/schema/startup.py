"""Migrations when the console opens: apply, or only say what is pending; never a reason not to open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import asyncpg

from gbtui.errors import DeniedError, MigrationError
from gbtui.schema import runner
from gbtui.schema.options import Applied, Options
from gbtui.schema.source import Migration
from gbtui.schema.status import Standing, Status, read_status

Mode = Literal["auto", "check", "off"]
Severity = Literal["", "info", "warning", "critical"]

# A person is waiting for the first picture: give up on locks early, and try again at the next start.
PATIENCE: Final = Options(lock_timeout=1.0, patience=10.0, queue=60.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done at start-up: the profile's `migrate`, `read_only` and `create`; `embedded` for our own server.

    In the embedded server an empty database is always built.
    """

    mode: Mode = "auto"
    read_only: bool = True
    create: bool = False
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """What the console says about migrations: one sentence and advice; both empty when there is nothing to say.

    `ready`: the schema is ours and this role may write it, so partitions may be made ahead.
    """

    severity: Severity = ""
    text: str = ""
    advice: str = ""
    standing: Standing | None = None
    applied: tuple[Applied, ...] = ()
    ready: bool = False


async def bring_up(
    connection: asyncpg.Connection,
    migrations: Sequence[Migration],
    rule: Rule,
    options: Options = PATIENCE,
) -> Banner:
    """Follow the rule on a direct connection (writable unless rule.read_only) and say what there is to say.

    `off` looks at nothing; `check`, a read-only profile, a standby, a role that does not own the schema, a
    foreign or newer database, a failing migration: a banner. Raises MigrationError only where there would be
    nothing to open: a database that was to be built here and could not be.
    """
    if rule.mode == "off":
        return Banner()
    try:
        status = await read_status(connection, migrations)
        if not _may_apply(status, rule):
            return _say(status, rule)
        applied = await _apply(connection, status, options)
        return replace(_say(await read_status(connection, migrations), rule), applied=tuple(applied), ready=True)
    except asyncpg.LockNotAvailableError:
        return Banner("info", "another session is migrating this database", "it will be seen when it is done")
    except DeniedError as error:
        return Banner("warning", f"{error.title}: {error.message}", error.hint)
    except MigrationError as error:
        if rule.embedded or rule.create:
            raise
        return Banner("critical", f"{error.title}: {error.message}", error.hint, Standing.OURS)


def _may_apply(status: Status, rule: Rule) -> bool:
    if rule.mode != "auto" or rule.read_only or status.facts.in_recovery or not status.facts.is_owner:
        return False
    may_build = rule.create or rule.embedded
    return status.standing is Standing.OURS or (status.standing is Standing.EMPTY and may_build)


async def _apply(connection: asyncpg.Connection, status: Status, options: Options) -> list[Applied]:
    """What is pending before the first migration marked destructive or long_running.

    Building an empty database runs them all: there is nothing to destroy and nothing that takes long.
    """
    runnable = list(status.pending)
    if status.standing is Standing.OURS:
        marked = (at for at, migration in enumerate(runnable) if migration.marks)
        runnable = runnable[: next(marked, len(runnable))]
    if not runnable:
        return []
    return await runner.up(connection, runnable, options=options)


def _say(status: Status, rule: Rule) -> Banner:
    facts, standing = status.facts, status.standing
    if standing is Standing.FOREIGN:
        return Banner("info", status.why_foreign, "", standing)
    if standing is Standing.EMPTY:
        return Banner("warning", f"database {facts.database} is empty", "gbtui migrate up --init builds it", standing)
    if standing is Standing.NEWER:
        text = f"migrated further than this gbtui knows (version {status.unknown[-1]}): nothing is changed"
        return Banner("warning", text, "use the newer gbtui", standing)
    if status.pending:
        return Banner("warning", *_pending(status, rule), standing)
    if status.drifted:
        names = ", ".join(str(entry.name) for entry in status.drifted)
        many = len(status.drifted)
        text = f"{many} applied migration{'s have' if many > 1 else ' has'} changed since: {names}"
        return Banner("warning", text, "gbtui migrate status shows which files", standing)
    return Banner(standing=standing)


def _pending(status: Status, rule: Rule) -> tuple[str, str]:
    """How many wait, and the first reason that holds why they were not applied."""
    facts, count = status.facts, len(status.pending)
    waiting = f"{count} migration{'s are' if count > 1 else ' is'} pending"
    if facts.in_recovery:
        return f"{waiting}: this is a standby", "migrate on its primary"
    if not facts.is_owner:
        return f"{waiting}: role {facts.role} does not own the schema", f"gbtui migrate up as {facts.owner}"
    first = status.pending[0]
    if first.marks and not rule.read_only and rule.mode == "auto":
        marks = " and ".join(sorted(first.marks)).replace("_", "-")
        return f"{waiting}: {first.name} is marked {marks}", "gbtui migrate plan, then gbtui migrate up"
    return waiting, "gbtui migrate up applies them; gbtui migrate plan shows them first"
