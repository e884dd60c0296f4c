"""Removing rows of one line of a plan in batches, each with its count on record in its own transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.lifecycle.batches import Batches
from gbtui.lifecycle.retention.plan import REVOKE, Line, Month
from gbtui.lifecycle.retention.policy import NEVER, Cutoffs, Kind
from gbtui.security.deed import Deed

if TYPE_CHECKING:
    from gbtui.lifecycle.archive.manifest import Manifest
    from gbtui.security.audit import Audit

_NIL: Final = UUID(int=0)
_AREA: Final = "lifecycle/retention"


ARCHIVED: Final = (Kind.MESSAGES, Kind.CLICKS, Kind.AUDIT)
"""What is archived before it goes, where that is wanted; tokens, drafts and sessions without history are not."""


class Held(Exception):
    """A legal hold was placed meanwhile; the batch that met it is undone."""


class Archiving(Protocol):
    """Archives what is about to go, and reads it back; see lifecycle/archive/before.py."""

    async def rows(self, line: Line) -> "Manifest":
        """The rows of one line."""

    async def month(self, kind: Kind, month: Month, detached: str = "") -> "Manifest":
        """A whole month, where it is or as it is called since it was detached."""

    async def equal(self, made: "Manifest", kind: Kind, month: Month, detached: str) -> bool:
        """Whether a detached month holds exactly what was archived of it."""

    def keys(self, made: "Manifest") -> Iterable[Sequence[tuple[str, datetime]]]:
        """Ids and times of the archived rows, page by page."""


@dataclass(frozen=True, slots=True)
class Record:
    """How what is removed gets on record: under the run's id and moment."""

    audit: "Audit"
    run: str
    at: str

    async def rows(self, connection: Connection, line: Line, rows: int, **detail: object) -> None:
        """Rows of a batch, in its transaction. Held, where their organization is held by now: then none of them go."""
        if line.org_id and await connection.fetchval(statement(f"{_AREA}/held").text, line.org_id):
            raise Held
        action = "retention.revoked" if line.action == REVOKE else "retention.deleted"
        detail = {"rows": rows, "until": line.until, **detail}
        await self.within(connection, action, line.table, line.partition, line.org_id, **detail)

    async def archived(self, connection: Connection, made: "Manifest") -> None:
        """That an archive was made and read back, with what it can be known by."""
        async with connection.transaction():
            await self.within(
                connection, "archive.made", made.data.table, made.name, made.org_id,
                rows=made.data.rows, sha256=made.data.sha256, digest=made.data.digest,
            )  # fmt: skip

    async def within(
        self, connection: Connection, action: str, table: str, what: str, org_id: UUID | None, **detail: object
    ) -> None:
        """Anything else that is done, in its transaction."""
        detail = {"run": self.run, "at": self.at, **detail}
        await self.audit.within(connection, Deed(action, table, what or None, org_id, detail=detail))


async def remove(batches: Batches, record: Record, line: Line, cutoffs: Cutoffs, kept: Callable[[int], None]) -> None:
    """Delete or revoke what a line says, until nothing of it is left; `kept` hears of each batch that is committed.

    Raises Stopped, Held, and LockedError where rows are never free.
    """
    if line.kind is Kind.SESSIONS:
        await _sessions(batches, record, line, kept)
        return
    arguments: Sequence[object]
    if line.kind is Kind.MESSAGES:
        arguments = (line.org_id, line.since, line.until)
    elif line.kind is Kind.CLICKS:
        arguments = (line.org_id, line.until)
    else:
        arguments = (*cutoffs.arguments, cutoffs.latest)
    text = statement(f"{_AREA}/{line.kind}_delete").text
    more = True

    async def work(connection: Connection) -> int:
        nonlocal more
        limit = batches.size
        rows = _rows(await connection.execute(text, *arguments, limit))
        if rows:
            if line.org_id is None:
                await _as_planned(connection, cutoffs)
            await record.rows(connection, line, rows)
        more = rows == limit
        return rows

    while more:
        kept(await batches.run(work))


async def _as_planned(connection: Connection, cutoffs: Cutoffs) -> None:
    """Held, where a hold was placed meanwhile: its organization may be one of those people, so none of theirs go."""
    for hold in await connection.fetch(statement(f"{_AREA}/holds").text):
        if cutoffs.of(hold["org_id"]) != NEVER:
            raise Held


async def remove_archived(
    batches: Batches, record: Record, line: Line, archive: str, keys: Iterable[Sequence[tuple[str, datetime]]],
    *, kept: Callable[[int], None],
) -> None:  # fmt: skip
    """Delete the rows that an archive holds, and no other; `kept` hears of each batch that is committed."""
    text = statement(f"lifecycle/archive/{line.kind}_delete").text
    for page in keys:
        at = taken = 0

        async def work(connection: Connection) -> int:
            nonlocal taken
            part = page[at : at + batches.size]  # noqa: B023 - run at once
            rows = _rows(await connection.execute(text, [key for key, _ in part], [time for _, time in part]))
            if rows:
                await record.rows(connection, line, rows, archive=archive)
            taken = len(part)
            return rows

        while at < len(page):
            kept(await batches.run(work))
            at += taken


async def _sessions(batches: Batches, record: Record, line: Line, kept: Callable[[int], None]) -> None:
    """By id, so that sessions which stay are passed once."""
    text = statement(f"{_AREA}/sessions_{'revoke' if line.action == REVOKE else 'delete'}").text
    lock = statement(f"{_AREA}/sessions_lock").text
    place, seen = _NIL, [_NIL]

    async def work(connection: Connection) -> int:
        nonlocal seen
        seen = [row["id"] for row in await connection.fetch(lock, line.org_id, line.until, place, batches.size)]
        rows = _rows(await connection.execute(text, seen)) if seen else 0
        if rows:
            await record.rows(connection, line, rows)
        return rows

    while seen:
        kept(await batches.run(work))
        place = seen[-1] if seen else place


def _rows(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])
