"""Making an archive: rows page by page into Parquet, the manifest last, and all of it read back before it counts.

Pages are short statements of their own, so that no transaction stays open; what is removed afterwards is what was
archived, by its keys or by the digest of the whole, so that a row which came meanwhile is not lost. Of a whole month
neither is one that changed; one that is deleted by its key, and was changed in the seconds between, is in the archive
as it was.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from gbtui import __version__
from gbtui.domain.relations import sql
from gbtui.lifecycle.archive.columns import NATIVE, Digest, Row, moment, row, schema, table
from gbtui.lifecycle.archive.manifest import FILE, FORMAT, ArchiveError, Column, Manifest, Rows
from gbtui.lifecycle.archive.verifying import verify_files
from gbtui.lifecycle.retention.plan import TABLES
from gbtui.lifecycle.retention.policy import NEVER, Kind
from gbtui.security.deed import os_user

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.lifecycle.archive.store import Store

TIMES: Final = {Kind.MESSAGES: "created_at", Kind.CLICKS: "timestamp", Kind.AUDIT: "created_at"}
"""What can be archived, and by which column it is ordered and cut."""
LEFT_OUT: Final[Mapping[Kind, tuple[str, ...]]] = {Kind.MESSAGES: ("tx",)}
"""The tail's cursor means nothing in another time. That of audit records is a part of what is sealed, so it stays."""
PAGE: Final = 500
_GROUP_ROWS: Final = 20_000
_GROUP_BYTES: Final = 16 << 20
"""A row group is written when it has so many rows, or so many bytes of text: more is never held."""
_NIL: Final = UUID(int=0)
_SESSION: Final = tuple(
    Column(name=name, type=kind)
    for name, kind in (
        ("id", "uuid"), ("user_id", "uuid"), ("bot_id", "uuid"), ("expires_at", "timestamp with time zone"),
        ("created_at", "timestamp with time zone"), ("updated_at", "timestamp with time zone"), ("org_id", "uuid"),
    )
)  # fmt: skip
"""As queries/lifecycle/archive/sessions.sql gives them."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows: of one table (or of one detached partition of it), from a time to before another."""

    kind: Kind
    since: str
    until: str
    org_id: UUID | None = None
    organization: str = ""
    partition: str = ""
    """What the slice is called: the month's name."""
    relation: str = ""
    """In gb_part, where it is read instead of the table; "": the table."""

    @property
    def source(self) -> tuple[str, str]:
        """Schema and name of what is read."""
        schema, _, name = TABLES[self.kind].partition(".")
        return ("gb_part", self.relation) if self.relation else (schema, name)


async def make(database: "Database", store: "Store", wanted: Slice) -> Manifest:
    """Archive a slice, and read it back from where it lies. ArchiveError, UsageError, or the QueryError tree."""
    kept = await columns(database, wanted.kind)
    stamp = f"{datetime.now(UTC):%Y%m%dt%H%M%S}"
    whose = wanted.organization if wanted.org_id else "all"
    name = f"{wanted.partition or wanted.kind}-{whose}-{stamp}-{uuid4().hex[:6]}"
    ids = _Times()
    with store.create(name, "rows.parquet") as rows_file:
        data, sessions = _File(rows_file, TABLES[wanted.kind], "rows.parquet", kept), None
        if wanted.kind is not Kind.AUDIT:
            with store.create(name, "sessions.parquet") as sessions_file:
                sessions = _File(sessions_file, TABLES[Kind.SESSIONS], "sessions.parquet", _SESSION)
                await _fill(database, wanted, data, sessions, ids)
                sessions.close()
        else:
            await _fill(database, wanted, data, None, ids)
        data.close()
    facts, left_out = database.facts, LEFT_OUT.get(wanted.kind, ())
    applied = await database.fetch("lifecycle/archive/schema_version")
    manifest = Manifest(
        format=FORMAT, name=name, kind=wanted.kind.value, org_id=wanted.org_id, organization=wanted.organization,  # type: ignore[arg-type]
        partition=wanted.partition, since=wanted.since, until=wanted.until, oldest=ids.oldest, newest=ids.newest,
        data=data.told(store, name), sessions=sessions.told(store, name) if sessions else None, left_out=left_out,
        schema_version=applied[0]["version"] if applied else "", server_version=facts.version,
        database=facts.database, system_identifier=facts.system_identifier, tool_version=__version__,
        made_at=datetime.now(UTC), made_by=f"{facts.user} ({os_user()})",
    )  # fmt: skip
    verify_files(store, manifest)
    with store.create(name, FILE) as file:
        file.write(manifest.model_dump_json(indent=1).encode())
    if store.manifest(name) != manifest:
        raise ArchiveError("The archive was changed", f"{name}/{FILE}: it is not what was written")
    return manifest


