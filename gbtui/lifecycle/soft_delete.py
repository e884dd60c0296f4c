"""Soft delete: switched off now, deleted with all that hangs on it when a time of grace is over, unless taken back.

A user's conversations stay, anonymous: its sessions and messages point to nobody any more, and no other column of them
names anybody. What is held (a user: by any organization it is of, or talked to) or was switched on again stays, too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.domain.relations.catalog import Catalog
from gbtui.domain.relations.preview import Effect, preview
from gbtui.domain.things import Kind, Named, find
from gbtui.errors import GbtuiError, RefusedError, UsageError
from gbtui.lifecycle.acts import Act, Acting
from gbtui.lifecycle.batches import Batches, Stopped
from gbtui.lifecycle.clock import server_now
from gbtui.lifecycle.deleting import Reins, delete, deleted_of
from gbtui.lifecycle.deletion_log import deletions
from gbtui.lifecycle.orders import order
from gbtui.schema.owner import acting_as_owner
from gbtui.security import tokens
from gbtui.security.deed import Deed

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

GRACE: Final = timedelta(days=30)
"""How long it can be taken back, if nobody says otherwise."""
LONGEST: Final = timedelta(days=3650)
KINDS: Final = (Kind.USER, Kind.ORGANIZATION)
_OID: Final = "SELECT $1::pg_catalog.text::pg_catalog.regclass::pg_catalog.oid"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What is to be deleted."""

    id: int
    kind: str
    key: str
    name: str
    there: bool
    """False: it is gone already."""
    active: bool
    """It was switched on again: then it is not deleted."""
    held_by: str
    """Organizations whose legal hold keeps it; "": none."""
    purge_after: datetime
    reason: str
    actor: str
    requested_at: datetime


@dataclass(slots=True)
class Purged:
    """What came of a purge."""

    gone: dict[str, int] = field(default_factory=dict)
    """What was deleted, with the rows that went."""
    kept: dict[str, str] = field(default_factory=dict)
    """What is past its grace and stays, and why."""
    stopped: bool = False


async def scheduled(database: "Database") -> list[Scheduled]:
    """All of it, the next first."""
    if not database.facts.has_platform:
        raise RefusedError("Not in this schema", "gbtui deletes nothing here")
    return await database.rows(Scheduled, "lifecycle/soft/list")


