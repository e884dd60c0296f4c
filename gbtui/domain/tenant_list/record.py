"""One organization of the list. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

MOST: Final = 1001
"""Where the counts of a tenant stop: 1001 means more than a thousand."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization. None: not known, or not read here.

    `organization` is the slug. `bots` and `sessions_active` (activity within 15 minutes, not expired) are exact up to
    1000; 1001 means more. `messages_per_second_sampled` and `share_sampled` (0 to 1, None: nobody wrote) rest on
    `sample` messages of all organizations together: those of the last 60 s, or the newest 5000 of them.
    """

    LATER: ClassVar = ("org_id", "name", "created", "users_more", "day_estimated", "lock_samples", "read_at")

    org_id: UUID
    organization: str
    name: str
    created: datetime
    bots: int
    sessions_active: int
    last_activity: datetime | None
    last_message_at: datetime | None
    messages_per_second_sampled: float
    share_sampled: float | None
    sample: int
    messages_per_second_day: float | None = None
    """Messages a second over 24 hours."""
    day_estimated: bool = False
    """Whether that is estimated from a hundred messages of each hour; else it is counted."""
    users: int | None = None
    """People with a session here, as far as a thousand sessions tell."""
    users_more: bool = False
    """Whether there are more sessions than that: at least so many people."""
    held_bytes: float | None = None
    """Bytes of its rows in all tables with their indexes, estimated from the planner's statistics."""
    load_share: float | None = None
    """Share of the samples in which a statement ran that carry its tag; None under 30 samples."""
    load_samples: int = 0
    """The samples that rests on."""
    last_bot_at: datetime | None = None
    """The last word of one of its bots, among its newest 20 messages."""
    waiting: int | None = None
    """Sessions whose user waits for an answer."""
    reply_p95: float | None = None
    """Seconds; of twenty answers of its slowest bot the slowest took longer."""
    read_at: datetime | None = None
    """When its bots, users, day, last bot's word and bytes were read."""
