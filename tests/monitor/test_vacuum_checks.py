"""What is found about vacuum and the horizon: which table or holder, why, how bad, what to do."""

from datetime import timedelta
from typing import Any

import pytest

from gbtui.monitor.finding import Severity
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.databases import DatabaseRow
from gbtui.monitor.server.horizon import Holder
from gbtui.monitor.server.vacuum import VacuumRow
from gbtui.monitor.server.wraparound import WraparoundRow
from tests.monitor.conftest import watching
from tests.monitor.sessions import cast
from tests.monitor.test_checks import NOW, judged, made, severities
from tests.waiting import until

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


def table(name: str = "messages", **values: Any) -> VacuumRow:
    given: dict[str, Any] = {
        "over": 12.0,
        "dead_rows": 50_000,
        "max_workers": 3,
        "statement": f"VACUUM (VERBOSE) public.{name};",
    }
    given |= values
    return made(VacuumRow, table=name, **({"dead_threshold": given["dead_rows"] / given["over"]} | given))


HOLDER = made(
    Holder, holder="backend", name="report", pid=7, state="active", holds="this database", xmin_age=900, held_age=60.0,
    advice="cancel pid 7, if nobody waits for its result", statement="SELECT pg_cancel_backend(7);",
)  # fmt: skip


def test_a_queue_behind_busy_workers_names_them() -> None:
    rows = [table(workers=3), table("orders", pid=9, workers=3), table("small", over=50.0, dead_rows=100)]
    (found,) = judged("vacuum", vacuum=rows, horizon=[])
    assert (found.severity, found.subject) == (WARNING, "messages")
    assert "50,000 dead rows, 12 times its threshold" in found.what
    assert found.why == "all 3 autovacuum workers of the server are busy, here with orders"
    assert found.statement == "VACUUM (VERBOSE) public.messages;"


def test_a_vacuum_that_ran_and_removed_nothing_leads_to_who_holds_the_horizon() -> None:
    (found,) = judged("vacuum", vacuum=[table(vacuumed_age=120.0)], horizon=[HOLDER])
    assert found.severity is WARNING
    assert "pid 7 (report, active)" in found.why
    assert found.advice.endswith(HOLDER.advice)
    elsewhere = made(Holder, holder="backend", holds="database other", xmin_age=900)
    (found,) = judged("vacuum", vacuum=[table(vacuumed_age=120.0)], horizon=[elsewhere])
    assert "horizon" not in found.advice, "what another database's session sees keeps nothing here"


def test_a_table_that_has_just_become_due_is_a_note_and_one_that_stays_due_warns() -> None:
    (found,) = judged("vacuum", vacuum=[table()], horizon=[])
    assert found.severity is INFO
    assert "no worker runs at all" in found.why
    kept = [Sample("vacuum", ("messages",), NOW - timedelta(minutes=minutes)) for minutes in (7, 6, 1)]
    (found,) = judged("vacuum", history=kept, vacuum=[table()], horizon=[])
    assert found.severity is WARNING
    assert judged("vacuum", vacuum=[table(over=2.9)], horizon=[]) == []
    inserts = table(dead_rows=20_000, dead_threshold=2_000_000.0, due="inserts")
    assert judged("vacuum", vacuum=[inserts], horizon=[]) == [], "it has few dead rows for its size"
    assert judged("vacuum", vacuum=[table(pid=5)], horizon=[]) == [], "it is being vacuumed"


def test_a_table_that_autovacuum_is_kept_from_is_found_from_its_threshold_on() -> None:
    off = table(off="table", over=1.0, statement="ALTER TABLE public.messages RESET (autovacuum_enabled);")
    (found,) = judged("vacuum", vacuum=[off, table("other", off="table", dead_rows=20_000)], horizon=[])
    assert (found.severity, found.subject, found.statement) == (WARNING, "messages", off.statement)
    assert "and 1 more table" in found.what


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"xmin_age": 4_999_999}, []),
        ({"xmin_age": 5_000_000}, [WARNING]),
        ({"xmin_age": 200_000_000}, [CRITICAL]),
        ({"holder": "prepared", "held_age": 700.0}, [WARNING]),
        ({"holder": "prepared", "held_age": 90_000.0}, [CRITICAL]),
        ({"holder": "prepared", "held_age": 90_000.0, "xmin_age": 6_000_000}, [WARNING]),
        ({"holder": "slot", "held_age": 90_000.0}, []),
    ],
)
def test_holders_are_judged_by_age_and_prepared_ones_by_time(values: dict[str, Any], severity: list[Severity]) -> None:
    given = {"name": "x", "holds": "this database", "holder": "backend", "state": "active"}
    assert severities(judged("horizon", horizon=[made(Holder, **(given | values))])) == severity


def test_ids_that_grow_old_in_this_database_lead_to_the_oldest_table() -> None:
    limits = {"freeze_max_age": 2 * 10**8, "mxid_freeze_max_age": 4 * 10**8}
    row = made(DatabaseRow, name="app", xid_age=3 * 10**8, failsafe_age=16 * 10**8, mxid_failsafe_age=1, **limits)
    oldest = [made(WraparoundRow, table=name, database="app", statement=f"VACUUM {name}") for name in ("a", "b")]
    (found,) = judged("wraparound", databases=[row], wraparound=oldest)
    assert (found.screen, found.statement) == ("wraparound", "VACUUM a")
    assert found.advice.endswith("the oldest tables of this database: a, b")
    temp = made(WraparoundRow, table="pg_temp_3.t", database="app", temporary=True)
    (found,) = judged("wraparound", databases=[row], wraparound=[temp, oldest[1]])
    assert found.advice.endswith("t (temporary: only its own session can vacuum it, or end and so drop it), b")
    assert found.statement == "VACUUM b"
    other = made(DatabaseRow, **{f: getattr(row, f) for f in DatabaseRow.__dataclass_fields__} | {"name": "other"})
    (found,) = judged("wraparound", databases=[other], wraparound=oldest)
    assert (found.screen, found.statement) == ("databases", "VACUUM (FREEZE, VERBOSE);")


async def test_dead_rows_behind_an_old_snapshot_on_a_real_server(place: str) -> None:
    """The whole incident: rows die, a report's snapshot keeps them, the vacuum that ran could remove nothing."""
    async with cast(place) as scene, watching(place) as monitor:
        await scene.enter("CREATE TABLE big (id int) WITH (autovacuum_vacuum_scale_factor = 0)")
        report = await scene.enter("BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT 1", application="report")
        await scene.enter("INSERT INTO big SELECT generate_series(1, 20000)")
        worker = await scene.enter("DELETE FROM big")
        await worker.execute("SELECT pg_stat_force_next_flush()")
        await worker.execute("VACUUM big")
        await monitor.once("horizon")
        await monitor.once("vacuum")
        (found,) = [finding for finding in monitor.findings if finding.check == "vacuum"]
        assert found.subject == "big"
        assert f"pid {report.get_server_pid()} (report, idle in transaction)" in found.why
        assert f"terminate pid {report.get_server_pid()}" in found.advice
        report.terminate()

        async def removed() -> bool:
            await worker.execute("VACUUM big")
            await monitor.once("horizon")
            await monitor.once("vacuum")
            return not [finding for finding in monitor.findings if finding.check == "vacuum"]

        await until(removed)
