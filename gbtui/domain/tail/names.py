"""Names for the ids in messages, kept in small caches: the poll itself joins nothing."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import asyncpg

from gbtui.errors import GbtuiError
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database

R = TypeVar("R")

_FRESH: Final = 300.0  # seconds after which a name is asked for again
_CAPACITY: Final = 50_000  # names; the cache starts anew beyond
_KINDS: Final = ("organization", "bot", "user")


class Names:
    """Slugs of organizations, names of bots and users, by id; "" for what is unknown."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._known: dict[UUID, tuple[str, float]] = {}

    def __getitem__(self, key: UUID | None) -> str:
        return self._known[key][0] if key in self._known else ""

    def shown(self, entry: R) -> R:
        """What listeners get of an entry made with these names: masked, if the database says so."""
        return self._database.shown(entry)

    async def learn(self, rows: Iterable[asyncpg.Record]) -> None:
        """Look up what `rows` name (by org_id; bot_id, user_id) and is not known; a failure leaves names empty.

        Messages never wait for a name that cannot be had: what failed is asked for again with the next messages.
        """
        now = time.monotonic()
        wanted: tuple[set[UUID], set[UUID], set[UUID]] = (set(), set(), set())
        for row in rows:
            for ids, key in zip(wanted, (row["org_id"], row.get("bot_id"), row.get("user_id")), strict=True):
                if key is not None and (key not in self._known or self._known[key][1] < now):
                    ids.add(key)
        if not any(wanted):
            return
        try:
            found = await self._database.fetch("general_bots/tail_names", *(list(ids) for ids in wanted))
        except GbtuiError:
            return
        if len(self._known) > _CAPACITY:
            self._known.clear()
        for ids in wanted:
            self._known.update((key, ("", now + _FRESH)) for key in ids)
        self._known.update((row["id"], (clean(row["name"] or ""), now + _FRESH)) for row in found)
