"""Tenants as one list: those that matter now, the figures of all, who waits, and whose load it is, put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.domain.signals import Tally, by_tenant
from gbtui.domain.tenant_list import Figures, Known, Tenant, ranked, read_figures, tenants
from gbtui.domain.tenant_list.figures import COUNTED
from gbtui.errors import GbtuiError
from gbtui.monitor.platform.absence import absence
from gbtui.monitor.platform.lists import PAGE, first_page
from gbtui.monitor.probe import Probe, asks_nothing
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.load import Load, shares
from gbtui.monitor.window import Kept, Span

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_LOAD: Final = Span("5m", 300.0)
"""The window of the load among the other figures."""
_DAY: Final = 86_400.0


async def _busiest(database: "Database", scope: "Scope", _before: Sample[Tenant] | None) -> Reading[Tenant]:
    if not database.facts.has_platform:
        return Reading((), skipped=(await absence(database),))
    rows = await tenants(database, scope, limit=PAGE)
    return Reading(tuple(rows), skipped=first_page(len(rows)))


async def _figures(database: "Database", scope: "Scope", before: Sample[Figures] | None) -> Reading[Figures]:
    if not database.facts.has_platform:
        return Reading((), skipped=(await absence(database),))
    known = await read_figures(database, scope, before.memory if before and before.memory else None)
    at = max((row.read_at for row in known.figures.values()), default=None)
    return Reading(tuple(known.figures.values()), skipped=known.told(at) if at else (), memory=known)


def _together(samples: Sequence[Sample[Any]], _before: Sample[Tenant] | None) -> Reading[Tenant]:
    busiest, figures, bots, load = samples
    for needed in (figures, busiest):
        if needed.error is not None and needed.taken_at is None:
            raise needed.error
    known: Known = figures.memory or Known()
    now: dict[UUID, Tenant] = {row.org_id: row for row in busiest.rows}
    base = next(iter(busiest.rows), None)
    tallies = by_tenant(bots.rows) if bots.taken_at and not bots.error else {}
    loads = {row.tenant: row for row in of_load(load)}
    rows = [
        _tenant(
            row,
            known,
            now.get(row.org_id),
            sample=base.sample if base else 0,
            tally=tallies.get(row.org_id),
            loads=loads,
        )
        for row in known.figures.values()
    ]
    rows += [row for org_id, row in now.items() if org_id not in known.figures]
    so_far = "only those that write now so far: the others are being read"
    first = () if figures.taken_at or figures.error else (so_far,)
    return Reading(tuple(ranked(rows)), skipped=(*first, *figures.skipped, *_without(figures.error, bots.error, load)))


def of_load(load: Sample[Load]) -> tuple[Load, ...]:
    """The load of the last five minutes, as far as it was sampled."""
    if load.error or not isinstance(load.memory, Kept) or len(load.memory.ring) < 2:
        return ()
    return shares(load.memory.ring.window(_LOAD))


def _tenant(
    row: Figures, known: Known, now: Tenant | None, *, sample: int, tally: Tally | None, loads: Mapping[str, Load]
) -> Tenant:
    """What was read in turns, and over it what is known of now."""
    day, estimated = _of_day(row, known)
    load = loads.get(row.organization) or loads.get(str(row.org_id))
    base = next(iter(loads.values()), None)
    nothing = 0.0 if base is not None and base.query_share is not None and len(loads) > ("" in loads) else None
    of_now = now or Tenant(
        row.org_id, row.organization, row.name, row.created, row.bots, row.sessions_active, row.last_activity,
        row.last_message_at, 0.0, None, sample,
    )  # fmt: skip
    return replace(
        of_now,
        messages_per_second_day=None if day is None else day / _DAY,
        day_estimated=estimated,
        users=row.users,
        users_more=row.users_more,
        held_bytes=known.held.of(row.org_id, row.messages, COUNTED),
        load_share=load.query_share if load else nothing,
        load_samples=base.samples if base else 0,
        last_bot_at=row.last_bot_at,
        waiting=tally.waiting if tally else None,
        reply_p95=tally.reply_p95 if tally else None,
        read_at=row.read_at,
    )


def _of_day(row: Figures, known: Known) -> tuple[float | None, bool]:
    """Messages of 24 hours, and whether they are estimated; None: not yet."""
    if row.day_is_counted:
        return float(row.messages_day), False
    return (known.days[row.org_id][1], True) if row.org_id in known.days else (None, True)


def _without(figures: GbtuiError | None, bots: GbtuiError | None, load: Sample[Load]) -> Iterable[str]:
    if figures is not None:
        yield f"figures of before: {figures}"
    if bots is not None:
        yield f"without who waits: {bots}"
    if load.error is not None:
        yield f"without load: {load.error}"
    elif load.rows and all(not row.tenant for row in load.rows):
        yield "load: no statement carries a tenant's tag"


BUSIEST: Final = Probe("busiest", "tenants that write now, the busiest first", Tenant, 5.0, _busiest, scoped=True)
FIGURES: Final = Probe(
    "tenant_figures", "what an index tells of every tenant, read in turns", Figures, 5.0, _figures, scoped=True
)
TENANTS: Final = Probe(
    "tenants",
    "all tenants: messages, people, bytes, load, who waits; the busiest first",
    Tenant,
    5.0,
    asks_nothing,
    scoped=True,
    beside=("busiest", "tenant_figures", "bots", "load"),
    late=("tenant_figures", "bots"),
    derive=_together,
)
