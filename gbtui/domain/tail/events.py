"""What the tail tells its listeners."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from gbtui.redact import MEASURED


class Entry(Protocol):
    """One row of any stream: what the tail itself needs of it."""

    @property
    def id(self) -> UUID:
        """Its key, with `created_at`."""

    @property
    def created_at(self) -> datetime:
        """When it was written, as the row says."""

    @property
    def tx(self) -> int:
        """The transaction that wrote it."""

    @property
    def late(self) -> bool:
        """Whether a newer one was delivered before it."""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Message:
    """One row of message_history, as the tail and the transcripts carry it.

    `organization` is the slug, `bot` and `user` are names; each is "" while unknown. `message` is the raw text, cut
    by the server; `length` is how many characters the row holds (with masks: as masked). Raw means hostile: draw it
    through text.clean(). `tx` is the transaction that wrote it (0: before the tail existed). `late` says that a
    newer message was delivered before it.
    """

    id: UUID
    session_id: UUID
    user_id: UUID | None
    bot_id: UUID
    org_id: UUID | None
    organization: str
    bot: str
    user: str
    message: str = field(metadata=MEASURED)
    sender: str
    created_at: datetime
    tx: int
    late: bool
    length: int

    @property
    def cut(self) -> bool:
        """Whether the row holds more text than `message`."""
        return self.length > len(self.message)


class Phase(Enum):
    """Where the tail stands."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    FOLLOWING = "following"
    WAITING = "waiting"  # connected, but the table is locked or the server too slow; nothing is lost
    RECONNECTING = "reconnecting"
    FAILED = "failed"  # trying again will not help: the table is missing, a privilege is missing


@dataclass(frozen=True, slots=True)
class Batch(Generic[E]):
    """Messages in the order in which the tail delivers them; `backlog` marks those older than its start."""

    messages: tuple[E, ...]
    backlog: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages may be missing here: the server's history no longer joins what was read.

    `before` and `after` are positions in transactions: the one up to which everything was delivered, and the one
    from which everything is delivered again. `reason` is a sentence.
    """

    before: int
    after: int
    reason: str


@dataclass(frozen=True, slots=True)
class State:
    """The tail's state changed; `detail` is a sentence, or "" when there is nothing to say."""

    phase: Phase
    detail: str = ""


StreamEvent = Batch[E] | Gap | State
TailEvent = StreamEvent[Message]
Listener = Callable[[TailEvent], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """The tail's own measurements.

    `rate` is in messages a second over the last ten seconds (None: the server does not answer now); `age_p50` and
    `age_p99` are seconds from a message's created_at to its delivery, by the server's clock, over the last thousand
    messages (None: none yet);
    `round_trip` is the last poll's, `interval` the pause before the next, in seconds.
    `repeats` counts rows dropped because they had been delivered: 0 unless the tail reconnected.
    """

    rate: float | None
    age_p50: float | None
    age_p99: float | None
    round_trip: float
    interval: float
    delivered: int
    polls: int
    repeats: int
    reconnects: int
