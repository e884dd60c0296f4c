"""The sentences of the panels on storage, WAL, errors and pgbouncer. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from gbtui.text import age, duration, plural, rate, size


def _pgbouncer(rows: Sequence[Any]) -> str:
    waiting = sum(row.cl_waiting for row in rows)
    wait = f"{waiting} wait up to {age(max(row.maxwait for row in rows))}" if waiting else "nobody waits"
    servers = sum(row.sv_active + row.sv_idle + row.sv_used for row in rows)
    return f"{plural(len(rows), 'pool')}, {sum(row.cl_active for row in rows)} clients, {servers} servers; {wait}"


def _pgbouncer_clients(rows: Sequence[Any]) -> str:
    return f"{plural(len(rows), 'client')}, {sum(row.wait_age > 0 for row in rows)} waiting for a server connection"


def _pgbouncer_stats(rows: Sequence[Any]) -> str:
    top = rows[0]
    wait = max((row.wait_ms or 0.0 for row in rows), default=0.0)
    return (
        f"{top.database} {rate(top.queries_per_s)} queries/s; pgbouncer lets wait {duration(wait)} at most on average"
    )


def _errors(rows: Sequence[Any]) -> str:
    def total(name: str) -> int:
        return sum(getattr(row, name) or 0 for row in rows)

    cut = total("abandoned") + total("fatal") + total("killed")
    return (
        f"just now {total('rollbacks')} rollbacks, {total('deadlocks')} deadlocks, {total('conflicts')} conflicts, "
        f"{plural(cut, 'session')} cut off"
    )


def _violations(rows: Sequence[Any]) -> str:
    last = max(rows, key=lambda row: row.last_seen)
    where = f" on {last.table}" if last.table else ""
    return f"{plural(sum(row.total for row in rows), 'statement')} refused; last: {last.kind} {last.constraint}{where}"


def _io(rows: Sequence[Any]) -> str:
    top = rows[0]
    return (
        f"most: {top.backend} ({top.object}, {top.context}) reads {size(top.read_bytes_per_s)}/s, "
        f"writes {size(top.write_bytes_per_s)}/s"
    )


def _checkpoints(rows: Sequence[Any]) -> str:
    row = rows[0]
    return f"{size(row.wal_since_bytes)} of WAL since the last one; at {size(row.max_wal_bytes)} the next is requested"


def _wal(rows: Sequence[Any]) -> str:
    row = rows[0]
    return f"{size(row.wal_bytes_per_s)}/s, {rate(row.full_pages_per_s)} full pages/s, {rate(row.syncs_per_s)} syncs/s"


def _wal_held(rows: Sequence[Any]) -> str:
    top = rows[0]
    name = f"{top.holder} {top.name}".strip()
    return f"{size(top.directory_bytes)} in {plural(top.directory_files, 'file')}; {name} needs {size(top.held_bytes)}"


def _storage(rows: Sequence[Any]) -> str:
    sizes = {row.place: size(row.size_bytes) for row in rows}
    row = min(rows, key=lambda row: float("inf") if row.full_in_age is None else row.full_in_age)
    lacks = not any(row.capacity_bytes for row in rows)
    left = f"full in {age(row.full_in_age)} at this pace" if row.full_in_age is not None else "does not fill noticeably"
    return f"data {sizes['data']}, WAL {sizes['wal']}; {'capacity not set' if lacks else left}"


def _growth(rows: Sequence[Any]) -> str:
    top = rows[0]
    base = f"{top.measurements} measurements over {age(top.window)}"
    return f"fastest: {top.kind} {top.name} {size(top.growth_bytes_per_min)}/min ({base})"


def _temp_files(rows: Sequence[Any]) -> str:
    top = rows[0]
    total = size(sum(row.size_bytes for row in rows))
    return f"{total} of {plural(len(rows), 'backend')}; most: pid {top.pid} ({top.application or top.user})"


SENTENCES: Final[Mapping[str, Callable[[Sequence[Any]], str]]] = {
    "pgbouncer": _pgbouncer,
    "pgbouncer_clients": _pgbouncer_clients,
    "pgbouncer_stats": _pgbouncer_stats,
    "errors": _errors,
    "violations": _violations,
    "io": _io,
    "checkpoints": _checkpoints,
    "wal": _wal,
    "wal_held": _wal_held,
    "temp_files": _temp_files,
    "storage": _storage,
    "growth": _growth,
}
NONE: Final[Mapping[str, str]] = {
    "pgbouncer": "pgbouncer has no pool in use",
    "pgbouncer_clients": "no client at pgbouncer",
    "pgbouncer_stats": "pgbouncer has done nothing yet",
    "violations": "no violation in the server's log, as far as it was read",
    "io": "nothing was read or written just now",
    "temp_files": "no temporary files",
    "growth": "nothing has grown, as far as it was measured",
}
