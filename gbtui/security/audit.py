"""The one way to leave an audit record: in the database, or where that cannot be, in a file of this user.

What was seen, tried or signalled goes over a connection of its own, short and careful (`write`): also a console that
is read-only records what is done in it, and a record waits neither for a lock nor for a server that is silent. What
changes rows is recorded in the very transaction that changes them (`within`): in the database there is never the one
without the other.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
from platformdirs import user_state_path

from gbtui.database.connection import DRIVER_ERRORS, HARDEN, Connection, connect
from gbtui.database.sql import identifier, statement
from gbtui.database.translate import translate
from gbtui.errors import AuditError, DeniedError, GbtuiError
from gbtui.security import audit_file
from gbtui.security.deed import Deed, os_user
from gbtui.times import rfc3339

if TYPE_CHECKING:
    from gbtui.database.database import Database

__all__ = ["Audit", "Deed", "Where", "local_path"]

DEADLINE: Final = 2.0
"""Seconds from wanting to record to having done so in the file: somebody waits to act."""
_SERVER_SECONDS: Final = 1.0
_CLOSING_SECONDS: Final = 0.5
_TEXTS: Final = ("action", "object_table", "object_id")
# What start-up parameters cannot say behind a pooler.
_POOLED: Final = (
    f"{HARDEN}; SET TRANSACTION READ WRITE; SET LOCAL lock_timeout = '100ms'; SET LOCAL statement_timeout = '1s'"
)


class Where(StrEnum):
    """Where a record lies."""

    DATABASE = "database"
    LOCAL = "local"


def local_path() -> Path:
    """The file for records that no database takes: one for all servers of this user."""
    return user_state_path("gbtui") / "audit.jsonl"


class Audit:
    """Records deeds about one server. With `required` its database must take them: else AuditError.

    `local` says why a record had to go to the file, "" while none had to.
    """

    def __init__(self, database: "Database", path: Path | None = None, *, required: bool = False) -> None:
        self._database = database
        self.path = path or local_path()
        self.required = required
        self.local = ""

    async def write(self, deed: Deed, *more: Deed) -> Where:
        """Record, before the deed where it can be refused. AuditError: neither place takes it, or a wrong one."""
        deeds = (deed, *more)
        try:
            async with asyncio.timeout(DEADLINE):
                await self._to_database(deeds)
        except TimeoutError:
            # It may have been written all the same: twice is better than never.
            await self._to_file(deeds, GbtuiError("No answer in time", f"not within {DEADLINE:g} s"))
        except GbtuiError as error:
            await self._to_file(deeds, error)
        else:
            return Where.DATABASE
        return Where.LOCAL

    async def within(self, connection: Connection, deed: Deed, *more: Deed) -> Where:
        """Record in the transaction that is open on `connection` (of `Database.writing()`): both stay, or neither does.

        Call it inside `async with connection.transaction():`, once the rows are known and before it ends; order counts
        for nothing. Where the database does not take it (no right to `gb_meta.audit`, a schema that is not ours) that
        transaction is as good as before, and it goes as with `write`: with `required` AuditError, which must leave the
        `async with` so that all is undone; else a line in the file, and the deed may go on. That line is written before
        the end is known: it stays when the transaction is undone afterwards. A loss of the connection is raised as it
        is, for there is no transaction left. A deed that is refused is not for here: it goes by `write`.
        """
        if not connection.is_in_transaction():
            raise RuntimeError("Audit.within() outside a transaction")
        deeds = (deed, *more)
        try:
            async with connection.transaction():  # a savepoint
                await connection.executemany(statement("meta/write/audit").text, [_row(each) for each in deeds])
        except asyncpg.PostgresError as error:
            if connection.is_closed():
                raise
            await self._to_file(deeds, translate(error, role=self._database.facts.user))
            return Where.LOCAL
        return Where.DATABASE

    async def _to_database(self, deeds: Sequence[Deed]) -> None:
        facts = self._database.facts
        async with self._database.place():
            connection = await connect(
                self._database.target, purpose="audit", statement_timeout=_SERVER_SECONDS, pooled=facts.pooled
            )
            try:
                async with connection.transaction():
                    if facts.pooled:
                        await connection.execute(_POOLED)
                    await connection.executemany(statement("meta/write/audit").text, [_row(deed) for deed in deeds])
            except DRIVER_ERRORS as error:
                raise translate(error, role=facts.user) from error
            finally:
                await _closed(connection)

    async def _to_file(self, deeds: Sequence[Deed], error: GbtuiError) -> None:
        """Keep the records here; where they had to be in the database, as of deeds that were refused."""
        why = error.message or error.title
        try:
            await asyncio.to_thread(audit_file.append, self.path, [self._line(deed, why) for deed in deeds])
        except OSError as full:
            if not self.required:
                where = f"{self.path}: {full.strerror or full}"
                raise AuditError("Not recorded, so not done", f"{why}; {where}", "make that file writable") from full
        if self.required:
            raise AuditError("Not recorded, so not done", why, self._way_out(error)) from error
        self.local = why

    def _way_out(self, error: GbtuiError) -> str:
        if isinstance(error, DeniedError):
            role = identifier(self._database.facts.user)
            return f"GRANT USAGE ON SCHEMA gb_meta TO {role}; GRANT EXECUTE ON FUNCTION gb_meta.audit TO {role}"
        return 'the profile says audit = "required"; with "on" it would be kept in a file here'

    def _line(self, deed: Deed, why: str) -> dict[str, object]:
        """The table's columns, which server it was about, and why it lies here."""
        facts = self._database.facts
        return {
            "created_at": rfc3339(datetime.now(UTC)),
            **{name: deed.text(name) for name in _TEXTS},
            "org_id": str(deed.org_id) if deed.org_id else None,
            "reason": deed.text("reason"),
            "before": deed.row("before"),
            "after": deed.row("after"),
            "detail": deed.plain(),
            "os_user": os_user(),
            "actor": facts.user,
            "application_name": self._database.target.application_name,
            "server": self._database.target.label,
            "database": facts.database,
            "process": os.getpid(),
            "why": why,
            "refused": self.required,
        }


async def _closed(connection: Connection) -> None:
    try:
        await connection.close(timeout=_CLOSING_SECONDS)
    except DRIVER_ERRORS:
        connection.terminate()
    except asyncio.CancelledError:
        connection.terminate()
        raise


def _row(deed: Deed) -> tuple[object, ...]:
    texts = (deed.text(name) for name in _TEXTS)
    rows = (deed.told_row(name) for name in ("before", "after"))
    return (*texts, deed.org_id, deed.text("reason"), os_user(), deed.told(), *rows)
