"""What is called so on any server: tables and indexes by the beginning of their names, backends by their pid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gbtui.database.database import Database

_MOST: Final = 5
_SHORTEST: Final = 2
"""Letters of a name that are looked for: with fewer everything would be offered."""
_LARGEST_PID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or an index. `part`: the partition (or its index) that is called so, where that is not `name`."""

    kind: str
    schema: str
    name: str
    part: str

    @property
    def qualified(self) -> str:
        """Its name with its schema, as the lists of tables and indexes know it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Process:
    """A backend."""

    pid: int
    application: str
    state: str


class ServerNames:
    """Looks names up in one server's catalog. Raises the GbtuiError tree."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    async def relations(self, text: str) -> list[Relation]:
        """Those whose name, with or without its schema, begins so; a partition stands for its table, once."""
        schema, _, name = text.strip().replace('"', "").rpartition(".")
        if len(name) < _SHORTEST or " " in name:
            return []
        rows = await self._database.rows(Relation, "server/named", name, _MOST)
        once = {(row.kind, row.qualified): row for row in reversed(rows)}
        return [row for row in rows if once[row.kind, row.qualified] is row and row.schema.startswith(schema)]

    async def process(self, pid: int) -> Process | None:
        """The backend with this pid."""
        rows = await self._database.rows(Process, "server/numbered", pid) if 0 < pid <= _LARGEST_PID else []
        return rows[0] if rows else None
