"""What can be done to a thing short of deleting it: end a session, switch a user or bot off or on, revoke tokens.

Each change and its audit record are one transaction; many sessions are revoked in batches, each with a record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.things import Kind, Named
from gbtui.lifecycle.batches import Batches, Tell
from gbtui.security import tokens
from gbtui.security.deed import Deed
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit


class Act(StrEnum):
    """What is done."""

    END = "end"
    DEACTIVATE = "deactivate"
    ACTIVATE = "activate"
    REVOKE = "revoke"


ACTS: Final[Mapping[Kind, tuple[Act, ...]]] = MappingProxyType(
    {
        Kind.SESSION: (Act.END,),
        Kind.USER: (Act.DEACTIVATE, Act.ACTIVATE, Act.REVOKE),
        Kind.BOT: (Act.DEACTIVATE, Act.ACTIVATE, Act.REVOKE),
        Kind.ORGANIZATION: (Act.REVOKE,),
    }
)
"""What can be done to which."""

_SWITCH: Final[Mapping[Kind, str]] = MappingProxyType(
    {Kind.USER: "secrets/accounts/set_active", Kind.BOT: "general_bots/write/bot_switch"}
)
WORDS: Final[Mapping[tuple[Kind, Act], str]] = MappingProxyType(
    {
        (Kind.SESSION, Act.END): "its token proves nothing any more; its messages stay",
        (
            Kind.USER,
            Act.DEACTIVATE,
        ): "it cannot log in, and its sessions end now; all its data stays",
        (Kind.USER, Act.ACTIVATE): "it can log in again",
        (Kind.USER, Act.REVOKE): "its sessions and logins end now; it can log in anew",
        (Kind.BOT, Act.DEACTIVATE): "it begins no session and answers in none; all its data stays",
        (Kind.BOT, Act.ACTIVATE): "it begins sessions and answers again",
        (Kind.BOT, Act.REVOKE): "all its sessions end now, with their messages kept; new ones may begin",
        (
            Kind.ORGANIZATION,
            Act.REVOKE,
        ): "all sessions of its bots end now, with their messages kept; new ones may begin",
    }
)
"""What each means, for whoever is asked."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Acts on things of one database."""

    database: "Database"
    audit: "Audit"
    catalog: Catalog
    tell: Tell = lambda _: None

    async def act(self, wish: Act, named: Named) -> str:
        """Do it; what came of it, in a sentence. Raises the GbtuiError tree."""
        graph = await self.catalog.graph()
        table = graph.named("public", "user_sessions" if wish in (Act.END, Act.REVOKE) else named.kind.table)
        async with self.database.writing() as connection:
            batches = Batches(connection, [table.oid] if table else [], tell=self.tell)
            if wish in (Act.ACTIVATE, Act.DEACTIVATE):
                return await _switch(batches, self.audit, named, on=wish is Act.ACTIVATE)
            return await _revoke(batches, self.audit, wish, named)


async def _switch(batches: Batches, audit: "Audit", named: Named, *, on: bool) -> str:
    text = statement(_SWITCH[named.kind]).text
    gone = tokens.Revoked()

    async def work(connection: Connection) -> int:
        nonlocal gone
        changed = await connection.fetch(text, UUID(named.key), on)
        if named.kind is Kind.USER and not on:
            # Also of one that was closed already: what was made since, or by others, goes as well.
            gone = await tokens.revoke(connection, tokens.Whose.USER, UUID(named.key))
        if changed or gone.sessions or gone.logins:
            figures = {"sessions": gone.sessions, "logins": gone.logins} if named.kind is Kind.USER else {}
            deed = _deed(f"{named.kind}.{'activated' if on else 'deactivated'}", named, figures)
            await audit.within(connection, replace(deed, before={"active": not on}, after={"active": on}))
        return len(changed)

    word = "active" if on else "switched off"
    told = f"{named.title} is {word} now" if await batches.run(work) else f"{named.title} was {word} already"
    return f"{told}; {plural(gone.sessions, 'session')} revoked" if gone.sessions else told


async def _revoke(batches: Batches, audit: "Audit", wish: Act, named: Named) -> str:
    whose, key, action = tokens.Whose(named.kind), UUID(named.key), "ended" if wish is Act.END else "revoked"
    done, part, more = tokens.Revoked(), tokens.Revoked(), True

    async def work(connection: Connection) -> int:
        nonlocal part, more
        limit = batches.size
        # Of a user there are never many, and its logins go with them.
        of_user = whose is tokens.Whose.USER
        part = tokens.Revoked(sessions=0 if of_user else await tokens.revoke_sessions(connection, whose, key, limit))
        part = await tokens.revoke(connection, whose, key) if of_user else part
        if part.sessions or part.logins:
            figures = {"sessions": part.sessions, "logins": part.logins}
            await audit.within(connection, _deed(f"{named.kind}.{action}", named, figures))
        more = not of_user and part.sessions == limit
        return part.sessions

    while more:
        await batches.run(work)
        done += part
    if not (done.sessions or done.logins):
        return f"{named.title}: nothing was valid any more"
    if wish is Act.END:
        return f"{named.title} has ended; its messages stay"
    logins = f" and {plural(done.logins, 'login')}" if done.logins else ""
    return f"{named.title}: {plural(done.sessions, 'session')}{logins} revoked"


def _deed(action: str, named: Named, figures: Mapping[str, object]) -> Deed:
    detail = {"name": named.name, **figures}
    return Deed(action, named.thing.full, named.key, named.org_id, detail=detail)
