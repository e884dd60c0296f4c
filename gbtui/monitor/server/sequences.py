"""Sequences and integer keys: how much of their range is used up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui.database.sql import identifier
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 500
AT_ONCE: Final = 500
"""Sequences read by one statement, which holds a lock on each until it ends."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    name: str
    schema: str
    column: str
    identity: bool
    type: str
    last_value: int | None
    limit_value: int
    used_share: float | None
    increment: int
    cycle: bool
    narrow_column: str
    narrow_type: str
    refers: bool
    locked: bool
    readable: bool


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    type: str
    limit_value: int
    last_value: int | None
    readable: bool


@dataclass(frozen=True, slots=True)
class SequenceRow:
    """A sequence, or an integer key that none fills; the one nearest to its end first."""

    KEY: ClassVar = ("name", "kind")
    LATER: ClassVar = ("increment", "left")

    name: str
    used_share: float | None
    """Of the way from its first value to the last one that fits; unknown: never used, locked, or not ours to read."""
    last_value: int | None
    """On a standby up to 32 values ahead: the primary writes that far in advance."""
    limit_value: int
    """The last value that fits: the sequence's own maximum, or that of the narrowest column that takes its values."""
    limited_by: str
    """What ends first: "the sequence", "integer people.id", "smallint orders.person, which refers to it"."""
    kind: str
    """"sequence", "serial", "identity", or "key": an integer key that the application fills itself; its last value is
    the planner's, as of the last ANALYZE."""
    column: str
    """Column that draws its values from it."""
    cycle: bool
    """It begins anew at its end, instead of failing."""
    increment: int | None
    left: int | None
    """Values that are still to be had."""


def shown(row: _Row) -> SequenceRow:
    """A sequence as people read it."""
    limited = f"{row.narrow_type} {row.narrow_column}" if row.narrow_column else "the sequence"
    return SequenceRow(
        name=row.name,
        used_share=row.used_share,
        last_value=row.last_value,
        limit_value=row.limit_value,
        limited_by=f"{limited}, which refers to it" if row.refers else limited,
        kind="identity" if row.identity else "serial" if row.column else "sequence",
        column=row.column,
        cycle=row.cycle,
        increment=row.increment,
        left=max(0, (row.limit_value - row.last_value) // row.increment) if row.last_value is not None else None,
    )


def shown_key(row: _Key, last: int) -> SequenceRow:
    """A key as people read it."""
    return SequenceRow(
        name=row.name,
        used_share=min(1.0, max(0.0, last / row.limit_value)),
        last_value=last,
        limit_value=row.limit_value,
        limited_by=f"{row.type} {row.name}",
        kind="key",
        column=row.name,
        cycle=False,
        increment=None,
        left=max(0, row.limit_value - last),
    )


def _skipped(rows: Sequence[_Row], keys: Sequence[_Key], user: str) -> list[str]:
    """Which are locked, and which we may not read and what would allow it."""
    told = []
    if locked := [row.name for row in rows if row.locked]:
        told.append(f"{_some(locked, 'sequence')} locked: no value")
    if denied := [row for row in rows if not row.readable]:
        schema, role = identifier(denied[0].schema), identifier(user)
        grant = f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"
        told.append(f"{_some([row.name for row in denied], 'sequence')} not ours to read: {grant}")
    if unread := [row.name for row in keys if not row.readable]:
        told.append(f"{_some(unread, 'key')} not ours to read: GRANT SELECT on the table")
    return told


def _some(names: Sequence[str], thing: str) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{plural(len(names), thing)} ({', '.join(names[:_NAMED])}{more}) {'is' if len(names) == 1 else 'are'}"


async def _all(database: "Database") -> list[_Row]:
    found: list[_Row] = []
    while True:
        some = await database.rows(_Row, "server/sequences", found[-1].id if found else 0, AT_ONCE)
        found += some
        if len(some) < AT_ONCE:
            return found


async def _read(database: "Database", _scope: "Scope", _before: Sample[SequenceRow] | None) -> Reading[SequenceRow]:
    rows = await _all(database)
    keys = await database.rows(_Key, "server/sequences_keys", LISTED + 1)
    rows.sort(key=lambda row: (row.used_share is None, -(row.used_share or 0.0), row.name))
    found = [shown(row) for row in rows[:LISTED]]
    found += [shown_key(key, key.last_value) for key in keys[:LISTED] if key.last_value is not None]
    found.sort(key=lambda row: (row.used_share is None, -(row.used_share or 0.0), row.name))
    skipped = _skipped(rows, keys, database.facts.user)
    if max(len(rows), len(keys)) > LISTED:
        skipped.append(f"only the {LISTED} sequences and {LISTED} keys nearest to their end are listed")
    return Reading(tuple(found), skipped=tuple(skipped))


SEQUENCES = Probe(
    "sequences",
    "sequences and integer keys: how much of their range is used up",
    SequenceRow,
    300.0,
    _read,
    always=True,
)
