"""What an index tells of every organization, read in turns: some at each reading, ten thousand in four minutes."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.tenant_list.held import Held, read_held
from gbtui.text import age, count

if TYPE_CHECKING:
    from gbtui.database.database import Database

PAGE: Final = 100
"""Organizations a statement looks at."""
MOST: Final = 20_000
"""Organizations held; of more the first by slug."""
COUNTED: Final = 201
"""Messages of an organization that are counted; who has written so many within a day is estimated."""
_TURNS: Final = 2  # statements a reading, once all have been read
_FIRST: Final = 5.0  # seconds that the first reading may take, which would read them all …
_NEXT: Final = 0.5  # … and those after it, until all have been read once
_DAYS: Final = 20  # organizations whose day is estimated by one statement …
_FIRST_DAYS: Final = 5  # … and how many of these the first reading asks
_HELD_LASTS: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """One organization, as it was at `read_at`."""

    org_id: UUID
    organization: str
    name: str
    created: datetime
    bots: int
    sessions_active: int
    last_activity: datetime | None
    last_message_at: datetime | None
    users: int
    users_more: bool
    messages: int
    messages_day: int
    last_bot_at: datetime | None
    read_at: datetime

    @property
    def day_is_counted(self) -> bool:
        """Whether all messages of the day are among those that were counted."""
        return self.messages_day < COUNTED


@dataclass(frozen=True, slots=True)
class Known:
    """All that the readings so far have brought."""

    figures: Mapping[UUID, Figures] = field(default_factory=dict)
    days: Mapping[UUID, tuple[datetime, float]] = field(default_factory=dict)
    """Messages of a day of those who write much, estimated, and when that was."""
    held: Held = field(default_factory=Held)
    held_at: datetime | None = None
    after: str = ""
    """The slug behind which the next turn goes on."""
    seen: frozenset[UUID] = frozenset()
    """Whom this round has met."""
    whole: bool = False
    """Whether every organization has been read once."""

    def told(self, now: datetime) -> tuple[str, ...]:
        """What stands for what, and how old it is."""
        return (*self._told(now), *self.held.told)

    def _told(self, now: datetime) -> Iterable[str]:
        if len(self.figures) >= MOST:
            yield f"the first {count(MOST)} organizations by slug: :org finds others"
        elif not self.whole:
            yield f"{count(len(self.figures))} organizations so far, the others come in turns"
        oldest = min((row.read_at for row in self.figures.values()), default=None)
        if oldest is not None and (now - oldest).total_seconds() >= 60:
            yield f"bots, users and the day are read in turns: the oldest {age((now - oldest).total_seconds())} ago"


async def read_figures(database: "Database", scope: Scope = EVERYONE, known: Known | None = None) -> Known:
    """The next turn; the first one reads all it can within five seconds."""
    known, first = known or Known(), known is None
    if scope.org_id is None and not known.whole:
        known = await _busy(database, known)
    began, turns, most = time.monotonic(), 0, _FIRST if first else _NEXT
    while turns < _TURNS or (not known.whole and time.monotonic() - began < most):
        known = await _turn(database, scope, known)
        turns += 1
        if known.after == "":
            break
    at = max((row.read_at for row in known.figures.values()), default=None)
    if at is None:
        return known
    if known.held_at is None or at - known.held_at > _HELD_LASTS:
        known = replace(known, held=await read_held(database), held_at=at)
    for _ in range(_FIRST_DAYS if first else 1):
        known = await _days(database, known, at)
    return known


async def _turn(database: "Database", scope: Scope, known: Known) -> Known:
    """The organizations behind those that were read last; from the first on again behind the last one."""
    chosen = statement("general_bots/tenants_figures", where=scope.where[:1] if scope.org_id else ())
    narrowed = ([scope.org_id],) if scope.org_id else ()
    page = await database.rows(Figures, chosen, PAGE, known.after, *narrowed)
    ended = len(page) < PAGE
    seen = known.seen | {row.org_id for row in page}
    # Who was not met from the first slug to the last is not there any more.
    kept = {org_id: row for org_id, row in known.figures.items() if not ended or org_id in seen}
    figures = kept | {row.org_id: row for row in page[: MOST - len(kept)]}
    full = len(figures) >= MOST
    after = "" if ended or full else page[-1].organization
    return replace(
        known,
        figures=figures,
        after=after,
        seen=seen if after else frozenset(),
        whole=known.whole or not after,
    )


async def _busy(database: "Database", known: Known) -> Known:
    """Those that write now, whose turn has not come yet."""
    busy = [row["org_id"] for row in await database.fetch("general_bots/tenants_busy")]
    new = [org_id for org_id in busy if org_id not in known.figures][: PAGE // 2]
    if not new:
        return known
    chosen = statement("general_bots/tenants_figures", where=("named",))
    rows = await database.rows(Figures, chosen, len(new), "", new)
    return replace(known, figures={**known.figures, **{row.org_id: row for row in rows}})


async def _days(database: "Database", known: Known, at: datetime) -> Known:
    """Estimate the day of those who write too much to be counted: those not estimated yet, then the oldest."""
    much = [row.org_id for row in known.figures.values() if not row.day_is_counted]
    days = {org_id: known.days[org_id] for org_id in much if org_id in known.days}
    turn = sorted(much, key=lambda org_id: days[org_id][0].timestamp() if org_id in days else 0.0)[:_DAYS]
    if turn:
        rows = await database.fetch("general_bots/tenants_day", turn)
        days |= {row["org_id"]: (at, row["messages"]) for row in rows}
    return replace(known, days=days)