async def columns(database: "Database", kind: Kind) -> tuple[Column, ...]:
    """The columns of a kind's table that are archived."""
    found = await database.fetch("lifecycle/archive/columns", TABLES[kind])
    return tuple(
        Column(name=one["name"], type=one["type"]) for one in found if one["name"] not in LEFT_OUT.get(kind, ())
    )


async def pages(database: "Database", wanted: Slice, kept: Sequence[Column]) -> AsyncIterator[list[Row]]:
    """The rows of a slice in the order of time and id."""
    time = TIMES[wanted.kind]
    texts = [(column.name, column.type not in NATIVE) for column in kept]
    text = sql.page(*wanted.source, texts, time, of_organization=wanted.org_id is not None)
    whose = () if wanted.org_id is None else (wanted.org_id,)
    names = [column.name for column in kept]
    at, key = names.index(time), names.index("id")
    place: tuple[str, UUID] = (NEVER, _NIL)
    while True:
        found = await database.fetch(text, wanted.since, wanted.until, *place, PAGE, *whose, timeout=30.0)
        if found:
            yield [row(kept, tuple(one)) for one in found]
            place = (found[-1][at].isoformat(), UUID(found[-1][key]))
        if len(found) < PAGE:
            return


async def digest(database: "Database", wanted: Slice, kept: Sequence[Column]) -> Digest:
    """The digest of a slice as it is in the database now."""
    found = Digest()
    async for rows in pages(database, wanted, kept):
        found.add(rows)
    return found


async def _fill(database: "Database", wanted: Slice, data: "_File", sessions: "_File | None", ids: "_Times") -> None:
    names = [column.name for column in data.columns]
    at = names.index(TIMES[wanted.kind])
    before: set[str] = set()
    async for rows in pages(database, wanted, data.columns):
        data.add(rows)
        ids.add(rows[0][at], rows[-1][at])
        if sessions is not None:
            # A session that goes on in the next page is not written twice; one that comes again later may be.
            mine = {one[names.index("session_id")] for one in rows}
            if new := sorted(mine - before):
                found = await database.fetch("lifecycle/archive/sessions", new)
                sessions.add([row(_SESSION, tuple(one)) for one in found])
            before = mine


class _Times:
    def __init__(self) -> None:
        self.oldest: datetime | None = None
        self.newest: datetime | None = None

    def add(self, first: int, last: int) -> None:
        self.oldest = self.oldest or moment(first)
        self.newest = moment(last)


class _File:
    """A Parquet file that is written row group by row group."""

    def __init__(self, file: Any, of: str, name: str, columns: Sequence[Column]) -> None:
        import pyarrow.parquet as pq

        self.columns = tuple(columns)
        self._of, self._name = of, name
        self._writer = pq.ParquetWriter(file, schema(columns), compression="zstd")
        self._digest, self._held, self._bytes = Digest(), list[Row](), 0

    def add(self, rows: Sequence[Row]) -> None:
        self._digest.add(rows)
        self._held += rows
        self._bytes += sum(len(value) for one in rows for value in one if isinstance(value, str))
        if len(self._held) >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        if self._held:
            self._flush()
        self._writer.close()

    def told(self, store: "Store", name: str) -> Rows:
        """As the manifest has it; bytes and SHA-256 from where it lies."""
        length, sha256 = store.sha256(name, self._name)
        return Rows(
            table=self._of, file=self._name, columns=self.columns, rows=self._digest.rows, bytes=length, sha256=sha256,
            digest=self._digest.hex,
        )  # fmt: skip

    def _flush(self) -> None:
        self._writer.write_table(table(self.columns, self._held))
        self._held, self._bytes = [], 0
