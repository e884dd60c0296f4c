"""What unit a field's number has, and how it is told: the field's name says it, on the screen and in `gbtui show`."""

from typing import Final

from gbtui.text import age, duration, percent, rate, size

_SECONDS: Final = ("age", "uptime", "lag", "oldest", "longest_in_state", "replay_delay", "interval", "_gap", "window")
_SHORT_GAP: Final = 10.0
"""Seconds up to which a gap is told with its decimal."""


def figure(name: str, value: float) -> str | None:
    """`value` of the field `name` with its unit; None for what has none: a count, a number, an id.

    Ages in whole numbers are transactions, those with a fraction seconds.
    """
    if name.endswith("bytes_per_s"):
        return f"{size(value)}/s"
    if name.endswith("bytes_per_min"):
        return f"{size(value)}/min"
    if name.endswith("bytes_per_day"):
        return f"{size(value)}/d"
    if name.endswith("bytes"):
        return size(value)
    if name.endswith(("_per_s", "_sampled")) and "share" not in name:
        return rate(value)
    if "share" in name or name == "cache_hit":
        return percent(value)
    if name == "mean_change":
        return f"{value:.1f}×"
    if name.endswith("_ms") or "_ms_" in name:
        return duration(value)
    if name in ("round_trip", "reply_p50", "reply_p95") or (name.endswith("_gap") and value < _SHORT_GAP):
        return duration(value * 1000)
    if isinstance(value, float) and name.endswith(_SECONDS):
        return age(value) if value >= 1 else "<1 s"
    return None
