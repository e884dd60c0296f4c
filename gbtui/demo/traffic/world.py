"""Who can talk: the bots and people that the database holds."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.database.translate import translate
from gbtui.errors import UsageError

_MOST_BOTS: Final = 2_000
_MOST_PEOPLE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot and its organization."""

    id: UUID
    name: str
    org_id: UUID
    slug: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who talks to bots."""

    id: UUID
    username: str

    @property
    def name(self) -> str:
        """What a bot calls this person."""
        return self.username.partition(".")[0]


@dataclass(frozen=True, slots=True)
class World:
    """Bots in the order of their organizations, and people."""

    bots: tuple[Bot, ...]
    people: tuple[Person, ...]


async def read_world(connection: Connection) -> World:
    """What is there now. UsageError if there is no platform, or nobody in it who could talk."""
    try:
        bots = await connection.fetch(statement("demo/bots").text, _MOST_BOTS)
        people = await connection.fetch(statement("demo/users").text, _MOST_PEOPLE)
    except asyncpg.UndefinedTableError as error:
        raise UsageError("No traffic there", "the database does not hold the platform's schema") from error
    except asyncpg.PostgresError as error:
        raise translate(error) from error
    if not bots or not people:
        raise UsageError("No traffic there", "the database has no bots or no users", "gbtui demo fills the demo server")
    return World(tuple(Bot(**dict(row)) for row in bots), tuple(Person(**dict(row)) for row in people))
