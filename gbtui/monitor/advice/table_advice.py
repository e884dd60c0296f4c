"""The probe of advice on tables: reads what the rules look at, and who keeps dead rows from being removed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui import text
from gbtui.monitor.advice.advice import Grounds
from gbtui.monitor.advice.indexes import foreign_keys, index_columns, index_shapes
from gbtui.monitor.advice.rules import Read, missing
from gbtui.monitor.advice.table_rules import TableAdvice, TablesRead, advise_tables
from gbtui.monitor.advice.table_shapes import TableColumn, TableShape
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server import horizon
from gbtui.monitor.server.counting import Counting
from gbtui.text import clean, count

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 1000
"""Findings in a sample; the others are counted."""
_LOOKED_INTO: Final = 500
"""Tables whose columns are looked at, the largest; more would be a long list to read every ten minutes."""
_HELD_SECONDS: Final = 3600
"""So long a snapshot must have been held, or …"""
_HELD_TRANSACTIONS: Final = 1_000_000
"""… so many transactions ago it must be, for a vacuum to be of no help."""
_ORDER: Final = ("dead rows", "rules of autovacuum", "missing on foreign key", "never analyzed", "bloated")


async def gather_tables(database: "Database") -> tuple[TablesRead, list[str]]:
    """All that the rules look at, and what of it was left out."""
    (since,) = await database.rows(Counting, "server/counting")
    tables = [TableShape._make(row.values()) for row in await database.fetch("server/table_advice")]
    largest = sorted(tables, key=lambda one: (-one.pages, -one.live_rows, not one.partitioned, one.id))
    looked_into = [one.id for one in largest if one.partitioned][:_LOOKED_INTO]
    looked_into += [one.id for one in largest if not one.partitioned][: _LOOKED_INTO - len(looked_into)]
    columns: dict[int, list[TableColumn]] = defaultdict(list)
    for row in await database.fetch("server/table_columns", looked_into):
        columns[row["table_id"]].append(TableColumn._make(row.values()))
    left = len(tables) - len(looked_into)
    remarks = [f"the columns of {count(left)} smaller tables are not looked at"] if left > 0 else []
    read = TablesRead(
        tables,
        columns,
        now=since.at,
        counted_since=max(since.started_at, since.stats_reset or since.started_at),
        horizon=keeping(await horizon.holders(database)),
        recovering=database.facts.in_recovery,
        user=database.facts.user,
    )
    return read, remarks


def keeping(holders: Iterable[horizon.Holder]) -> str:
    """Who keeps the dead rows of this database, in words, where that has gone on for long; "": nobody."""
    for holder in holders:
        long = (holder.held_age or 0) >= _HELD_SECONDS or holder.xmin_age >= _HELD_TRANSACTIONS
        if long and holder.holds in ("this database", "all databases"):
            who = f"pid {holder.pid}" if holder.pid else clean(holder.name)
            since = f" for {text.age(holder.held_age)}" if holder.held_age else ""
            return f"{holder.holder} {who} has kept them{since} (:horizon)"
    return ""


async def _keys(database: "Database") -> list[TableAdvice]:
    """Foreign keys without an index, as the advice on indexes has them; those first that cost most so far."""
    keys = await foreign_keys(database)
    if not keys:
        return []
    (since,) = await database.rows(Counting, "server/counting")
    counted = max(since.started_at, since.stats_reset or since.started_at)
    grounds = Grounds(now=datetime.now(UTC), counted_since=counted, known_since=None)
    columns, _ = await index_columns(database)
    read = Read(await index_shapes(database), keys, columns, grounds)
    told = f"counted for {text.age((since.at - counted).total_seconds())}"
    return [
        TableAdvice(
            kind=one.kind,
            schema=one.schema,
            table_name=one.table_name,
            name=one.name,
            evidence=f"{one.name}: {one.evidence}",
            withheld=one.withheld,
            statement=one.statement,
            risk=one.risk,
            rests_on=told,
        )
        for one in missing(read)
    ]


def _rank(one: TableAdvice) -> tuple[bool, int]:
    """First what is advised; of that, what hurts most. The order of what was found is kept among equals."""
    return not one.advised, _ORDER.index(one.kind) if one.kind in _ORDER else len(_ORDER)


async def _read(database: "Database", _scope: "Scope", _before: Sample[Any] | None) -> Reading[TableAdvice]:
    read, remarks = await gather_tables(database)
    found = sorted([*advise_tables(read), *await _keys(database)], key=_rank)
    if len(found) > LISTED:
        remarks.append(f"{count(len(found) - LISTED)} more findings are not listed")
    return Reading(tuple(found[:LISTED]), skipped=tuple(remarks))


TABLE_ADVICE = Probe(
    "table_advice", "tables where dead rows gather, or statistics or an index are missing",
    TableAdvice, 600.0, _read, privilege="pg_read_all_stats",
)  # fmt: skip