@dataclass(frozen=True, slots=True)
class SoftDelete:
    """Schedules deletions of one database, takes them back, and does them."""

    database: "Database"
    audit: "Audit"
    catalog: Catalog
    tell: Callable[[str], None] = lambda _: None

    async def schedule(self, named: Named, grace: timedelta, reason: str) -> str:
        """Switch it off, and let it be deleted when the grace is over; what came of it, in a sentence."""
        if named.kind not in KINDS:
            raise UsageError("Not softly", f"a {named.kind} is deleted at once, or switched off", "user, organization")
        if not timedelta(0) < grace <= LONGEST:
            raise UsageError("How long?", "a time of grace is up to ten years", "30d")
        if not reason.strip():
            raise UsageError("Why?", "whoever finds it later will want to know", "--reason TEXT")
        async with self.database.writing() as connection, acting_as_owner(connection):
            until = (await server_now(connection)).astimezone(UTC) + grace
            await self._begin(connection, named, until, reason.strip())
        if named.kind is Kind.ORGANIZATION:
            await Acting(self.database, self.audit, self.catalog, self.tell).act(Act.REVOKE, named)
        return (
            f"{named.title} is switched off, and deleted after {until:%Y-%m-%d %H:%M} UTC; until then it can be undone"
        )

    async def undo(self, named: Named) -> str:
        """Take it back: what was active before is active again. RefusedError once the deletion has begun."""
        begun = [one for one in await deletions(self.database) if one.thing.key == named.thing.key]
        if begun:
            raise RefusedError("Too late", f"the deletion of {named.title} has begun, and rows are gone")
        async with self.database.writing() as connection, acting_as_owner(connection), connection.transaction():
            row = await connection.fetchrow(statement("lifecycle/soft/forget").text, UUID(named.key))
            if row is None:
                raise UsageError("Nothing to undo", f"no deletion of {named.title} is scheduled")
            if named.kind is Kind.ORGANIZATION:
                await connection.execute(statement("lifecycle/soft/bots_on").text, UUID(named.key), row["was_active"])
            elif row["was_active"]:
                await connection.fetch(statement("secrets/accounts/set_active").text, UUID(named.key), True)
            await self.audit.within(connection, _deed("delete.withdrawn", named, ""))
        return f"{named.title} is not to be deleted any more; what was active before is so again, tokens stay revoked"

    async def purge(self, at: datetime, reins: Reins | None = None) -> Purged:
        """Delete what is past its grace at a moment; what is held or active again stays, which is told.

        For a job: it may be run at any time, and goes on with what was interrupted. Raises the GbtuiError tree.
        """
        reins, done = reins or Reins(), Purged()
        for one in await scheduled(self.database):
            if one.purge_after > at:
                break
            what = f"{one.kind} {one.name or one.key}"
            if not one.there:
                await self._forget(one)
            elif one.held_by:
                done.kept[what] = f"held by {one.held_by}"
            elif one.active:
                done.kept[what] = "it was switched on again"
            elif reins.stop.is_set():
                done.stopped = True
            else:
                await self._purge(one, what, done, reins)
        return done

    async def _purge(self, one: Scheduled, what: str, done: Purged, reins: Reins) -> None:
        named = await find(self.database, Kind(one.kind), one.key)
        seen = await preview(self.database, self.catalog, named.thing)
        if seen.stops:
            done.kept[what] = "; ".join(line.told for line in seen.stops)
            return
        self.tell(f"{what}: its time of grace is over")
        wanted = order(named, seen.rows(Effect.DELETED), one.reason)
        try:
            done.gone[what] = deleted_of(await delete(self.database, self.audit, self.catalog, wanted, reins))
        except Stopped:
            done.stopped = True
        except GbtuiError as error:
            done.kept[what] = str(error)
        else:
            await self._forget(one)

    async def _begin(self, connection: Connection, named: Named, until: datetime, reason: str) -> None:
        table = await connection.fetchval(_OID, f"public.{named.kind.table}")
        batches = Batches(connection, [table], tell=self.tell)
        key = UUID(named.key)
        org, user = (key, None) if named.kind is Kind.ORGANIZATION else (None, key)

        async def work(connection: Connection) -> int:
            text = statement(f"lifecycle/soft/schedule_{named.kind}").text
            await connection.fetchval(text, org, user, until, reason)
            gone = tokens.Revoked()
            if user is not None:
                await connection.fetch(statement("secrets/accounts/set_active").text, user, False)
                gone = await tokens.revoke(connection, tokens.Whose.USER, user)
            detail = {"after": until.isoformat(), "sessions": gone.sessions, "logins": gone.logins}
            await self.audit.within(connection, _deed("delete.scheduled", named, reason, detail))
            return 1

        async def silence(connection: Connection) -> int:
            text = statement("general_bots/write/bots_silence").text
            return int((await connection.execute(text, key, batches.size)).rsplit(" ", 1)[-1])

        await batches.run(work)
        while named.kind is Kind.ORGANIZATION and await batches.run(silence):
            pass

    async def _forget(self, one: Scheduled) -> None:
        async with self.database.writing() as connection, acting_as_owner(connection):
            await connection.fetchrow(statement("lifecycle/soft/forget").text, UUID(one.key))


def _deed(action: str, named: Named, reason: str, detail: dict[str, object] | None = None) -> Deed:
    return Deed(
        f"{named.kind}.{action}", named.thing.full, named.key, named.org_id, reason or None,
        detail={"name": named.name, **(detail or {})},
    )  # fmt: skip
