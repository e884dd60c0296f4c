"""The window of rates: it reaches back as far as asked or says how far, and never over a reset."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.errors import UsageError
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import LAST, OPENED, RESET, SPANS, Moment, Ring, Window, counted, growth, seen, span_of, told

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = span_of("1m")


def moment(seconds: float, epoch: str = "", **counters: int) -> Moment[str, int]:
    return Moment(START + timedelta(seconds=seconds), counters, epoch, START - timedelta(hours=1))


def ring(*moments: Moment[str, int]) -> Ring[str, int]:
    made: Ring[str, int] = Ring()
    for one in moments:
        made.add(one)
    return made


def test_one_reading_is_no_window_but_tells_what_was_since_the_reset() -> None:
    kept = ring(moment(0, a=7))
    assert not kept.window(LAST).known
    since = kept.window(RESET)
    assert (since.known, since.seconds, since.before("a")) == (True, 3600, None)


def test_each_span_finds_the_reading_that_comes_nearest() -> None:
    kept = ring(*(moment(second, a=second) for second in range(3601)))
    lengths = {span.name: kept.window(span).seconds for span in SPANS}
    for name, length in {"last": 1, "opened": 3600, "reset": 7200}.items():
        assert lengths[name] == length
    for name, length in {"1m": 60, "5m": 300, "15m": 900}.items():
        assert lengths[name] == pytest.approx(length, rel=0.1)
    for span in SPANS[:-1]:
        window = kept.window(span)
        assert window.before("a") == 3600 - (window.seconds or 0)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))), max_size=60)
)
def test_what_was_is_what_was_then(readings: list[tuple[int, dict[str, int]]]) -> None:
    """Whatever is let go of and whatever comes and goes, the counters of a kept moment are those that were read."""
    kept: Ring[str, int] = Ring()
    at, history = 0, {0: dict[str, int]()}
    kept.add(moment(0))
    for gap, counters in readings:
        at += gap
        history[at] = counters
        kept.add(Moment(START + timedelta(seconds=at), counters, ""))
        for span in SPANS[:-1]:
            window = kept.window(span)
            assert window.seconds is not None
            then = history[at - round(window.seconds)]
            assert {key: window.before(key) for key in "abcd"} == {key: then.get(key) for key in "abcd"}


def test_little_is_kept_however_often_it_is_read() -> None:
    still = Moment(START, {f"k{number}": 1 for number in range(100)})
    kept = ring(still, *(Moment(still.at + timedelta(seconds=s / 2), still.counters) for s in range(1, 8000)))
    assert len(kept) < 50


def test_a_short_history_says_so() -> None:
    kept = ring(moment(0, a=1), moment(20, a=3))
    window = kept.window(MINUTE)
    assert (window.seconds, window.before("a")) == (20, 1)
    assert told(MINUTE, window.seconds) == "20 s of 1 m"


def test_after_a_restart_nothing_reaches_over_it() -> None:
    kept = ring(moment(0, a=9), moment(60, a=10), moment(120, "restarted", a=1))
    assert not kept.window(MINUTE).known
    kept.add(moment(125, "restarted", a=4))
    window = kept.window(MINUTE)
    assert (window.seconds, window.before("a"), window.anew) == (5, 1, True)
    assert not kept.window(LAST).anew


def test_a_clock_that_goes_back_begins_anew() -> None:
    assert not ring(moment(100, a=1), moment(50, a=2)).window(LAST).known


def test_two_readings_at_nearly_the_same_time_make_no_rate_of_their_own() -> None:
    kept = ring(moment(0, a=1), moment(10, a=2), moment(10.1, a=9))
    assert kept.window(LAST).seconds == pytest.approx(10.1)


@dataclass(frozen=True)
class Counter:
    calls: int
    time: int | None = None


def test_growth_is_refused_where_a_counter_went_back() -> None:
    assert growth(Counter(5, 50), Counter(7, 50), ("calls", "time")) == {"calls": 2, "time": 0}
    assert growth(Counter(5, 50), Counter(7, 10), ("calls", "time")) is None
    assert growth(None, Counter(7), ("calls", "time")) == {"calls": 7, "time": None}


def test_another_window_of_a_sample_needs_no_reading() -> None:
    def over(window: Window[str, int], _own: None) -> Reading[Any]:
        return Reading((window.now.counters["a"] - (window.before("a") or 0),), window.seconds)

    async def never(*_: object) -> Reading[Any]:
        raise AssertionError

    probe = Probe("p", "", int, 1.0, never, over=over)
    sample: Sample[Any] | None = None
    for at in (0, 50, 60):
        reading = counted(sample, moment(at, a=at), over)
        sample = Sample("p", reading.rows, START, reading.window, memory=reading.memory)
    assert sample is not None
    assert (sample.rows, sample.window) == ((10,), 10)
    assert (seen(sample, probe, MINUTE).rows, seen(sample, probe, OPENED).window) == ((60,), 60)
    assert seen(sample, probe, LAST) is sample


@pytest.mark.parametrize(
    ("word", "seconds", "says"),
    [
        ("last", 9.6, "last 10 s"),
        ("5m", 290, "5 m"),
        ("5m", 120, "2 m of 5 m"),
        ("1m", 3700, "1 h (1 m asked)"),
        ("1m", 71.2, "71 s (1 m asked)"),
        ("opened", 7300, "since opened, 2 h"),
        ("reset", None, "since reset"),
        ("reset", 90000, "since reset, 1 d"),
        ("15m", None, "no window yet"),
    ],
)
def test_how_a_window_is_told(word: str, seconds: float | None, says: str) -> None:
    assert told(span_of(word), seconds) == says


@pytest.mark.parametrize("word", ["", "soon", "0", "0.1s", "-5m"])
def test_what_is_no_window_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        span_of(word)
