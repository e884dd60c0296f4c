"""Noisy neighbours: which tenant is it? Tenants by their share of what the platform and the database do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

from gbtui.domain.tenant_list import Figures, Known
from gbtui.domain.tenant_list.figures import COUNTED
from gbtui.monitor.platform.absence import absence
from gbtui.monitor.probe import Probe, asks_nothing
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.load import FEWEST, UNTAGGED, Load, Seen, shares
from gbtui.monitor.window import Kept, Window, last
from gbtui.text import age, count

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_NEWEST: Final = 20_000
"""Messages and sessions that are looked at."""
_SPANS: Final = (60.0, 300.0, 900.0)
"""Seconds over which the statement counts."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Messages and sessions of one organization of the last minute, 5 and 15 minutes."""

    org_id: UUID
    organization: str
    messages: tuple[int | None, ...]
    sessions: tuple[int | None, ...]
    messages_reach: float | None
    """Seconds back to which the messages looked at reach, where that is less than 15 minutes."""
    sessions_reach: float | None


@dataclass(frozen=True, slots=True)
class Noisy:
    """One tenant's share of all. None: not known, or too few samples to tell."""

    KEY: ClassVar = ("organization",)
    LATER: ClassVar = ("org_id", "lock_samples")

    organization: str
    """Its slug; "no tag": statements that say not for whom they are."""
    messages: int | None
    messages_share: float | None
    """Of all messages of the window."""
    sessions: int | None
    """Sessions that moved."""
    sessions_share: float | None
    held_bytes: float | None
    """Bytes of its rows, estimated from the planner's statistics; not of the window: of all time."""
    bytes_share: float | None
    query_share: float | None
    """Of the samples of running statements."""
    lock_share: float | None
    """Of the samples of backends that waited for a lock: those of this tenant."""
    holding_share: float | None
    """Of the samples of backends that made others wait: those of this tenant."""
    samples: int
    """Samples of running statements that the shares rest on, of all tenants and of none."""
    lock_samples: int
    org_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is told beside the load."""

    traffic: tuple[Traffic, ...] = ()
    known: Known = field(default_factory=Known)
    told: tuple[str, ...] = ()


async def _traffic(database: "Database", _scope: "Scope", _before: Sample[Traffic] | None) -> Reading[Traffic]:
    if not database.facts.has_platform:
        return Reading((), skipped=(await absence(database),))
    return Reading(tuple(await database.rows(Traffic, "general_bots/tenants_traffic", _NEWEST)))


def _derive(samples: Sequence[Sample[Any]], _before: Sample[Noisy] | None) -> Reading[Noisy]:
    load, traffic, figures = samples
    if load.error is not None and (traffic.error is not None or traffic.taken_at is None):
        raise load.error
    errors = [f"without {name}: {one.error}" for name, one in
              (("load", load), ("messages and sessions", traffic), ("bytes", figures)) if one.error]  # fmt: skip
    told = (*errors, *traffic.skipped)
    beside = _Beside(traffic.rows, figures.memory or Known(), told)
    memory = load.memory if isinstance(load.memory, Kept) else Kept()
    if not len(memory.ring):
        return Reading(tuple(_rows((), beside, 1)), None, told)
    return last(Kept(memory.ring, beside), _over)


def _over(window: Window[str, Seen], beside: _Beside) -> Reading[Noisy]:
    """The load over the window; messages and sessions over the nearest span that is counted."""
    span = min(range(len(_SPANS)), key=lambda index: abs(_SPANS[index] - (window.seconds or 0.0)))
    loads = shares(window)
    told = [*beside.told, f"messages and sessions: of the last {age(_SPANS[span])}"]
    reach = min((one.messages_reach for one in beside.traffic if one.messages_reach), default=None)
    if reach is not None and reach < _SPANS[span]:
        told[-1] = f"messages: the newest {count(_NEWEST)}, of the last {age(reach)}"
    if not loads or all(row.tenant == UNTAGGED for row in loads):
        told.append("no statement carries a tenant's tag: whose queries and locks they are is not known")
    elif loads[0].samples < FEWEST:
        told.append(f"{loads[0].samples} samples so far: under {FEWEST} no share is told")
    told += [sentence for sentence in beside.known.held.told if sentence.startswith("bytes")]
    return Reading(tuple(_rows(loads, beside, span)), window.seconds, tuple(told))


def _rows(loads: Sequence[Load], beside: _Beside, span: int) -> list[Noisy]:
    """One row a tenant that is seen in any of them, the noisiest first; "no tag" among them."""
    by_id: dict[UUID, Figures] = dict(beside.known.figures)
    slugs = {row.organization: row.org_id for row in by_id.values()} | {
        row.organization: row.org_id for row in beside.traffic
    }
    of_load = {_owner(row.tenant, slugs): row for row in loads}
    traffic = {row.org_id: row for row in beside.traffic}
    held = {org_id: beside.known.held.of(org_id, row.messages, COUNTED) for org_id, row in by_id.items()}
    totals = _Totals(
        sum(row.messages[span] or 0 for row in beside.traffic),
        sum(row.sessions[span] or 0 for row in beside.traffic),
        beside.known.held.total,
        loads[0] if loads else None,
        any(row.tenant for row in loads),
    )
    for org_id in {*of_load, *traffic} - set(held):
        if isinstance(org_id, UUID):  # its turn has not come: what the statistics say
            held[org_id] = beside.known.held.of(org_id, COUNTED, COUNTED)
    largest = sorted(held, key=lambda org_id: -(held[org_id] or 0.0))[:_LARGEST]
    names = {org_id: slug for slug, org_id in slugs.items()}
    owners: dict[UUID | str, None] = dict.fromkeys([*of_load, *traffic, *largest])
    found = [
        _noisy(owner, of_load.get(owner), traffic.get(owner) if isinstance(owner, UUID) else None,
               held.get(owner) if isinstance(owner, UUID) else None, names=names, totals=totals, span=span)
        for owner in owners
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-_noise(row), row.organization))


_LARGEST: Final = 20
"""Tenants that are listed for their bytes alone."""
NO_TAG: Final = "no tag"


@dataclass(frozen=True, slots=True)
class _Totals:
    messages: int
    sessions: int
    bytes: float
    load: Load | None
    tagged: bool


def _owner(tag: str, slugs: Mapping[str, UUID]) -> UUID | str:
    """Whose tag it is: an organization, else what it says."""
    if tag in slugs:
        return slugs[tag]
    try:
        return UUID(tag)
    except ValueError:
        return tag


def _noisy(
    owner: UUID | str, load: Load | None, traffic: Traffic | None, held: float | None,
    *, names: Mapping[UUID, str], totals: _Totals, span: int,
) -> Noisy:  # fmt: skip
    org_id = owner if isinstance(owner, UUID) else None
    messages, sessions = (
        (traffic.messages[span] or 0, traffic.sessions[span] or 0) if traffic else (0, 0) if org_id else (None, None)
    )
    base = totals.load
    # Who was not seen has no part in it, where others' parts can be told.
    tagged = org_id is not None and base is not None and totals.tagged

    def share(name: str) -> float | None:
        told: float | None = getattr(load or base, name) if load or tagged else None
        return told if load or told is None else 0.0

    return Noisy(
        organization=names.get(org_id, str(org_id)) if org_id else str(owner) or NO_TAG,
        messages=messages,
        messages_share=_share(messages, totals.messages),
        sessions=sessions,
        sessions_share=_share(sessions, totals.sessions),
        held_bytes=held,
        bytes_share=_share(held, totals.bytes),
        query_share=share("query_share"),
        lock_share=share("lock_share"),
        holding_share=share("holding_share"),
        samples=base.samples if base else 0,
        lock_samples=base.lock_samples if base else 0,
        org_id=org_id,
    )


def _share(part: float | None, whole: float) -> float | None:
    return part / whole if part is not None and whole else None


def _noise(row: Noisy) -> float:
    """What ranks: the largest of its shares of what happens now; bytes are of all time and rank a little."""
    of_now = (row.query_share, row.lock_share, row.holding_share, row.messages_share, row.sessions_share)
    return max(share or 0.0 for share in of_now) + (row.bytes_share or 0.0) / 100


TRAFFIC: Final = Probe("tenant_traffic", "messages and sessions of the last minutes by tenant", Traffic, 10.0, _traffic)
NOISY: Final = Probe(
    "noisy",
    "noisy neighbours: tenants by their share of messages, sessions, bytes, query and lock time",
    Noisy,
    2.0,
    asks_nothing,
    deltas=True,
    sampled=True,
    beside=("load", "tenant_traffic", "tenant_figures"),
    derive=_derive,
    over=_over,
)
