"""Whom a backend waits for, asked once a second for all that want to know: each question stops the lock manager."""

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from gbtui.database.database import Database

Blockers = Mapping[int, tuple[int, ...]]

_FRESH_SECONDS: Final = 1.5
"""So long what the tree of locks read is good enough for others; it is read once a second at the usual pace."""
_known: "WeakKeyDictionary[Database, tuple[float, Blockers]]" = WeakKeyDictionary()


def remember(database: "Database", waiting: Blockers) -> None:
    """Keep whom those who wait were just found to wait for."""
    _known[database] = (time.monotonic(), waiting)


async def blockers(database: "Database", pids: Collection[int]) -> Blockers:
    """Whom these wait for: as remembered, if that is fresh; the server is asked for the others alone."""
    read_at, waiting = _known.get(database, (0.0, {}))
    known = waiting if time.monotonic() - read_at < _FRESH_SECONDS else {}
    missing = [pid for pid in pids if pid not in known]
    if not missing:
        return known
    rows = await database.fetch("server/blockers", missing)
    return {**known, **{row["pid"]: tuple(row["blocked_by"]) for row in rows}}
