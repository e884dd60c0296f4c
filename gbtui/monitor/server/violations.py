"""Constraint violations by table, from the server's log: counted as it grows, in bounded pieces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.log_follow import Count, Place, added, follow, newest, still, told
from gbtui.monitor.server.log_lines import NAMES, Violation, violations
from gbtui.monitor.window import RESET, Moment, Window, counted, growth, kept

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Owner:
    name: str
    schema: str
    table: str


@dataclass(frozen=True, slots=True)
class Violations:
    """A constraint that refused statements. What they would have written is not read."""

    KEY: ClassVar = ("database", "table", "constraint", "code")

    database: str
    table: str
    """"" where the message does not name it and the constraint is not one of this database."""
    constraint: str
    """Its name; of a not-null constraint the column's."""
    kind: str
    """"unique", "foreign key", "check", "not null", "exclusion"."""
    code: str
    """SQLSTATE."""
    refused: int | None
    """Statements refused in the window; None: there is only one reading yet."""
    total: int
    """Statements refused in all of the log that was read."""
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class _Own:
    """How far the log has been read, and the tables by constraint, as far as they were looked up."""

    place: Place
    owners: Mapping[str, str]


async def _read(database: "Database", _scope: "Scope", before: Sample[Violations] | None) -> Reading[Violations]:
    source, why = await newest(database)
    if source is None:
        return Reading((), skipped=(why,))
    own: _Own | None = kept(before).own
    now = datetime.now(UTC)
    if own is None or not still(own.place, now):
        own, before = None, None
    found, place = await follow(database, source, own.place if own else None, violations)
    counts = added(before, found, _key)
    owners = await _owners(database, counts, own.owners if own else {})
    return counted(before, Moment(now, counts), _over, _Own(place, owners))


def _key(each: Violation) -> _Key:
    return each.database, each.code, each.table, each.constraint


async def _owners(database: "Database", counts: Iterable[_Key], known: Mapping[str, str]) -> Mapping[str, str]:
    """The tables of constraints whose message names none; those of other databases cannot be looked up."""
    here = database.facts.database
    unknown = {name for place, _, table, name in counts if place == here and name and not table} - known.keys()
    if not unknown:
        return known
    found = await database.rows(_Owner, "server/violations_tables", sorted(unknown))
    named = {each.name: each.table if each.schema == "public" else f"{each.schema}.{each.table}" for each in found}
    return {**known, **dict.fromkeys(unknown, ""), **named}


def _over(window: Window[_Key, Count], own: _Own) -> Reading[Violations]:
    rows = []
    for key, now in window.now.counters.items():
        database, code, table, constraint = key
        grown = growth(window.before(key), now, ("total",)) if window.known else None
        rows.append(
            Violations(
                database=database,
                table=table or own.owners.get(constraint, ""),
                constraint=constraint,
                kind=NAMES.get(code, ""),
                code=code,
                refused=grown["total"] if grown else None,
                total=now.total,
                last_seen=now.last_seen,
            )
        )
    rows.sort(key=lambda row: (-(row.refused or 0), -row.last_seen.timestamp(), -row.total))
    return Reading(tuple(rows), None if window.span == RESET else window.seconds, told(own.place))


VIOLATIONS = Probe(
    "violations",
    "constraints that refuse statements, by table, from the server's log",
    Violations,
    10.0,
    _read,
    privilege="pg_monitor",
    deltas=True,
    over=_over,
)
