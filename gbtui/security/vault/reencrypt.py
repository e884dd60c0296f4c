"""Seal every value anew under the active key, beside a platform that goes on reading and writing them.

A value is replaced only where it still reads as it did, so a writer who was faster wins; a row that somebody holds is
left out and tried again at the end, so nobody waits. What is sealed already is passed over: a run that was cut off is
gone on with by starting another. What does not open stays as it is and is counted.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.errors import UsageError, VaultError
from gbtui.security.deed import Deed
from gbtui.security.vault.columns import Column, Place
from gbtui.security.vault.reading import BATCH, PAUSE, Told, Value, is_fatal, pages, read
from gbtui.security.vault.tally import Tally
from gbtui.security.vault.texts import is_current
from gbtui.security.vault.vault import Vault

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

JOB: Final = "vault.reencrypt"
_AGAIN: Final = 3
"""How often rows that somebody held or changed are tried again at the end."""
_MOST_AGAIN: Final = 10_000
"""Keys that are remembered for that."""


class Reencryption:
    """One run over one column. `run()` may be cut off at any moment: each batch is whole or did not happen."""

    def __init__(
        self,
        database: "Database",
        vault: Vault,
        audit: "Audit",
        column: Column,
        *,
        batch: int = BATCH,
        pause: float = PAUSE,
    ) -> None:
        self._database, self._vault, self._audit = database, vault, audit
        self._column, self._batch, self._pause = column, batch, pause
        self.tally = Tally(column)

    async def run(self, told: Told) -> Tally:
        """Do it; the counts. UsageError: another run is on its way. VaultError: the master key is another one."""
        if self._database.facts.pooled:
            raise UsageError("A direct connection is needed", "a pooler is in between", "name the server itself")
        key_id = self._vault.keys.active_id
        self._vault.keys.key(key_id)  # it can be unwrapped, else nothing is begun
        async with self._database.writing() as connection:
            if not await connection.fetchval(_sql("lock")):
                raise UsageError("Another run is on its way", "one at a time seals anew")
            run = await connection.fetchval(_sql("run_start"), JOB, json.dumps({"key": key_id, **self.tally.detail()}))
            try:
                await self._all(connection, run, told)
            except BaseException as error:
                if not connection.is_closed():
                    await self._note(connection, run, "failed", type(error).__name__)
                raise
            await self._note(connection, run, "done")
        return self.tally

    async def _all(self, connection: Connection, run: int, told: Told) -> None:
        again: list[str] = []
        async for page in pages(self._database, self._column, self._batch):
            again += await self._page(connection, run, page)
            del again[_MOST_AGAIN:]
            told(self.tally)
            await asyncio.sleep(self._pause)
        for _ in range(_AGAIN):
            if not again:
                break
            keys, again = again, []
            for at in range(0, len(keys), self._batch):
                wanted = [UUID(key) for key in keys[at : at + self._batch]]
                page = await read(self._database, self._column, "named", wanted)
                self.tally.read -= len(page)
                self.tally.left -= len(wanted)
                again += await self._page(connection, run, page)
            told(self.tally)

    async def _page(self, connection: Connection, run: int, page: Sequence[Value]) -> list[str]:
        """One batch, in one transaction with its record; the keys of rows that were held or changed meanwhile."""
        old, new = await asyncio.to_thread(self._sealed, page)
        if not new:
            return []
        keys = [one.key for one in old]
        async with connection.transaction():
            done = {
                row["key"]
                for row in await connection.fetch(
                    self._column.statement("replace").text, keys, [one.value for one in old], new
                )
            }
            self.tally.sealed += len(done)
            self.tally.left += len(keys) - len(done)
            if done:
                detail = {"column": self._column.name, "rows": len(done), "key": self._vault.keys.active_id,
                          "first": min(done), "last": max(done)}  # fmt: skip
                await self._audit.within(connection, Deed("vault.reencrypted", self._column.table, detail=detail))
            await self._note(connection, run, "running")
        return [key for key in keys if key not in done]

    def _sealed(self, page: Sequence[Value]) -> tuple[list[Value], list[str]]:
        """In a thread: those values of a page that need a new seal, and their new texts."""
        old, new = [], []
        for one in page:
            self.tally.read += 1
            if is_current(one.value, self._vault.keys.active_id):
                self.tally.current += 1
                continue
            place = Place(self._column, one.key)
            try:
                new.append(self._vault.seal(place, self._vault.open(place, one.value)))
                old.append(one)
            except VaultError as error:
                if is_fatal(error):
                    raise
                self.tally.fault(one.key, error)
        return old, new

    async def _note(self, connection: Connection, run: int, state: str, error: str | None = None) -> None:
        detail = json.dumps({"key": self._vault.keys.active_id, **self.tally.detail()})
        await connection.execute(_sql("run_note"), run, detail, state, error)


def _sql(name: str) -> str:
    return statement(f"secrets/vault/{name}").text
