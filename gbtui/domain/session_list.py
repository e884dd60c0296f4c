"""Sessions as a list: newest activity first, who spoke last, who waits. Read only; a token is never read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.redact import cut_at

if TYPE_CHECKING:
    from gbtui.database.database import Database

ACTIVE: Final = timedelta(minutes=15)  # a session with activity since then is active
WAITING: Final = timedelta(seconds=60)  # a user who spoke last is waiting after this long …
ABANDONED: Final = timedelta(minutes=15)  # … and has given up after this long
EXPIRING: Final = timedelta(minutes=10)  # a session that ends within this is expiring
_START: Final = 160  # characters of the last message that the statement reads
MARKS: Final = ("waiting", "abandoned", "active", "expiring", "expired", "anonymous")

_END: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))  # behind every session there is


@dataclass(frozen=True, slots=True)
class Session:
    """One session: a user's conversation with a bot.

    `organization` is the slug, `user` a name ("" if anonymous). `last_sender` is "user", "bot" or "" (nothing was
    said); `last_text` is the start of the last message, at most 160 characters. `waiting_since` is when the user began
    to wait for the bot (None: the bot spoke last). `messages` counts to 1000 at most: 1000 means so many or more.
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


async def sessions(
    database: "Database",
    scope: Scope = EVERYONE,
    *,
    limit: int = 200,
    older_than: Session | None = None,
    newer_than: Session | None = None,
) -> list[Session]:
    """A page of sessions, newest activity first: the first one, the one behind `older_than` or before `newer_than`."""
    before = newer_than is not None
    chosen = statement(
        "general_bots/sessions",
        where=("newer" if before else "older", *scope.where),
        order="oldest" if before else "newest",
    )
    edge = newer_than or older_than
    place = (edge.last_activity, edge.id) if edge else _END
    return await database.rows(Session, chosen, limit, *place, *scope.arguments)
