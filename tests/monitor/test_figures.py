"""A number's unit follows from its field's name."""

import pytest

from gbtui.monitor.figures import figure


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("total_bytes", 1536, "1.5 kB"),
        ("wal_bytes_per_s", 1536.0, "1.5 kB/s"),
        ("commits_per_s", 12.0, "12"),
        ("share_sampled", 0.41, "41 %"),
        ("messages_per_second_sampled", 0.4, "0.4"),
        ("cache_hit", 0.993, "99 %"),
        ("mean_ms", 12.0, "12 ms"),
        ("round_trip", 0.0004, "0.4 ms"),
        ("reply_p95", 2.1, "2.1 s"),
        ("usual_gap", 4.0, "4.0 s"),
        ("longest_gap", 600.0, "10 m"),
        ("reply_age", 90.0, "1 m"),
        ("state_age", 0.2, "<1 s"),
        ("xid_age", 200_000_000, None),
        ("pid", 4711, None),
        ("messages", 12, None),
    ],
)
def test_the_name_says_the_unit(name: str, value: float, told: str | None) -> None:
    assert figure(name, value) == told
