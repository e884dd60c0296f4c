"""Standbys that fall behind, receivers that are dead, slots that hold WAL back."""

from collections.abc import Iterator
from typing import Final

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.replication import Follower, Slot

_LOST: Final = {
    "wal_removed": "it fell further behind than max_slot_wal_keep_size allows",
    "rows_removed": "vacuum on the primary removed rows that it still needed (without hot_standby_feedback it may)",
    "wal_level_insufficient": "wal_level was lowered below what it needs",
    "idle_timeout": "nobody used it for idle_replication_slot_timeout",
}
"""By the reason that the server gives (17 and later)."""


def followers(view: View) -> Iterator[Finding]:
    """Standbys behind by too many bytes or seconds."""
    for row in view.rows("replication"):
        behind, lag = row.behind_bytes or 0, row.replay_lag or 0.0
        if row.state == "streaming" and (row.reply_age or 0.0) >= view.limit("replication_silence"):
            yield _silent(row)
            continue
        if row.state == "backup" or (behind < view.limit("replication_bytes") and lag < view.limit("replication_lag")):
            continue
        yield Finding(
            Severity.CRITICAL if lag >= view.limit("replication_lag_critical") else Severity.WARNING,
            "replication_lag",
            row.name or str(row.pid),
            f"{row.name or row.pid} replays {text.age(lag)} behind ({text.size(behind)};"
            f" {text.size(row.unsent_bytes)} not sent, {text.size(row.unreplayed_bytes)} not replayed)",
            "not sent: the network or this server is slow; not replayed: the standby is, or a query there holds replay",
            "look at the standby: long queries (hot_standby_feedback, max_standby_streaming_delay), its disk, its CPU",
            "replication",
            number=behind,
        )


def _silent(row: Follower) -> Finding:
    return Finding(
        Severity.WARNING,
        "replication_lag",
        row.name or str(row.pid),
        f"{row.name or row.pid} has not answered for {text.age(row.reply_age)}: what is shown of it is as old",
        "it hangs, or the network between is gone; after wal_sender_timeout this server gives the connection up",
        "look whether that server answers",
        "replication",
    )


def standby(view: View) -> Iterator[Finding]:
    """This server as a standby: nobody sends to it, or it replays late."""
    for row in view.rows("standby"):
        if not row.receiver and row.has_sender:
            yield Finding(
                Severity.CRITICAL,
                "standby",
                "receiver",
                "this standby receives nothing: no WAL receiver runs, though primary_conninfo names a primary",
                "the primary is down or unreachable, refuses the login, or has removed WAL this standby still needs",
                "read the end of this server's log",
                "standby",
            )
        delay = row.replay_delay or 0.0
        if row.receiver and delay >= view.limit("replication_lag"):
            paused = "replay is paused" if row.paused else "a query here holds replay, or the disk is slow"
            yield Finding(
                Severity.CRITICAL if delay >= view.limit("replication_lag_critical") else Severity.WARNING,
                "standby",
                "replay",
                f"this standby replays {text.age(delay)} late ({text.size(row.unreplayed_bytes)} not replayed)",
                paused,
                "SELECT pg_wal_replay_resume()" if row.paused else "look at the long queries on this server",
                "standby",
                "SELECT pg_wal_replay_resume();" if row.paused else None,
            )


def slots(view: View) -> Iterator[Finding]:
    """Slots that lost their WAL, are about to, or hold back too much of it unused."""
    for row in view.rows("slots"):
        severity, what, why = _slot(view, row)
        if severity:
            yield Finding(
                severity,
                "slots",
                row.name,
                what,
                why,
                "look at its receiver's speed, or raise max_slot_wal_keep_size"
                if row.active
                else "bring its receiver back; if nobody will ever read from it again, drop it",
                "slots",
                None if row.active else f"SELECT pg_drop_replication_slot('{row.name}');",
                row.inactive_since if not row.active else None,
                number=row.retained_bytes,
            )


def _slot(view: View, row: Slot) -> tuple[Severity, str, str]:
    retained = row.retained_bytes or 0
    if row.wal_status == "lost" or row.invalidation_reason:
        reason = f" ({row.invalidation_reason})" if row.invalidation_reason else ""
        what = f"slot {row.name} is lost{reason}: its receiver cannot go on from it"
        return Severity.CRITICAL, what, _LOST.get(row.invalidation_reason, _LOST["wal_removed"])
    if row.wal_status == "unreserved":
        what = f"slot {row.name} is about to be lost: it holds back {text.size(retained)}, more than is kept for it"
        return Severity.CRITICAL, what, "its receiver is too slow, or gone"
    if not row.active and retained >= view.limit("slot_retained"):
        critical = row.unlimited and retained >= view.limit("slot_retained_critical")
        what = f"slot {row.name} is not in use and holds back {text.size(retained)} of WAL"
        limit = (
            "nothing limits it: it fills the disk in the end" if row.unlimited else "max_slot_wal_keep_size limits it"
        )
        return Severity.CRITICAL if critical else Severity.WARNING, what, f"its receiver is gone; {limit}"
    return Severity.OK, "", ""
