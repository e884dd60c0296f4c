"""Sessions and messages of one month, written as COPY streams while they are made up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

from gbtui.demo.sample import corpus
from gbtui.demo.sample.copying import (
    HEADER,
    NULL,
    TRAILER,
    fields,
    microseconds,
    random_uuid,
    text_field,
    time_field,
    uuid_field,
    xid8_field,
)
from gbtui.demo.sample.people import Person
from gbtui.demo.sample.shape import Shape
from gbtui.demo.sample.tenants import Bot, World

MONTHS: Final = 6
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
# How busy each hour of the day is (UTC), and how long conversations are: most are short, a few go on and on.
_HOURS: Final = (2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 10, 10, 11, 11, 10, 9, 8, 8, 7, 6, 4, 3)
_LENGTHS: Final = {1: 3, 3: 12, 5: 17, 7: 17, 9: 14, 11: 11, 13: 9, 15: 7, 19: 5, 25: 3, 41: 2}
_ABANDONED: Final = 0.03
_ANONYMOUS: Final = 0.12
# Conversations that go on at this moment: a share of all, in the last so many seconds.
_LIVE: Final = 0.01
_LIVE_SECONDS: Final = 1_800
_YOUNG: Final = timedelta(hours=3)
_CHUNK: Final = 200_000

MESSAGE_COLUMNS: Final = ["id", "session_id", "user_id", "bot_id", "message", "sender", "created_at", "org_id", "tx"]
SESSION_COLUMNS: Final = [
    "id",
    "user_id",
    "bot_id",
    "session_token",
    "expires_at",
    "created_at",
    "updated_at",
    "org_id",
]
COLLECTION_COLUMNS: Final = ["id", "session_id", "collection_id", "created_at", "org_id"]
TOOL_COLUMNS: Final = ["id", "session_id", "tool_id", "created_at", "org_id"]
CLICK_COLUMNS: Final = ["id", "session_id", "element_id", "timestamp", "org_id"]

_MESSAGE: Final = fields(len(MESSAGE_COLUMNS))
_SESSION: Final = fields(len(SESSION_COLUMNS))
_FIVE: Final = fields(5)
_SENDER: Final = {"user": text_field("user"), "bot": text_field("bot")}
# Loaded as history: no tail takes them for new.
_HISTORY: Final = xid8_field(3)
_ELEMENTS: Final = tuple(map(text_field, ("send", "menu", "quick-reply-1", "quick-reply-2", "thumbs-up", "attachment")))


@dataclass(frozen=True, slots=True)
class Month:
    """One UTC month's part of the demo; times in microseconds since 2000, `end` is not after now."""

    first: date
    start: int
    end: int
    sessions: int
    messages: int
    live: int
    """How many of the sessions go on at this moment."""


