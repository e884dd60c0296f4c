"""Retention: how long what is kept, of whom, and what is held."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from gbtui.lifecycle.retention.policy import Hold, Policy, told
from gbtui.monitor.platform.absence import NO_PLATFORM
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

HOLD: Final = "hold"


@dataclass(frozen=True, slots=True)
class Retention:
    """A policy, or a hold."""

    KEY: ClassVar = ("kind", "organization")
    LATER: ClassVar = ("org_id",)

    kind: str
    """messages, sessions, tokens, clicks, audit, drafts; "hold": a legal hold, all kinds."""
    organization: str
    """The slug; "all others": the default."""
    kept: str
    """In words."""
    keep_days: int | None
    """None: for ever."""
    reason: str
    """Of a hold."""
    actor: str
    updated_at: datetime
    org_id: UUID | None


async def _read(database: "Database", _scope: "Scope", _before: Sample[Retention] | None) -> Reading[Retention]:
    if not database.facts.has_platform:
        return Reading((), skipped=(f"{ABSENT}{NO_PLATFORM}",))
    holds = [
        Retention(HOLD, one.organization, "for ever", None, one.reason, one.actor, one.placed_at, one.org_id)
        for one in await database.rows(Hold, "lifecycle/retention/holds")
    ]
    kept = [
        Retention(
            one.kind, one.organization or "all others", told(one.keep_days), one.keep_days, "", one.actor,
            one.updated_at, one.org_id,
        )
        for one in await database.rows(Policy, "lifecycle/retention/policies")
    ]  # fmt: skip
    return Reading((*holds, *kept))


RETENTION: Final = Probe(
    "retention", "how long what is kept, of which tenant, and what is held; :keep changes it", Retention, 30.0, _read
)
