"""Figures of the bot platform. Of tenants their slugs alone; nothing of what is said."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gbtui.domain.signals import Bot, Pulse
from gbtui.lifecycle.partitions import Headroom
from gbtui.monitor.metrics.point import Exposed, Point, gauge, seconds
from gbtui.monitor.platform.migrations import MigrationRow
from gbtui.monitor.sample import Sample


def _platform(sample: Sample[Pulse]) -> Iterator[Point]:
    for row in sample.rows:
        yield gauge("platform_messages_per_second", "Messages of the last minute a second.", row.messages_per_s)
        yield gauge("platform_silent_seconds", "Since any bot last said anything.", row.silent_age)


def _bots(sample: Sample[Bot]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"organization": row.organization, "bot": row.bot}
        yield gauge("bot_waiting_sessions", "Sessions in which somebody waits for its answer.", row.waiting, **at)
        yield gauge("bot_longest_wait_seconds", "Longest wait for its answer.", row.waiting_age, **at)
        yield gauge("bot_silent_seconds", "Since its last message.", row.silent_age, **at)
        yield gauge("bot_active_sessions", "Sessions in which something was said within 15 minutes.", row.active, **at)
        yield gauge("bot_messages_per_second", "Messages of the last minute, both sides.", row.messages_per_s, **at)
        yield gauge("bot_reply_p50_seconds", "Median response time over 15 minutes.", row.reply_p50, **at)
        yield gauge("bot_reply_p95_seconds", "Response time that one answer of 20 exceeds.", row.reply_p95, **at)


def _partitions(sample: Sample[Headroom]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"schema": row.schema, "table": row.table}
        yield gauge("partitions_months_ahead", "Whole months of partitions after this one.", row.months_ahead, **at)
        until = seconds(row.covered_until)
        yield gauge("partitions_covered_until_time_seconds", "Until when rows have a partition.", until, **at)


def _migrations(sample: Sample[MigrationRow]) -> Iterator[Point]:
    states = Counter(row.state for row in sample.rows)
    for state in sorted(states.keys() | {"pending"} if sample.rows else states):
        yield gauge("migrations", "Migrations by state.", states[state], state=state)
    if sample.rows:
        drifted = sum(1 for row in sample.rows if row.drifted)
        yield gauge("migrations_drifted", "Migrations whose files are not what was applied.", drifted)


PLATFORM: Final[Mapping[str, Exposed]] = {
    "platform": Exposed(_platform),
    "bots": Exposed(_bots, lambda row: row.waiting * 1e6 + row.active),
    "partitions": Exposed(_partitions, lambda row: -row.months_ahead),
    "migrations": Exposed(_migrations),
}
