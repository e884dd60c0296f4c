"""What happens, and when: an endless sequence of steps that follows from the world, the rate and the seed alone."""

import heapq
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, count
from math import log
from random import Random
from typing import Final, Literal

from gbtui.demo.sample import corpus
from gbtui.demo.traffic.world import World

TROUBLES: Final = {
    # kind: (seconds between two of them on average, shortest, longest)
    "rollback": (5.0, 0.05, 0.3),
    "search": (9.0, 0.0, 0.0),
    "slow": (12.0, 1.5, 6.0),
    "failure": (14.0, 0.0, 0.0),
    "idle": (25.0, 3.0, 15.0),
    "rows": (20.0, 1.0, 4.0),
    "deadlock": (75.0, 0.3, 0.6),
    "table": (90.0, 1.0, 2.5),
}
"""What goes wrong: trouble.py says how."""

# An organization's share is proportional to 1 / rank: the first of 16 has a third, the last two hundredths.
_ZIPF: Final = 1.0
_REPLY_MEDIAN: Final = 1.2  # seconds; what people take from a bot without looking elsewhere
_THINK: Final = (3.0, 20.0)  # seconds between an answer and the next question
_NEVER_ANSWERED: Final = 0.004
_SILENCE_EVERY: Final = 240.0  # seconds between two bots that fall silent
_SILENCE: Final = (60.0, 150.0)
_MOST_IDLE: Final = 500  # conversations of one bot that wait for their next question; older ones just end


@dataclass(frozen=True, slots=True)
class Open:
    """A session begins with the bot's greeting. `talk` numbers the conversations, `bot` and `person` the world's."""

    at: float
    talk: int
    bot: int
    person: int | None
    greeting: str


@dataclass(frozen=True, slots=True)
class Say:
    """A message of a conversation."""

    at: float
    talk: int
    bot: int
    sender: Literal["user", "bot"]
    message: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes wrong at a bot's organization, for `seconds` where that applies."""

    at: float
    kind: str
    bot: int
    seconds: float


Step = Open | Say | Trouble


@dataclass(slots=True)
class _Talk:
    number: int
    bot: int
    rest: deque[corpus.Turn]


def plan(world: World, rate: float, seed: int, *, troubles: bool = True) -> Iterator[Step]:
    """Endless steps in the order of `at` (seconds from the start), `rate` messages a second on average.

    Tenants differ in size by Zipf's law. Answers come after a believable delay; now and then a bot falls silent
    for a minute or two and then catches up, and a few questions are never answered.
    """
    return _Plan(world, rate, seed, troubles=troubles).steps()


class _Plan:
    def __init__(self, world: World, rate: float, seed: int, *, troubles: bool) -> None:
        self._world = world
        self._rate = rate
        self._random = Random(seed)
        self._numbers = count()
        self._order = count()  # keeps equal times in the order they were planned
        self._heap: list[tuple[float, int, Step]] = []
        self._ready: dict[int, deque[tuple[float, _Talk]]] = defaultdict(deque)
        self._weights = tuple(accumulate(_weights(world)))
        self._silent: tuple[int, float] = (-1, 0.0)
        self._next_silence = self._random.uniform(60.0, _SILENCE_EVERY)
        if troubles:
            for kind in TROUBLES:
                self._plan_trouble(kind, 0.0)

    def steps(self) -> Iterator[Step]:
        now = 0.0
        while True:
            now += self._ask(now)
            while self._heap and self._heap[0][0] <= now:
                step = heapq.heappop(self._heap)[2]
                if isinstance(step, Trouble):
                    self._plan_trouble(step.kind, step.at)
                yield step

    def _ask(self, now: float) -> float:
        """Somebody asks, the bot will answer; how long until the next question, so that the rate comes out."""
        bot = self._pick()
        talk = self._continue(bot, now)
        opened = talk is None
        if talk is None:
            talk = self._open(bot, now)
            if not talk.rest:
                return self._random.expovariate(self._rate)
        at = now + (self._random.uniform(1.0, 4.0) if opened else 0.0)
        self._say(at, talk)
        messages = 1 + opened
        if talk.rest and self._random.random() > _NEVER_ANSWERED:
            messages += 1
            answered = self._answered(at, talk.bot)
            self._say(answered, talk)
            if talk.rest:
                idle = self._ready[bot]
                idle.append((answered + self._random.uniform(*_THINK), talk))
                if len(idle) > _MOST_IDLE:
                    idle.popleft()
        return sum(self._random.expovariate(self._rate) for _ in range(messages))

    def _pick(self) -> int:
        return self._random.choices(range(len(self._world.bots)), cum_weights=self._weights)[0]

    def _continue(self, bot: int, now: float) -> _Talk | None:
        """A conversation of this bot whose person has thought enough."""
        idle = self._ready[bot]
        for _ in range(min(len(idle), 8)):
            ready, talk = idle.popleft()
            if ready <= now:
                return talk
            idle.append((ready, talk))
        return None

    def _open(self, bot: int, now: float) -> _Talk:
        random = self._random
        number = next(self._numbers)
        topics = corpus.topics(_domain(self._world.bots[bot].name, bot))
        anonymous = random.random() < 0.1
        person = None if anonymous else random.randrange(len(self._world.people))
        name = None if person is None else self._world.people[person].name
        turns = 1 + 2 * random.randint(1, 9)
        said = corpus.conversation(random, random.choice(topics), turns, name=name, number=number + 1)
        talk = _Talk(number, bot, deque(said[1:]))
        self._push(Open(now, number, bot, person, said[0].message))
        return talk

    def _say(self, at: float, talk: _Talk) -> None:
        turn = talk.rest.popleft()
        self._push(Say(at, talk.number, talk.bot, turn.sender, turn.message))

    def _answered(self, asked: float, bot: int) -> float:
        delay = min(max(self._random.lognormvariate(log(_REPLY_MEDIAN), 0.7), 0.15), 25.0)
        if asked > self._next_silence:
            self._silent = (bot, asked + self._random.uniform(*_SILENCE))
            self._next_silence = self._silent[1] + self._random.uniform(0.5, 1.5) * _SILENCE_EVERY
        silent, until = self._silent
        if silent == bot and asked < until:
            return until + delay
        return asked + delay

    def _plan_trouble(self, kind: str, now: float) -> None:
        between, shortest, longest = TROUBLES[kind]
        at = now + self._random.expovariate(1 / between)
        self._push(Trouble(at, kind, self._pick(), self._random.uniform(shortest, longest)))

    def _push(self, step: Step) -> None:
        heapq.heappush(self._heap, (step.at, next(self._order), step))


def _weights(world: World) -> Iterator[float]:
    """Each bot's share: its organization's, divided among its bots, the first one the busiest."""
    ranks: dict[object, int] = {}
    places: dict[object, int] = defaultdict(int)
    for bot in world.bots:
        rank = ranks.setdefault(bot.org_id, len(ranks) + 1)
        places[bot.org_id] += 1
        yield 1 / rank**_ZIPF / 2 ** places[bot.org_id]


def _domain(name: str, number: int) -> str:
    """The line of business that a bot's name speaks of."""
    domains = corpus.domains()
    for domain in domains:
        if any(known.lower() in name.lower() for known in corpus.raw()["bots"][domain]):
            return domain
    return domains[number % len(domains)]
