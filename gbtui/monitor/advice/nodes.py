"""What other nodes of the cluster say of each index: a standby counts its own scans, which nobody else knows.

Each node is asked over a connection of its own, read-only and for a few seconds at most; one that does not answer, or
is none of this cluster, is named as not asked.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncpg import Record

from gbtui.database.connection import DRIVER_ERRORS, Connection, connect, translate
from gbtui.database.sql import identifier, statement
from gbtui.errors import GbtuiError
from gbtui.monitor.advice.advice import NotAsked
from gbtui.monitor.advice.followers import Follower, Standing, strangers
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.database.target import Target

_SECONDS: Final = 3.0
"""For all that one node is asked, its greeting among it."""
_STATEMENT_SECONDS: Final = 2.0


class Scanned(NamedTuple):
    """An index as another node has it."""

    name: str
    """schema.name"""
    scans: int


@dataclass(frozen=True, slots=True)
class Node:
    """Another server of this cluster, and what it counted."""

    name: str
    standing: Standing
    scanned: Mapping[int, Scanned]
    """By oid, which a standby shares with its primary."""
    followers: tuple[Follower, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The other nodes: who answered, and who may use an index and did not."""

    nodes: tuple[Node, ...] = ()
    not_asked: tuple[NotAsked, ...] = ()


async def ask(database: "Database") -> Elsewhere:
    """Ask all that the DSN and the profile name, at the same time; raises only where this server cannot be read."""
    here = await _here(database)
    candidates = list(database.nodes.candidates(database.target))
    answers = await asyncio.gather(*(_ask_one(name, target, database) for name, target in candidates))
    nodes: dict[datetime, Node] = {}
    silent: list[NotAsked] = []
    silent_names: set[str] = set()
    for (name, target), answer in zip(candidates, answers, strict=True):
        if isinstance(answer, NotAsked):
            silent.append(answer)
            silent_names |= {name, target.hosts[0].address}
        elif answer.standing.started_at != here.standing.started_at:
            nodes.setdefault(answer.standing.started_at, answer)
    everybody = [here, *nodes.values()]
    unknown = strangers([one.standing for one in everybody], [f for one in everybody for f in one.followers])
    told_already = [f for f in unknown if {f.name, f.address} & silent_names]
    silent += [NotAsked(f.name, _how_to_ask(f, database)) for f in unknown if f not in told_already]
    return Elsewhere(tuple(nodes.values()), tuple(silent))


def _how_to_ask(follower: Follower, database: "Database") -> str:
    facts = database.facts
    if "pg_read_all_stats" not in facts.roles:
        return f"this role may not see who it is: GRANT pg_read_all_stats TO {identifier(facts.user)};"
    return f"to ask it: {database.nodes.line(follower.name, follower.address)}"


async def _here(database: "Database") -> Node:
    before = datetime.now(UTC)
    (row,) = await database.fetch("server/node")
    followers = await database.fetch("server/followers")
    standing = _standing(dict(row), before, database.facts.system_identifier)
    return Node("", standing, {}, _followers(followers, standing))


async def _ask_one(name: str, target: "Target", database: "Database") -> Node | NotAsked:
    """One node, or why it does not count. Never raises what a network or a server may do."""
    try:
        async with asyncio.timeout(_SECONDS):
            connection = await connect(target, statement_timeout=_STATEMENT_SECONDS)
            try:
                node = await _read(name, connection)
            finally:
                connection.terminate()
    except GbtuiError as error:
        return NotAsked(name, error.message or error.title)
    except TimeoutError:
        return NotAsked(name, f"no answer in {_SECONDS:.0f} s")
    except DRIVER_ERRORS as error:
        told = translate(error, role=target.user)
        return NotAsked(name, told.message or told.title)
    other, ours = node.standing.system_identifier, database.facts.system_identifier
    if other is not None and ours is not None and other != ours:
        return NotAsked(name, "it is another cluster, by its system identifier")
    return node


async def _read(name: str, connection: Connection) -> Node:
    before = datetime.now(UTC)
    row = await connection.fetchrow(statement("server/node").text)
    assert row is not None
    identifier = None
    if row["may_read_control"]:
        identifier = await connection.fetchval(statement("server/system_identifier").text)
    scans = await connection.fetch(statement("server/node_scans").text)
    followers = await connection.fetch(statement("server/followers").text)
    standing = _standing(dict(row), before, identifier)
    return Node(
        name,
        standing,
        {one["id"]: Scanned(clean(f"{one['schema']}.{one['name']}"), one["scans"]) for one in scans},
        _followers(followers, standing),
    )


def _standing(row: Mapping[str, Any], asked_at: datetime, identifier: int | None) -> Standing:
    kept = {name: value for name, value in row.items() if name != "may_read_control"}
    return Standing(**kept, asked_at=asked_at, system_identifier=identifier)


def _followers(rows: Iterable[Record], standing: Standing) -> tuple[Follower, ...]:
    return tuple(Follower(**dict(row), skew=standing.at - standing.asked_at) for row in rows)


def counted_since(nodes: Sequence[Node]) -> datetime | None:
    """Since when all of them count, by this node's clock; None: there are none."""
    return max((node.standing.counted_since for node in nodes), default=None)
