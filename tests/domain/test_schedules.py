"""The schedules of automations: how many have each, when next in the bots' own zones, what cannot run as written."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from gbtui.database.database import Database
from gbtui.domain.schedules import RawSchedule, Schedule, schedules
from gbtui.domain.scope import Scope
from gbtui.monitor.check import THRESHOLDS, View
from gbtui.monitor.judging.schedules import schedules as judge
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from tests.conftest import Connect
from tests.domain.platform import place

NOW = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
"""The day before clocks in Berlin leave out the hour from two to three."""


def of(schedule: str, zone: str = "", now: datetime = NOW) -> Schedule:
    (made,) = schedules([RawSchedule(schedule, zone, 3, 1, UUID(int=1), "report of support", now)])
    return made


@pytest.mark.parametrize(
    ("schedule", "zone", "now", "due"),
    [
        ("0 9 * * *", "", NOW, "2026-03-29 09:00"),
        ("0 9 * * *", "Europe/Berlin", NOW, "2026-03-29 07:00"),
        # Half past two does not come on that night: it runs when the clock has passed it.
        ("30 2 * * *", "Europe/Berlin", NOW, "2026-03-29 01:00"),
        # It comes twice on this one: the first of them.
        ("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), "2026-10-25 00:30"),
        # And when that is past, not again in the second.
        ("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 25, 0, 45, tzinfo=UTC), "2026-10-26 01:30"),
        ("*/30 * * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, 14, 45, tzinfo=UTC), "2026-04-04 15:00"),
        ("@weekly", "America/Sao_Paulo", NOW, "2026-03-29 03:00"),
    ],
)
def test_the_next_run_is_of_the_zone_and_of_its_changes_of_the_clock(
    schedule: str, zone: str, now: datetime, due: str
) -> None:
    made = of(schedule, zone, now)
    assert made.next_run is not None
    assert f"{made.next_run:%Y-%m-%d %H:%M}" == due
    assert not made.invalid


@pytest.mark.parametrize(
    ("schedule", "zone", "trouble", "runs"),
    [
        ("0 9 * * *", "Mars/Olympus", "Mars/Olympus is no time zone: it is read in UTC", True),
        ("0 0 31 2 *", "", "day-of-month", False),
        ("99 * * * *", "UTC", "minute", False),
    ],
)
def test_what_cannot_run_as_written_says_why(schedule: str, zone: str, trouble: str, runs: bool) -> None:
    made = of(schedule, zone)
    assert trouble in made.trouble
    assert made.invalid
    assert (made.next_run is not None) == runs


async def test_those_of_a_real_platform_are_counted_scoped_and_found(dsn: str, connect: Connect) -> None:
    db = await connect(dsn)
    acme, globex = await place(db, "acme"), await place(db, "globex")
    await db.execute(
        """INSERT INTO bot_configuration (bot_id, key, value)
           VALUES ($1, 'timezone', 'Asia/Kolkata'), ($2, 'tz', 'Nowhere')""",
        acme.bot_id, globex.bot_id,
    )  # fmt: skip
    for bot, name, schedule, active in (
        (acme.bot_id, "daily", "0 9 * * *", True),
        (acme.bot_id, "also", "0 9 * * *", True),
        (acme.bot_id, "off", "0 0 31 2 *", False),
        (acme.bot_id, "never", "0 0 30 2 *", True),
        (globex.bot_id, "their", "@hourly", True),
    ):
        await db.execute(
            "INSERT INTO system_automations (bot_id, name, schedule, script, active) VALUES ($1, $2, $3, 'PRINT', $4)",
            bot, name, schedule, active,
        )  # fmt: skip
    async with Database(dsn) as database:
        monitor = Monitor(database)
        whole = await monitor.once("schedules")
        assert [(row.schedule, row.zone, row.automations, row.invalid) for row in whole.rows] == [
            ("@hourly", "Nowhere", 1, True),
            ("0 0 30 2 *", "Asia/Kolkata", 1, True),
            ("0 9 * * *", "Asia/Kolkata", 2, False),
        ]
        daily = whole.rows[2]
        assert daily.next_run is not None
        assert f"{daily.next_run:%H:%M}" == "03:30"
        assert daily.example in ("daily of support-acme", "also of support-acme")
        own = await monitor.once("schedules", Scope(acme.org_id, "acme"))
        assert {row.zone for row in own.rows} == {"Asia/Kolkata"}
        await monitor.stop()
    (found,) = judge(View({"schedules": Sample("schedules", whole.rows, NOW)}, lambda _: (), THRESHOLDS, NOW))
    assert found.what.startswith("2 active automations cannot run as written: their of support-globex, @hourly")
    assert found.narrow == "is:invalid"
    assert list(judge(View({"schedules": Sample("schedules", own.rows[1:], NOW)}, lambda _: (), THRESHOLDS, NOW))) == []
