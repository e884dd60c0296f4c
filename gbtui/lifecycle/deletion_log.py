"""What is kept of a deletion: that one works on it, how far it is, and the records of its beginning and its end."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.database.connection import HARDEN, Connection
from gbtui.database.sql import statement
from gbtui.domain.relations.thing import Thing
from gbtui.errors import GbtuiError, LockedError
from gbtui.lifecycle.batches import Batches
from gbtui.security.deed import Deed, os_user
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

_WRITE: Final = f"{HARDEN}; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'"
_ERROR: Final = 1_000
"""Characters of an error that are kept."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion: of what, by whom, how far."""

    id: int
    kind: str
    thing: Thing
    org_id: UUID | None
    started_at: datetime
    finished_at: datetime | None
    actor: str
    os_user: str
    state: str
    """running, done or failed."""
    error: str
    planned: Mapping[str, int]
    done: Mapping[str, int]
    pid: int | None
    """The server process that works on it now; None: it was interrupted, and can be resumed."""

    @property
    def stands(self) -> str:
        """In one word."""
        return self.state if self.state != "running" or self.pid else "interrupted"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to be deleted."""

    thing: Thing
    follows: Sequence[tuple[str, str]] = ()
    """Pairs of tables (child, parent) whose rows go with their parents though their key says otherwise."""
    planned: Mapping[str, int] = field(default_factory=dict)
    """What the preview said, for whoever looks later."""
    org_id: UUID | None = None
    reason: str = ""
    kind: str = "row"
    """What people call such a row; the records' actions begin with it."""
    before: Callable[[Batches], Awaitable[None]] | None = None
    """What is done first: its bots fall silent, so that nothing new comes meanwhile."""


def lock_of(thing: Thing) -> int:
    """The advisory lock of whoever deletes a thing."""
    name = "\0".join(("gbtui.delete", thing.schema, thing.table, *thing.key))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


async def deletions(database: "Database", since_seconds: float = 0.0) -> list[Deletion]:
    """Those that have not ended, and those begun lately, newest first."""
    found = await database.fetch("meta/deletions", since_seconds)
    return [deletion for row in found if (deletion := _deletion(dict(row))) is not None]


class DeletionLog:
    """The log of one deletion, over the connection that does it."""

    def __init__(self, connection: Connection, audit: "Audit", order: Order) -> None:
        self.connection, self._audit, self._order, self._thing = connection, audit, order, order.thing
        self._id = 0

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """While nobody else works on it: LockedError if somebody does. The lock ends with the connection."""
        lock = lock_of(self._thing)
        if not await self.connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", lock):
            held = await self.connection.fetch(statement("meta/search_builder").text, lock)
            who = f"process {held[0]['pid']} works on it" if held else "another has just worked on it"
            raise LockedError("It is being deleted", f"{self._thing.title}: {who}", "it can be resumed when that ends")
        try:
            yield
        finally:
            if not self.connection.is_closed():
                await self.connection.execute(f"SELECT pg_catalog.pg_advisory_unlock({lock})")

    async def begin(self) -> Mapping[str, int]:
        """Put on record that it begins, or goes on; what was done before."""
        lock = str(lock_of(self._thing))
        async with self.connection.transaction():
            await self.connection.execute(_WRITE)
            for row in await self.connection.fetch(statement("meta/deletions").text, 0.0):
                detail = json.loads(row["detail"])
                if row["state"] == "running" and detail.get("lock") == lock:
                    self._id = row["id"]
                    before = _figures(detail.get("done"))
                    await self._record("delete.resumed", done=_told(before))
                    return before
            detail = {
                "kind": self._order.kind, "schema": self._thing.schema, "table": self._thing.table,
                "key": list(self._thing.key), "name": clean(self._thing.name), "lock": lock, "os_user": os_user(),
                "org_id": str(self._order.org_id) if self._order.org_id else None,
                "planned": dict(self._order.planned), "done": {},
            }  # fmt: skip
            begun = statement("meta/write/deletion_begin").text
            self._id = await self.connection.fetchval(begun, json.dumps(detail))
            await self._record("delete.begun", planned=_told(self._order.planned))
            return {}

    async def progress(self, connection: Connection, figures: Mapping[str, int]) -> None:
        """How far it is, in the transaction of a batch."""
        await connection.execute(statement("meta/write/deletion_progress").text, self._id, json.dumps(dict(figures)))

    async def done(self, connection: Connection, figures: Mapping[str, int]) -> None:
        """That it is done, in the transaction that deletes the thing itself."""
        await self.progress(connection, figures)
        await connection.execute(statement("meta/write/deletion_end").text, self._id, "done", None)
        await self._record("deleted", done=_told(figures))

    async def stopped(self, figures: Mapping[str, int]) -> None:
        """That somebody interrupted it; it can be resumed."""
        async with self.connection.transaction():
            await self.connection.execute(_WRITE)
            await self._record("delete.interrupted", done=_told(figures))

    async def failed(self, error: GbtuiError) -> None:
        """That it cannot be done."""
        async with self.connection.transaction():
            await self.connection.execute(_WRITE)
            why = clean(str(error))[:_ERROR]
            await self.connection.execute(statement("meta/write/deletion_end").text, self._id, "failed", why)
            await self._record("delete.failed", why=why)

    async def _record(self, action: str, **detail: object) -> None:
        thing = self._thing
        deed = Deed(
            f"{self._order.kind}.{action}", thing.full, ",".join(thing.key), self._order.org_id,
            reason=self._order.reason or None, detail={"name": thing.name, "deletion": self._id, **detail},
        )  # fmt: skip
        await self._audit.within(self.connection, deed)


def _told(figures: Mapping[str, int]) -> list[str]:
    """As sentences: what the names of tables say is no secret of the record's."""
    return [f"{name}: {rows}" for name, rows in figures.items()]


def _figures(value: Any) -> dict[str, int]:
    return {str(name): int(rows) for name, rows in value.items()} if isinstance(value, dict) else {}


def _deletion(row: dict[str, Any]) -> Deletion | None:
    """None for a row that no gbtui wrote."""
    detail = json.loads(row["detail"])
    try:
        thing = Thing(detail["schema"], detail["table"], tuple(map(str, detail["key"])), clean(str(detail["name"])))
        org_id = UUID(detail["org_id"]) if detail.get("org_id") else None
    except (KeyError, TypeError, ValueError):
        return None
    return Deletion(
        row["id"], clean(str(detail.get("kind", ""))), thing, org_id, row["started_at"], row["finished_at"],
        clean(row["actor"]), clean(str(detail.get("os_user", ""))), row["state"], clean(row["error"]),
        _figures(detail.get("planned")), _figures(detail.get("done")), row["pid"],
    )  # fmt: skip
