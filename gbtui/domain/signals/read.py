"""Reads the signals, at a cost that does not grow with the platform: pages of bots, samples, and a memory.

A thousand bots are looked at a reading, and those that somebody talks to now; where there are more, the others come in
turns, page by page. Usual gaps are asked again only when they may have changed and matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.signals.judge import judged
from gbtui.domain.signals.limits import DEFAULTS, Limits
from gbtui.domain.signals.record import Bot, Pulse
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.database.database import Database

PAGE: Final = 1000  # bots looked at in one go
SESSIONS: Final = 5000  # sessions looked at for who waits
_REPLY_SESSIONS: Final = 1000
_GAPS: Final = 50  # bots whose usual gap is asked in one reading; 10 to 20 ms
_FIRST_GAPS: Final = 1000  # and in the first, which may be the only one
_FEWEST_WORDS: Final = 10  # below this a median gap means nothing
_GAPS_LAST: Final = timedelta(minutes=5)  # how long the usual gap of a bot that talks is believed
_SLOW_EVERY: Final = timedelta(seconds=30)  # response times and the abandoned change slowly
_PAST: Final = 3600.0  # seconds back to which the abandoned are counted
_FIRST_PAGES: Final = 5  # pages of bots in the first reading
_NIL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Last:
    id: UUID
    org_id: UUID
    organization: str
    bot: str
    last_user: datetime | None
    last_bot: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Gaps:
    id: UUID
    words: int
    last_bot: datetime | None
    usual_gap: float | None
    longest_gap: float | None


@dataclass(frozen=True, slots=True)
class _Busy:
    bot_id: UUID
    messages: int
    last_user: datetime | None
    last_bot: datetime | None
    span: float

    @property
    def rate(self) -> float:
        """Messages a second; not of less than a second: the newest 5000 may all be of this moment."""
        return self.messages / max(self.span, 1.0)


@dataclass(frozen=True, slots=True)
class _Waiting:
    bot_id: UUID
    sessions: int
    active: int
    waiting: int
    waiting_age: float | None
    abandoned: int


@dataclass(frozen=True, slots=True)
class _Replies:
    bot_id: UUID
    replies: int
    reply_p50: float | None
    reply_p95: float | None


@dataclass(frozen=True, slots=True)
class _Pulse:
    last_user: datetime | None
    last_bot: datetime | None
    words: int
    usual_gap: float | None
    longest_gap: float | None
    silent_age: float | None
    messages_per_s: float


@dataclass(frozen=True, slots=True)
class Memory:
    """What one reading leaves to the next."""

    known: Mapping[UUID, _Last] = field(default_factory=dict)
    gaps: Mapping[UUID, tuple[datetime, _Gaps]] = field(default_factory=dict)
    after: UUID = _NIL
    """Where the turn through all bots stands."""
    slow_at: datetime | None = None
    replies: Mapping[UUID, _Replies] = field(default_factory=dict)
    abandoned: Mapping[UUID, int] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asking:
    """One reading: whom, whose, by which limits, at which time (None: the server's now)."""

    database: "Database"
    scope: Scope
    limits: Limits
    clock: datetime | None

    async def last(self, limit: int, ids: Sequence[UUID], which: str) -> list[_Last]:
        chosen = statement("general_bots/bots", where=(which, *self.scope.where))
        return await self.database.rows(
            _Last, chosen, limit, self.clock, list(ids), self.limits.answered, *self.scope.arguments
        )

    async def sessions(self, youngest: float, oldest: float) -> dict[UUID, _Waiting]:
        chosen, limits = statement("general_bots/bots_sessions", where=self.scope.where), self.limits
        found = await self.database.rows(
            _Waiting, chosen, SESSIONS, self.clock, youngest, oldest, limits.waiting, limits.abandoned,
            *self.scope.arguments,
        )  # fmt: skip
        return {row.bot_id: row for row in found}

    async def replies(self) -> dict[UUID, _Replies]:
        chosen = statement("general_bots/bots_replies", where=self.scope.where)
        found = await self.database.rows(
            _Replies, chosen, _REPLY_SESSIONS, self.clock, self.limits.abandoned, *self.scope.arguments
        )
        return {row.bot_id: row for row in found}

    async def gaps(self, ids: Sequence[UUID]) -> list[_Gaps]:
        words = int(self.limits.silence_messages)
        return await self.database.rows(
            _Gaps, "general_bots/bots_gaps", list(ids), words, self.clock, self.limits.answered
        )

    async def busy(self) -> dict[UUID, _Busy]:
        chosen = statement("general_bots/bots_busy", where=self.scope.where)
        found = await self.database.rows(_Busy, chosen, self.clock, *self.scope.arguments)
        return {row.bot_id: row for row in found}


async def read_bots(
    database: "Database",
    scope: Scope = EVERYONE,
    limits: Limits = DEFAULTS,
    memory: Memory | None = None,
    *,
    clock: datetime | None = None,
) -> tuple[list[Bot], tuple[str, ...], Memory]:
    """Bots, those in trouble first; what was left out, and why; what the next reading needs.

    `clock` is the time to judge at; None is the server's now.
    """
    asking = _Asking(database, scope, limits, clock)
    moving = await asking.sessions(0.0, limits.abandoned)
    busy = await asking.busy()
    known, after = await _known(asking, moving, busy, memory)
    at = max((last.at for last in known.values()), default=None)
    if at is None:
        return [], (), Memory()
    gaps, unasked = await _gaps(asking, known, memory, at)
    now = replace(memory or Memory(), known=known, after=after, gaps=gaps)
    now = await _slow(asking, now, at)
    up = _server_up(database, clock)
    bots = [
        replace(bot, verdict=judged(bot, limits).value)
        for last in known.values()
        for bot in (replace(_bot(last, at, now, moving.get(last.id), busy.get(last.id)), server_up=up),)
    ]
    return _ranked(bots)[:PAGE], tuple(_left_out(moving, unasked, now, len(bots))), now


async def read_bot_page(
    database: "Database", scope: Scope, after: UUID, *, limit: int, limits: Limits = DEFAULTS
) -> list[Bot]:
    """Bots by id, those behind one: what a reading has no room for. Whoever is talked to now is in each reading."""
    asking = _Asking(database, scope, limits, None)
    found = await asking.last(limit, [after], "after")
    spoken = [last.id for last in found if last.last_bot is not None]
    gaps = {row.id: (found[0].at, row) for row in (await asking.gaps(spoken) if spoken else ())}
    memory, up = Memory(gaps=gaps), _server_up(database, None)
    bots = [replace(_bot(last, last.at, memory, None, None), server_up=up) for last in found]
    return [replace(bot, verdict=judged(bot, limits).value) for bot in bots]


async def read_pulse(
    database: "Database",
    limits: Limits = DEFAULTS,
    *,
    clock: datetime | None = None,
) -> Pulse:
    """All bots together."""
    (row,) = await database.rows(_Pulse, "general_bots/platform", int(limits.silence_messages), clock, limits.answered)
    enough = row.words >= _FEWEST_WORDS
    pulse = Pulse(
        "", row.messages_per_s, _past(row.silent_age), row.usual_gap if enough else None,
        row.longest_gap if enough else None, row.last_bot, row.last_user, _server_up(database, clock),
    )  # fmt: skip
    return replace(pulse, verdict=judged(pulse, limits).value)


async def _known(
    asking: _Asking, moving: Mapping[UUID, _Waiting], busy: Mapping[UUID, _Busy], memory: Memory | None
) -> tuple[dict[UUID, _Last], UUID]:
    """All bots ever seen, as they are now as far as looked at: the next page, and those that are active."""
    known, after = dict(memory.known if memory else {}), memory.after if memory else _NIL
    seen: set[UUID] = set()
    for _ in range(1 if memory else _FIRST_PAGES):
        page = await asking.last(PAGE, [after], "after")
        end = page[-1].id if len(page) == PAGE else None
        gone = [id_ for id_ in known if after < id_ and (end is None or id_ <= end)]
        for id_ in gone:  # what is still there comes back with the page
            del known[id_]
        known |= {last.id: last for last in page}
        seen |= {last.id for last in page}
        after = end or _NIL
        if end is None:
            break
    rest = []
    for id_ in {*moving, *busy} - seen:
        told = busy.get(id_)
        if id_ in known and told is not None and told.last_bot is not None:
            last = known[id_]  # the sample has said it all
            known[id_] = replace(last, last_bot=told.last_bot, last_user=told.last_user or last.last_user)
        else:
            rest.append(id_)
    if rest:
        known |= {last.id: last for last in await asking.last(PAGE, sorted(rest)[:PAGE], "named")}
    return known, after


async def _gaps(
    asking: _Asking, known: Mapping[UUID, _Last], memory: Memory | None, at: datetime
) -> tuple[dict[UUID, tuple[datetime, _Gaps]], int]:
    """Usual gaps, exact for whoever might be silent; and how many of those could not be asked this time."""
    gaps = {id_: kept for id_, kept in memory.gaps.items() if id_ in known} if memory else {}
    most = _GAPS if memory else _FIRST_GAPS
    pressing, idle = [], []
    for last in sorted(known.values(), key=_freshness):
        kept = gaps.get(last.id)
        if last.last_bot is None or (kept and kept[1].last_bot == last.last_bot):
            continue
        quiet = (at - last.last_bot).total_seconds() > asking.limits.silence
        if quiet:
            pressing.append(last.id)
        elif kept is None or at - kept[0] > _GAPS_LAST:
            idle.append(last.id)
    # Half for those that fell quiet just now, half for those that have waited longest for their turn.
    chosen = pressing[: most // 2]
    chosen += (
        pressing[most // 2 :][-(most - len(chosen)) :] if len(chosen) < len(pressing) else idle[: most - len(chosen)]
    )
    if chosen:
        gaps |= {row.id: (at, row) for row in await asking.gaps(chosen)}
    return gaps, max(0, len(pressing) - most)


def _freshness(last: _Last) -> float:
    return -last.last_bot.timestamp() if last.last_bot else 0.0


async def _slow(asking: _Asking, memory: Memory, at: datetime) -> Memory:
    """Response times and the abandoned, asked anew if they are old."""
    if memory.slow_at is not None and at - memory.slow_at < _SLOW_EVERY:
        return memory
    past = await asking.sessions(asking.limits.abandoned, max(_PAST, asking.limits.abandoned))
    abandoned = {id_: row.abandoned for id_, row in past.items() if row.abandoned}
    full = sum(row.sessions for row in past.values()) >= SESSIONS
    skipped = (f"abandoned: counted in the newest {SESSIONS:,} sessions of the hour before",) if full else ()
    return replace(memory, slow_at=at, replies=await asking.replies(), abandoned=abandoned, skipped=skipped)


def _bot(last: _Last, at: datetime, memory: Memory, moving: _Waiting | None, busy: _Busy | None) -> Bot:
    _, gaps = memory.gaps.get(last.id, (None, None))
    enough = gaps is not None and gaps.words >= _FEWEST_WORDS
    replies = memory.replies.get(last.id)
    waiting = moving.waiting if moving and last.last_bot else 0  # for a bot out of use nobody waits
    return Bot(
        organization=last.organization,
        bot=last.bot,
        verdict="",
        waiting=waiting,
        waiting_age=moving.waiting_age if moving and waiting else None,
        silent_age=_past((at - last.last_bot).total_seconds()) if last.last_bot else None,
        usual_gap=gaps.usual_gap if gaps and enough else None,
        active=moving.active if moving else 0,
        abandoned=(moving.abandoned if moving else 0) + memory.abandoned.get(last.id, 0),
        messages_per_s=busy.rate if busy else 0.0,
        reply_p50=replies.reply_p50 if replies else None,
        reply_p95=replies.reply_p95 if replies else None,
        replies=replies.replies if replies else 0,
        last_bot=last.last_bot,
        last_user=last.last_user,
        longest_gap=gaps.longest_gap if gaps and enough else None,
        id=last.id,
        org_id=last.org_id,
    )


def _server_up(database: "Database", clock: datetime | None) -> float | None:
    """How long the server has been up; not known at any time but now."""
    return None if clock is not None else _past((datetime.now(UTC) - database.facts.started_at).total_seconds())


def _past(seconds: float | None) -> float | None:
    """An age; writers whose clock is ahead do not make it negative."""
    return None if seconds is None else max(0.0, seconds)


def _left_out(moving: Mapping[UUID, _Waiting], unasked: int, memory: Memory, bots: int) -> Iterable[str]:
    if sum(row.sessions for row in moving.values()) >= SESSIONS:
        yield f"waiting: counted in the {SESSIONS:,} sessions that moved last"
    yield from memory.skipped
    if unasked:
        yield f"usual gap: {plural(unasked, 'bot')} not asked yet"
    if memory.after != _NIL:
        yield f"there are more bots than are looked at in one go: {bots:,} so far, the others come in turns"
    elif bots > PAGE:
        yield f"the first {PAGE:,} of {bots:,} bots"


_ORDER: Final = ("silent", "waiting")


def _ranked(bots: Iterable[Bot]) -> list[Bot]:
    def rank(bot: Bot) -> tuple[int, int, float, float, str]:
        trouble = _ORDER.index(bot.verdict) if bot.verdict in _ORDER else len(_ORDER)
        last = bot.last_bot.timestamp() if bot.last_bot else 0.0
        return trouble, -bot.waiting, -bot.messages_per_s, -last, bot.name

    return sorted(bots, key=rank)
