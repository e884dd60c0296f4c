"""Tables and their columns, as the catalog, the counters and ANALYZE describe them."""

from datetime import datetime
from typing import NamedTuple

from gbtui.database.sql import identifier


class TableShape(NamedTuple):
    """A table, and the rules that autovacuum goes by for it."""

    id: int
    schema: str
    name: str
    partitioned: bool
    parent: int | None
    rows: float
    """The planner's estimate; below 0: it was neither vacuumed nor analyzed, ever."""
    pages: int
    """When it was last vacuumed or analyzed."""
    fillfactor: int
    live_rows: int
    dead_rows: int
    changed: int
    """Rows updated and deleted since the statistics were reset."""
    changed_since_analyze: int
    base: float
    """autovacuum_vacuum_threshold, its own or the server's; so are the next two."""
    scale: float
    cap: float | None
    own_rules: bool
    """Whether any of the three is its own."""
    enabled: bool
    server_enabled: bool
    running: bool
    """A vacuum works on it."""
    of_extension: bool
    analyzed_at: datetime | None
    vacuumed_at: datetime | None
    readable: bool
    """Whether the role may see what ANALYZE knows of it."""

    @property
    def threshold(self) -> float:
        """Dead rows from which on autovacuum takes it: the manual's formula."""
        wanted = self.base + self.scale * max(self.rows, 0.0)
        return wanted if self.cap is None else min(wanted, self.cap)

    @property
    def quoted(self) -> str:
        """Its name, fit for a statement."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"


class TableColumn(NamedTuple):
    """A column, in its table's order."""

    table_id: int
    attnum: int
    name: str
    length: int
    """Bytes; below 0 they vary."""
    alignment: str
    """"c", "s", "i", "d": 1, 2, 4, 8 bytes."""
    is_virtual: bool
    """Worked out when it is read: it is not stored, and not analyzed."""
    switched_off: bool
    """SET STATISTICS 0: somebody wants none."""
    width: int | None
    """Bytes as stored, on average; None: ANALYZE never looked at it, or the role may not see."""
    null_share: float | None
