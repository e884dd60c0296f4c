"""The source and the database compared: what is applied, pending, unknown or drifted, and whose database it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from gbtui.database.sql import identifier, statement
from gbtui.errors import DeniedError
from gbtui.schema import history
from gbtui.schema.history import Logged
from gbtui.schema.owner import OWNER
from gbtui.schema.source import Migration, order, sha256


class Standing(StrEnum):
    """What the database is to this source. Only OURS is ever migrated, and EMPTY when somebody says so."""

    OURS = "ours"
    EMPTY = "empty"
    FOREIGN = "foreign"
    NEWER = "newer"


class State(StrEnum):
    """Of one version: in the database by us, by another tool (Diesel), not yet, or not in this source at all."""

    APPLIED = "applied"
    ELSEWHERE = "applied elsewhere"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """One row of queries/meta/standing.sql. `may_migrate`: owns Diesel's table and our log, or may create them."""

    database: str
    role: str
    in_recovery: bool
    has_diesel_table: bool
    has_log: bool
    reads_diesel_table: bool
    reads_log: bool
    owner: str
    may_migrate: bool
    has_relations: bool

    @property
    def is_owner(self) -> bool:
        """Whether what this role creates belongs to who owns the rest (a superuser's or member's would not).

        As gb_owner the runner acts itself.
        """
        return self.may_migrate and self.owner in ("", self.role, OWNER)


@dataclass(frozen=True, slots=True)
class Entry:
    """One version. `run_on` is Diesel's own time (no zone); log fields are None where gbtui did not apply it.

    `drifted` names the files (up.sql, down.sql) that are not what was applied; a change of line endings or a
    byte order mark alone is no drift. `late` marks a pending version older than one already applied.
    """

    version: str
    name: str | None
    state: State
    run_on: datetime | None
    log: Logged | None
    drifted: tuple[str, ...]
    late: bool
    migration: Migration | None


@dataclass(frozen=True, slots=True)
class Status:
    """The whole comparison; `entries` in the order Diesel runs them."""

    facts: Facts
    standing: Standing
    entries: tuple[Entry, ...]

    @property
    def pending(self) -> tuple[Migration, ...]:
        """What `up` would apply, in order."""
        return tuple(e.migration for e in self.entries if e.state is State.PENDING and e.migration)

    @property
    def why_foreign(self) -> str:
        """One sentence for a FOREIGN database."""
        if self.facts.has_log:
            return "gb_meta is here, but no version in a __diesel_schema_migrations within this role's search_path"
        return "gbtui did not build this database: it is watched and never migrated"

    @property
    def unknown(self) -> tuple[str, ...]:
        """Versions in the database that this source does not hold."""
        return tuple(e.version for e in self.entries if e.state is State.UNKNOWN)

    @property
    def drifted(self) -> tuple[Entry, ...]:
        """Applied versions whose files have changed since."""
        return tuple(e for e in self.entries if e.drifted)


async def read_status(connection: asyncpg.Connection, migrations: Sequence[Migration]) -> Status:
    """Compare; reads only. Raises DeniedError where the role may not read Diesel's table of a database we built.

    All of it in one snapshot: a database that another starter builds meanwhile is either empty or ours, never
    one with tables and no log.
    """
    if connection.is_in_transaction():
        return await _read(connection, migrations)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _read(connection, migrations)


async def _read(connection: asyncpg.Connection, migrations: Sequence[Migration]) -> Status:
    row = await connection.fetchrow(statement("meta/standing").text)
    assert row is not None  # the statement has no FROM: it always returns its one row
    facts = Facts(**dict(row))
    if facts.has_diesel_table and not facts.reads_diesel_table:
        if not facts.has_log:
            return Status(facts, Standing.FOREIGN, ())
        raise DeniedError(
            "Cannot read which migrations were applied",
            f"role {facts.role} may not read __diesel_schema_migrations",
            f"GRANT SELECT ON __diesel_schema_migrations TO {identifier(facts.role)}",
        )
    have = await history.applied(connection)
    log = await history.logged(connection) if facts.reads_log else {}
    return Status(facts, _standing(facts, have, migrations), _entries(migrations, have, log))


def _standing(facts: Facts, have: dict[str, datetime], migrations: Sequence[Migration]) -> Standing:
    if not facts.has_log:
        return Standing.FOREIGN if facts.has_relations or have else Standing.EMPTY
    if not have:
        return Standing.FOREIGN  # ours by name, but Diesel's table is not within this role's search_path
    return Standing.NEWER if have.keys() - {m.version for m in migrations} else Standing.OURS


def _entries(migrations: Sequence[Migration], have: dict[str, datetime], log: dict[str, Logged]) -> tuple[Entry, ...]:
    known = {m.version: m for m in migrations}
    last = max((v.encode() for v in have), default=b"")
    entries = []
    for version in order({*known, *have}):
        migration, row = known.get(version), log.get(version) if version in have else None
        state = _state(version in have, migration is not None, row is not None)
        entries.append(
            Entry(
                version=version,
                name=migration.name if migration else (row.name if row else None),
                state=state,
                run_on=have.get(version),
                log=row,
                drifted=_drift(migration, row) if migration and row else (),
                late=state is State.PENDING and version.encode() < last,
                migration=migration,
            )
        )
    return tuple(entries)


def _state(applied: bool, known: bool, logged: bool) -> State:
    if not applied:
        return State.PENDING
    if not known:
        return State.UNKNOWN
    return State.APPLIED if logged else State.ELSEWHERE


def _drift(migration: Migration, row: Logged) -> tuple[str, ...]:
    found = []
    if row.up_sha256 not in _equal_texts(migration.up):
        found.append("up.sql")
    if row.down_sha256 not in (_equal_texts(migration.down) if migration.down is not None else {None}):
        found.append("down.sql")
    return tuple(found)


def _equal_texts(text: str) -> set[str]:
    """Checksums of the text with either line ending, with and without a byte order mark."""
    unix = text.removeprefix("\ufeff").replace("\r\n", "\n")
    endings = (unix, unix.replace("\n", "\r\n"))
    return {sha256(text)} | {sha256(mark + ending) for mark in ("", "\ufeff") for ending in endings}
