"""What people and bots of the demo say: many languages, lines of business and lengths, hostile text among them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

Sender = Literal["user", "bot"]
Exchange = tuple[str, str]

# One conversation in so many holds a hostile line, and one in so many a very long one.
HOSTILE_EVERY: Final = 20
LONG_EVERY: Final = 400


class Turn(NamedTuple):
    """One message of a conversation."""

    sender: Sender
    message: str


@dataclass(frozen=True, slots=True)
class Language:
    """How people are called, where they live, and what is said in every line of business."""

    code: str
    names: tuple[str, ...]
    surnames: tuple[str, ...]
    cities: tuple[str, ...]
    greetings: tuple[str, ...]
    closings: tuple[Exchange, ...]
    unhappy: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What one line of business talks about in one language: questions and answers with slots."""

    language: Language
    domain: str
    products: tuple[str, ...]
    exchanges: tuple[Exchange, ...]


@cache
def raw() -> Mapping[str, Any]:
    """The whole corpus as its file gives it."""
    return MappingProxyType(tomllib.loads((files(__package__) / "corpus.toml").read_text("utf-8")))


@cache
def languages() -> Mapping[str, Language]:
    """The languages by code."""
    return MappingProxyType(
        {
            code: Language(code, **{key: _frozen(value) for key, value in said.items()})
            for code, said in raw()["language"].items()
        }
    )


@cache
def topics(domain: str) -> tuple[Topic, ...]:
    """The topics of one line of business, English first where there is one."""
    return tuple(
        Topic(languages()[t["language"]], domain, _frozen(t["products"]), _frozen(t["exchanges"]))
        for t in raw()["topic"]
        if t["domain"] == domain
    )


@cache
def domains() -> tuple[str, ...]:
    """The lines of business."""
    return tuple(raw()["bots"])


def slots(random: Random, topic: Topic, name: str | None = None) -> dict[str, str]:
    """Something for every slot of a topic's lines; the same all through a conversation."""
    pick, number = random.choice, random.getrandbits(40)
    name = name or pick(topic.language.names)
    return {
        "name": name,
        "city": pick(topic.language.cities),
        "product": pick(topic.products),
        "order": str(100_000 + number % 900_000),
        "amount": f"{number % 90_000 / 100 + 4:.2f} €",
        "date": _DATES[topic.language.code == "en"][number % 84],
        "time": _TIMES[number % len(_TIMES)],
        "phone": f"+44 20 7946 {number % 10_000:04}",
        "email": f"user{number % 100_000}@example.com",
    }


def conversation(random: Random, topic: Topic, turns: int, *, name: str | None = None, number: int = 1) -> list[Turn]:
    """A conversation of exactly so many turns: a greeting, questions and answers, at last a good-bye.

    With an even number of turns the last word is the user's: somebody waits. `number` counts the
    conversations, so that hostile and very long lines come up at a steady rate.
    """
    language, filled = topic.language, slots(random, topic, name)
    said = [Turn("bot", random.choice(language.greetings).format_map(filled))]
    exchanges, at = topic.exchanges, random.randrange(len(topic.exchanges))
    while len(said) < turns:
        if turns > 3 and len(said) in (turns - 2, turns - 1):
            question, answer = random.choice(language.closings)
        elif random.random() < 0.04:
            question, answer = random.choice(language.unhappy)
        else:
            question, answer = exchanges[at % len(exchanges)]
            at += 1
        said.append(Turn("user", question.format_map(filled)))
        said.append(Turn("bot", answer.format_map(filled)))
    del said[turns:]
    if turns > 1 and number % HOSTILE_EVERY == 0:
        said[1] = Turn("user", hostile(number // HOSTILE_EVERY))
    if turns > 2 and number % LONG_EVERY == 0:
        said[2] = Turn("bot", long_text(random))
    return said


def hostile(number: int) -> str:
    """One of the texts that no terminal, markup or query may act on; each in turn."""
    lines: list[str] = raw()["hostile"]["lines"]
    return lines[number % len(lines)]


def long_text(random: Random) -> str:
    """A few kilobytes: paragraphs, or one thing repeated without a place to break."""
    if random.random() < 0.5:
        return "\n\n".join(random.choices(raw()["knowledge"]["paragraphs"], k=random.randint(4, 30)))
    return str(random.choice(raw()["hostile"]["repeated"])) * random.randint(500, 4000)


def _frozen(values: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


_MONTHS: Final = {11: "November", 12: "December", 1: "January"}
# By whether it is English: named months would be foreign elsewhere.
_DATES: Final = (
    tuple(f"{day}/{month}" for month in _MONTHS for day in range(1, 29)),
    tuple(f"{day} {name}" for name in _MONTHS.values() for day in range(1, 29)),
)
_TIMES: Final = tuple(f"{hour}:{minute:02}" for hour in range(8, 20) for minute in (0, 15, 30, 45))
