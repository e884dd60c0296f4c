"""Growth over weeks: what the history of sizes tells, how sure that is, and that the history stays small."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from gbtui.config.capacity import Capacity
from gbtui.database.database import Database
from gbtui.lifecycle.jobs.registry import JOBS
from gbtui.lifecycle.jobs.running import Outcome, run
from gbtui.lifecycle.sizes import DAYS_KEPT, HOURS_KEPT, OTHERS, TABLES, together
from gbtui.monitor.check import THRESHOLDS, View
from gbtui.monitor.judging.storage import growth
from gbtui.monitor.platform.forecast import Around, Forecast, RawHistory, forecasts, read_at
from gbtui.monitor.platform.savings import Month, Saving, savings
from gbtui.monitor.sample import Sample
from gbtui.monitor.slope import interval
from gbtui.security.audit import Audit
from tests.conftest import Connect
from tests.domain.platform import place

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
GIB = 1 << 30


def history(kind: str, sizes: list[int], grain: str = "day", name: str = "public.clicks") -> RawHistory:
    """Sizes, the last of now."""
    step = timedelta(days=1) if grain == "day" else timedelta(hours=1)
    times = [NOW - step * back for back in range(len(sizes) - 1, -1, -1)]
    return RawHistory(kind, name, grain, times, sizes, 100)


def of(*histories: RawHistory, capacity: Capacity | None = None) -> list[Forecast]:
    return forecasts(histories, NOW, Around(capacity or Capacity()))


def test_steady_growth_is_told_with_its_bounds_and_when_the_disk_is_full() -> None:
    capacity = Capacity("prod", {"data": 200.0 * GIB})
    sizes = [GIB * (40 + day) for day in range(61)]
    (row,) = of(history("databases", sizes, name="all"), capacity=capacity)
    assert row.growth_bytes_per_day == row.least_bytes_per_day == row.most_bytes_per_day == GIB
    assert (row.confidence, row.rests_on, row.size_bytes) == ("high", "60 days", 100 * GIB)
    assert row.full_in_age == pytest.approx(100 * 86400)
    # What WAL takes is on the same disk, unless it has its own.
    both = of(history("databases", sizes, name="all"), history("wal", [50 * GIB] * 61, name="wal"), capacity=capacity)
    assert [one.full_in_age for one in both] == [pytest.approx(50 * 86400), None]
    assert of(history("databases", sizes, name="all"))[0].full_in_age is None


@pytest.mark.parametrize(("capacity", "noise", "found"), [(120, 0, 1), (400, 0, 0), (120, 25 * GIB, 0)])
def test_a_disk_that_is_full_within_a_month_is_found_if_it_is_sure(capacity: int, noise: int, found: int) -> None:
    chance = Random(5)
    sizes = [GIB * 90 + chance.randrange(noise) if noise else GIB * (40 + day) for day in range(60)]
    rows = of(history("databases", sizes, name="all"), capacity=Capacity("prod", {"data": float(capacity * GIB)}))
    view = View({"forecast": Sample("forecast", tuple(rows), NOW)}, lambda _: (), THRESHOLDS, NOW)
    told = [finding.what for finding in growth(view)]
    assert len(told) == found
    assert all("full in 21 d by the last 60 days" in each for each in told)


def test_a_night_of_deletes_and_a_bad_day_do_not_bend_it() -> None:
    sizes = [1000 * day for day in range(40, 80)]
    sizes[12], sizes[30] = 5, 10**9
    (row,) = of(history("table", sizes))
    assert row.growth_bytes_per_day == pytest.approx(1000, rel=0.05)
    assert row.confidence == "high"


def test_what_goes_up_and_down_is_told_with_little_confidence() -> None:
    noise = Random(7)
    (row,) = of(history("table", [noise.randrange(10**6, 2 * 10**6) for _ in range(40)]))
    assert row.confidence == "low"
    assert row.least_bytes_per_day is not None
    assert row.most_bytes_per_day is not None
    assert row.least_bytes_per_day < 0 < row.most_bytes_per_day
    few = of(history("table", [1, 2, 3, 4]))[0]
    assert (few.growth_bytes_per_day, few.confidence, few.rests_on) == (None, "", "")


def test_the_true_slope_lies_within_the_bounds_about_as_often_as_they_say() -> None:
    noise, held = Random(11), 0
    for _ in range(200):
        points = [(float(day), 50.0 * day + noise.gauss(0, 300)) for day in range(30)]
        found = interval(points)
        assert found is not None
        held += found.least <= 50.0 <= found.most
    assert held >= 184  # 95 % of 200 are 190


def test_in_the_first_week_it_rests_on_hours_and_says_so() -> None:
    hours = [GIB + 1000 * hour for hour in range(30)]
    (row,) = of(history("table", hours, "hour"), history("table", hours[::24], "day"))
    assert row.growth_bytes_per_day == pytest.approx(24_000)
    assert (row.confidence, row.rests_on) == ("low", "30 hours")


def test_what_is_gone_is_not_told_and_days_without_a_sample_are_gaps() -> None:
    gone = history("table", [1] * 10, name="public.gone")
    gone = RawHistory(
        **{
            **{name: getattr(gone, name) for name in gone.__slots__},
            "times": [t - timedelta(days=3) for t in gone.times],
        }
    )
    kept = history("table", [5, 6, 7, 8])
    holed = RawHistory("table", "public.holed", "day", [kept.times[0], kept.times[3]], [1, 4], None)
    rows = of(gone, kept, holed)
    assert {row.name for row in rows} == {"public.clicks", "public.holed"}
    assert next(row for row in rows if row.name == "public.holed").daily_bytes == (1, None, None, 4)


def test_partitions_are_one_table_the_small_are_others_and_a_locked_one_stands_as_before() -> None:
    parts = [{"id": n, "name": f"t{n // 2}", "rows": 10.0} for n in range(2 * TABLES + 4)]
    measured = {n: 1000 + n for n in range(2, 2 * TABLES + 4)}
    sizes, held_up = together(parts, measured, {("table", "t0"): 77})
    assert held_up == ["t0"]
    assert len(sizes) == TABLES + 1
    by = {size.name: size for size in sizes}
    assert by["t5"].bytes == 1010 + 1011
    assert by["t5"].rows == 20
    assert by[OTHERS].bytes == 77 + 1002 + 1003


def test_what_retention_would_free_is_estimated_by_months() -> None:
    ends = [datetime(2026, month, 1, tzinfo=UTC) for month in range(3, 9)]
    found = savings([Month("public.message_history", end, 1000, 90) for end in ends], NOW)
    # 2 April is kept, so February and March are past it, and a day or two of April.
    assert found["public.message_history"].by == "kept 90 days"
    assert 2000 <= found["public.message_history"].bytes <= 2150
    old = [Month("gb_meta.audit_log", end, 500, None) for end in (datetime(2025, 3, 1, tzinfo=UTC), ends[0])]
    assert savings(old, NOW)["gb_meta.audit_log"] == Saving(500, "if kept 365 days")


async def test_hours_of_two_weeks_and_days_of_three_years_are_kept_and_no_more(
    dsn: str, connect: Connect, tmp_path: Path
) -> None:
    """Samples of four years; the job is run at the end, once more within the same hour, and the next day."""
    db = await connect(dsn)
    at = await place(db)
    await db.execute(
        """INSERT INTO message_history (session_id, bot_id, message, sender)
           SELECT $1, $2, repeat('x', 500), 'user' FROM generate_series(1, 500)""",
        at.session_id, at.bot_id,
    )  # fmt: skip
    await db.execute("ANALYZE")
    # A year and more of what the hourly job leaves, and days of long ago.
    await db.execute(
        """INSERT INTO gb_meta.size_history (grain, at, kinds, names, bytes, rows)
           SELECT g, t, '{table}', '{public.clicks}', ARRAY[1000 + n], '{1}'
           FROM (VALUES ('hour', interval '1 hour', 24 * 20), ('day', interval '1 day', 1400)) v (g, step, number),
                generate_series(0, number) n,
                LATERAL (SELECT date_trunc(g, $1::timestamptz, 'UTC') - step * n AS t) m""",
        NOW,
    )
    async with Database(dsn, read_only=False) as database:
        audit = Audit(database, tmp_path / "audit.jsonl")
        for moment in (NOW + timedelta(hours=1), NOW + timedelta(hours=1, minutes=20), NOW + timedelta(days=1)):
            result = await run(database, audit, JOBS["sizes"], now=moment)
            assert result.outcome is Outcome.DONE, result.told
        found = await db.fetch("SELECT grain, count(*) FROM gb_meta.size_history GROUP BY grain")
        kept = {row["grain"]: row["count"] for row in found}
        assert kept == {"hour": HOURS_KEPT.days * 24 - 24 + 2 + 1, "day": DAYS_KEPT.days}

        rows = {(row.kind, row.name): row for row in (await read_at(database, NOW + timedelta(days=1))).rows}
        assert {kind for kind, _ in rows} == {"databases", "database", "wal", "written", "table", "tenant"}
        messages = rows["table", "public.message_history"]
        assert messages.size_bytes == await db.fetchval(
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('message_history') WHERE isleaf"
        )
        assert messages.rows_estimate == 500
        assert (messages.saved_bytes, messages.saved_by) == (0, "if kept 365 days")
        tenant = rows["tenant", "acme"]
        assert tenant.org_id == at.org_id
        assert tenant.size_bytes > 500 * 500
        assert rows["written", "wal"].size_bytes > 0
        assert rows["databases", "all"].size_bytes > rows["table", "public.message_history"].size_bytes


async def test_a_locked_table_holds_no_sample_up(dsn: str, connect: Connect, tmp_path: Path) -> None:
    holder = await connect(dsn)
    async with Database(dsn, read_only=False) as database:
        audit = Audit(database, tmp_path / "audit.jsonl")
        await run(database, audit, JOBS["sizes"])
        await holder.execute("BEGIN; LOCK TABLE clicks")
        result = await run(database, audit, JOBS["sizes"], now=datetime.now(UTC) + timedelta(hours=2))
        assert (result.outcome, "1 tables that are locked" in result.told) == (Outcome.DONE, True)
        await holder.execute("ROLLBACK")
    sizes = await holder.fetch(
        """SELECT t.bytes FROM gb_meta.size_history h, unnest(h.names, h.bytes) t (name, bytes)
           WHERE h.grain = 'hour' AND t.name = 'public.clicks'"""
    )
    assert len({row["bytes"] for row in sizes}) == 1
    assert len(sizes) == 2
