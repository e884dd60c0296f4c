"""Whose load is it? The activity of every second, counted by the tenant that statements carry as a tag.

Nothing is asked for it: it is worked out from what Activity reads anyway. A share of few samples means nothing and is
not told; what carries no tag is counted by itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe, asks_nothing
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.window import Moment, Window, counted, growth, kept, last

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST: Final = 30
"""Samples under which no share is told."""
UNTAGGED: Final = ""
"""The tenant of what carries no tag."""
_NAMES: Final = ("active", "waiting", "holding")


@dataclass(frozen=True, slots=True)
class Seen:
    """How often backends of one tenant were seen, since the console began to look."""

    active: int = 0
    waiting: int = 0
    holding: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """One tenant's part in what the database does, sampled once a second. A share is None under 30 samples."""

    KEY: ClassVar = ("tenant",)

    tenant: str
    """As the tag says it: a slug or an id; "" for all that carries none."""
    query_share: float | None
    """Of the samples in which a backend ran a statement: those that ran for it."""
    lock_share: float | None
    """Of the samples in which a backend waited for a lock: those that waited for it."""
    holding_share: float | None
    """Of the samples in which a backend made others wait: those in which it was this tenant's."""
    active: int
    """Samples in which a backend ran a statement for it."""
    waiting: int
    """Samples in which one of its backends waited for a lock."""
    holding: int
    """Samples in which others waited for one of its backends."""
    samples: int
    """Samples of running statements of all tenants and of none: what `query_share` rests on."""
    lock_samples: int
    """Samples of waits for locks: what `lock_share` rests on."""
    holding_samples: int
    """What `holding_share` rests on."""


def shares(window: Window[str, Seen]) -> tuple[Load, ...]:
    """Every tenant seen within a window, those with the most load first."""
    found = {}
    for tenant, now in window.now.counters.items():
        grown = growth(window.before(tenant), now, _NAMES) if window.known else None
        if grown and any(grown.values()):
            found[tenant] = grown
    total = {name: sum(grown[name] for grown in found.values()) for name in _NAMES}
    rows = [_load(tenant, grown, total) for tenant, grown in found.items()]
    return tuple(sorted(rows, key=lambda row: (-row.active, -row.waiting, -row.holding, row.tenant)))


def _load(tenant: str, grown: "Mapping[str, int]", total: "Mapping[str, int]") -> Load:
    def share(name: str) -> float | None:
        return grown[name] / total[name] if total[name] >= FEWEST else None

    return Load(
        tenant, share("active"), share("waiting"), share("holding"), grown["active"], grown["waiting"],
        grown["holding"], total["active"], total["waiting"], total["holding"],
    )  # fmt: skip


def _derive(samples: Sequence[Sample[Any]], before: Sample[Load] | None) -> Reading[Load]:
    (activity,) = samples
    if activity.error is not None:
        raise activity.error
    at = activity.taken_at
    if at is None:
        return Reading(())
    memory = kept(before)
    if memory.own == at:
        return last(memory, _over)
    seen: dict[str, Seen] = dict(memory.ring.newest)
    for tenant, grown in _counted(activity.rows).items():
        old = seen.get(tenant, Seen())
        seen[tenant] = Seen(old.active + grown.active, old.waiting + grown.waiting, old.holding + grown.holding)
    return counted(before, Moment(at, seen), _over, own=at)


def _counted(backends: Sequence[Backend]) -> dict[str, Seen]:
    """One sample by tenant; gbtui's own connections are nobody's load."""
    holders = {pid for one in backends for pid in one.blocked_by}
    active: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    for one in backends:
        if one.own or one.kind != "client backend":
            continue
        active[one.tenant] += one.state == "active"
        waiting[one.tenant] += one.waiting
        holding[one.tenant] += one.pid in holders
    return {name: Seen(active[name], waiting[name], holding[name]) for name in active}


def _over(window: Window[str, Seen], _own: datetime | None) -> Reading[Load]:
    rows = shares(window)
    few = rows and rows[0].samples < FEWEST
    told = (f"{rows[0].samples} samples: under {FEWEST} no share is told",) if few else ()
    return Reading(rows, window.seconds, told)


LOAD: Final = Probe(
    "load",
    "whose load it is: tenants by their share of running and of waiting backends, sampled",
    Load,
    1.0,
    asks_nothing,
    always=True,
    deltas=True,
    sampled=True,
    beside=("activity",),
    derive=_derive,
    over=_over,
)
