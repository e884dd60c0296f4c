"""How far a running command is, from its row of pg_stat_progress_*: pure, and honest where nothing is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gbtui.text import count, size

Details = Mapping[str, Any]
"""A row of one of the views, as the server's version has it."""


@dataclass(frozen=True, slots=True)
class Done:
    """How far a command is within its phase."""

    share: float | None
    """0 to 1; None where the server tells no total, or a total of zero, or more done than there is."""
    told: str
    """The same in numbers: "1,204 of 30,000 blocks"; without a total what is done so far."""


_NOTHING: Final = Done(None, "")


def done(command: str, details: Details) -> Done:
    """How far a command is; `command` is the view's name without pg_stat_progress_."""
    kind = _KINDS.get(command)
    return kind(details) if kind else _NOTHING


def _number(details: Details, name: str) -> int | None:
    value = details.get(name)
    return int(value) if value is not None else None


def _of(details: Details, part: str, total: str, things: str, tell: Callable[[float], str] = count) -> Done:
    """A counter against its total; things are left out where the unit says it all (bytes)."""
    so_far, whole = _number(details, part), _number(details, total)
    if so_far is None:
        return _NOTHING
    named = f" {things}" if things else ""
    if not whole or so_far > whole:
        return Done(None, f"{tell(so_far)}{named}" if so_far else "")
    return Done(so_far / whole, f"{tell(so_far)} of {tell(whole)}{named}")


def _vacuum(details: Details) -> Done:
    phase = details.get("phase") or ""
    if phase == "scanning heap":
        found = _of(details, "heap_blks_scanned", "heap_blks_total", "blocks")
    elif phase == "vacuuming heap":
        found = _of(details, "heap_blks_vacuumed", "heap_blks_total", "blocks")
    elif phase in ("vacuuming indexes", "cleaning up indexes"):
        found = _of(details, "indexes_processed", "indexes_total", "indexes")  # 17 and later
    else:
        found = _NOTHING
    passes = _number(details, "index_vacuum_count") or 0
    # Each further pass reads all indexes again, because the dead rows did not fit into maintenance_work_mem.
    more = f"after {count(passes)} passes over the indexes" if passes > 1 else ""
    return Done(found.share, ", ".join(filter(None, (found.told, more))))


def _analyze(details: Details) -> Done:
    phase = details.get("phase") or ""
    if phase == "acquiring inherited sample rows" and _number(details, "child_tables_total"):
        return _of(details, "child_tables_done", "child_tables_total", "partitions")
    if phase.startswith("acquiring"):
        return _of(details, "sample_blks_scanned", "sample_blks_total", "blocks")
    if phase == "computing extended statistics":
        return _of(details, "ext_stats_computed", "ext_stats_total", "statistics")
    return _NOTHING


def _create_index(details: Details) -> Done:
    phase = details.get("phase") or ""
    if phase.startswith("waiting for"):
        return _of(details, "lockers_done", "lockers_total", "transactions that it waits for")
    if "loading tuples" in phase or "sorting" in phase:
        return _of(details, "tuples_done", "tuples_total", "rows")
    if "scanning" in phase:
        return _of(details, "blocks_done", "blocks_total", "blocks")
    if phase.startswith("building index"):
        blocks = _of(details, "blocks_done", "blocks_total", "blocks")
        return blocks if blocks.share is not None else _of(details, "tuples_done", "tuples_total", "rows")
    return _NOTHING


def _cluster(details: Details) -> Done:
    phase = details.get("phase") or ""
    if phase == "seq scanning heap":
        return _of(details, "heap_blks_scanned", "heap_blks_total", "blocks")
    if phase == "index scanning heap":
        return _of(details, "heap_tuples_scanned", "", "rows")
    if phase == "writing new heap":
        return _of(details, "heap_tuples_written", "heap_tuples_scanned", "rows")
    if phase == "rebuilding index":
        return _of(details, "index_rebuild_count", "", "indexes")
    return _NOTHING


def _basebackup(details: Details) -> Done:
    return _of(details, "backup_streamed", "backup_total", "", size)


def _copy(details: Details) -> Done:
    # A file's size is known, a stream's is not; a program's and a stream's bytes_total is 0.
    found = _of(details, "bytes_processed", "bytes_total", "", size)
    rows = _number(details, "tuples_processed") or 0
    told = (found.told, f"{count(rows)} rows" if rows else "")
    return Done(found.share, ", ".join(filter(None, told)))


_KINDS: Final[Mapping[str, Callable[[Details], Done]]] = {
    "vacuum": _vacuum,
    "analyze": _analyze,
    "create_index": _create_index,
    "cluster": _cluster,
    "basebackup": _basebackup,
    "copy": _copy,
}
