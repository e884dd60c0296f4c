"""What is known of a bot, and of all of them together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot. Ages, gaps and response times are seconds; None: not known, or nothing to measure."""

    organization: str
    """Slug of its organization."""
    bot: str
    verdict: str
    """"silent", "waiting", "paused" (as it has before, and nobody waits), "well", or "unused" (silent for a day)."""
    waiting: int
    """Sessions in which the user is not answered, and still there."""
    waiting_age: float | None
    """How long the one who has waited longest has waited."""
    silent_age: float | None
    """Since its last message."""
    usual_gap: float | None
    """Median gap between its last hundred messages; None with fewer than ten in a day."""
    active: int
    """Sessions in which something was said within a quarter of an hour."""
    abandoned: int
    """Sessions of the last hour whose user was not answered and has gone."""
    messages_per_s: float
    """Of the last minute, both sides; of the newest 5000 messages of all bots where a minute has more."""
    reply_p50: float | None
    """Median time from what a user said to the bot's next message, over a quarter of an hour."""
    reply_p95: float | None
    """Of twenty answers the slowest took longer than this."""
    replies: int
    """Answers these two rest on: those in the thousand sessions that moved last."""
    last_bot: datetime | None
    """Its last message within a day."""
    last_user: datetime | None
    """The last message to it within a day."""
    longest_gap: float | None
    """The longest among the gaps of which the usual one is the median."""
    id: UUID
    org_id: UUID
    server_up: float | None = None
    """Since the server started: before, no bot could write to it. None: not known."""

    @property
    def name(self) -> str:
        """As people say it: "support@acme"."""
        return f"{self.bot}@{self.organization}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Several bots in figures: a tenant's, or all."""

    waiting: int
    abandoned: int
    reply_p95: float | None
    """Of the slowest among them."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """All bots together: what a dead platform still tells."""

    verdict: str
    """"silent", "paused" (as long as they have paused before), "well" or "unused" (no bot said anything for a day)."""
    messages_per_s: float
    """Of the last minute, both sides."""
    silent_age: float | None
    """Seconds since the last message of any bot."""
    usual_gap: float | None
    """Median gap between the last hundred messages of bots, in seconds."""
    longest_gap: float | None
    """The longest of these gaps."""
    last_bot: datetime | None
    last_user: datetime | None
    server_up: float | None = None
    """Seconds since the server started: before, nobody could write to it. None: not known."""
