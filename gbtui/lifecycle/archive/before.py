"""Archiving what a run of retention is about to remove, and proving afterwards that it is that."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.lifecycle.archive.columns import moment, stored
from gbtui.lifecycle.archive.making import TIMES, Slice, digest, make
from gbtui.lifecycle.archive.manifest import Manifest
from gbtui.lifecycle.retention.policy import NEVER, Kind

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.lifecycle.archive.store import Store
    from gbtui.lifecycle.retention.plan import Line, Month


class Before:
    """What `retention.run` needs of archives (`retention.Archiving`)."""

    def __init__(self, database: "Database", store: "Store") -> None:
        self._database, self._store = database, store

    async def rows(self, line: "Line") -> Manifest:
        """Archive the rows of one line of a plan."""
        assert line.org_id is not None
        wanted = Slice(line.kind, line.since, line.until, line.org_id, line.organization, line.partition)
        return await make(self._database, self._store, wanted)

    async def month(self, kind: Kind, month: "Month", detached: str = "") -> Manifest:
        """Archive a whole month: where it is, or what it is called since it was detached."""
        return await make(self._database, self._store, self._of(kind, month, detached))

    async def equal(self, made: Manifest, kind: Kind, month: "Month", detached: str) -> bool:
        """Whether a detached month holds exactly what was archived of it."""
        found = await digest(self._database, self._of(kind, month, detached), made.data.columns)
        return (found.rows, found.hex) == (made.data.rows, made.data.digest)

    def keys(self, made: Manifest) -> Iterator[list[tuple[str, datetime]]]:
        """Ids and times of the rows of an archive, some hundred at a time."""
        names = [column.name for column in made.data.columns]
        key, at = names.index("id"), names.index(TIMES[Kind(made.kind)])
        for rows in stored(self._store, made.name, made.data):
            yield [(str(one[key]), moment(one[at])) for one in rows]

    @staticmethod
    def _of(kind: Kind, month: "Month", detached: str) -> Slice:
        since = NEVER if detached else month.since
        return Slice(kind, since, month.until, None, "", month.name, detached)
