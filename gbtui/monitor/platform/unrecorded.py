"""What leaves no audit record: tables without the trigger, what the server counted there, and what would have told."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui.database.sql import statement
from gbtui.errors import DeniedError, QueryError
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample
from gbtui.monitor.server.statements import State, trouble
from gbtui.monitor.window import RESET, Moment, Window, counted, growth
from gbtui.text import count, plural
from gbtui.times import rfc3339

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_COUNTERS: Final = ("inserted", "updated", "deleted")
_TARGET: Final = re.compile(
    r'\b(?:delete\s+from|truncate(?:\s+table)?)\s+(?:only\s+)?((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)', re.IGNORECASE
)
_NAMED: Final = 3
"""Roles named of each table."""


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    table: str
    recorded: bool
    inserted: int
    updated: int
    deleted: int
    counted_since: datetime | None


@dataclass(frozen=True, slots=True)
class Removing:
    """A statement that deletes or truncates, as pg_stat_statements counts it."""

    role: str
    calls: int
    rows: int
    query: str


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A table, and what the server counted on it, whoever did it."""

    KEY: ClassVar = ("table",)

    table: str
    recorded: bool
    """Whether each change of a row leaves an audit record."""
    inserted: int | None
    """Rows in the window; None: there is only one reading yet."""
    updated: int | None
    deleted: int | None
    deleted_total: int
    """Rows deleted since the statistics were reset."""
    deleting: str
    """Who deleted or truncated, by pg_stat_statements: role, calls, rows."""


@dataclass(frozen=True, slots=True)
class _Standing:
    first_at: datetime | None
    log_statement: str
    pgaudit_log: str | None
    has_pgaudit: bool


@dataclass(frozen=True, slots=True)
class _Own:
    """What does not change with the window."""

    deleting: Mapping[str, str]
    told: tuple[str, ...]


async def _read(database: "Database", _scope: "Scope", before: Sample[Unrecorded] | None) -> Reading[Unrecorded]:
    (found,) = await database.fetch("meta/standing")
    if not found["has_log"]:
        return Reading((), skipped=(f"{ABSENT}this database has no audit log: gbtui migrate up makes it",))
    rows = await database.rows(_Row, "meta/audit_unrecorded")
    deleting, why = await _deleting(database)
    own = _Own(deleting, (*await _standing(database), *why))
    return counted(before, Moment(rows[0].at, {row.table: row for row in rows}, rows[0].counted_since), _over, own)


async def _standing(database: "Database") -> tuple[str, ...]:
    try:
        (row,) = await database.rows(_Standing, "meta/audit_standing")
    except DeniedError as error:
        return (error.message or error.title,)
    since = f"nothing is on record from before {rfc3339(row.first_at)}" if row.first_at else "nothing is on record yet"
    return (since, "statements of others are on record only where they change a table with the trigger", _logs(row))


def _logs(row: _Standing) -> str:
    """Which other log would have told, and how it is set now."""
    audited = f"pgaudit.log = {row.pgaudit_log!r}" if row.pgaudit_log is not None else (
        "pgaudit is there but not loaded" if row.has_pgaudit else "pgaudit is not installed"
    )  # fmt: skip
    enough = row.log_statement in ("mod", "all")
    would = "" if enough else "what would have told: "
    return f"{would}log_statement = {row.log_statement!r} (mod logs changes), {audited}"


async def _deleting(database: "Database") -> tuple[Mapping[str, str], tuple[str, ...]]:
    """By table: who deletes there; and why nobody can tell, where it is so."""
    (state,) = await database.rows(State, "server/statements_state")
    if state.version is None or (why := trouble(state, state.version)):
        return {}, ("who deleted is not counted: pg_stat_statements is not there" if state.version is None else why,)
    try:
        rows = await database.rows(Removing, statement("server/statements_removing", schema=state.schema or ""))
    except QueryError as error:
        return {}, (f"who deleted was not read: {error.message or error.title}",)
    return by_table(rows), ()


def by_table(rows: Iterable[Removing]) -> Mapping[str, str]:
    """Who deletes where: "app: 3 calls, 40 rows; ann: 1 call, 2 rows", by the table's name with its schema."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows:
        for name in {_name(each) for each in _TARGET.findall(row.query)}:
            roles = found.setdefault(name, {})
            calls, removed = roles.get(row.role, (0, 0))
            roles[row.role] = (calls + row.calls, removed + row.rows)
    return {name: _told(roles) for name, roles in found.items()}


def _name(written: str) -> str:
    plain = written.replace('"', "")
    return plain if "." in plain else f"public.{plain}"


def _told(roles: Mapping[str, tuple[int, int]]) -> str:
    most = sorted(roles.items(), key=lambda each: -each[1][1])
    told = [f"{role}: {plural(calls, 'call')}, {plural(rows, 'row')}" for role, (calls, rows) in most[:_NAMED]]
    return "; ".join(told + [f"{count(len(most) - _NAMED)} more roles"] * (len(most) > _NAMED))


def _over(window: Window[str, _Row], own: _Own) -> Reading[Unrecorded]:
    rows = []
    for name, now in window.now.counters.items():
        grown = growth(window.before(name), now, _COUNTERS) if window.known else None
        rows.append(
            Unrecorded(
                table=name,
                recorded=now.recorded,
                **(grown or dict.fromkeys(_COUNTERS)),
                deleted_total=now.deleted,
                deleting=own.deleting.get(name, ""),
            )
        )
    rows.sort(key=lambda row: (row.recorded, -(row.deleted or 0), -row.deleted_total, row.table))
    return Reading(tuple(rows), None if window.span == RESET else window.seconds, own.told)


def of_table(row: Unrecorded, since: datetime | None = None) -> str:
    """One table in a sentence: for who found no record of it."""
    trigger = (
        "changes of its rows are on record" if row.recorded else "no trigger: changes of its rows are not on record"
    )
    rise = f", {plural(row.deleted, 'row')} of them just now" if row.deleted else ""
    who = f" ({row.deleting})" if row.deleting else ""
    return f"{row.table}: {trigger}; the server counted {plural(row.deleted_total, 'row')} deleted{rise}{who}"


UNRECORDED: Final = Probe(
    "unrecorded",
    "changes that leave no audit record: tables without the trigger, what was deleted there and by whom",
    Unrecorded,
    30.0,
    _read,
    deltas=True,
    over=_over,
)
