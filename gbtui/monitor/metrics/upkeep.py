"""Figures of what must be kept up: vacuum, the xmin horizon, archived WAL, sequences, subscriptions, jobs, growth."""

from collections.abc import Iterator, Mapping
from typing import Final

from gbtui.lifecycle.jobs.standing import JobRow
from gbtui.monitor.metrics.point import Exposed, Point, counter, gauge
from gbtui.monitor.platform.forecast import Forecast
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.archiver import Archiver
from gbtui.monitor.server.horizon import Holder
from gbtui.monitor.server.logical import Subscription
from gbtui.monitor.server.sequences import SequenceRow
from gbtui.monitor.server.vacuum import VacuumRow


def _vacuum(sample: Sample[VacuumRow]) -> Iterator[Point]:
    due = sum(1 for row in sample.rows if row.over >= 1)
    yield gauge("vacuum_tables_due", "Tables past a threshold of autovacuum.", due)
    furthest = max((row.over for row in sample.rows), default=0.0)
    yield gauge("vacuum_furthest_ratio", "Of the table that is furthest: times its threshold.", furthest)
    for row in sample.rows[:1]:  # every row carries it
        yield gauge("vacuum_workers", "Autovacuum workers that run.", row.workers)
        yield gauge("vacuum_workers_max", "Autovacuum workers that may run.", row.max_workers)


def _horizon(sample: Sample[Holder]) -> Iterator[Point]:
    told = "How many transactions back it keeps deleted rows from being removed, by kind of holder."
    for kind in ("backend", "prepared", "slot", "standby"):
        ages = [row.xmin_age for row in sample.rows if row.holder == kind]
        yield gauge("horizon_xmin_age", told, max(ages, default=0), holder=kind)


def _archiver(sample: Sample[Archiver]) -> Iterator[Point]:
    for row in sample.rows:
        yield gauge("archiver_failing", "1 while the last attempt to archive failed.", row.state == "failing")
        yield counter("archiver_archived", "WAL files archived.", row.archived)
        yield counter("archiver_failed", "Attempts to archive that failed.", row.failures)
        yield gauge("archiver_waiting_files", "WAL files that wait to be archived.", row.waiting)
        yield gauge("archiver_waiting_seconds", "How long the oldest of them has waited.", row.oldest_age)


def _sequences(sample: Sample[SequenceRow]) -> Iterator[Point]:
    told = "How much of its values are used, 0 to 1: of sequences, and of integer keys that none fills."
    for row in sample.rows:
        yield gauge("sequence_used_ratio", told, row.used_share, sequence=row.name, kind=row.kind)


def _subscriptions(sample: Sample[Subscription]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"subscription": row.name}
        yield gauge("subscription_enabled", "1 while it is enabled.", row.enabled, **at)
        yield gauge("subscription_up", "1 while a worker applies it.", row.worker_pid is not None, **at)
        yield gauge("subscription_message_age_seconds", "Since its publisher was last heard.", row.message_age, **at)
        yield counter("subscription_apply_errors", "Attempts to apply a change that failed.", row.apply_errors, **at)
        yield counter("subscription_conflicts", "Rows that were not as expected (18).", row.conflicts, **at)


def _jobs(sample: Sample[JobRow]) -> Iterator[Point]:
    for row in sample.rows:
        failed = row.stands in ("failed", "cut off")
        yield gauge(
            "job_failed", "1 while the last run of a background job failed or was cut off.", failed, job=row.job
        )
        done = row.done_at.timestamp() if row.done_at else None
        yield gauge("job_done_time_seconds", "When the last run began that was done.", done, job=row.job)
        late = row.overdue_age or 0.0
        yield gauge("job_overdue_seconds", "Since when a background job is due; 0: it is not.", late, job=row.job)


def _forecast(sample: Sample[Forecast]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"kind": row.kind, "name": row.name}
        told = "How much it grows a day by the sizes of weeks (Theil-Sen)."
        yield gauge("growth_bytes_per_day", told, row.growth_bytes_per_day, **at)
        yield gauge("growth_full_in_seconds", "Until its disk is full at this growth.", row.full_in_age, **at)


UPKEEP: Final[Mapping[str, Exposed]] = {
    "vacuum": Exposed(_vacuum),
    "horizon": Exposed(_horizon),
    "archiver": Exposed(_archiver),
    "jobs": Exposed(_jobs),
    "forecast": Exposed(_forecast, lambda row: float(row.size_bytes)),
    "sequences": Exposed(_sequences, lambda row: row.used_share or 0.0),
    "subscriptions": Exposed(_subscriptions, lambda row: -(row.worker_pid or 0)),
}
