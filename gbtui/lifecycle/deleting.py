"""Deleting one thing with all that hangs on it, children first, in batches; begun by one, seen by all, resumed by any.

The foreign keys say what hangs on it, and the documents' order follows from them: messages before sessions, documents
before collections, bots before their organization. A piece of a table (some sessions) is emptied below and then
deleted, so that the database itself says at any moment what is left: going on means beginning again. What is done so
far is written in the transaction of each batch.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn
from uuid import UUID

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.domain.relations import sql
from gbtui.domain.relations.catalog import Catalog, ForeignKey, OnDelete
from gbtui.domain.relations.closure import Closure, identity
from gbtui.domain.relations.thing import Thing
from gbtui.errors import QueryError, RefusedError
from gbtui.lifecycle.batches import Batches, Key, Stopped, delete_keys, detach_keys
from gbtui.lifecycle.deletion_log import DeletionLog, Order

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

SET: Final = "→ "
"""In front of the name under which rows are counted that were not deleted, but set."""
_SETS: Final = (OnDelete.SET_NULL, OnDelete.SET_DEFAULT)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    thing: Thing
    done: Mapping[str, int]
    """Rows deleted by table, and (see `set_name`) rows set, since it was first begun."""
    size: int
    """Rows of the next batch."""
    waiting: str = ""
    """Why it waits, if it does."""
    before: int = 0
    """Rows that were deleted when it was gone on with."""

    @property
    def gone(self) -> int:
        """Rows deleted, of all tables."""
        return deleted_of(self.done)


def deleted_of(figures: Mapping[str, int]) -> int:
    """Rows deleted, of all tables, among what was deleted and set."""
    return sum(rows for name, rows in figures.items() if not name.startswith(SET))


def set_name(table: str, columns: Sequence[str]) -> str:
    """Under which name rows are counted whose columns were set."""
    return f"{SET}{table}.{','.join(columns)}"


@dataclass(frozen=True, slots=True)
class Reins:
    """How the one who ordered it holds it."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it ends behind the batch that runs."""
    tell: Callable[[Progress], None] = lambda _: None
    """Is told behind each batch."""


async def delete(
    database: "Database", audit: "Audit", catalog: Catalog, order: Order, reins: Reins
) -> Mapping[str, int]:  # fmt: skip
    """Delete it, or go on where another left off; what was done in all.

    Raises Stopped when the reins say so (what is done stays done), LockedError while another works on it or rows are
    never free, QueryError where something stops it, and the rest of the GbtuiError tree.
    """
    graph = (await catalog.graph(fresh=True)).following(order.follows)
    root = graph.named(order.thing.schema, order.thing.table)
    if root is None:
        raise QueryError("Nothing points to it", f"no foreign key knows {order.thing.schema}.{order.thing.table}")
    if database.facts.pooled:
        raise RefusedError("A direct connection is needed", "a pooler is in between", "name the server itself")
    async with database.writing() as connection:
        await _not_held(connection, order)
        log = DeletionLog(connection, audit, order)
        async with log.alone():
            done = Counter(await log.begin())
            work = _Deleting(log, Closure(graph, root), order, reins, done)
            try:
                await work.run()
            except Stopped:
                await log.stopped(work.done)
                raise
            except (QueryError, RefusedError) as error:
                await log.failed(error)
                raise
            return work.done


async def _not_held(connection: Connection, order: Order) -> None:
    """Refuse what a legal hold keeps: anything of its organization, and users who are of it or talked to it."""
    if not await connection.fetchval(statement("lifecycle/soft/has_holds").text):
        return
    user = order.thing.key[0] if order.kind == "user" else None
    held_by = await connection.fetchval(
        statement("lifecycle/soft/holds_on").text, order.org_id, UUID(user) if user else None
    )
    if held_by:
        raise RefusedError(
            "It is held", f"{order.thing.title}: a legal hold on {held_by}", "gbtui retention policy says why"
        )


