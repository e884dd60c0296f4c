"""Putting an archive back: what it holds, row for row, into months that are made for it; what cannot come is told.

Messages get tx 3, so that no open tail shows them as new. Users who were deleted meanwhile stay so: their rows come
back anonymous. Sessions that are gone come back revoked. Rows whose bot is gone have no place any more, and are left.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.domain.relations import sql
from gbtui.errors import QueryError, RefusedError
from gbtui.lifecycle import partitions
from gbtui.lifecycle.archive.columns import NATIVE, TIME, Row, moment, row, stored
from gbtui.lifecycle.archive.making import columns
from gbtui.lifecycle.archive.manifest import Column, Manifest, Rows
from gbtui.lifecycle.archive.verifying import verify
from gbtui.lifecycle.batches import Batches
from gbtui.lifecycle.partitions.moment import moment as briefly
from gbtui.lifecycle.retention.plan import TABLES
from gbtui.lifecycle.retention.policy import Kind
from gbtui.schema.owner import acting_as_owner
from gbtui.security.chain.link import bounds
from gbtui.security.deed import Deed

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.lifecycle.archive.store import Store
    from gbtui.security.audit import Audit

_BATCH: Final = 500
_BYTES: Final = 4 << 20
"""A batch of rows that are put back holds no more text than this, and one row."""
_ENSURE: Final = "SELECT gb_meta.ensure_partition($1::text::regclass, $2)"
_OID: Final = "SELECT $1::pg_catalog.text::pg_catalog.regclass::pg_catalog.oid"


@dataclass(slots=True)
class Restored:
    """What came back."""

    manifest: Manifest
    rows: int = 0
    there: int = 0
    """Rows that were there already, and stayed as they were."""
    anonymous: int = 0
    """Rows whose user is gone, of those that came back."""
    homeless: int = 0
    """Rows whose bot is gone: they were left in the archive."""
    sessions: int = 0
    """Sessions that were gone and came back, revoked."""


async def restore(
    database: "Database", audit: "Audit", store: "Store", name: str, *, stop: asyncio.Event | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Restored:  # fmt: skip
    """Verify an archive, put it back in batches, and compare each row with what is there then.

    Interrupted (batches.Stopped), it goes on when it is called again: rows that are there stay as they are. Raises
    ArchiveError before anything is written, QueryError where a row is not equal afterwards.
    """
    manifest = verify(store, name)
    kind = Kind(manifest.kind)
    await _fits(database, manifest, kind)
    done = Restored(manifest)
    async with database.writing() as connection:
        if kind is not Kind.CLICKS and manifest.oldest and manifest.newest:
            await _months(connection, TABLES[kind], manifest, tell)
        async with acting_as_owner(connection):
            work = _Restoring(connection, audit, manifest, done, stop=stop or asyncio.Event(), tell=tell)
            if manifest.sessions:
                await work.sessions(store, manifest.sessions)
            await work.rows(store)
    await _compare(database, store, manifest, done)
    return done


async def _fits(database: "Database", manifest: Manifest, kind: Kind) -> None:
    """Refuse columns that this database has not, or has of another type."""
    here = {column.name: column.type for column in await columns(database, kind)}
    wrong = [one.name for one in manifest.data.columns if here.get(one.name) != one.type]
    if wrong:
        raise RefusedError(
            "The tables are others", f"{manifest.name} has {', '.join(wrong)}, which {TABLES[kind]} has not so here",
            f"it was made under migration {manifest.schema_version}",
        )  # fmt: skip


async def _months(connection: Connection, table: str, manifest: Manifest, tell: Callable[[str], None]) -> None:
    """A month for each of the archive's, so that they can go as months again."""
    assert manifest.oldest and manifest.newest
    month: date = manifest.oldest.date().replace(day=1)
    await partitions.split_past(connection, table, month, tell=tell)
    while month <= manifest.newest.date():
        wanted = month

        async def make(connection: Connection, wanted: date = wanted) -> None:
            await connection.execute(_ENSURE, table, wanted)

        async with acting_as_owner(connection):
            await briefly(connection, make, f"{table} {month:%Y-%m}")
        month = bounds(month)[1].date()


