"""Schedules of automations: the platform's grammar, in words, and the next run across changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbtui.domain.schedule import in_words, next_run, zone_of
from gbtui.errors import UsageError
from tests.conftest import Connect

BERLIN = ZoneInfo("Europe/Berlin")  # forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def runs(schedule: str, after: datetime, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    """The next runs as a clock in the zone shows them, with its distance from UTC."""
    found: list[str] = []
    for _ in range(count):
        due = next_run(schedule, after, zone)
        assert due is not None
        found.append(f"{due.astimezone(zone):%m-%d %H:%M %z}")
        after = due
    return found


def test_in_words() -> None:
    assert in_words("0 3 * * *") == "At 03:00 every day"
    assert in_words("@daily") == "At 00:00 every day"
    assert in_words("*/15 9-17 * * mon-fri") == "Every 15th minute from 09:00 through 17:59 on Monday through Friday"


def test_a_job_in_the_hour_that_the_clock_leaves_out_runs_right_after_it() -> None:
    assert runs("30 2 * * *", at("2026-03-28 12:00"), 2) == ["03-29 03:00 +0200", "03-30 02:30 +0200"]


def test_a_job_in_the_hour_that_comes_twice_runs_once() -> None:
    assert runs("30 2 * * *", at("2026-10-24 12:00"), 2) == ["10-25 02:30 +0200", "10-26 02:30 +0100"]


def test_a_job_of_every_so_many_minutes_follows_the_clock_through_both() -> None:
    assert runs("*/30 * * * *", at("2026-03-29 01:15"), 3) == [
        "03-29 01:30 +0100", "03-29 03:00 +0200", "03-29 03:30 +0200",
    ]  # fmt: skip
    twice = runs("*/30 * * * *", at("2026-10-25 01:45"), 4)
    assert twice == ["10-25 02:00 +0200", "10-25 02:30 +0200", "10-25 02:00 +0100", "10-25 02:30 +0100"]


def test_a_time_is_of_the_zone_that_is_named() -> None:
    noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert next_run("0 15 * * *", noon, UTC) == datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
    assert next_run("0 15 * * *", noon, BERLIN) == datetime(2026, 7, 1, 13, 0, tzinfo=UTC)
    assert runs("0 8 * * *", noon, 1, ZoneInfo("Asia/Kathmandu")) == ["07-02 08:00 +0545"]


def test_zones() -> None:
    assert zone_of("Europe/Berlin") == BERLIN
    assert zone_of("utc") is UTC
    assert [zone_of(name) for name in ("Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "a\0b")] == [None] * 5


def test_what_never_comes_is_none_and_what_is_no_schedule_is_refused() -> None:
    assert next_run("0 0 29 2 *", at("2026-01-01 00:00")) == datetime(2028, 2, 29, tzinfo=UTC)
    for wrong in ("0 22-2 * * *", "61 * * * *", "* * * *", "* * * * * *", "@reboot", "", "0 0 31 2 *"):
        with pytest.raises(UsageError):
            in_words(wrong)


_VALUE = {0: (0, 59), 1: (0, 23), 2: (1, 31), 3: (1, 12), 4: (0, 7)}


@st.composite
def fields(draw: st.DrawFn) -> str:
    """Five fields as the platform's grammar builds them, ranges in order."""

    def part(field: int) -> str:
        low, high = _VALUE[field]
        first, last = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
        body = draw(st.sampled_from(["*", f"{first}", f"{first}-{last}", f"{first:02d}" if field < 4 else f"{first}"]))
        return body + draw(st.sampled_from(["", "", f"/{draw(st.integers(1, 99))}"]))

    return " ".join(",".join(part(field) for _ in range(draw(st.integers(1, 3)))) for field in range(5))


@given(written=fields(), offset=st.integers(0, 500_000))
@settings(max_examples=200, deadline=None)
def test_every_next_run_lies_ahead_and_is_said_in_words(written: str, offset: int) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    try:
        words = in_words(written)
    except UsageError as error:
        assert "day-of-month" in error.message  # no month that is named has such a day
        return
    assert words
    due = next_run(written, after, BERLIN)
    assert due is None or due > after


async def test_what_the_database_takes_is_read_here(dsn: str, connect: Connect) -> None:
    connection = await connect(dsn)
    for written in ("5/10 * * * *", "0 9 * * sun", "00 03 1,15 JAN-MAR *", "0  9\t* * 7", "@Weekly", "0 9 * * 5-7"):
        assert await connection.fetchval("SELECT gb_meta.is_cron($1)", written)
        assert in_words(written)
