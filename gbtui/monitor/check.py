"""What a check is, what it may look at, and its limits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from gbtui.errors import UsageError
from gbtui.filters import quantity
from gbtui.monitor.finding import Finding
from gbtui.monitor.sample import Sample

MIB: Final = 1024.0**2
GIB: Final = 1024.0**3

THRESHOLDS: Final[Mapping[str, float]] = MappingProxyType(
    {
        # Share of the slots open to everybody. 80 and 95 % are check_postgres's (backends) defaults, near enough.
        "connections": 0.80,
        "connections_critical": 0.95,
        # Seconds. Most guides set idle_in_transaction_session_timeout to one to five minutes.
        "idle_in_transaction": 60.0,
        "idle_in_transaction_critical": 900.0,
        # Seconds somebody waits for a lock: past deadlock_timeout (1 s) and human patience.
        "blocked": 5.0,
        "blocked_critical": 60.0,
        # Sessions that wait at once, whatever their age.
        "blocked_sessions_critical": 10.0,
        # Seconds a transaction of a client runs: from here on it keeps vacuum from its work noticeably.
        "long_transaction": 1800.0,
        # Times autovacuum_freeze_max_age: forced vacuums should have brought the age down before.
        "wraparound": 1.1,
        # Dead rows from which on a table is worth a word, and times its autovacuum threshold.
        "vacuum_dead": 10_000.0,
        "vacuum_over": 3.0,
        # Transactions that the xmin horizon lies back: an hour on a busy server; half of what forces autovacuum.
        "horizon": 5_000_000.0,
        "horizon_critical": 100_000_000.0,
        # Seconds a prepared transaction is left alone: its coordinator should be back within moments.
        "prepared": 600.0,
        "prepared_critical": 86400.0,
        # Seconds and bytes a standby is behind; a failover now would lose or delay so much.
        "replication_lag": 30.0,
        "replication_lag_critical": 300.0,
        "replication_bytes": GIB,
        # Seconds without an answer of a standby: it is asked at the latest after half of wal_sender_timeout (60 s).
        "replication_silence": 45.0,
        # WAL files that wait for the archiver (16 MB each), and seconds since it works in vain.
        "archive_waiting": 32.0,
        "archive_failing_critical": 900.0,
        # Share of a sequence's range, or of its column's, that is used up.
        "sequences": 0.80,
        "sequences_critical": 0.95,
        # Bytes of WAL an unused slot holds back; a slot without limit fills the disk in the end.
        "slot_retained": GIB,
        "slot_retained_critical": 10 * GIB,
        # Share of a disk whose capacity is known, and seconds until it is full at the present pace.
        "space": 0.90,
        "space_critical": 0.95,
        "time_to_full": 86400.0,
        "time_to_full_critical": 14400.0,
        # Seconds until a disk is full by the growth of the last weeks: to order and build in a larger one takes weeks.
        "full_within": 30 * 86_400.0,
        # Bytes of temporary files of one backend.
        "temp_files": 10 * GIB,
        "temp_files_critical": 100 * GIB,
        # Seconds between checkpoints that were requested; the server itself complains below checkpoint_warning (30 s).
        "checkpoint_every": 60.0,
        # Seconds that the first client waits at pgbouncer for a server connection; it is refused after 120.
        "pgbouncer_wait": 5.0,
        "pgbouncer_wait_critical": 30.0,
        # Statements cancelled on a standby within ten minutes (or as long as gbtui has watched).
        "conflicts": 5.0,
        # Deadlocks within ten minutes (or as long as gbtui has watched).
        "deadlocks": 5.0,
        # Seconds that a job is overdue: whoever runs them looks every few minutes; two days miss a nightly job twice.
        "job_late": 10_800.0,
        "job_late_critical": 172_800.0,
        # Whole months of partitions after the current one.
        "partition_months": 1.0,
        # Seconds without a word after which a bot may be called silent, and times its usual gap: the median of the gaps
        # between its last messages, so many of them.
        "silence": 60.0,
        "silence_gaps": 20.0,
        "silence_messages": 100.0,
        # Times the longest gap among these messages: from here on a silence warns, before it is a note.
        "silence_pauses": 3.0,
        # Seconds without a word after which a bot is out of use: neither silent, nor does anybody wait for it.
        "answered": 86400.0,
        # Seconds a user waits for an answer; after so many without a further word the user has gone.
        "waiting": 60.0,
        "abandoned": 900.0,
        # So many sessions that wait are a finding, or such a share of a bot's active ones; and so many a critical one.
        "waiting_sessions": 3.0,
        "waiting_share": 0.20,
        "waiting_sessions_critical": 20.0,
    }
)
"""Every limit by name, as a profile may override it."""


@dataclass(frozen=True, slots=True)
class View:
    """All a check may look at: the samples, what was kept of them, the limits, the time."""

    samples: Mapping[str, Sample[Any]]
    history: Callable[[str], tuple[Sample[Any], ...]]
    thresholds: Mapping[str, float]
    now: datetime

    def rows(self, probe: str) -> tuple[Any, ...]:
        """The rows of a probe; none if it never answered."""
        sample = self.samples.get(probe)
        return sample.rows if sample else ()

    def limit(self, name: str) -> float:
        """A limit: the profile's, else the default."""
        return self.thresholds.get(name, THRESHOLDS[name])


@dataclass(frozen=True, slots=True)
class Check:
    """One judgement of what some probes found."""

    name: str
    title: str
    probes: tuple[str, ...]
    """It runs when one of them has answered anew and all have answered once."""
    judge: Callable[[View], Iterable[Finding]] = field(repr=False)

    def ready(self, view: View) -> bool:
        """Whether all it rests on has answered at least once."""
        return all((sample := view.samples.get(name)) is not None and sample.taken_at for name in self.probes)


def limits(given: Mapping[str, float | str]) -> dict[str, float]:
    """A profile's thresholds as numbers; a limit may be written "5m" or "2GB". UsageError for what is none."""
    found = {}
    for name, value in given.items():
        if name not in THRESHOLDS:
            raise UsageError("No such threshold", name, f"there are: {', '.join(THRESHOLDS)}")
        number = quantity(value) if isinstance(value, str) else float(value)
        if number is None:
            raise UsageError("Not a limit", f"{name} = {value!r}", 'write a number, or one with a unit: "5m", "2GB"')
        found[name] = number
    return found
