"""The links of a chain, and the records they are made of."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

LINK: Final = 32
"""Bytes of a link, and of a record's digest."""
START: Final = bytes(LINK)
"""What stands before the first link of all."""
PART: Final = 10_000
"""Records that one part of a seal covers at most."""
_NIL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Digest:
    """A record's place in the order, and the SHA-256 over all its columns."""

    id: UUID
    at: datetime
    digest: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """A part of a month's seal, as it stands in gb_meta.audit_seals, without what it covers."""

    month: date
    part: int
    records: int
    first_at: datetime | None
    last_at: datetime | None
    previous: bytes
    chain: bytes
    sealed_at: datetime
    actor: str


class Asking(Protocol):
    """Runs a statement by name."""

    async def __call__(self, name: str, *arguments: object) -> "Sequence[Any]":
        """The rows."""


def fold(previous: bytes, digests: Iterable[bytes]) -> bytes:
    """The chain's end: each link is the SHA-256 of the link before it and the digest of a record."""
    link = previous
    for digest in digests:
        link = sha256(link + digest).digest()
    return link


def bounds(month: date) -> tuple[datetime, datetime]:
    """A UTC month's first moment, and the next one's."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    following = (month.year + 1, 1) if month.month == 12 else (month.year, month.month + 1)
    return first, datetime(*following, 1, tzinfo=UTC)


async def digests(ask: Asking, month: date) -> AsyncIterator["list[Digest]"]:
    """The records of a month in their order, part by part."""
    first, end = bounds(month)
    place: tuple[datetime, UUID] = (first, _NIL)
    while True:
        rows = await ask("meta/audit_digests", first, end, *place, PART)
        found = [Digest(row["id"], row["at"], row["digest"]) for row in rows]
        if found:
            yield found
            place = (found[-1].at, found[-1].id)
        if len(found) < PART:
            return
