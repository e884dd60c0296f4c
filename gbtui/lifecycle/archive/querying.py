"""One question to archives, without the server: DuckDB over their files, which can reach nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.errors import UsageError
from gbtui.lifecycle.archive.manifest import Manifest
from gbtui.lifecycle.archive.store import NEEDED

if TYPE_CHECKING:
    from gbtui.lifecycle.archive.store import Store

# Memory and threads for one who looks, not for a warehouse; no files, no network, no other settings.
_CLOSED: Final = (
    "SET memory_limit = '512MB'", "SET threads = 2", "SET enable_external_access = false",
    "SET python_enable_replacements = false", "SET lock_configuration = true",
)  # fmt: skip
_VIEWS: Final = {
    (name, twice): f"CREATE VIEW {name} AS FROM {name}_files SELECT {'DISTINCT ON (id) *' if twice else '*'}"
    for name in ("messages", "clicks", "audit", "sessions")
    for twice in (False, True)
}
"""What is asked for by its name; where rows may be there twice, each once."""
_MOST: Final = 100_000
"""Rows of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question brought: names and rows; `cut`: there were more."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool
    told: tuple[str, ...] = ()
    """What was done about archives that hold the same rows."""


def query(store: "Store", archives: Sequence[Manifest], text: str) -> Answer:
    """Ask one SELECT of DuckDB; the tables are called messages, clicks, audit and sessions.

    UsageError for anything but one SELECT, and for what DuckDB refuses.
    """
    try:
        import duckdb
        from pyarrow import dataset
    except ImportError:
        raise UsageError("Archives are asked through duckdb", "", NEEDED) from None
    connection = duckdb.connect(":memory:")
    try:
        told = []
        for name, files in _files(store, archives).items():
            connection.register(f"{name}_files", dataset.dataset(files, filesystem=store.files, format="parquet"))
            twice = name == "sessions" or _overlap([one for one in archives if one.kind == name])
            connection.execute(_VIEWS[name, twice])
            if twice and name != "sessions":
                told.append(f"some archives of {name} may hold the same rows: each is counted once")
        for setting in _CLOSED:
            connection.execute(setting)
        statements = connection.extract_statements(text)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError("Which question?", "one SELECT, and nothing else", "'SELECT count(*) FROM messages'")
        found = connection.execute(statements[0])
        names = tuple(column[0] for column in found.description or ())
        rows = found.fetchmany(_MOST + 1)
        return Answer(names, tuple(map(tuple, rows[:_MOST])), len(rows) > _MOST, tuple(told))
    except duckdb.Error as error:
        raise UsageError("DuckDB refuses", " ".join(str(error).split())[:500]) from None
    finally:
        connection.close()


def _overlap(archives: Sequence[Manifest]) -> bool:
    """Whether two of them may hold the same row: a run that was stopped archives again what it had not removed."""
    spans = [(one.oldest, one.newest, one.org_id) for one in archives if one.oldest and one.newest]
    held: dict[object, datetime] = {}
    for oldest, newest, org_id in sorted(spans, key=lambda span: span[:2]):
        others = [end for whose, end in held.items() if None in (whose, org_id) or whose == org_id]
        if any(oldest <= end for end in others):
            return True
        held[org_id] = max(newest, held.get(org_id, newest))
    return False


def _files(store: "Store", archives: Sequence[Manifest]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in archives:
        found.setdefault(one.kind, []).append(store.path(one.name, one.data.file))
        if one.sessions:
            found.setdefault("sessions", []).append(store.path(one.name, one.sessions.file))
    return found
