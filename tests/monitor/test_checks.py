"""The judgements: what is found, how badly, on which object, and what is advised."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from gbtui.database.pgbouncer import Pool
from gbtui.errors import UsageError
from gbtui.lifecycle.partitions import Headroom
from gbtui.monitor.check import GIB, THRESHOLDS, Check, View, limits
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.platform.migrations import MigrationRow
from gbtui.monitor.probes import PROBES
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.checkpoints import Checkpoints
from gbtui.monitor.server.connections import Connections
from gbtui.monitor.server.databases import DatabaseRow
from gbtui.monitor.server.errors import Errors
from gbtui.monitor.server.locks import LockRow, tree
from gbtui.monitor.server.rates import Rates
from gbtui.monitor.server.replication import Follower, Slot, Standby
from gbtui.monitor.server.settings import Setting
from gbtui.monitor.server.storage import Place
from gbtui.monitor.server.temp_files import TempFiles
from tests.monitor.conftest import one
from tests.monitor.sessions import cast
from tests.waiting import until

R = TypeVar("R")
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
OK, INFO, WARNING, CRITICAL = Severity.OK, Severity.INFO, Severity.WARNING, Severity.CRITICAL
BY_NAME: dict[str, Check] = {check.name: check for check in CHECKS}


def made(record: type[R], **values: Any) -> R:
    """A record with nothing in it but what is given."""
    blank: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False, tuple[int, ...]: (), tuple[str, ...]: ()}
    return record(**{field.name: blank.get(field.type) for field in fields(record)} | values)  # type: ignore[arg-type]


def judged(
    check: str, limit: dict[str, float] | None = None, history: Sequence[Sample[Any]] = (), **rows: Sequence[Any]
) -> list[Finding]:
    samples = {name: Sample(name, tuple(found), NOW) for name, found in rows.items()}
    view = View(samples, lambda _: tuple(history), limit or {}, NOW)
    return list(BY_NAME[check].judge(view))


def severities(found: Sequence[Finding]) -> list[Severity]:
    return [finding.severity for finding in found]


@pytest.mark.parametrize(("used", "severity"), [(77, []), (78, [WARNING]), (93, [CRITICAL]), (97, [CRITICAL])])
def test_reserved_slots_do_not_count_as_free(used: int, severity: list[Severity]) -> None:
    row = made(Connections, used=used, idle=40, max_connections=100, reserved=3, most_of="api")
    found = judged("connections", connections=[row])
    assert severities(found) == severity
    if found:
        assert f"{used} of 97 connection slots are taken, 40 of them idle" in found[0].what
        assert "api's" in found[0].why


@pytest.mark.parametrize(("used", "left"), [(98, "only superusers' reserved ones"), (100, "not even one")])
def test_never_more_slots_are_taken_than_there_are(used: int, left: str) -> None:
    row = made(Connections, used=used, max_connections=100, reserved=3, most_of="api")
    (found,) = judged("connections", connections=[row])
    assert found.severity is CRITICAL
    assert f"{used} of 100 connection slots are taken" in found.what
    assert left in found.what


def test_the_longest_idle_transaction_is_named_and_cancel_is_not_advised() -> None:
    idle = [
        made(Backend, pid=pid, state="idle in transaction", state_age=age, application="api", tenant="acme")
        for pid, age in ((1, 59.0), (2, 61.0), (3, 1000.0))
    ]
    (found,) = judged("idle_in_transaction", activity=idle)
    assert (found.severity, found.subject, found.statement) == (CRITICAL, "3", "SELECT pg_terminate_backend(3);")
    assert "pid 3 (api, acme)" in found.what
    assert "1 more" in found.what
    assert found.since == NOW - timedelta(seconds=1000)
    assert severities(judged("idle_in_transaction", activity=idle[:1])) == []
    assert severities(judged("idle_in_transaction", {"idle_in_transaction": 10}, activity=idle[:1])) == [WARNING]


def test_an_aborted_transaction_counts_too() -> None:
    (found,) = judged(
        "idle_in_transaction", activity=[made(Backend, pid=1, state="idle in transaction (aborted)", state_age=70.0)]
    )
    assert "after an error" in found.what


def waiter(pid: int, *behind: int, **more: Any) -> LockRow:
    more.setdefault("query", "SELECT * FROM t")
    return made(LockRow, pid=pid, blocked_by=behind, state="active", wait_age=10.0, **more)


def root(pid: int, state: str = "active", **more: Any) -> LockRow:
    return made(LockRow, pid=pid, state=state, state_age=9.0, transaction_age=90.0, **more)


def test_a_waiting_alter_is_cancelled_before_a_running_root_is_killed() -> None:
    alter = waiter(3, 1, 2, query="/*tenant='acme'*/ ALTER TABLE bots ADD x int", relation="public.bots")
    readers = [waiter(pid, 3, query="/*tenant='acme'*/ SELECT 1") for pid in (4, 5, 6)]
    (found,) = judged("blocked", locks=tree([root(1), root(2), alter, *readers]))
    assert (found.subject, found.statement) == ("3", "SELECT pg_cancel_backend(3);")
    assert "3 sessions (all acme's) wait up to 10 s" in found.what
    assert "ALTER TABLE" in found.what
    assert "which waits itself: frees 3" in found.advice


def test_a_root_that_frees_alone_is_named_and_one_idle_is_terminated() -> None:
    (found,) = judged("blocked", locks=tree([root(1, "idle in transaction"), waiter(2, 1), waiter(3, 1)]))
    assert found.statement == "SELECT pg_terminate_backend(1);"
    assert "frees 2" in found.advice


def test_with_two_roots_nobody_is_said_to_be_freed() -> None:
    (found,) = judged("blocked", locks=tree([root(1), root(2), waiter(3, 1, 2)]))
    assert "frees nobody yet" in found.advice


def test_a_prepared_transaction_is_rolled_back_by_name() -> None:
    blocked = made(LockRow, pid=3, blocked_by=(0,), prepared=("it's old",), wait_age=90.0, state="active")
    (found,) = judged("blocked", locks=tree([blocked]))
    assert (found.severity, found.statement) == (CRITICAL, "ROLLBACK PREPARED 'it''s old';")


def test_a_short_wait_is_nothing_and_a_crowd_is_at_once() -> None:
    soon = [root(1), made(LockRow, pid=2, blocked_by=(1,), wait_age=1.0)]
    assert judged("blocked", locks=tree(soon)) == []
    crowd = [root(1), *(made(LockRow, pid=pid, blocked_by=(1,), wait_age=0.5) for pid in range(2, 14))]
    assert severities(judged("blocked", locks=tree(crowd))) == [CRITICAL]


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"xid_age": 150_000_000}, []),
        ({"xid_age": 230_000_000}, [WARNING]),
        ({"xid_age": 1_700_000_000}, [CRITICAL]),
        ({"mxid_age": 450_000_000}, [WARNING]),
        ({"mxid_age": 1_700_000_000, "xid_age": 1_700_000_000}, [CRITICAL, CRITICAL]),
    ],
)
def test_ids_that_grow_old(values: dict[str, int], severity: list[Severity]) -> None:
    row = made(
        DatabaseRow,
        name="app",
        freeze_max_age=200_000_000,
        failsafe_age=1_600_000_000,
        mxid_freeze_max_age=400_000_000,
        mxid_failsafe_age=1_600_000_000,
        **values,
    )
    assert severities(judged("wraparound", databases=[row], wraparound=[])) == severity


def test_a_dead_receiver_is_found_however_small_the_delay_looks() -> None:
    dead = made(Standby, receiver="", has_sender=True, replay_delay=0.0)
    assert severities(judged("standby", standby=[dead])) == [CRITICAL]
    shipped = made(Standby, receiver="", has_sender=False, replay_delay=50.0)
    assert judged("standby", standby=[shipped]) == [], "a standby that lives from an archive alone has no receiver"
    late = made(Standby, receiver="streaming", has_sender=True, replay_delay=50.0, paused=True)
    (found,) = judged("standby", standby=[late])
    assert (found.severity, found.why) == (WARNING, "replay is paused")


def test_a_standby_behind_by_time_or_by_bytes() -> None:
    assert judged("replication_lag", replication=[made(Follower, name="b", replay_lag=29.0, behind_bytes=10**6)]) == []
    assert severities(judged("replication_lag", replication=[made(Follower, replay_lag=31.0)])) == [WARNING]
    assert severities(judged("replication_lag", replication=[made(Follower, replay_lag=301.0)])) == [CRITICAL]
    assert severities(judged("replication_lag", replication=[made(Follower, behind_bytes=2 * 1024**3)])) == [WARNING]
    backup = made(Follower, state="backup", behind_bytes=2 * 1024**3)
    assert judged("replication_lag", replication=[backup]) == []


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"active": True, "retained_bytes": int(50 * GIB), "unlimited": True}, []),
        ({"retained_bytes": int(GIB) - 1, "unlimited": True}, []),
        ({"retained_bytes": int(2 * GIB), "unlimited": True}, [WARNING]),
        ({"retained_bytes": int(20 * GIB), "unlimited": True}, [CRITICAL]),
        ({"retained_bytes": int(20 * GIB), "unlimited": False}, [WARNING]),
        ({"wal_status": "unreserved", "active": True}, [CRITICAL]),
        ({"wal_status": "lost"}, [CRITICAL]),
    ],
)
def test_slots_that_hold_wal_back(values: dict[str, Any], severity: list[Severity]) -> None:
    found = judged("slots", slots=[made(Slot, name="s", **values)])
    assert severities(found) == severity
    assert all(bool(one.statement) is not values.get("active", False) for one in found), "none in use is dropped"


def test_deadlocks_are_counted_over_ten_minutes() -> None:
    def window(minutes: float, deadlocks: int) -> Sample[Rates]:
        row = made(Rates, deadlocks=deadlocks)
        return Sample("rates", (row,), NOW - timedelta(minutes=minutes), window=1.0)

    kept = [window(20, 50), window(5, 1), window(1, 0)]
    (found,) = judged("deadlocks", history=kept, rates=[])
    assert (found.severity, found.what[:10]) == (INFO, "1 deadlock")
    assert severities(judged("deadlocks", history=[*kept, window(0, 4)], rates=[])) == [WARNING]
    assert judged("deadlocks", history=kept[:1], rates=[]) == []


def test_migrations_that_are_missing_or_were_changed() -> None:
    rows = [
        made(MigrationRow, version="3", state="pending"),
        made(MigrationRow, version="2", state="applied", drifted=("up.sql",)),
        made(MigrationRow, version="1", state="unknown"),
    ]
    found = judged("migrations", migrations=rows)
    assert [(f.subject, f.severity) for f in found] == [("pending", WARNING), ("2", WARNING), ("unknown", INFO)]


@pytest.mark.parametrize(
    ("months", "days", "severity"), [(3, 100, []), (0, 20, [WARNING]), (0, 3, [CRITICAL]), (-1, -2, [CRITICAL])]
)
def test_partitions_that_run_out(months: int, days: int, severity: list[Severity]) -> None:
    until = NOW + timedelta(days=days)
    row = made(Headroom, schema="public", table="message_history", months_ahead=months, covered_until=until)
    found = judged("partitions", partitions=[row])
    assert severities(found) == severity
    if days < 0:
        assert "inserts of today fail" in found[0].what


def test_settings_that_risk_data_and_those_that_wait() -> None:
    rows = [
        made(Setting, name="fsync", value="off", source="configuration file"),
        made(Setting, name="work_mem", value="64"),
        made(Setting, name="shared_buffers", value="1", pending_restart=True),
    ]
    found = judged("settings", settings=rows)
    assert [(f.subject, f.severity) for f in found] == [("fsync", CRITICAL), ("pending restart", INFO)]
    assert "shared_buffers" in found[1].what


def test_every_check_rests_on_probes_that_always_run_and_every_finding_leads_somewhere() -> None:
    assert {name for check in CHECKS for name in check.probes} <= {p.name for p in PROBES.values() if p.always}
    assert len(BY_NAME) == len(CHECKS)


def test_limits_come_from_the_profile_in_human_units() -> None:
    assert limits({"blocked": "2m", "slot_retained": "2GB", "connections": 0.5}) == {
        "blocked": 120.0,
        "slot_retained": 2 * GIB,
        "connections": 0.5,
    }
    assert limits({}) == {}
    with pytest.raises(UsageError, match="connections"):
        limits({"conections": 0.5})
    with pytest.raises(UsageError, match="soon"):
        limits({"blocked": "soon"})
    assert all(value > 0 for value in THRESHOLDS.values())


async def test_an_incident_on_a_real_server_becomes_a_finding(place: str, monitor: Monitor) -> None:
    watched = Monitor(monitor._pace.database, thresholds={"blocked": 0.01})
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t (a int)")
        blocker = await scene.enter("BEGIN", "LOCK TABLE t")
        await scene.wait("SELECT * FROM t")

        async def found() -> bool:
            await one(watched, "locks")
            return bool(watched.findings)

        await until(found)
        (finding,) = watched.findings
        assert finding.subject == str(blocker.get_server_pid())
        assert finding.statement is not None
        await scene.opened[0].execute(finding.statement)

        async def gone() -> bool:
            await watched.once("locks")
            return not watched.findings

        await until(gone)


def disk(**values: Any) -> Place:
    return Place(
        "data",
        5,
        capacity_bytes=1000,
        disk="/",
        capacity_from="disk",
        **{"free_bytes": 500, "measurements": 20} | values,
    )


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        (disk(), []),
        (disk(free_bytes=90), [WARNING]),
        (disk(free_bytes=40), [CRITICAL]),
        (disk(full_in_age=3600.0 * 20, window=600.0, growth_bytes_per_min=1e9), [WARNING]),
        (disk(full_in_age=3600.0, window=600.0, growth_bytes_per_min=1e9), [CRITICAL]),
        (disk(full_in_age=3600.0, window=90.0, growth_bytes_per_min=1e9), []),
        (disk(full_in_age=3600.0, window=600.0, measurements=5, growth_bytes_per_min=1e9), []),
        (Place("data", 10**15), []),
    ],
)
def test_a_disk_is_full_or_soon_on_a_sound_base(row: Place, severity: list[Severity]) -> None:
    assert severities(judged("space", storage=[row])) == severity


def test_places_of_one_disk_are_one_finding_that_says_what_fills_it() -> None:
    wal = replace(disk(free_bytes=90, growth_bytes_per_min=2e9, window=600.0), place="wal")
    (found,) = judged("space", storage=[disk(free_bytes=90), wal])
    assert "the disk of data, wal (/) is 91 % full" in found.what
    assert "wal grows by +1.9 GB/min (20 measurements over 10 m)" in found.why
    assert "wal_held" in found.advice


@pytest.mark.parametrize(("state", "act"), [("active", "cancel"), ("idle in transaction", "terminate")])
def test_large_temporary_files_and_the_act_that_frees_them(state: str, act: str) -> None:
    row = made(TempFiles, pid=7, size_bytes=int(11 * GIB), state=state, application="report", written_at=NOW)
    (found,) = judged("temp_files", temp_files=[row, replace(row, pid=8, size_bytes=5)])
    assert (found.severity, found.subject, found.statement) == (WARNING, "7", f"SELECT pg_{act}_backend(7);")
    assert "pid 7 (report) has 11.0 GB of temporary files" in found.what


@pytest.mark.parametrize(
    ("timed", "requested", "every", "severity"),
    [(5, 1, 250.0, []), (1, 9, 30.0, [WARNING]), (1, 9, 200.0, [INFO]), (0, 2, 10.0, []), (1, 9, 301.0, [])],
)
def test_requested_checkpoints(timed: int, requested: int, every: float, severity: list[Severity]) -> None:
    values = {"timed": timed, "requested": requested, "every_age": every, "timeout_age": 300.0}
    row = made(Checkpoints, **values, max_wal_bytes=int(GIB), backend_fsyncs=0)
    samples = {"checkpoints": Sample("checkpoints", (row,), NOW, 1800.0)}
    found = list(BY_NAME["checkpoints"].judge(View(samples, lambda _: (), {}, NOW)))
    assert severities(found) == severity
    if found:
        assert found[0].statement == "ALTER SYSTEM SET max_wal_size = '2GB'; SELECT pg_reload_conf();"


def test_fsyncs_by_sessions() -> None:
    row = made(Checkpoints, backend_fsyncs=3)
    view = View({"checkpoints": Sample("checkpoints", (row,), NOW, 1800.0)}, lambda _: (), {}, NOW)
    (found,) = BY_NAME["checkpoints"].judge(view)
    assert "fsync 3 times by themselves in the last 30 m" in found.what


def test_statements_cancelled_on_a_standby_by_kind() -> None:
    row = made(Errors, database="app", conflicts=6, conflict_kinds="snapshot 6")
    view = View({"errors": Sample("errors", (row,), NOW, 600.0)}, lambda _: (), {}, NOW)
    (found,) = BY_NAME["conflicts"].judge(view)
    assert (found.severity, found.subject) == (WARNING, "app")
    assert "6 statements cancelled within the last 10 minutes so that replay could go on (snapshot 6)" in found.what


@pytest.mark.parametrize(("wait", "severity"), [(4.0, []), (6.0, [WARNING]), (31.0, [CRITICAL])])
def test_clients_that_wait_at_pgbouncer(wait: float, severity: list[Severity]) -> None:
    row = made(Pool, database="app", user="api", cl_waiting=12, maxwait=wait, sv_active=20)
    found = judged("pgbouncer", pgbouncer=[row])
    assert severities(found) == severity
    if found:
        assert "12 clients of api wait at pgbouncer for app" in found[0].what
