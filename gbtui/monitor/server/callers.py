"""Who runs a statement? The activity of every second, counted by query id and by the tags in front of the texts.

pg_stat_statements folds all callers into one entry; only what runs now says whose it is. Nothing is asked for it: it is
worked out from what Activity reads anyway. Query ids need compute_query_id, which loading the extension turns on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from gbtui.monitor.probe import Probe, asks_nothing
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.load import FEWEST
from gbtui.monitor.window import Moment, Window, counted, kept, last

_MOST: Final = 4_000
"""Statements of tenants and bots that are counted; of more the half seen least is forgotten."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How often one tenant's bot was seen running one statement, since the console began to look."""

    times: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """One tenant's bot seen running one statement, sampled once a second. A share is None under 30 samples."""

    KEY: ClassVar = ("query_id", "tenant", "bot")

    query_id: int
    tenant: str
    """As the tag in front of the statement says it; "" for what carries none."""
    bot: str
    share: float | None
    """Of the samples in which this statement ran: those in which it ran for this tenant and bot."""
    seen: int
    """Samples in which it ran for them."""
    samples: int
    """Samples in which it ran at all: what `share` rests on."""


Key = tuple[int, str, str]


def callers(window: Window[Key, Seen]) -> tuple[Caller, ...]:
    """Who was seen running what within a window, the most frequent first."""
    grown: dict[Key, int] = {}
    for key, now in window.now.counters.items() if window.known else ():
        before = window.before(key)
        step = now.times - (before.times if before else 0)
        if step > 0:
            grown[key] = step
    total: Counter[int] = Counter()
    for (query_id, _, _), times in grown.items():
        total[query_id] += times
    rows = [
        Caller(*key, times / total[key[0]] if total[key[0]] >= FEWEST else None, times, total[key[0]])
        for key, times in grown.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.samples, row.query_id, -row.seen, row.tenant, row.bot)))


def _derive(samples: Sequence[Sample[Any]], before: Sample[Caller] | None) -> Reading[Caller]:
    (activity,) = samples
    if activity.error is not None:
        raise activity.error
    at = activity.taken_at
    if at is None:
        return Reading(())
    memory = kept(before)
    if memory.own == at:
        return last(memory, _over)
    seen: dict[Key, Seen] = dict(memory.ring.newest)
    for key, times in _counted(activity.rows).items():
        seen[key] = Seen(seen.get(key, Seen()).times + times)
    if len(seen) > _MOST:
        seen = dict(sorted(seen.items(), key=lambda item: -item[1].times)[: _MOST // 2])
    return counted(before, Moment(at, seen), _over, own=at)


def _counted(backends: Sequence[Backend]) -> Counter[Key]:
    """One sample; gbtui's own connections run nothing of interest."""
    running = [one for one in backends if one.state == "active" and one.query_id and not one.own]
    return Counter((one.query_id or 0, one.tenant, one.bot) for one in running)


def _over(window: Window[Key, Seen], _own: datetime | None) -> Reading[Caller]:
    return Reading(callers(window), window.seconds)


CALLERS: Final = Probe(
    "callers",
    "which tenants and bots were seen running which statement, sampled",
    Caller,
    1.0,
    asks_nothing,
    always=True,
    deltas=True,
    sampled=True,
    beside=("activity",),
    derive=_derive,
    over=_over,
)
