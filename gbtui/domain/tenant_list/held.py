"""Bytes that each organization holds, estimated from what the planner knows: no table is read or opened.

ANALYZE keeps of each table which organizations its rows belong to most often, and how often. The others share the rest;
of messages, by far the largest table, a small organization's are counted anyway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.text import count
from gbtui.times import show

if TYPE_CHECKING:
    from gbtui.database.database import Database

_MESSAGES: Final = "message_history"


@dataclass(frozen=True, slots=True)
class Part:
    """A table or a partition of one."""

    table: str
    part: str
    rows: float
    """-1: it was never vacuumed or analyzed."""
    bytes: float
    distinct_organizations: float | None
    """As pg_stats says it: a negative one is a share of the rows. None: no statistics that this role may read."""
    organizations: Sequence[str] | None
    shares: Sequence[float] | None
    analyzed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """How the tables' bytes are shared out."""

    common: Mapping[UUID, float] = field(default_factory=dict)
    """Bytes of those whom a table's statistics name."""
    named: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    """In which parts they do."""
    rest: Mapping[str, float] = field(default_factory=dict)
    """By part: bytes of one of all the others."""
    message: float = 0.0
    """Bytes of a message with its indexes."""
    messages: frozenset[str] = frozenset()
    """The parts that hold messages."""
    total: float = 0.0
    """Bytes of all parts whose sharing out is known."""
    told: tuple[str, ...] = ()

    def of(self, org_id: UUID, messages: int, most: int) -> float | None:
        """An organization's bytes; `messages` of its are counted, up to `most`."""
        if not self.rest:
            return None
        named = self.named.get(org_id, frozenset())
        counted = messages < most and not named & self.messages
        without = named | (self.messages if counted else frozenset())
        left = sum(bytes_ for part, bytes_ in self.rest.items() if part not in without)
        return self.common.get(org_id, 0.0) + left + (messages * self.message if counted else 0.0)


async def read_held(database: "Database") -> Held:
    """From the planner's statistics of now."""
    return shared_out(await database.rows(Part, "general_bots/tenants_bytes"))


def shared_out(parts: Sequence[Part]) -> Held:
    """Whose the bytes of these parts are. Pure."""
    common: dict[UUID, float] = {}
    named: dict[UUID, set[str]] = {}
    rest: dict[str, float] = {}
    known = [part for part in parts if part.distinct_organizations is not None]
    for part in known:
        shares = dict(zip(map(UUID, part.organizations or ()), part.shares or (), strict=True))
        for org_id, share in shares.items():
            common[org_id] = common.get(org_id, 0.0) + share * part.bytes
            named.setdefault(org_id, set()).add(part.part)
        distinct = part.distinct_organizations or 0.0
        others = (distinct if distinct >= 0 else -distinct * part.rows) - len(shares)
        left = max(0.0, 1.0 - sum(shares.values())) * part.bytes
        rest[part.part] = left / others if others >= 1 else 0.0
    messages = [part for part in known if part.table == _MESSAGES]
    rows = sum(max(part.rows, 0.0) for part in messages)
    return Held(
        common,
        {org_id: frozenset(where) for org_id, where in named.items()},
        rest,
        sum(part.bytes for part in messages) / rows if rows else 0.0,
        frozenset(part.part for part in messages),
        sum(part.bytes for part in known),
        tuple(_told(parts, known)),
    )


def _told(parts: Sequence[Part], known: Sequence[Part]) -> Iterable[str]:
    unknown = sorted({part.table for part in parts if part.distinct_organizations is None and part.rows != 0})
    if unknown:
        # Of a table under row-level security pg_stats shows nothing to who is subject to it.
        some = ", ".join(unknown[:3]) + (f" and {count(len(unknown) - 3)} more" if len(unknown) > 3 else "")
        yield f"bytes: without {some}: no statistics that this role may read (SELECT on it, or ANALYZE)"
    oldest = min((part.analyzed_at for part in known if part.analyzed_at and part.rows > 0), default=None)
    if oldest is not None:
        yield f"bytes: estimated from ANALYZE since {show(oldest, datetime.now(UTC))}"
