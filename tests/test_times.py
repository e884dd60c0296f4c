"""Times as typed and as shown."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.errors import UsageError
from gbtui.times import Clock, ago, full, parse, parse_end, rfc3339, seconds, show

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=BERLIN)  # a Monday, 08:30 UTC


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("now", "2026-11-23 08:30"),
        ("10m", "2026-11-23 08:20"),
        ("-10m", "2026-11-23 08:20"),
        ("10 minutes ago", "2026-11-23 08:20"),
        ("1h30m", "2026-11-23 07:00"),
        ("1.5h", "2026-11-23 07:00"),
        ("2d", "2026-11-21 08:30"),
        ("2w ago", "2026-11-09 08:30"),
        ("in 10m", "2026-11-23 08:40"),
        ("09:10", "2026-11-23 08:10"),
        ("9:10", "2026-11-23 08:10"),
        ("14:10", "2026-11-22 13:10"),  # not yet today: yesterday's
        ("14:10:30.25", "2026-11-22 13:10:30.25"),
        ("today 14:10", "2026-11-23 13:10"),
        ("today", "2026-11-22 23:00"),
        ("yesterday", "2026-11-21 23:00"),
        ("yesterday 14:10", "2026-11-22 13:10"),
        ("Yesterday  14:10", "2026-11-22 13:10"),
        ("2026-11-22", "2026-11-21 23:00"),
        ("2026-11-22 14:10", "2026-11-22 13:10"),
        ("2026-07-01 14:10", "2026-07-01 12:10"),  # summer time
        ("2026-11-22T14:10:00Z", "2026-11-22 14:10"),
        ("2026-11-22t14:10:00.123456789z", "2026-11-22 14:10:00.123456"),
        ("2026-11-22T14:10:00-05:30", "2026-11-22 19:40"),
        ("2026-11-22 14:10 +02", "2026-11-22 12:10"),
        ("14:10 UTC", "2026-11-22 14:10"),
        ("yesterday 14:10 America/New_York", "2026-11-22 19:10"),
        ("2026-11-22 UTC", "2026-11-22 00:00"),
        ("  08:00z ", "2026-11-23 08:00"),
    ],
)
def test_what_people_type(typed: str, meant: str) -> None:
    assert parse(typed, NOW, BERLIN) == utc(meant)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "soon", "10", "10x", "25:00", "14:60", "2026-13-01", "2026-11-31", "tomorrow", "14:10 Mars/Base", "UTC",
     "14:10 Europe/..", "9999999999999d", "2026-11-22 14", "ago", "-"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(typed, NOW, BERLIN)
    assert "yesterday 14:10" in refusal.value.hint


def test_without_a_zone_the_machines_own_is_meant() -> None:
    typed = datetime(2026, 11, 22, 14, 10)
    assert parse("2026-11-22 14:10", NOW) == typed.astimezone()


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_what_is_echoed_can_be_typed_again(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    echoed = full(whole, timezone(timedelta(hours=5, minutes=45)))
    assert parse(echoed.split(" ", 1)[1], NOW) == whole
    assert parse(rfc3339(moment), NOW) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse(text, NOW, BERLIN).tzinfo is UTC


def test_the_echo_says_day_and_zone() -> None:
    assert full(utc("2026-11-22 13:10"), BERLIN) == "Sun 2026-11-22 14:10:00 +01:00 (CET)"
    assert full(utc("2026-11-22 13:10"), UTC) == "Sun 2026-11-22 13:10:00 UTC"


@pytest.mark.parametrize(
    ("moment", "clock", "shown"),
    [
        ("2026-11-23 08:29:59", Clock.LOCAL, "09:29:59"),
        ("2026-11-23 08:29:59", Clock.UTC, "08:29:59"),
        ("2026-11-23 08:26:00", Clock.RELATIVE, "4 m"),
        ("2026-11-22 13:10", Clock.LOCAL, "11-22 14:10:00"),
        ("2026-11-22 23:30", Clock.LOCAL, "00:30:00"),
        ("2025-11-22 13:10", Clock.UTC, "2025-11-22 13:10"),
    ],
)
def test_times_are_shown_briefly(moment: str, clock: Clock, shown: str) -> None:
    assert show(utc(moment), NOW, clock, BERLIN) == shown


def test_ages_are_coarse() -> None:
    ages = [ago(size) for size in (0.2, 40.9, 200, 7200, 200_000, -90)]
    assert ages == ["now", "40 s", "3 m", "2 h", "2 d", "in 1 m"]


def test_lengths_of_time() -> None:
    assert [seconds(text) for text in ("5m", "1h 30m", "250ms", "2 days")] == [300, 5400, 0.25, 172800]
    assert [seconds(text) for text in ("5", "m", "", "5 parsecs")] == [None] * 4


@pytest.mark.parametrize(
    ("typed", "start", "meant"),
    [
        ("14:10", "2026-11-23 08:30", "2026-11-23 13:10"),  # not the last one, the next
        ("09:10", "2026-11-23 08:30", "2026-11-24 08:10"),
        ("14:10", "2026-11-20 13:00", "2026-11-20 13:10"),
        ("14:10 UTC", "2026-11-20 14:10", "2026-11-21 14:10"),
        ("yesterday 14:10", "2026-11-20 13:00", "2026-11-22 13:10"),
        ("in 10m", "2026-11-20 13:00", "2026-11-23 08:40"),
        ("10m", "2026-11-20 13:00", "2026-11-23 08:20"),
    ],
)
def test_an_end_is_behind_its_start(typed: str, start: str, meant: str) -> None:
    assert parse_end(typed, NOW, utc(start), BERLIN) == utc(meant)
