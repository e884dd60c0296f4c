"""What a delete would do, table by table, before anybody does it: counted by the foreign keys, in bounded time."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gbtui.database.sql import Statement
from gbtui.domain.relations import sql
from gbtui.domain.relations.catalog import Catalog, ForeignKey, OnDelete, Table
from gbtui.domain.relations.closure import IDENTITY, Closure
from gbtui.domain.relations.thing import Thing
from gbtui.errors import DeadlineError, DeniedError, GbtuiError, LockedError, QueryError
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database

SECONDS: Final = 15.0
"""A preview takes no longer, unless somebody allows it."""
_ONE: Final = 5.0
_LEAST: Final = 1.0
_LOOKED_AT: Final = 10_000
"""Rows looked at on each way where all are too many: then it is "at least"."""


class Effect(StrEnum):
    """What happens to rows."""

    DELETED = "deleted"
    NULL = "set to null"
    DEFAULT = "set to default"
    STOPS = "stops it"


@dataclass(frozen=True, slots=True)
class Line:
    """What happens to rows of one table, by one key or (deleted) by all."""

    table: str
    effect: Effect
    rows: int | None
    """None: not counted; then `note` says why."""
    exact: bool
    """False: there are at least `rows`."""
    columns: tuple[str, ...] = ()
    """What is set, or the columns that point to what would go."""
    constraint: str = ""
    note: str = ""

    @property
    def told(self) -> str:
        """In one line."""
        many = "not counted" if self.rows is None else f"{'' if self.exact else 'at least '}{self.rows:,}"
        what = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.table}{what}: {many} {self.effect}{f'; {self.note}' if self.note else ''}"


@dataclass(frozen=True, slots=True)
class Preview:
    """All that would happen."""

    thing: Thing
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    """Triggers on the way, keys that look like an obstacle and are none, rights that are missing."""
    taken_at: datetime

    @property
    def stops(self) -> tuple[Line, ...]:
        """What would stop it."""
        return tuple(line for line in self.lines if line.effect is Effect.STOPS and line.rows)

    @property
    def exact(self) -> bool:
        """Whether every figure is one."""
        return all(line.exact and line.rows is not None for line in self.lines)

    def rows(self, effect: Effect) -> dict[str, int]:
        """By table, for one effect, as far as counted."""
        found: dict[str, int] = {}
        for line in self.lines:
            if line.effect is effect and line.rows:
                found[line.table] = found.get(line.table, 0) + line.rows
        return found


async def preview(
    database: "Database",
    catalog: Catalog,
    thing: Thing,
    *,
    follows: Sequence[tuple[str, str]] = (),
    seconds: float = SECONDS,
) -> Preview:
    """What deleting a row would do. QueryError: there is no such table or row; else the GbtuiError tree.

    `follows`: pairs of tables (child, parent) whose rows are deleted first, whatever their key says.
    """
    graph = (await catalog.graph(fresh=True)).following(follows)
    root = graph.named(thing.schema, thing.table)
    if root is None:
        raise QueryError("Nothing points to it", f"no foreign key knows a table {thing.schema}.{thing.table}")
    if len(thing.key) != len(root.key or IDENTITY):
        raise QueryError("Not a key", f"{root.title} is named by {', '.join(root.key or IDENTITY)}")
    counter = _Counter(database, Closure(graph, root), thing, seconds)
    lines = [line async for line in counter.lines()]
    if lines[0].rows == 0 and lines[0].exact:
        raise QueryError("It is gone", f"there is no {thing.title}")
    notes = [*counter.notes(lines), *[told async for told in counter.triggers(lines)]]
    return Preview(thing, tuple(line for line in lines if line.rows or line.note), tuple(notes), datetime.now(UTC))


class _Counter:
    def __init__(self, database: "Database", closure: Closure, thing: Thing, seconds: float) -> None:
        self._database, self._closure, self._thing = database, closure, thing
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._one = max(_ONE, seconds / 3)
        self._lacking: dict[int, str] = {}
        """Why a table cannot be counted, so that what hangs on it need not be tried."""
        self._rough: set[int] = set()
        """Tables of which only a part was looked at."""

    async def lines(self) -> "AsyncLines":
        """The deleted of each table, then what keys do to others."""
        for oid in self._closure.tables:
            yield await self._deleted(oid)
        for key in self._closure.others:
            yield await self._touched(key)

    async def _deleted(self, oid: int) -> Line:
        table = self._closure.table(oid)
        line = Line(table.title, Effect.DELETED, None, exact=False)
        above = self._closure.upwards(oid)
        rough = bool(self._rough & above)
        rows, exact, note = await self._count(above, lambda limit: sql.deleted(self._closure, oid, limit), rough=rough)
        if note and rows is None:
            self._lacking[oid] = note
        if not exact:
            self._rough.add(oid)
        return replace(line, rows=rows, exact=exact, note=note)

    async def _touched(self, key: ForeignKey) -> Line:
        child, parent = self._closure.table(key.child), self._closure.table(key.parent)
        effect = {OnDelete.SET_NULL: Effect.NULL, OnDelete.SET_DEFAULT: Effect.DEFAULT}.get(key.on_delete, Effect.STOPS)
        above = self._closure.upwards(key.parent)
        if key.child in self._closure.tables:
            above |= self._closure.upwards(key.child)
        rows, exact, note = await self._count(
            above | {key.child},
            lambda limit: sql.touched(self._closure, key, limit),
            # What goes itself must be known whole to be left out: a part of it would make the rest too many.
            rough=bool(self._rough & above),
            partly=key.child not in self._closure.tables,
        )
        columns = key.columns if effect is Effect.STOPS else key.sets
        refusing = [name for name in key.sets if child.column(name).not_null]
        if effect is Effect.NULL and refusing and rows:
            effect, note = Effect.STOPS, f"{', '.join(refusing)} may not be null"
        elif effect is Effect.STOPS and rows:
            note = note or f"{key.on_delete.told}: they point to {parent.title}"
        return Line(child.title, effect, rows, exact, columns, key.name, note)

    async def _count(
        self, above: frozenset[int], made: "Making", *, rough: bool, partly: bool = True
    ) -> tuple[int | None, bool, str]:
        """Rows, whether those are all, and what is to be said of it."""
        for oid in above:
            if oid in self._lacking:
                return None, False, self._lacking[oid]
            table = self._closure.table(oid)
            if lacking := table.denied(self._closure.read(oid)):
                return None, False, f"missing {lacking}"
        hidden = any(self._closure.table(oid).filtered for oid in above)
        note = "row-level security may hide some" if hidden else ""
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            if not rough and left > _LEAST:
                return await self._ask(made(None), min(self._one, left - _LEAST)), not hidden, note
        except DeadlineError:
            pass
        except (DeniedError, LockedError) as error:
            return None, False, clean(error.hint if isinstance(error, DeniedError) and error.hint else str(error))
        if not partly or left <= 0:
            return None, False, "it takes too long"
        try:
            return await self._ask(made(_LOOKED_AT), _LEAST), False, note
        except (DeadlineError, LockedError) as error:
            return None, False, "it takes too long" if isinstance(error, DeadlineError) else clean(str(error))

    async def _ask(self, statement: Statement, seconds: float) -> int:
        found = await self._database.fetch(statement, *self._thing.key, timeout=seconds)
        return int(found[0]["rows"])

    def notes(self, lines: Sequence[Line]) -> Iterator[str]:
        """Keys that look like an obstacle and are none, and those that were not followed."""
        counted = {(line.table, line.constraint): line for line in lines if line.constraint}
        going = {line.table for line in lines if line.effect is Effect.DELETED and line.rows != 0}
        title = {oid: table.title for oid, table in self._closure.graph.tables.items()}
        for key in self._closure.others:
            stopping = key.on_delete in (OnDelete.RESTRICT, OnDelete.NO_ACTION)
            if not stopping or counted[title[key.child], key.name].rows != 0 or title[key.child] not in going:
                continue
            said = f"{title[key.child]} points to {title[key.parent]} by {key.on_delete.told}, but its rows go as well"
            if key.on_delete is OnDelete.RESTRICT and not self._closure.goes_first(key):
                said += "; a plain DELETE may be stopped by it all the same: the order of its cascades decides"
            yield said
        for key in self._closure.unwalked:
            yield f"{key.name} holds for a partition alone, or for periods: it is not followed"

    async def triggers(self, lines: Sequence[Line]) -> "AsyncNotes":
        """What else runs on the way."""
        titles = {line.table for line in lines if line.rows or line.rows is None}
        gone = {line.table for line in lines if line.effect is Effect.DELETED} & titles
        changed = {line.table for line in lines if line.effect in (Effect.NULL, Effect.DEFAULT)} & titles
        tables: Sequence[Table] = list(self._closure.graph.tables.values())
        found = await self._database.rows(
            Trigger, "relations/triggers",
            [table.oid for table in tables if table.title in gone],
            [table.oid for table in tables if table.title in changed],
        )  # fmt: skip
        by: dict[tuple[str, str, str, str], list[str]] = {}
        for one in found:
            by.setdefault((one.name, one.moment, one.event, one.function), []).append(one.table)
        for (name, moment, event, function), on in by.items():
            yield f"trigger {name} runs {moment} {event} on {', '.join(dict.fromkeys(on))}: {function}"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A row of queries/relations/triggers.sql."""

    table: str
    name: str
    moment: str
    event: str
    each_row: bool
    function: str


if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    AsyncLines = AsyncIterator[Line]
    AsyncNotes = AsyncIterator[str]
    Making = Callable[[int | None], Statement]

__all__ = ["GbtuiError", "Line", "Preview", "Thing", "preview"]
