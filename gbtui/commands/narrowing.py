"""The rows that `gbtui show` prints: what the filter leaves, read on page by page where a list has more."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.notes import note
from gbtui.text import count

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope
    from gbtui.monitor.probe import Probe
    from gbtui.monitor.sample import Sample

_MOST: Final = 10_000
"""Rows that are looked through for those a filter leaves."""


class Narrowing:
    """A filter on a probe's rows. What the server can answer it is asked (`wish`); the rest is looked for here."""

    def __init__(self, probe: "Probe[Any]", text: str, limit: int | None) -> None:
        from gbtui.filters import parse
        from gbtui.monitor.plain import columns, mark_names

        own = getattr(probe.record, "marks", None)  # a record may know marks that depend on the time
        now = datetime.now(UTC)
        self._probe = probe
        self._limit = limit
        self._own = own is not None
        self._wanted = parse(
            text, columns(probe.record), mark_names(probe.record) if own is None else _marks(probe), now
        )
        if self._wanted.echo:
            note(f"filter: {self._wanted.echo}")
        self.wish = (probe.wish(self._wanted, now) or None) if probe.wish else None
        if probe.wish is not None:
            self._wanted = self._wanted.without("at")

    async def narrowed(
        self, sample: "Sample[Any]", database: "Database", scope: "Scope"
    ) -> "tuple[Sample[Any], list[Any]]":
        """The sample, saying what was looked through, and the rows to print."""
        now = sample.taken_at or datetime.now(UTC)
        rows, looked = self._left(sample.rows, now), len(sample.rows)
        wanted = self._limit or (looked if self._wanted else 0)
        edge, told = sample.behind, sample.skipped
        while edge is not None and len(rows) < wanted and looked < _MOST and self._probe.pages:
            page = await self._probe.pages(database, scope, edge)
            rows += self._left(page.rows, now)
            looked += len(page.rows)
            edge, told = page.behind, page.told
        if looked > len(sample.rows):
            more = edge is not None and len(rows) < wanted
            told = (*told, f"looked through {count(looked)} rows; there are more") if more else told
        return replace(sample, skipped=told), rows[: self._limit]

    def _left(self, rows: "tuple[Any, ...]", now: datetime) -> list[Any]:
        from gbtui.monitor.plain import marks, values

        own = self._own
        return [
            row
            for row in rows
            if self._wanted.matches(values(row), marks=row.marks(now) if own else marks(row), now=now)
        ]


def _marks(probe: "Probe[Any]") -> tuple[str, ...]:
    names: tuple[str, ...] = vars(sys.modules[probe.record.__module__])["MARKS"]
    return names
