"""The probe of advice on indexes: reads what the rules look at, and remembers since when it has known each."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.sql import statement
from gbtui.errors import DeniedError
from gbtui.monitor.advice.advice import Grounds, IndexAdvice
from gbtui.monitor.advice.rules import Read, advise
from gbtui.monitor.advice.shapes import ColumnStatistics, ForeignKey, Shape
from gbtui.monitor.advice.sightings import Counter, Sightings
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.counting import Counting
from gbtui.text import clean, plural

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 1000
"""Findings in a sample; the others, which save less, are counted."""


async def gather(database: "Database", sightings: Sightings) -> tuple[Read, list[str]]:
    """All that the rules look at, and what of it could not be read."""
    (since,) = await database.rows(Counting, "server/counting")
    shapes = [_shape(row.values()) for row in await database.fetch("server/index_shapes")]
    keys = [_key(row.values()) for row in await database.fetch("server/foreign_keys")]
    columns, remarks = await _columns(database)
    followers = await database.fetch("server/followers")
    counters = [Counter(one.id, one.full_name, one.scans) for one in shapes]
    known = await asyncio.to_thread(sightings.look, _name(database), counters, datetime.now(UTC))
    grounds = Grounds(
        now=since.at,
        counted_since=max(since.started_at, since.stats_reset or since.started_at),
        known_since=min(known.values(), default=None),
        standbys_not_asked=tuple(clean(row["name"]) for row in followers),
        recovering=database.facts.in_recovery,
    )
    if sightings.error:
        remarks.append(f"since when an index is known cannot be kept: {sightings.error}")
    if locked := [one for one in shapes if not one.known]:
        remarks.append(f"{plural(len(locked), 'index', 'indexes')} of locked tables not compared")
    return Read(shapes, keys, columns, grounds, known), remarks


async def _read(database: "Database", _scope: "Scope", _before: Sample[Any] | None) -> Reading[IndexAdvice]:
    read, remarks = await gather(database, Sightings())
    found = advise(read)
    if len(found) > LISTED:
        remarks.append(f"{len(found) - LISTED} more findings, which save less, are not listed")
    return Reading(found[:LISTED], skipped=tuple(remarks))


async def _columns(database: "Database") -> tuple[dict[tuple[int, int], ColumnStatistics], list[str]]:
    try:
        rows = await database.rows(ColumnStatistics, statement("server/index_columns"))
    except DeniedError as error:
        return {}, [f"no estimates: {error.message or error.title}"]
    return {(row.table_id, row.attnum): row for row in rows}, []


def _shape(values: Any) -> Shape:
    return Shape._make(tuple(value) if isinstance(value, list) else value for value in values)


def _key(values: Any) -> ForeignKey:
    return ForeignKey._make(tuple(value) if isinstance(value, list) else value for value in values)


def _name(database: "Database") -> str:
    return f"{database.target.label}/{database.facts.database}"


INDEX_ADVICE = Probe(
    "index_advice", "indexes that could go, are missing or too large, and why nothing is advised where it could hurt",
    IndexAdvice, 600.0, _read,
)  # fmt: skip
