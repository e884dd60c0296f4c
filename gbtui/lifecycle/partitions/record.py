"""What is kept of work on partitions: how far a long one is, and the audit record in the transaction of the deed."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from gbtui.database.connection import HARDEN, Connection
from gbtui.database.sql import statement
from gbtui.errors import LockedError
from gbtui.security.deed import os_user

_WRITE: Final = f"{HARDEN}; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'"


@dataclass(frozen=True, slots=True)
class PartitionWork:
    """A piece of work on partitions that was begun and has not ended.

    `work`: adopt or split. `refuses_from`: until it ends, rows dated then or later are refused; None: none are. `pid`
    is the server process that works on it now; None: it was interrupted.
    """

    KEY: ClassVar = ("work", "table")

    work: str
    table: str
    step: str
    started_at: datetime
    refuses_from: datetime | None
    pid: int | None


async def on_record(
    connection: Connection, action: str, table: str, detail: Mapping[str, object] | None = None
) -> None:
    """Write an audit record: whoever owns the tables may. A failure undoes the deed."""
    text = json.dumps(dict(detail or {}), ensure_ascii=False, default=str)
    await connection.execute(
        statement("meta/write/audit").text, action, table, None, None, None, os_user(), text, None, None
    )


class BusyError(LockedError):
    """Another works on the partitions of the same table."""


@asynccontextmanager
async def alone(connection: Connection, table: str) -> AsyncIterator[None]:
    """While nobody else works on the partitions of this table: BusyError if somebody does.

    One lock a table for all that is more than making a month; it ends with the connection.
    """
    lock = _lock(table)
    if not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", lock):
        held = await connection.fetch(statement("meta/search_builder").text, lock)
        who = f"process {held[0]['pid']} works on it" if held else "another has just worked on it"
        raise BusyError("Its partitions are being worked on", f"{table}: {who}", "go on when that ends")
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(f"SELECT pg_catalog.pg_advisory_unlock({lock})")


class Work:
    """A long piece of work on one table in steps, of which each can be the last before a break.

    Its row in gb_meta.job_runs is `running` until it is done, so that whoever calls next goes on. `detail` is what
    was noted, as JSON knows it.
    """

    def __init__(self, connection: Connection, job: str, table: str) -> None:
        self._connection, self._job, self._table = connection, job, table
        self._id = 0
        self.detail: dict[str, Any] = {}
        self.resumed = False

    @asynccontextmanager
    async def alone(self) -> AsyncIterator["Work"]:
        """While nobody else works on this table (see `alone`)."""
        async with alone(self._connection, self._table):
            yield self

    async def begin(self, **detail: object) -> None:
        """Go on with what was begun, whose `detail` counts; or begin, which is put on record."""
        async with self._connection.transaction():
            await self._connection.execute(_WRITE)
            if begun := await self._connection.fetchrow(statement("meta/work").text, self._job, self._table):
                self._id, self.detail, self.resumed = begun["id"], json.loads(begun["detail"]), True
                return
            self.detail = {"table": self._table, "os_user": os_user(), **detail}
            begin = statement("meta/write/work_begin").text
            self._id = await self._connection.fetchval(begin, self._job, _json(self.detail))
            await on_record(self._connection, f"{self._job}.begun", self._table, dict(detail))

    async def note(self, **detail: object) -> None:
        """How far it is; in the transaction that is open, if one is."""
        self.detail |= json.loads(_json(detail))
        await self._connection.execute(statement("meta/write/work_note").text, self._id, _json(detail))

    async def done(self, **detail: object) -> None:
        """That it is done, in the transaction that is open: on record, too."""
        await self.note(**detail)
        await self._connection.execute(statement("meta/write/deletion_end").text, self._id, "done", None)
        await on_record(self._connection, f"{self._job}.done", self._table, dict(detail))

    async def abandon(self, why: str) -> bool:
        """Take back what was begun and has not ended, if anything was; whether it was."""
        begun = await self._connection.fetchrow(statement("meta/work").text, self._job, self._table)
        if begun is None:
            return False
        self._id = begun["id"]
        await self.dropped(why)
        return True

    async def dropped(self, why: str) -> None:
        """That nobody will go on with it."""
        async with self._connection.transaction():
            await self._connection.execute(_WRITE)
            await self._connection.execute(statement("meta/write/deletion_end").text, self._id, "failed", why)
            await on_record(self._connection, f"{self._job}.dropped", self._table, {"why": why})
        self._id = 0


def _json(detail: dict[str, object]) -> str:
    return json.dumps(detail, ensure_ascii=False, default=str)


def _lock(table: str) -> int:
    return int.from_bytes(hashlib.sha256(f"gbtui.partitions\0{table}".encode()).digest()[:8], signed=True)
