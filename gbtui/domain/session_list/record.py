"""One session of the list: who spoke last, who waits, when it ends. Pure; a token is never read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gbtui.redact import cut_at

ACTIVE: Final = timedelta(minutes=15)  # a session with activity since then is active
WAITING: Final = timedelta(seconds=60)  # a user who spoke last is waiting after this long …
ABANDONED: Final = timedelta(minutes=15)  # … and has given up after this long
EXPIRING: Final = timedelta(minutes=10)  # a session that ends within this is expiring
_START: Final = 160  # characters of the last message that the statement reads
MARKS: Final = ("waiting", "abandoned", "active", "expiring", "expired", "anonymous")


@dataclass(frozen=True, slots=True)
class Session:
    """One session: a user's conversation with a bot.

    `organization` is the slug, `user` a name ("" if anonymous). `last_sender` is "user", "bot" or "" (nothing was
    said); `last_text` is the start of the last message, at most 160 characters. `waiting_since` is when the user began
    to wait for the bot (None: the bot spoke last). `messages` counts to 1000 at most: 1000 means so many or more.
    `at` is the time of the message that stands nearest to the time a filter asked for (`at:14:10`), and `at_message`
    its id; None where none was asked for.
    """

    id: UUID
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    user_id: UUID | None
    user: str
    started: datetime
    last_activity: datetime
    expires: datetime
    last_sender: str
    last_message_at: datetime | None
    last_text: str = field(metadata=cut_at(_START))
    waiting_since: datetime | None
    messages: int
    at: datetime | None = None
    at_message: UUID | None = None

    def marks(self, now: datetime) -> frozenset[str]:
        """Which of MARKS hold at `now`: what `is:` asks for in a filter."""
        waited = now - self.waiting_since if self.waiting_since else timedelta()
        holds = {
            "waiting": WAITING <= waited < ABANDONED,
            "abandoned": waited >= ABANDONED,
            "active": self.last_activity > now - ACTIVE and self.expires > now,
            "expiring": now < self.expires <= now + EXPIRING,
            "expired": self.expires <= now,
            "anonymous": self.user_id is None,
        }
        return frozenset(mark for mark in MARKS if holds[mark])
