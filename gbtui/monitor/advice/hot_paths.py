"""The platform's hot paths by name: whether the index that each wants is there, is used, and serves it well.

Which they are says the platform's own documentation; which index serves one follows from what it compares (columns of
equality in any order, then the column it is ordered by, in either direction: a b-tree is read both ways).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from gbtui import text
from gbtui.monitor.platform.absence import NO_PLATFORM
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

SMALL_PAGES: Final = 1_000
"""Pages (8 MB) under which a table is read whole as fast as by an index; no absence matters there."""
_MANY: Final = 10_000.0
_SHARE: Final = 0.05
"""Rows a scan reads, and which part of the table that is, from which on both together mean that it finds too much."""


@dataclass(frozen=True, slots=True)
class Path:
    """What is looked up again and again."""

    name: str
    table: str
    equal: tuple[str, ...]
    """Columns that are compared with =."""
    ordered: tuple[str, ...] = ()
    """Columns that it is then ordered or bounded by."""
    descending: bool = False

    @property
    def columns(self) -> str:
        """As in CREATE INDEX."""
        return ", ".join((*self.equal, *(f"{name}{' DESC' * self.descending}" for name in self.ordered)))


PATHS: Final = (
    Path("a session's conversation", "message_history", ("session_id",), ("created_at",), descending=True),
    Path("a user's history", "message_history", ("user_id",), ("created_at",)),
    Path("messages by time", "message_history", (), ("created_at",)),
    Path("GET and SET BOT MEMORY", "bot_memories", ("bot_id", "key")),
    Path("documents to search", "kb_documents", ("collection_id", "indexed")),
    Path("a user's session with a bot", "user_sessions", ("bot_id", "user_id")),
    Path("a user's sessions", "user_sessions", ("user_id",), ("created_at",)),
    Path("a session by its token", "user_sessions", ("session_token",)),
    Path("a login by its token", "user_login_tokens", ("token",)),
)
"""(session_id, created_at DESC), (bot_id, key), (collection_id, indexed), (bot_id, user_id), (user_id, created_at), and
tokens. A path over a column that the table does not have is none here."""


@dataclass(frozen=True, slots=True)
class TableIndex:
    """One index of one of these tables; of a table without any, a row without a name."""

    table_name: str
    partitioned: bool
    table_rows: float
    table_pages: int
    whole_reads: int
    table_columns: tuple[str, ...]
    index_name: str
    method: str
    valid: bool
    partial: bool
    keys: tuple[str, ...]
    scans: int
    rows_read: int


@dataclass(frozen=True, slots=True)
class HotPath:
    """One path and the index that serves it; use is counted since the statistics were reset."""

    KEY: ClassVar = ("path",)
    LATER: ClassVar = ("statement",)

    path: str
    table_name: str
    columns: str
    """What the index begins with."""
    state: str
    """"effective"; "unused"; "passed over": unused, while the table was read whole; "finds too much"; "invalid";
    "absent"; "absent, small": the table is small."""
    index_name: str
    """That which serves it; of several the most used."""
    scans: int
    rows_per_scan: float | None
    whole_reads: int
    """Times that the table, or a partition of it, was read whole, for whatever reason."""
    table_rows: int
    """As of the last VACUUM or ANALYZE."""
    statement: str
    """What makes it, where it is absent; "" of a partitioned table, where it takes steps."""

    @property
    def absent(self) -> bool:
        """Whether no index serves it that can be used."""
        return self.state in ("absent", "absent, small", "invalid")


def judge(rows: Sequence[TableIndex]) -> list[HotPath]:
    """Every path whose table and columns are there."""
    tables: dict[str, list[TableIndex]] = {}
    for row in rows:
        tables.setdefault(row.table_name, []).append(row)
    return [
        _judged(path, tables[path.table])
        for path in PATHS
        if path.table in tables and {*path.equal, *path.ordered} <= set(tables[path.table][0].table_columns)
    ]


def serves(path: Path, index: TableIndex) -> bool:
    """Whether an index is one for this path: its first columns are the path's."""
    begins, behind = index.keys[: len(path.equal)], index.keys[len(path.equal) :]
    fits = set(begins) == set(path.equal) and behind[: len(path.ordered)] == path.ordered
    hashed = index.method == "hash" and len(path.equal) == 1 and not path.ordered
    return fits and (index.method == "btree" or hashed) and not index.partial and bool(index.index_name)


def _judged(path: Path, indexes: Sequence[TableIndex]) -> HotPath:
    table = indexes[0]
    serving = sorted((one for one in indexes if serves(path, one)), key=lambda one: (not one.valid, -one.scans))
    best = serving[0] if serving else None
    scans = sum(one.scans for one in serving if one.valid)
    read = sum(one.rows_read for one in serving if one.valid)
    return HotPath(
        path=path.name,
        table_name=path.table,
        columns=path.columns,
        state=_state(table, best, scans, read),
        index_name=best.index_name if best else "",
        scans=scans,
        rows_per_scan=read / scans if scans else None,
        whole_reads=table.whole_reads,
        table_rows=round(table.table_rows),
        statement=""
        if best or table.partitioned
        else f"CREATE INDEX CONCURRENTLY ON public.{path.table} ({path.columns});",
    )


def _state(table: TableIndex, best: TableIndex | None, scans: int, read: int) -> str:
    small = table.table_pages < SMALL_PAGES
    if best is None:
        return "absent, small" if small else "absent"
    if not best.valid:
        return "invalid"
    if not scans:
        return "passed over" if table.whole_reads and not small else "unused"
    each = read / scans
    return "finds too much" if each > max(_MANY, _SHARE * table.table_rows) else "effective"


def advice(path: HotPath) -> str:
    """What to do about one that is absent."""
    if path.state == "invalid":
        return f"REINDEX INDEX CONCURRENTLY public.{path.index_name}, or drop it and create it again"
    if path.statement:
        return "create it; CONCURRENTLY nobody waits for it"
    return "create it CONCURRENTLY on each partition, then ON ONLY the parent, and attach them"


async def _read(database: "Database", _scope: "Scope", _before: Sample[HotPath] | None) -> Reading[HotPath]:
    tables = sorted({path.table for path in PATHS})
    rows = judge(await database.rows(TableIndex, "server/path_indexes", tables))
    passed = sum(one.state == "passed over" for one in rows)
    told = (f"{text.plural(passed, 'path')} passed over: e on a statement of Queries shows why",) if passed else ()
    return Reading(tuple(rows), skipped=told if rows else (NO_PLATFORM,))


HOT_PATHS: Final[Probe[HotPath]] = Probe(
    "hot_paths",
    "the platform's hot paths: whether the index each wants is there, used and effective",
    HotPath,
    600.0,
    _read,
    always=True,
)
