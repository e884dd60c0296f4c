"""Look-ups that never were: a handful of things, found at once or when a test lets them be."""

import asyncio
from typing import cast
from uuid import UUID

from gbtui.database.database import Database
from gbtui.domain.going.asked import asked
from gbtui.domain.going.found import Found, ranked
from gbtui.domain.going.look_up import Answer, LookUp
from gbtui.domain.going.server_names import Process, Relation, ServerNames
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.errors import GbtuiError
from tests.ui.fakes import ACME, BOTS, GLOBEX, MESSAGES, ago

ANN = UUID(int=201)
TALK = UUID(int=101)


def things() -> tuple[Found, ...]:
    """Of two organizations."""
    return (
        Found("organization", str(ACME), "acme", ACME, "acme", "Acme Inc", ago(days=400), None),
        Found("organization", str(GLOBEX), "globex", GLOBEX, "globex", "Globex", ago(days=300), None),
        Found("bot", str(BOTS[0].id), "support", ACME, "acme", "", ago(days=90), None),
        Found("bot", str(UUID(int=77)), "support", GLOBEX, "globex", "", ago(days=80), None),
        Found("user", str(ANN), "Ana.Baker", None, None, "ana@example.org", ago(days=30), None),
        Found("session", str(TALK), "Ana.Baker", ACME, "acme", "support", ago(seconds=10), None),
        Found("message", str(MESSAGES[1].id), "bot", ACME, "acme", "support", ago(minutes=7), str(TALK)),
        Found("document", "faq:hours of opening", "Hours.md", ACME, "acme", "support, FAQ", ago(days=9), "faq"),
        Found("tool", "t-1", "refund", ACME, "acme", "support", ago(days=9), str(BOTS[0].id)),
    )


class FrozenLookUp(LookUp):
    """Finds by containing. While `gate` is shut, answers wait."""

    def __init__(self) -> None:
        super().__init__(cast(Database, None))
        self.asked: list[tuple[str, Scope]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0
        self.error: GbtuiError | None = None

    async def find(self, text: str, scope: Scope = EVERYONE) -> Answer:
        """From memory."""
        self.asked.append((text, scope))
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        if self.error is not None:
            raise self.error
        wanted = asked(text)
        found = [
            one
            for one in things()
            if scope.org_id in (None, one.org_id)
            and (one.has_id(wanted) if one.kind in ("session", "message") else self._fits(one, text))
        ]
        return Answer(wanted, ranked(found, wanted, 5), more=text == "o")

    def _fits(self, one: Found, text: str) -> bool:
        return one.has_id(asked(text)) or any(text.casefold() in told.casefold() for told in one.told)


class FrozenNames(ServerNames):
    """One table, its index, a backend."""

    def __init__(self) -> None:
        super().__init__(cast(Database, None))

    async def relations(self, text: str) -> list[Relation]:
        """From memory."""
        known = (
            Relation("table", "public", "user_sessions", ""),
            Relation("index", "public", "user_sessions_pkey", ""),
            Relation("table", "public", "message_history", "message_history_p202611"),
        )
        return [one for one in known if (one.part or one.name).startswith(text)]

    async def process(self, pid: int) -> Process | None:
        """4711."""
        return Process(4711, "psql", "active") if pid == 4711 else None