class _Deleting:
    def __init__(self, log: DeletionLog, closure: Closure, order: Order, reins: Reins, done: Counter[str]) -> None:
        self._log, self._closure, self._order, self._tell = log, closure, order, reins.tell
        self.done = done
        self._before = deleted_of(done)
        tables = [*closure.tables, *(key.child for key in closure.others)]
        self._batches = Batches(log.connection, tables, stop=reins.stop, tell=self._say)
        self._held: set[tuple[int, tuple[str | None, ...]]] = set()
        """Rows that are being emptied now: one that points to itself in the end is not emptied again."""
        self._last: Counter[str] = Counter()

    async def run(self) -> None:
        self._say()
        if self._order.before is not None:
            await self._order.before(self._batches)
        root = self._closure.root.oid
        found = await self._select(sql.row(self._closure, self._closure.needed(root)).text, *self._order.thing.key)
        if found:
            await self._empty(root, found)
        await self._batches.run(self._end)
        self.done += self._last
        self._say()

    async def _end(self, connection: Connection) -> int:
        """The row itself, the record of it and the end of the job: all or none."""
        table, thing = self._closure.root, self._order.thing
        try:
            status = await connection.execute(sql.delete(table).text, *sql.arguments([thing.key]))
        except asyncpg.IntegrityConstraintViolationError as error:
            _stopped(error)
        self._last = Counter({table.title: int(status.rsplit(" ", 1)[-1])})
        await self._log.done(connection, self.done + self._last)
        return 1

    async def _remove(self, oid: int, rows: Sequence[Key]) -> None:
        """Rows of a table with all that hangs on them."""
        await self._empty(oid, rows)
        table = self._closure.table(oid)
        width = len(identity(table))
        try:
            await delete_keys(self._batches, table, [row[:width] for row in rows], self._count(table.title))
        except asyncpg.IntegrityConstraintViolationError as error:
            _stopped(error)

    async def _empty(self, oid: int, rows: Sequence[Key]) -> None:
        """All that points to these rows: gone with what hangs on it, or pointing to nothing."""
        columns = self._closure.needed(oid)
        held = {(oid, tuple(row)) for row in rows}
        self._held |= held
        for key in self._closure.children(oid):
            places = [columns.index(name) for name in key.references]
            pointed = [parts for row in rows if None not in (parts := [row[place] for place in places])]
            # What this role may not read the server's own cascade takes: it asks for no right.
            if not pointed or self._closure.table(key.child).denied(self._closure.read(key.child)):
                continue
            if key.child in self._closure.tables:
                await self._clear(key, pointed, members=key.on_delete is not OnDelete.CASCADE)
            if key.on_delete in _SETS:
                await self._detach(key, pointed)
        self._held -= held

    async def _clear(self, key: ForeignKey, pointed: Sequence[Key], *, members: bool) -> None:
        text = sql.pointing(self._closure, key, members=members).text
        more = self._order.thing.key if members else ()
        before: list[Key] = []
        while True:
            rows = await self._select(text, self._batches.size, *sql.arguments(pointed), *more)
            rows = [row for row in rows if (key.child, tuple(row)) not in self._held]
            if not rows:
                return
            if rows == before:
                table = self._closure.table(key.child).title
                raise QueryError("Rows stay", f"{table}: a trigger or a policy keeps them from being deleted")
            await self._remove(key.child, rows)
            before = rows

    async def _detach(self, key: ForeignKey, pointed: Sequence[Key]) -> None:
        table, text = self._closure.table(key.child), sql.pointing(self._closure, key).text
        width, before = len(identity(table)), list[Key]()
        count = self._count(set_name(table.title, key.sets))
        while rows := await self._select(text, self._batches.size, *sql.arguments(pointed)):
            if rows == before:
                raise QueryError("Rows stay", f"{table.title}: {', '.join(key.sets)} does not change")
            await detach_keys(self._batches, table, key, [row[:width] for row in rows], count)
            before = rows

    async def _select(self, text: str, *arguments: object) -> list[Key]:
        found: list[Key] = []

        async def work(connection: Connection) -> int:
            found[:] = [tuple(row.values()) for row in await connection.fetch(text, *arguments)]
            return 0

        await self._batches.run(work)
        return found

    def _count(self, name: str) -> "_Count":
        return _Count(self, name)

    async def within(self, connection: Connection, name: str, rows: int) -> None:
        """Note in a batch's transaction what is done with it. A hold that was placed meanwhile undoes the batch."""
        await _not_held(connection, self._order)
        await self._log.progress(connection, {name: self.done[name] + rows})

    def kept(self, name: str, rows: int) -> None:
        """It is committed."""
        self.done[name] += rows
        self._say()

    def _say(self, why: str = "") -> None:
        self._tell(Progress(self._order.thing, dict(self.done), self._batches.size, why, self._before))


@dataclass(frozen=True, slots=True)
class _Count:
    """The rows of one table, deleted or set."""

    work: _Deleting
    name: str

    async def within(self, connection: Connection, rows: int) -> None:
        await self.work.within(connection, self.name, rows)

    def kept(self, rows: int) -> None:
        if rows:
            self.work.kept(self.name, rows)


def _stopped(error: asyncpg.IntegrityConstraintViolationError) -> NoReturn:
    """What a key stops is told, and by which rows; PostgreSQL 18 calls RESTRICT by another name than NO ACTION."""
    told = f"{error.detail} " if error.detail else ""
    raise QueryError("It is stopped", f"{told}({error.constraint_name})", "what is done stays done") from error


__all__ = ["SET", "Order", "Progress", "Reins", "Stopped", "delete", "deleted_of", "set_name"]
