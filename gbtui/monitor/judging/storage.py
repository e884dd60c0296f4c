"""Disks that fill, and whose temporary files fill them."""

from collections.abc import Iterator, Sequence
from typing import Final

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.storage import Place, pace
from gbtui.monitor.server.temp_files import TempFiles

_BASE: Final = 10
_WINDOW: Final = 180.0
"""Measurements and seconds that a growth must rest on before somebody is woken up for it."""


def space(view: View) -> Iterator[Finding]:
    """Disks whose capacity is known and that are nearly full, or will be soon at the present pace."""
    disks: dict[tuple[str, str], list[Place]] = {}
    for row in view.rows("storage"):
        if row.capacity_bytes and row.free_bytes is not None:
            disks.setdefault((row.capacity_from, row.disk), []).append(row)
    for (_, disk), rows in disks.items():
        severity = _severity(view, rows)
        if severity:
            yield _space(disk, rows, severity)


def _severity(view: View, rows: Sequence[Place]) -> Severity:
    row = rows[0]
    used = 1 - (row.free_bytes or 0) / (row.capacity_bytes or 1)
    sure = any(each.measurements >= _BASE and (each.window or 0) >= _WINDOW for each in rows)
    left = row.full_in_age if sure and row.full_in_age is not None else float("inf")
    if used >= view.limit("space_critical") or left <= view.limit("time_to_full_critical"):
        return Severity.CRITICAL
    return Severity.WARNING if used >= view.limit("space") or left <= view.limit("time_to_full") else Severity.OK


def _space(disk: str, rows: Sequence[Place], severity: Severity) -> Finding:
    row = rows[0]
    used = 1 - (row.free_bytes or 0) / (row.capacity_bytes or 1)
    holds = ", ".join(each.place for each in rows)
    left = f", full in {text.age(row.full_in_age)} at this pace" if row.full_in_age is not None else ""
    fastest = max(rows, key=lambda each: each.growth_bytes_per_min or 0)
    grows = f"{fastest.place} grows by {pace(fastest)}" if (fastest.growth_bytes_per_min or 0) > 0 else ""
    what = f"the disk of {holds} ({disk}) is {text.percent(used)} full{left}: {text.size(row.free_bytes)} free"
    acts = {
        "wal": "see who holds WAL back (wal_held): an inactive slot, a failing archiver",
        "temporary": "cancel who writes temporary files (temp_files)",
        "log": "remove old files of the server's log",
    }
    return Finding(
        severity,
        "space",
        disk,
        what,
        grows or "nothing of the server's own grows noticeably now: something else on the disk may",
        acts.get(fastest.place, "see what grows (growth); free space before the server stops for want of it"),
        "storage",
    )


def growth(view: View) -> Iterator[Finding]:
    """Disks that will be full within weeks by the sizes of the last days, where these tell it with some confidence."""
    for row in view.rows("forecast"):
        if row.full_in_age is None or row.confidence not in ("high", "fair"):
            continue
        if row.full_in_age >= view.limit("full_within"):
            continue
        disk = "WAL" if row.kind == "wal" else "the databases"
        soonest = f", {text.age(row.full_soonest_age)} at the soonest" if row.full_soonest_age is not None else ""
        yield Finding(
            Severity.WARNING,
            "growth",
            row.kind,
            f"the disk of {disk} is full in {text.age(row.full_in_age)} by the last {row.rests_on}{soonest}",
            f"{disk} grow by {text.size(row.growth_bytes_per_day)} a day ({row.confidence} confidence), and hold"
            f" {text.size(row.size_bytes)} of {text.size(row.capacity_bytes)}",
            "see what grows (forecast); keep less (gbtui retention), or order a larger disk while there is time",
            "forecast",
            narrow=f"kind:{row.kind}",
        )


def temp_files(view: View) -> Iterator[Finding]:
    """Backends whose temporary files are large."""
    for row in view.rows("temp_files"):
        if row.size_bytes < view.limit("temp_files"):
            continue
        critical = row.size_bytes >= view.limit("temp_files_critical")
        yield _temporary(row, Severity.CRITICAL if critical else Severity.WARNING)


def _temporary(row: TempFiles, severity: Severity) -> Finding:
    whose = row.application or row.user or "nobody"
    growth = row.growth_bytes_per_s
    more = f", {text.size(growth)}/s more" if growth and growth > 0 else ""
    gone = row.state == "gone"
    idle = row.state.startswith("idle")
    act = "pg_terminate_backend" if idle else "pg_cancel_backend"
    return Finding(
        severity,
        "temp_files",
        str(row.pid),
        f"pid {row.pid} ({whose}) has {text.size(row.size_bytes)} of temporary files{more}",
        "left behind by a crash"
        if gone
        else "a cursor left open keeps the files of its sort or hash"
        if idle
        else "a sort, hash or materialization that does not fit work_mem; often a missing condition or index",
        "the next start of the server removes them"
        if gone
        else "end the session: cancelling does not close a cursor"
        if idle
        else "cancel the statement; temp_file_limit stops the next one by itself",
        "temp_files",
        None if gone else f"SELECT {act}({row.pid});",
        narrow=f"pid={row.pid}",
    )
