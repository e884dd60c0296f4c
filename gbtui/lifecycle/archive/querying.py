"""One question to archives, without the server: DuckDB over their files, which can reach nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
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
_MOST: Final = 100_000
"""Rows of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question brought: names and rows; `cut`: there were more."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool


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
        for name, files in _files(store, archives).items():
            connection.register(name, dataset.dataset(files, filesystem=store.files, format="parquet"))
        for setting in _CLOSED:
            connection.execute(setting)
        statements = connection.extract_statements(text)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError("Which question?", "one SELECT, and nothing else", "'SELECT count(*) FROM messages'")
        found = connection.execute(statements[0])
        names = tuple(column[0] for column in found.description or ())
        rows = found.fetchmany(_MOST + 1)
        return Answer(names, tuple(map(tuple, rows[:_MOST])), len(rows) > _MOST)
    except duckdb.Error as error:
        raise UsageError("DuckDB refuses", " ".join(str(error).split())[:500]) from None
    finally:
        connection.close()


def _files(store: "Store", archives: Sequence[Manifest]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in archives:
        found.setdefault(one.kind, []).append(store.path(one.name, one.data.file))
        if one.sessions:
            found.setdefault("sessions", []).append(store.path(one.name, one.sessions.file))
    return found
