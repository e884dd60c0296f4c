"""The probe of advice on indexes: reads what the rules look at, and remembers since when it has known each."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.sql import statement
from gbtui.errors import DeniedError
from gbtui.monitor.advice.advice import Grounds, IndexAdvice
from gbtui.monitor.advice.nodes import Node, ask, counted_since
from gbtui.monitor.advice.rules import Read, advise
from gbtui.monitor.advice.shapes import ColumnStatistics, ForeignKey, Shape
from gbtui.monitor.advice.sightings import Counter, Sightings
from gbtui.monitor.advice.standing import IndexStanding, standings
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.counting import Counting
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

LISTED: Final = 1000
"""Findings in a sample; the others, which save less, are counted."""


async def gather(database: "Database", sightings: Sightings) -> tuple[Read, list[str]]:
    """All that the rules look at, and what of it could not be read."""
    (since,) = await database.rows(Counting, "server/counting")
    shapes, keys = await index_shapes(database), await foreign_keys(database)
    columns, remarks = await index_columns(database)
    others = await ask(database)
    known = await asyncio.to_thread(_seen, database, sightings, shapes, others.nodes)
    counted = max(since.started_at, since.stats_reset or since.started_at)
    grounds = Grounds(
        now=since.at,
        counted_since=max(counted, counted_since(others.nodes) or counted),
        known_since=min(known.values(), default=None),
        asked=tuple(node.name for node in others.nodes),
        not_asked=others.not_asked,
        recovering=database.facts.in_recovery,
    )
    if sightings.error:
        remarks.append(f"since when an index is known cannot be kept: {sightings.error}")
    if locked := [one for one in shapes if not one.known]:
        remarks.append(f"{plural(len(locked), 'index', 'indexes')} of locked tables not compared")
    scans = {one.id: sum(_scans(node, one) or 0 for node in others.nodes) for one in shapes}
    missed = {one.id: tuple(node.name for node in others.nodes if _scans(node, one) is None) for one in shapes}
    return Read(shapes, keys, columns, grounds, known, scans, missed), remarks


def _scans(node: Node, shape: Shape) -> int | None:
    """Of an index on another node; None: it is not known there by this number and name."""
    found = node.scanned.get(shape.id)
    return found.scans if found and found.name == shape.full_name else None


def _seen(
    database: "Database", sightings: Sightings, shapes: Sequence[Shape], nodes: Sequence[Node]
) -> dict[int, datetime]:
    """Since when each index has been known on every node that was asked, with a counter that only rose there."""
    now, name = datetime.now(UTC), _name(database)
    known = dict(sightings.look(name, [Counter(one.id, one.full_name, one.scans) for one in shapes], now))
    for node in nodes:
        there = [Counter(oid, one.name, one.scans) for oid, one in node.scanned.items()]
        seen = sightings.look(f"{name} on {node.name}", there, now)
        known = {oid: max(since, seen.get(oid, since)) for oid, since in known.items() if not sightings.error}
    return known


async def _read(database: "Database", _scope: "Scope", _before: Sample[Any] | None) -> Reading[IndexAdvice]:
    read, remarks = await gather(database, Sightings())
    # Of ten thousand indexes it takes half a second, for which the console must not stand still.
    found, standing = await asyncio.to_thread(_judge, read)
    if len(found) > LISTED:
        remarks.append(f"{len(found) - LISTED} more findings, which save less, are not listed")
    return Reading(found[:LISTED], skipped=tuple(remarks), memory=standing)


def _judge(read: Read) -> tuple[tuple[IndexAdvice, ...], Mapping[tuple[str, str], IndexStanding]]:
    found = advise(read)
    return found, standings(read, found)


async def index_columns(database: "Database") -> tuple[dict[tuple[int, int], ColumnStatistics], list[str]]:
    """What ANALYZE knows of indexed columns; nothing, and why, where the role may not read it."""
    try:
        rows = await database.rows(ColumnStatistics, statement("server/index_columns"))
    except DeniedError as error:
        return {}, [f"no estimates: {error.message or error.title}"]
    return {(row.table_id, row.attnum): row for row in rows}, []


async def index_shapes(database: "Database") -> list[Shape]:
    """Every index of the users' tables."""
    return [Shape._make(_tuples(row.values())) for row in await database.fetch("server/index_shapes")]


async def foreign_keys(database: "Database") -> list[ForeignKey]:
    """Every foreign key that is enforced."""
    return [ForeignKey._make(_tuples(row.values())) for row in await database.fetch("server/foreign_keys")]


def _tuples(values: Any) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


def _name(database: "Database") -> str:
    return f"{database.target.label}/{database.facts.database}"


INDEX_ADVICE = Probe(
    "index_advice", "indexes that could go, are missing or too large, and why nothing is advised where it could hurt",
    IndexAdvice, 600.0, _read,
)  # fmt: skip