class _Restoring:
    def __init__(
        self, connection: Connection, audit: "Audit", manifest: Manifest, done: Restored, *, stop: asyncio.Event,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._connection, self._audit, self._manifest, self._done = connection, audit, manifest, done
        self._stop, self._tell = stop, tell
        self._table = TABLES[Kind(manifest.kind)]

    async def sessions(self, store: "Store", rows: Rows) -> None:
        """Those that are gone."""
        text = statement("lifecycle/archive/restore_sessions").text
        batches = await self._batches(rows.table)
        for part in _parts(store, self._manifest.name, rows):
            given = _json(rows.columns, part)

            async def work(connection: Connection, given: str = given) -> int:
                return _count(await connection.execute(text, given))

            self._done.sessions += await batches.run(work)

    async def rows(self, store: "Store") -> None:
        """The rows themselves."""
        data = self._manifest.data
        batches = await self._batches(self._table)
        for part in _parts(store, self._manifest.name, data):
            coming, anonymous = await self._with_a_place(data.columns, part)
            if coming:
                rows = await self._put(batches, data.columns, coming)
                self._done.there += len(coming) - rows
                self._done.rows += rows
                self._done.anonymous += anonymous
                self._tell(f"{self._done.rows + self._done.there:,} of {data.rows:,} rows")

    async def _put(self, batches: Batches, of: Sequence[Column], coming: Sequence[Row]) -> int:
        text, given = statement(f"lifecycle/archive/restore_{self._manifest.kind}").text, _json(of, coming)

        async def work(connection: Connection) -> int:
            rows = _count(await connection.execute(text, given))
            if rows:
                what, detail = self._manifest.partition or None, {"archive": self._manifest.name, "rows": rows}
                deed = Deed("archive.restored", self._table, what, self._manifest.org_id, detail=detail)
                await self._audit.within(connection, deed)
            return rows

        return await batches.run(work)

    async def _with_a_place(self, of: Sequence[Column], part: Sequence[Row]) -> tuple[list[Row], int]:
        """Rows whose session and bot are there, anonymous where the user is not; and how many are that."""
        if self._manifest.kind == "audit":
            return list(part), 0
        coming, anonymous = await placed(self._connection, of, part)
        self._done.homeless += len(part) - len(coming)
        return coming, anonymous

    async def _batches(self, table: str) -> Batches:
        oid = await self._connection.fetchval(_OID, table)
        return Batches(self._connection, [oid], stop=self._stop, tell=self._tell)


async def placed(connection: Any, of: Sequence[Column], part: Sequence[Row]) -> tuple[list[Row], int]:
    """Rows that have a place in the database as it is now: session and bot are there; users that are not, left out.

    `connection`: whatever has `fetch(text, …)`.
    """
    names = [column.name for column in of]

    def at(name: str) -> int | None:
        return names.index(name) if name in names else None

    user, session, bot = at("user_id"), at("session_id"), at("bot_id")
    wanted = [
        sorted({one[place] for one in part if one[place] is not None}) if place is not None else []
        for place in (user, session, bot)
    ]
    there = {found["id"] for found in await connection.fetch(statement("lifecycle/archive/there").text, *wanted)}
    coming, anonymous = list[Row](), 0
    for one in part:
        if any(place is not None and one[place] not in there for place in (session, bot)):
            continue
        if user is not None and one[user] is not None and one[user] not in there:
            coming.append((*one[:user], None, *one[user + 1 :]))
            anonymous += 1
        else:
            coming.append(one)
    return coming, anonymous


async def _compare(database: "Database", store: "Store", manifest: Manifest, done: Restored) -> None:
    """Whether every row that has a place is there as the archive has it."""
    table = manifest.data.table.partition(".")
    texts = [(column.name, column.type not in NATIVE) for column in manifest.data.columns]
    text = sql.by_id(table[0], table[2], texts)
    key = [column.name for column in manifest.data.columns].index("id")
    for part in _parts(store, manifest.name, manifest.data):
        async with database.snapshot() as connection:
            wanted = part
            if manifest.kind != "audit":
                wanted, _ = await placed(connection, manifest.data.columns, part)
            if not wanted:
                continue
            found = await connection.fetch(text.text, [one[key] for one in wanted])
        here = {one[key]: row(manifest.data.columns, tuple(one)) for one in found}
        if wrong := [one[key] for one in wanted if here.get(one[key]) != one]:
            raise QueryError(
                "Not equal", f"{len(wrong)} rows of {manifest.name} are not as the archive has them: {wrong[0]} …",
                "they were there before and had been changed, or were changed meanwhile",
            )  # fmt: skip


def _parts(store: "Store", name: str, rows: Rows) -> Iterator[list[Row]]:
    """The rows of a file in parts that make a batch."""
    part, held = list[Row](), 0
    for piece in stored(store, name, rows):
        for one in piece:
            part.append(one)
            held += sum(len(value) for value in one if isinstance(value, str))
            if len(part) >= _BATCH or held >= _BYTES:
                yield part
                part, held = [], 0
    if part:
        yield part


def _json(of: Sequence[Column], rows: Sequence[Row]) -> str:
    """Rows as a JSON array of objects; documents as they stand, so that no number in them changes."""
    names = [json.dumps(column.name) for column in of]
    lines = (
        ",".join(f"{name}:{_value(column, value)}" for name, column, value in zip(names, of, one, strict=True))
        for one in rows
    )
    return "[" + ",".join(f"{{{line}}}" for line in lines) + "]"


def _value(column: Column, value: Any) -> str:
    if value is not None and column.type in ("json", "jsonb"):
        return str(value)
    return json.dumps(moment(value).isoformat() if column.type == TIME and value is not None else value)


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])
