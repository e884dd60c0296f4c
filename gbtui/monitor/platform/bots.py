"""The signals: is everybody being answered? One row a bot, and one for all of them together."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.domain.page import Page
from gbtui.domain.signals import Bot, Limits, Memory, Pulse, read_bot_page, read_bots, read_pulse, tally
from gbtui.domain.signals.read import PAGE
from gbtui.monitor.platform.absence import NO_PLATFORM, still_absent
from gbtui.monitor.platform.lists import PAGE as FEW
from gbtui.monitor.probe import Fetch, Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_HISTORY: Final = 60
"""Samples kept for the curve of those who wait: a quarter of an hour."""
_FIRST: Final = UUID(int=0)
"""Before the first bot."""
_NAMES: Final = tuple(field.name for field in fields(Limits))


def limits_of(thresholds: Mapping[str, float]) -> Limits:
    """The limits of the signals among those of a profile; the others keep their defaults."""
    return Limits(**{name: thresholds[name] for name in _NAMES if name in thresholds})


def _bots(thresholds: Mapping[str, float]) -> Fetch[Bot]:
    limits = limits_of(thresholds)

    async def fetch(database: "Database", scope: "Scope", before: Sample[Bot] | None) -> Reading[Bot]:
        if not database.facts.has_platform:
            return Reading((), skipped=(NO_PLATFORM,))
        memory = before.memory if before and isinstance(before.memory, Memory) else None
        rows, skipped, memory = await read_bots(database, scope, limits, memory)
        return Reading(tuple(rows), limits.abandoned, skipped, memory, behind=_FIRST if len(rows) == PAGE else None)

    return fetch


async def _behind(database: "Database", scope: "Scope", edge: UUID) -> Page[Bot]:
    """All bots by id, page by page: a reading holds those in trouble, and no more than a thousand."""
    rows = await read_bot_page(database, scope, edge if isinstance(edge, UUID) else _FIRST, limit=FEW)
    return Page(tuple(rows), rows[-1].id if len(rows) == FEW else None)


def _platform(thresholds: Mapping[str, float]) -> Fetch[Pulse]:
    limits = limits_of(thresholds)

    async def fetch(database: "Database", _scope: "Scope", before: Sample[Pulse] | None) -> Reading[Pulse]:
        if looked := await still_absent(database, before):
            return Reading((), skipped=(NO_PLATFORM,), memory=looked)
        return Reading((await read_pulse(database, limits),))

    return fetch


def _sums(sample: Sample[Bot]) -> Sample[Any]:
    """What a curve needs; a thousand rows ninety times over would be no small memory."""
    return Sample(sample.probe, (tally(sample.rows),) if sample.rows else (), sample.taken_at, sample.window)


BOTS: Final = Probe(
    "bots", "bots: who is silent, who waits for an answer, how fast they answer", Bot, 15.0, _bots({}),
    always=True, history=_HISTORY, scoped=True, keep=_sums, within=_bots, pages=_behind,
)  # fmt: skip
PLATFORM: Final = Probe(
    "platform", "all bots together: messages a second, the last word, the usual gap", Pulse, 5.0, _platform({}),
    always=True, within=_platform,
)  # fmt: skip
