"""The organizations that matter now, by a sample of the newest messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.tenant_list.record import Tenant
from gbtui.errors import UsageError
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database


@dataclass(frozen=True, slots=True)
class _Organization:
    org_id: UUID
    organization: str
    name: str
    created: datetime
    bots: int
    sessions_active: int
    last_activity: datetime | None
    last_message_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Sample:
    """Messages by organization, busiest first, and the seconds they span."""

    messages: Mapping[UUID, int]
    span: float

    @property
    def size(self) -> int:
        return sum(self.messages.values())

    def tenant(self, row: _Organization) -> Tenant:
        messages = self.messages.get(row.org_id, 0)
        return Tenant(
            org_id=row.org_id,
            organization=row.organization,
            name=row.name,
            created=row.created,
            bots=row.bots,
            sessions_active=row.sessions_active,
            last_activity=row.last_activity,
            last_message_at=row.last_message_at,
            messages_per_second_sampled=messages / self.span,
            share_sampled=messages / self.size if self.size else None,
            sample=self.size,
        )


async def tenants(database: "Database", scope: Scope = EVERYONE, *, limit: int = 200) -> list[Tenant]:
    """The tenants that matter now, at most `limit`: those writing, busiest first, then others by last activity.

    The others are the first by slug: `read_figures` reads all of them.
    """
    sample = await _sample(database)
    named = [scope.org_id] if scope.org_id is not None else list(sample.messages)[:limit]
    found = await database.rows(
        _Organization, statement("general_bots/tenants", where=("named",)), len(named), named
    ) if named else []  # fmt: skip
    if scope.org_id is None and len(found) < limit:
        known = {row.org_id for row in found}
        others = await database.rows(_Organization, statement("general_bots/tenants"), limit)
        found += [row for row in others if row.org_id not in known][: limit - len(found)]
    return ranked(sample.tenant(row) for row in found)


async def scope_of(database: "Database", text: str) -> Scope:
    """The scope of the organization with this slug, id or name; UsageError if there is none, or more than one."""
    if database.shown_text(text) != text:
        raise UsageError("Which organization?", "it is not looked for by what is masked here", "name its slug or id")
    found = await database.fetch("general_bots/organization_named", text.strip())
    if len(found) == 1:
        return Scope(found[0]["org_id"], database.shown_text(clean(found[0]["slug"])))
    what = "several organizations are called so" if found else "no organization is called so"
    raise UsageError("Which organization?", f"{what}: {text}", "name its slug: gbtui show tenants lists them")


async def _sample(database: "Database") -> _Sample:
    rows = await database.fetch("general_bots/tenants_busy")
    # Not under a second: the newest 5000 may all be of this moment.
    return _Sample({row["org_id"]: row["messages"] for row in rows}, max(rows[0]["span"], 1.0) if rows else 60.0)


def ranked(tenants: Iterable[Tenant]) -> list[Tenant]:
    """The busiest first, then by last activity."""

    def rank(tenant: Tenant) -> tuple[float, float, str]:
        last = tenant.last_activity.timestamp() if tenant.last_activity else 0.0
        return -tenant.messages_per_second_sampled, -last, tenant.organization

    return sorted(tenants, key=rank)
