"""What is said of the database and of the bots where nothing is wrong, and of who waits where something is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from gbtui.domain.tenant_list import Tenant
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.judging.bots import sentence
from gbtui.monitor.monitor import Monitor
from gbtui.text import count, plural
from screens.verdicts import ago

NO_BOTS: Final = "no bot platform in this database"


def blind(monitor: Monitor | None) -> Sequence[str]:
    """The probes that do not answer now: what rests on them is not judged anew."""
    names = dict.fromkeys(name for check in CHECKS for name in check.probes)
    return [name for name in names if monitor and monitor.last(name).error]


def well(monitor: Monitor | None, findings: Sequence[Finding]) -> str:
    """What to say of the database where no check finds anything."""
    probe = monitor.last("connections").first if monitor else None
    used = f", {probe.used} of {probe.max_connections} connections" if probe else ""
    notes = sum(finding.severity is Severity.INFO for finding in findings)
    found = f"{plural(notes, 'note')} of" if notes else "nothing found by"
    if unseen := blind(monitor):
        seeing = sum(not any(name in unseen for name in check.probes) for check in CHECKS)
        total = plural(len(CHECKS), "check")
        return f"{seeing} of {total} can look, and find nothing{used}; no answer from {', '.join(unseen)}"
    return f"{found} {plural(len(CHECKS), 'check')}{used}"


def bots(monitor: Monitor | None, tenants: Sequence[Tenant]) -> str:
    """What to say of the bots where no check finds anything."""
    busy = sum(1 for row in tenants if row.messages_per_second_sampled > 0)
    active = sum(row.sessions_active for row in tenants)
    waits = sum(row.waiting for row in monitor.last("bots").rows) if monitor else 0
    told = f", {count(waits)} {'waits' if waits == 1 else 'wait'}" if waits else ""
    return f"{plural(busy, 'tenant')} wrote within a minute, {plural(active, 'active session')}{told}"


def trouble(monitor: Monitor | None, now: datetime) -> str:
    """Who is silent and who waits, in one sentence; "" if nobody."""
    if monitor is None:
        return ""
    read = monitor.last("bots")
    told = sentence(read.rows, monitor.last("platform").first)
    return f"{seen_ago(read.taken_at, now)}{told}" if told and read.error and read.taken_at else told


def dated(monitor: Monitor | None, findings: Sequence[Finding], now: datetime) -> Sequence[Finding]:
    """The findings; those whose probe does not answer any more say when they were last seen.

    Of equal weight what is known of now comes first: what stands still may be its effect.
    """
    seen = [monitor.last_seen(finding) if monitor else None for finding in findings]
    told = [
        replace(finding, what=f"{seen_ago(at, now)}{finding.what}") if at else finding
        for finding, at in zip(findings, seen, strict=True)
    ]
    order = sorted(range(len(told)), key=lambda number: (-told[number].severity, seen[number] is not None))
    return [told[number] for number in order]


def seen_ago(at: datetime, now: datetime) -> str:
    """In front of what is not known of now."""
    return f"seen {ago((now - at).total_seconds())} ago: "
