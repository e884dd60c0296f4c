"""Tenants and sessions, as the platform's own read side lists them."""

from typing import TYPE_CHECKING, Final

from gbtui.domain.session_list import Session, sessions
from gbtui.domain.tenant_list import Tenant, tenants
from gbtui.monitor.platform.absence import absence
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

PAGE: Final = 200


def _first_page(number: int) -> tuple[str, ...]:
    return (f"the first {PAGE}; there may be more",) if number >= PAGE else ()


async def _tenants(database: "Database", scope: "Scope", _before: Sample[Tenant] | None) -> Reading[Tenant]:
    if not database.facts.has_platform:
        return Reading((), skipped=(await absence(database),))
    rows = await tenants(database, scope, limit=PAGE)
    return Reading(tuple(rows), skipped=_first_page(len(rows)))


async def _sessions(database: "Database", scope: "Scope", _before: Sample[Session] | None) -> Reading[Session]:
    if not database.facts.has_platform:
        return Reading((), skipped=(await absence(database),))
    rows = await sessions(database, scope, limit=PAGE)
    return Reading(tuple(rows), skipped=_first_page(len(rows)))


TENANTS = Probe("tenants", "tenants: the busiest first", Tenant, 5.0, _tenants, scoped=True)
SESSIONS = Probe("sessions", "sessions: the latest activity first", Session, 2.0, _sessions, scoped=True)
