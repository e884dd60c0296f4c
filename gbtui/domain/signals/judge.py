"""What the numbers of a bot mean. Pure."""

from enum import StrEnum

from gbtui.domain.signals.limits import Limits
from gbtui.domain.signals.record import Bot, Pulse


class Verdict(StrEnum):
    """What is to be said of a bot."""

    SILENT = "silent"
    WAITING = "waiting"
    PAUSED = "paused"
    WELL = "well"
    UNUSED = "unused"


def silence_limit(usual_gap: float, limits: Limits) -> float:
    """Seconds after which a bot with this usual gap is silent."""
    return max(limits.silence, limits.silence_gaps * usual_gap)


def is_quiet(row: Bot | Pulse, limits: Limits) -> bool:
    """Whether the last message is older than its usual gap explains; never without one, nor when out of use.

    A server that was down could not be written to: the time before its start accuses nobody.
    """
    if row.silent_age is None or row.usual_gap is None or row.silent_age > limits.answered:
        return False
    accountable = row.silent_age if row.server_up is None else min(row.silent_age, row.server_up)
    return accountable > silence_limit(row.usual_gap, limits)


def has_paused_before(row: Bot | Pulse) -> bool:
    """Whether it was as quiet before, within the messages that its usual gap rests on: conversations come in bursts."""
    return row.silent_age is not None and row.longest_gap is not None and row.silent_age <= row.longest_gap


def is_loud(row: Bot, limits: Limits) -> bool:
    """Whether a silence is worth a warning: far beyond any pause of late, or too many wait."""
    longest = row.longest_gap or 0.0
    return row.waiting >= limits.waiting_sessions or (row.silent_age or 0.0) > limits.silence_pauses * longest


def many_wait(row: Bot, limits: Limits) -> bool:
    """Whether so many wait that somebody should look."""
    if not row.waiting:
        return False
    return row.waiting >= limits.waiting_sessions or row.waiting >= limits.waiting_share * max(row.active, row.waiting)


def judged(row: Bot | Pulse, limits: Limits) -> Verdict:
    """The verdict on one bot, or on all together."""
    waits = row.waiting if isinstance(row, Bot) else 0
    if is_quiet(row, limits):
        return Verdict.SILENT if waits or not has_paused_before(row) else Verdict.PAUSED
    if isinstance(row, Bot) and many_wait(row, limits):
        return Verdict.WAITING
    in_use = row.silent_age is not None and row.silent_age <= limits.answered
    return Verdict.WELL if in_use else Verdict.UNUSED