def plan(shape: Shape, now: datetime) -> list[Month]:
    """The last months up to now, each a little busier than the one before.

    A month that has just begun is left out: no conversation would fit in.
    """
    now = now.astimezone(UTC)
    if now - _month(now, 0) < _YOUNG:
        now = _month(now, 0) - timedelta(milliseconds=1)
    starts = [_month(now, back) for back in range(MONTHS - 1, -1, -1)]
    ends = [*starts[1:], now]
    whole = [
        (end - start).total_seconds() * (1 + 0.15 * at)
        for at, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    live = max(40, int(shape.sessions * _LIVE))
    sessions = _portions(whole, shape.sessions - live)
    sessions[-1] += live
    messages = _portions([float(count) for count in sessions], shape.messages)
    return [
        Month(
            start.date(), microseconds(start), microseconds(end), sessions[at], messages[at], live if end == now else 0
        )
        for at, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


class Talk:
    """The conversations of one month. Read `messages()` to its end; then `tables` holds the rows that go with them."""

    def __init__(self, random: Random, world: World, people: Sequence[Person], month: Month, number: int) -> None:
        self._random = random
        self._world = world
        self._people = people
        self._month = month
        self._number = number
        self.written = 0
        self.tables: dict[str, list[bytes]] = {
            "user_sessions": [], "user_kb_associations": [], "session_tool_associations": [], "clicks": [],
        }  # fmt: skip

    def messages(self) -> Iterator[bytes]:
        """The month's messages as one COPY stream, session by session in the order they began."""
        random, count = self._random, self._month.sessions
        bots = random.choices(self._world.bots, cum_weights=self._world.bot_weights, k=count)
        begins, lengths = _begins(random, self._month), _lengths(random, self._month)
        rows: list[bytes] = [HEADER]
        size = 0
        for bot, begin, length in zip(bots, begins, lengths, strict=True):
            self._number += 1
            self.written += length
            for row in self._session(bot, begin, length):
                rows.append(row)
                size += len(row)
            if size > _CHUNK:
                yield b"".join(rows)
                rows, size = [], 0
        yield b"".join(rows) + TRAILER

    def _session(self, bot: Bot, begin: int, length: int) -> Iterator[bytes]:
        random = self._random
        person = None if random.random() < _ANONYMOUS else self._people[random.choice(bot.tenant.users)]
        topics = bot.tenant.topics
        topic = (topics.get(person.language) if person else None) or next(iter(topics.values()))
        named = person.name if person else None
        turns = corpus.conversation(random, topic, length, name=named, number=self._number)
        times = _times(random, turns, begin, self._month.end - 1)

        session, org = random_uuid(random), uuid_field(bot.tenant.id.bytes)
        user = uuid_field(person.id.bytes) if person else NULL
        whose = uuid_field(session) + user + uuid_field(bot.id.bytes)
        for (sender, message), at in zip(turns, times, strict=True):
            yield b"".join((
                _MESSAGE, uuid_field(random_uuid(random)), whose, text_field(message), _SENDER[sender], time_field(at),
                org, _HISTORY,
            ))  # fmt: skip
        self._beside(bot, session, user, times[0], times[-1])

    def _beside(self, bot: Bot, session: bytes, user: bytes, began: int, ended: int) -> None:
        """The session's own row, what it had loaded, and clicks."""
        random, tables = self._random, self.tables
        key, org, start = uuid_field(session), uuid_field(bot.tenant.id.bytes), time_field(began)
        token = text_field("sha256:" + random.randbytes(32).hex())
        tables["user_sessions"].append(
            b"".join(
                (
                    _SESSION,
                    key,
                    user,
                    uuid_field(bot.id.bytes),
                    token,
                    time_field(ended + DAY),
                    start,
                    time_field(ended),
                    org,
                )
            )
        )
        for table, items in (("user_kb_associations", bot.collections), ("session_tool_associations", bot.tools)):
            if items and random.random() < 0.5:
                tables[table].extend(
                    b"".join((_FIVE, text_field(random.randbytes(16).hex()), key, text_field(item), start, org))
                    for item in items
                )
        while random.random() < 0.15:
            at = time_field(random.randint(began, ended))
            tables["clicks"].append(
                b"".join((_FIVE, uuid_field(random_uuid(random)), key, random.choice(_ELEMENTS), at, org))
            )


def _begins(random: Random, month: Month) -> list[int]:
    whole = month.end - month.start
    days = max(1, -(-whole // DAY))
    begins = []
    for hour in random.choices(range(24), _HOURS, k=month.sessions - month.live):
        begin = int((random.randrange(days) * 24 + hour + random.random()) * 3_600 * SECOND)
        begins.append(month.start + (begin if begin < whole else int(random.random() * whole)))
    begins.extend(month.end - random.randrange(_LIVE_SECONDS * SECOND) for _ in range(month.live))
    return sorted(begins)


def _lengths(random: Random, month: Month) -> list[int]:
    """How long each conversation is; together exactly the month's messages."""
    lengths = random.choices(list(_LENGTHS), list(_LENGTHS.values()), k=month.sessions)
    lengths = [length + 1 if random.random() < _ABANDONED else length for length in lengths]
    missing = month.messages - sum(lengths)
    while missing:
        at = random.randrange(len(lengths))
        step = min(2, missing) if missing > 0 else max(-2, missing)
        if lengths[at] + step >= 1:
            lengths[at] += step
            missing -= step
    return lengths


def _times(random: Random, turns: Sequence[corpus.Turn], begin: int, limit: int) -> list[int]:
    """When each turn was said: people take longer than bots; all moved back if the last would pass the limit."""
    times, at = [], begin
    for sender, _ in turns:
        times.append(at)
        at += int((0.3 + random.random() * 3.5 if sender == "user" else 4 + random.random() * 50) * SECOND)
    over = times[-1] - limit
    if over <= 0:
        return times
    # Not all to the same moment: those who talk now said their last anywhere in the last minute and a half.
    over += random.randrange(90 * SECOND)
    return [time - over for time in times]


def _month(now: datetime, back: int) -> datetime:
    months = now.year * 12 + now.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def _portions(weights: Sequence[float], total: int) -> list[int]:
    """Whole portions in proportion to the weights that sum up to the total; what rounding leaves goes to the last."""
    whole = sum(weights)
    counts = [int(weight / whole * total) for weight in weights]
    counts[-1] += total - sum(counts)
    return counts
