"""The columns of the Overview's two tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gbtui.domain.tenant_list import Tenant
from gbtui.monitor.finding import Finding
from gbtui.monitor.server.load import UNTAGGED, Load
from gbtui.text import NOTHING, age, percent, rate
from gbtui.ui.widgets.columns import Column
from screens import SCREENS
from screens.health import SIGNS, fresh
from screens.tenants import most, reply, slowest, waiting, waits

if TYPE_CHECKING:
    from screens.overview import Overview

WIDE: Final = 110
"""Cells of a screen on which a finding also says what to do; on others the line under the list says it."""


def finding_columns(screen: "Overview") -> Sequence[Column[Finding]]:
    """Sign, what it is about, what is wrong, since when, where to look."""
    return (
        Column("sign", "", 1, lambda row: SIGNS[row.severity][0] if screen.kept_back(row) is None else "-",
               style=lambda row: SIGNS[row.severity][1] if screen.kept_back(row) is None else "dim",
               sort=lambda row: -row.severity),
        Column("check", "finding", 13, lambda row: row.check.replace("_", " ")),
        Column("what", "", 0, lambda row: sentence(row, screen),
               style=lambda row: "" if screen.kept_back(row) is None else "dim"),
        Column("since", "since", 5, lambda row: since(row, screen.taken_at), "right", sort=lambda row: row.since,
               style=lambda _: "dim"),
        Column("screen", "in", 11, lambda row: where(row.screen), style=lambda _: "dim"),
    )  # fmt: skip


def sentence(finding: Finding, screen: "Overview") -> str:
    """What is wrong; of what was put aside until when and why; where there is room, what to do."""
    kept = screen.kept_back(finding)
    if kept is not None:
        return f"{kept.told} · {finding.what}"
    return f"{finding.what} → {finding.advice}" if screen.size.width >= WIDE else finding.what


def where(name: str) -> str:
    """A screen's or panel's name, with the digit that goes there."""
    entry = next((entry for entry in SCREENS if entry.name == name), None)
    if entry is None:
        return name.replace("_", " ")
    return f"{entry.digit} {entry.title}" if entry.digit else entry.title


def since(finding: Finding, now: datetime | None) -> str:
    """How long a finding has been there."""
    if finding.since is None or now is None:
        return ""
    seconds = (now - finding.since).total_seconds()
    return age(seconds) if seconds >= 60 else "<1 m"


def tenant_columns(screen: "Overview") -> Sequence[Column[Tenant]]:
    """Fewer than on the screen of tenants."""
    return (
        Column("tenant", "tenant", 18, lambda row: row.organization),
        Column("name", "name", 0, lambda row: row.name, style=lambda _: "dim"),
        Column("rate", "msg/s", 6, lambda row: rate(row.messages_per_second_sampled) if row.sample else "", "right",
               sort=lambda row: row.messages_per_second_sampled),
        Column("share", "share", 5, lambda row: f"{row.share_sampled:.0%}".replace("%", " %")
               if row.share_sampled else "", "right", sort=lambda row: row.share_sampled or 0.0),
        Column("active", "active", 7, lambda row: most(row.sessions_active), "right",
               sort=lambda row: row.sessions_active),
        Column("waiting", "waits", 5, lambda row: waits(screen.told.get(row.org_id)), "right",
               sort=lambda row: waiting(screen.told.get(row.org_id)), style=lambda _: "warning",
               help="sessions whose user waits for an answer"),
        Column("load", "load", 5, lambda row: load(screen.loads, row), "right",
               sort=lambda row: share(screen.loads, row) or 0.0,
               help="share of the statements that ran, sampled over 5 minutes by their tags; \u2013 under 30 samples"),
        Column("reply", "reply", 6, lambda row: reply(screen.told.get(row.org_id)), "right",
               sort=lambda row: slowest(screen.told.get(row.org_id)),
               help="of twenty answers of its slowest bot the slowest took longer"),
        Column("last", "last", 5, lambda row: fresh((screen.console.now() - row.last_message_at).total_seconds())
               if row.last_message_at else "", "right", sort=lambda row: row.last_message_at, style=lambda _: "dim",
               help="how long ago the newest message was written"),
    )  # fmt: skip


def share(loads: Mapping[str, Load], row: Tenant) -> float | None:
    """A tenant's share of the database's load, 0 to 1; None where nothing is tagged or the samples are too few."""
    base = next(iter(loads.values()), None)
    if base is None or base.query_share is None or set(loads) == {UNTAGGED}:
        return None
    found = loads.get(row.organization) or loads.get(str(row.org_id))
    return found.query_share if found else 0.0


def load(loads: Mapping[str, Load], row: Tenant) -> str:
    """The same in words; nothing for none."""
    found = share(loads, row)
    return NOTHING if found is None else percent(found) if found else ""
