"""One thing that could be better about the indexes: evidence, statement, saving, risk, and why it is withheld."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gbtui import text

WINDOW: Final = timedelta(days=7)
"""Shorter than a week no index is called unused: what runs at weekends would not show."""

_NAMED: Final = 3
"""Nodes that are named one by one."""


@dataclass(frozen=True, slots=True)
class IndexAdvice:
    """One finding about an index, or about one that is missing."""

    kind: str
    """"unused", "rarely used", "duplicate", "prefix", "invalid", "missing on foreign key", "mostly NULL",
    "low-value column" or "bloated"."""
    schema: str
    table_name: str
    name: str
    """Of the index; of a missing one the foreign key's."""
    evidence: str
    """What was seen, with the figures."""
    withheld: str
    """Why nothing is advised although it was seen; "": it is advised."""
    statement: str
    """To be run as it stands; "" where it is withheld, or where steps are told in `evidence` that are none."""
    saves_bytes: int | None
    """Bytes it would give back; below 0: it would take so many."""
    risk: str
    """What could go wrong by following it."""
    rests_on: str
    """The window and the nodes that it rests on."""

    @property
    def advised(self) -> bool:
        """Whether it may be followed blindly."""
        return not self.withheld


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A node that may use an index and was not asked."""

    name: str
    why: str
    """What went wrong, or how to have it asked."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a judgement of use rests on: how long, and on which nodes."""

    now: datetime
    counted_since: datetime | None
    """When the server began to count: the last reset or crash."""
    known_since: datetime | None
    """When this console first saw the database: PostgreSQL keeps no time of an index's making."""
    asked: tuple[str, ...] = ()
    """The nodes that were asked beside this one, by name."""
    not_asked: tuple[NotAsked, ...] = ()
    """Those that were not: queries there use indexes too."""
    recovering: bool = False
    """This is a standby: what its primary does with an index is not seen here."""

    @property
    def window(self) -> timedelta:
        """For how long use was counted and seen; nothing where it is not known."""
        if self.counted_since is None or self.known_since is None:
            return timedelta()
        return self.now - max(self.counted_since, self.known_since)

    def told(self) -> str:
        """In words."""
        asked = 1 + len(self.asked)
        nodes = f"{asked} of {text.plural(asked + len(self.not_asked), 'node')}"
        window = text.age(self.window.total_seconds())
        told = f"{nodes}, window {window} (counted for {self._age(self.counted_since)},"
        return f"{told} watched for {self._age(self.known_since)})"

    def doubts(self) -> tuple[str, ...]:
        """Why "not used" may not be believed yet."""
        found = []
        if self.counted_since is None or self.now - self.counted_since < WINDOW:
            found.append(f"the server has counted for {self._age(self.counted_since)} only, a week is needed")
        if self.known_since is None or self.now - self.known_since < WINDOW:
            found.append(
                f"this console has known the index for {self._age(self.known_since)} only, and the server does not tell"
                " how old it is: a week is needed"
            )
        found += [f"{one.name} may use it and was not asked: {one.why}" for one in self.not_asked[:_NAMED]]
        if len(self.not_asked) > _NAMED:
            found.append(f"{len(self.not_asked) - _NAMED} more nodes were not asked")
        if self.recovering:
            found.append("this is a standby: its primary may use it")
        return tuple(found)

    def _age(self, since: datetime | None) -> str:
        return text.age((self.now - since).total_seconds()) if since else "an unknown time"
