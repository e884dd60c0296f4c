"""Bots in sums. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from gbtui.domain.signals.record import Bot, Tally


def tally(bots: Iterable[Bot]) -> Tally:
    """All of these bots in one."""
    rows = tuple(bots)
    slowest = max((row.reply_p95 for row in rows if row.reply_p95 is not None), default=None)
    return Tally(sum(row.waiting for row in rows), sum(row.abandoned for row in rows), slowest)


def by_tenant(bots: Iterable[Bot]) -> Mapping[UUID, Tally]:
    """By the id of their organization."""
    owned: dict[UUID, list[Bot]] = defaultdict(list)
    for bot in bots:
        owned[bot.org_id].append(bot)
    return {org_id: tally(rows) for org_id, rows in owned.items()}
