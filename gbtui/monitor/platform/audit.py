"""The audit record: who did what to which row, newest first."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gbtui.domain.audit_list import ANY, PAGE, Edge, Recorded, Wish, audit_page, wish
from gbtui.domain.page import Page
from gbtui.monitor.platform.lists import FIRST_PAGE
from gbtui.monitor.probe import Fetch, Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

NO_LOG: Final = f"{ABSENT}this database has no audit log: gbtui migrate up makes it"
_LATE: Final = timedelta(minutes=1)
"""A record is dated when it is written and seen when its transaction ends: so long the end is read again."""
_ANEW: Final = 30
"""Readings after which the whole first page is read again, for those that were later still."""


def _audit(wanted: Wish) -> Fetch[Recorded]:
    async def fetch(database: "Database", scope: "Scope", before: Sample[Recorded] | None) -> Reading[Recorded]:
        readings = before.memory if before and isinstance(before.memory, int) else 0
        if before is not None and before.rows and not before.error and readings % _ANEW:
            newer = replace(wanted, since=before.rows[0].at - _LATE)
            page = await audit_page(database, scope, newer, limit=PAGE)
            if page.behind is None:
                rows = _merged(page.rows, before.rows)
                return Reading(rows, skipped=before.skipped, memory=readings + 1, behind=_edge(rows, before, wanted))
        if not (await database.fetch("meta/audit_there"))[0]["there"]:
            return Reading((), skipped=(NO_LOG,))
        page = await audit_page(database, scope, wanted, limit=PAGE)
        told = page.told or ((FIRST_PAGE,) if page.behind else ())
        return Reading(page.rows, skipped=told, memory=readings + 1, behind=page.behind)

    return fetch


def _merged(new: tuple[Recorded, ...], old: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
    rows = {row.id: row for row in (*new, *old)}
    return tuple(sorted(rows.values(), key=lambda row: (row.at, row.id), reverse=True)[:PAGE])


def _edge(rows: tuple[Recorded, ...], before: Sample[Recorded], wanted: Wish) -> Edge | None:
    """Where the page behind begins: behind the last row, where some were pushed out; else as before."""
    if len(rows) == PAGE and (before.behind is None or rows[-1] is not before.rows[-1]):
        return Edge(rows[-1].at, rows[-1].id, wanted)
    behind: Edge | None = before.behind
    return behind


async def _page(database: "Database", scope: "Scope", edge: Edge) -> Page[Recorded]:
    return await audit_page(database, scope, at=edge)


AUDIT: Final = Probe(
    "audit",
    "the audit record: who did what to which row, newest first",
    Recorded,
    2.0,
    _audit(ANY),
    scoped=True,
    asked=_audit,
    wish=wish,
    pages=_page,
)
