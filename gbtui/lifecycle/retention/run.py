"""Doing what a plan says, for its moment: batches and whole months, each with its record; stopped and gone on with.

A run keeps no state of its own: it makes the plan for its moment again, so that going on means running it again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.errors import LockedError, RefusedError
from gbtui.lifecycle.batches import Batches, Stopped
from gbtui.lifecycle.retention import months
from gbtui.lifecycle.retention.plan import DROP, TABLES, Dropped, Line, Plan, plan
from gbtui.lifecycle.retention.policy import Cutoffs, Kind, Policies, policies
from gbtui.lifecycle.retention.rows import ARCHIVED, Archiving, Held, Record, remove, remove_archived
from gbtui.schema.owner import acting_as_owner
from gbtui.security.chain import seal

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

LOCK: Final = 0x6762_7265_7465_6E74
"""The advisory lock of who removes what is past retention: "gbretent"."""
_OID: Final = "SELECT $1::pg_catalog.text::pg_catalog.regclass::pg_catalog.oid"
_SECONDS: Final = 600.0
"""A run counts as long as that before it leaves a table out."""


@dataclass(frozen=True, slots=True)
class Reins:
    """How the one who ordered it holds it."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it ends behind the batch or the month that runs."""
    tell: Callable[[str], None] = lambda _: None
    """Is told how far it is, in a sentence."""


@dataclass(slots=True)
class Removed:
    """What a run did: the plan's lines with the rows that went, in the order in which they went."""

    at: datetime
    run: str
    lines: list[Line] = field(default_factory=list)
    stopped: bool = False
    told: list[str] = field(default_factory=list)
    """What was left out, and why."""

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(line.rows or 0 for line in self.lines)


async def run(
    database: "Database", audit: "Audit", at: datetime, kinds: Sequence[Kind] = tuple(Kind), *,
    archive: Archiving | None = None, reins: Reins | None = None,
) -> Removed:  # fmt: skip
    """Remove what is past retention at a moment, and no more; what was done, also when it was stopped.

    With `archive` messages, clicks and audit records are archived first, read back, and only what was archived goes.

    Raises LockedError while another run works or rows are never free, QueryError where a month is kept by then, and the
    rest of the GbtuiError tree; what is done stays done and on record.
    """
    reins = reins or Reins()
    if database.facts.pooled:
        raise RefusedError("A direct connection is needed", "a pooler is in between", "name the server itself")
    async with database.writing() as connection:
        await _alone(connection)
        known = await policies(database)
        wanted = await plan(database, at, kinds, seconds=_SECONDS, known=known)
        done = Removed(wanted.at, uuid4().hex[:12], told=list(wanted.told))
        work = _Run(database, connection, audit, known=known, wanted=wanted, done=done, reins=reins, archive=archive)
        try:
            await work.all()
        except Stopped:
            done.stopped = True
    return done


async def _alone(connection: Connection) -> None:
    """One run at a time; the lock ends with the connection."""
    if not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", LOCK):
        held = await connection.fetch(statement("meta/search_builder").text, LOCK)
        who = f"process {held[0]['pid']}" if held else "it has just ended"
        raise LockedError("Another run works", who, "wait for it; this one can be started again")


class _Run:
    def __init__(
        self, database: "Database", connection: Connection, audit: "Audit", *, known: Policies, wanted: Plan,
        done: Removed, reins: Reins, archive: Archiving | None,
    ) -> None:  # fmt: skip
        self._archive = archive
        self._database, self._connection, self._audit, self._known = database, connection, audit, known
        self._plan, self._done, self._reins = wanted, done, reins
        self._record = Record(audit, done.run, wanted.at.isoformat())

    async def all(self) -> None:
        """Kind by kind, rows before months."""
        for kind in Kind:
            cutoffs = self._known.cutoffs(kind, self._plan.at)
            lines = [line for line in self._plan.lines if line.kind is kind and line.action != DROP]
            if lines:
                oid = await self._connection.fetchval(_OID, TABLES[kind])
                batches = Batches(self._connection, [oid], stop=self._reins.stop, tell=self._reins.tell)
                async with acting_as_owner(self._connection):
                    for line in lines:
                        await self._rows(batches, line, cutoffs)
            for one in self._plan.months:
                if one.kind is kind:
                    await self._month(one)

    async def _rows(self, batches: Batches, line: Line, cutoffs: Cutoffs) -> None:
        whose = f" of {line.organization}" if line.organization else ""
        self._reins.tell(f"{line.kind}{whose}: {line.rows if line.rows is not None else 'some'} rows")
        counted = 0

        def kept(rows: int) -> None:
            nonlocal counted
            counted += rows

        try:
            if self._archive is not None and line.kind in ARCHIVED and line.rows:
                made = await self._archive.rows(line)
                await self._record.archived(self._connection, made)
                await remove_archived(batches, self._record, line, made.name, self._archive.keys(made), kept=kept)
            else:
                await remove(batches, self._record, line, cutoffs, kept)
        except Held:
            who = f"{line.organization} is held by now: its" if line.org_id else "a hold was placed meanwhile:"
            self._done.told.append(f"{who} {line.kind} stay")
        finally:
            if counted:
                self._done.lines.append(replace(line, rows=counted))

    async def _month(self, dropped: Dropped) -> None:
        if self._reins.stop.is_set():
            raise Stopped
        self._reins.tell(f"{dropped.month.name}: a whole month")
        if dropped.kind is Kind.AUDIT and not dropped.sealed:
            async with acting_as_owner(self._connection):
                await seal(self._connection, self._audit, dropped.month.month)
        gone = await months.drop(
            self._database, self._connection, self._record, dropped, at=self._plan.at, archive=self._archive
        )
        mine = [line for line in self._plan.lines if line.partition == dropped.month.name and line.action == DROP]
        planned = {line.org_id: line for line in mine}
        for one in gone:
            late = Line(
                dropped.kind, DROP, TABLES[dropped.kind], dropped.month.name, one.org_id, one.organization, one.rows,
                None, None, None,
            )  # fmt: skip
            self._done.lines.append(replace(planned.get(one.org_id, late), rows=one.rows))
