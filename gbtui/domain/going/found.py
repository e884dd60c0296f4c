"""What a look-up found, and which of it is meant most likely. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from gbtui.domain.going.asked import Asked

KINDS: Final = ("organization", "bot", "user", "session", "message", "collection", "document", "tool")
"""In the order in which equally good ones are offered."""


class Fit(IntEnum):
    """How what was found fits what was asked, the best first."""

    EXACT = 0
    BEGINNING = 1
    PART = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One thing. `kind`: one of KINDS."""

    kind: str
    id: str
    name: str
    """What it is called; of an organization the slug, of a session its user, of a message who spoke."""
    org_id: UUID | None
    organization: str | None
    """The organization's slug; None of a user, who belongs to none."""
    about: str
    """What tells it from its twins: an organization's name, a user's address, the bot of all others."""
    at: datetime | None
    """When it was made; a session's last activity, the time of a message."""
    parent: str | None
    """What it is shown in: a message's session, a document's collection, a tool's and a collection's bot."""

    def fit(self, wanted: Asked) -> Fit:
        """How it fits."""
        name = wanted.name.casefold()
        told = [text.casefold() for text in self.told]
        if name in told or self.has_id(wanted):
            return Fit.EXACT
        return Fit.BEGINNING if any(text.startswith(name) for text in told) else Fit.PART

    def has_id(self, wanted: Asked) -> bool:
        """Whether it was found by its id."""
        return self.id in wanted.texts or (wanted.low is not None and _between(self.id, wanted))

    @property
    def told(self) -> tuple[str, ...]:
        """The texts by which it may have been found."""
        return (
            (self.name, self.about.removesuffix(" (inactive)"))
            if self.kind in ("organization", "user")
            else (self.name,)
        )


def _between(text: str, wanted: Asked) -> bool:
    try:
        key = UUID(text)
    except ValueError:
        return False
    return wanted.low is not None and wanted.high is not None and wanted.low <= key <= wanted.high


def ranked(found: Iterable[Found], wanted: Asked, most: int) -> tuple[Found, ...]:
    """The best first, at most so many of a kind: exact before a beginning before a part, then by kind and name."""

    def place(one: Found) -> tuple[object, ...]:
        return one.fit(wanted), KINDS.index(one.kind), one.name.casefold(), one.organization or "", one.about, one.id

    left = dict.fromkeys(KINDS, most)
    kept = []
    for one in sorted(found, key=place):
        if left[one.kind]:
            left[one.kind] -= 1
            kept.append(one)
    return tuple(kept)
