"""Sessions, as the platform's own read side lists them."""

from typing import TYPE_CHECKING, Final

from gbtui.domain.page import Page
from gbtui.domain.session_list import ANY, Edge, Session, Wish, session_page, wish
from gbtui.monitor.platform.absence import absence
from gbtui.monitor.probe import Fetch, Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

PAGE: Final = 200
FIRST_PAGE: Final = f"the first {PAGE}; there may be more"


def first_page(number: int) -> tuple[str, ...]:
    """What is left out where a page is full."""
    return (FIRST_PAGE,) if number >= PAGE else ()


def _sessions(wanted: Wish) -> Fetch[Session]:
    async def fetch(database: "Database", scope: "Scope", _before: Sample[Session] | None) -> Reading[Session]:
        if not database.facts.has_platform:
            return Reading((), skipped=(await absence(database),))
        page = await session_page(database, scope, wanted, limit=PAGE)
        told = page.told or first_page(PAGE if page.behind else 0)
        return Reading(page.rows, skipped=told, behind=page.behind)

    return fetch


async def _session_page(database: "Database", scope: "Scope", edge: Edge) -> Page[Session]:
    return await session_page(database, scope, at=edge)


SESSIONS = Probe(
    "sessions",
    "sessions: the latest activity first",
    Session,
    2.0,
    _sessions(ANY),
    scoped=True,
    asked=_sessions,
    wish=wish,
    pages=_session_page,
)
