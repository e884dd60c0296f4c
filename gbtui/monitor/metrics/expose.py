"""From the monitor's last samples to points: what each probe found, whether it answers, and the findings."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from gbtui import __version__
from gbtui.errors import ConnectError, DeadlineError, DeniedError, GbtuiError, LockedError, LostError
from gbtui.monitor.check import Check
from gbtui.monitor.finding import Severity
from gbtui.monitor.metrics.disks import DISKS
from gbtui.monitor.metrics.platform import PLATFORM
from gbtui.monitor.metrics.point import LIMIT, Exposed, Point, gauge
from gbtui.monitor.metrics.replication import REPLICATION
from gbtui.monitor.metrics.sessions import SESSIONS
from gbtui.monitor.metrics.storage import STORAGE
from gbtui.monitor.metrics.upkeep import UPKEEP
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample

EXPOSED: Final[Mapping[str, Exposed]] = MappingProxyType(
    {**SESSIONS, **STORAGE, **DISKS, **UPKEEP, **REPLICATION, **PLATFORM}
)
"""The probes that give figures. The others are lists for people (of sessions, statements, texts)."""

_TROUBLE: Final[tuple[tuple[type[GbtuiError], str], ...]] = (
    (DeniedError, "denied"),
    (LockedError, "locked"),
    (DeadlineError, "deadline"),
    (LostError, "connection"),
    (ConnectError, "connection"),
)


def own(up: bool) -> Iterator[Point]:
    """Of gbtui itself, and whether the server answers."""
    yield Point("build", "The gbtui that tells this.", 1, {"version": __version__}, "info")
    yield gauge("server_up", "1 while the server answers.", up)


def points(monitor: Monitor, checks: tuple[Check, ...], now: datetime) -> Iterator[Point]:
    """All there is to tell now; asks the server nothing."""
    server = monitor.last("connectivity")
    yield from own(up=server.taken_at is not None and server.error is None)
    for name in monitor.probes:
        sample = monitor.last(name)
        if sample.taken_at is not None or sample.error is not None:
            yield from _health(sample, now)
            if sample.error is None and name in EXPOSED:
                yield from _figures(EXPOSED[name], sample)
    yield from _findings(monitor, checks)


def _health(sample: Sample[Any], now: datetime) -> Iterator[Point]:
    at = {"probe": sample.probe}
    told = "1 if the probe answered when it was last asked; 0: it gives no figures."
    yield gauge("probe_up", told, sample.error is None, **at)
    if sample.taken_at is not None:
        age = max(0.0, (now - sample.taken_at).total_seconds())
        yield gauge("probe_age_seconds", "Since the probe last answered: its figures are as old.", age, **at)
    yield gauge("probe_duration_seconds", "How long its last attempt took.", sample.took, **at)
    if sample.error is not None:
        why = next((word for kind, word in _TROUBLE if isinstance(sample.error, kind)), "failed")
        yield gauge("probe_trouble", "Why it does not answer; denied: its role lacks a right.", 1, **at, reason=why)


def _figures(exposed: Exposed, sample: Sample[Any]) -> Iterator[Point]:
    """A sample's points; of many rows the foremost."""
    if exposed.rank is not None:
        rows = sorted(sample.rows, key=exposed.rank, reverse=True)
        left_out = max(0, len(rows) - LIMIT)
        told = f"Rows of the probe beyond the foremost {LIMIT}: they give no figures."
        yield gauge("probe_rows_left_out", told, left_out, probe=sample.probe)
        sample = replace(sample, rows=tuple(rows[:LIMIT]))
    yield from exposed.points(sample)


def _findings(monitor: Monitor, checks: tuple[Check, ...]) -> Iterator[Point]:
    found = Counter((finding.check, finding.severity) for finding in monitor.findings)
    aside = Counter(one.finding.check for one in monitor.aside)
    for check in checks:
        # What rests on a probe that does not answer now is old: no figure is better than an old one.
        judged = check.name in monitor.judged and not any(monitor.last(name).error for name in check.probes)
        yield gauge("check_judged", "1 if the check could look at what it judges.", judged, check=check.name)
        if judged:
            told = "Findings that somebody put aside for a while; they are not among the others."
            yield gauge("findings_put_aside", told, aside[check.name], check=check.name)
        for severity in (Severity.CRITICAL, Severity.WARNING, Severity.INFO):
            if judged:
                number, word = found[check.name, severity], severity.name.lower()
                told = "What is wrong, as gbtui check tells it: findings by check and severity."
                yield gauge("findings", told, number, check=check.name, severity=word)
