"""Figures of those who follow this server, of this server as a standby, and of slots."""

from collections.abc import Iterator, Mapping
from typing import Final

from gbtui.monitor.metrics.point import Exposed, Point, gauge
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.replication import Follower, Slot, Standby


def _followers(sample: Sample[Follower]) -> Iterator[Point]:
    yield gauge("replication_followers", "Standbys and other receivers of this server's WAL.", len(sample.rows))
    for row in sample.rows:
        at = {"name": row.name, "client": row.client, "slot": row.slot}
        yield gauge("replication_behind_bytes", "WAL written here and not yet replayed there.", row.behind_bytes, **at)
        yield gauge("replication_replay_lag_seconds", "Delay of replay, while WAL is written.", row.replay_lag, **at)
        yield gauge("replication_reply_age_seconds", "Since its last sign of life.", row.reply_age, **at)


def _standby(sample: Sample[Standby]) -> Iterator[Point]:
    for row in sample.rows:
        streams = row.receiver == "streaming"
        yield gauge("standby_receiver_up", "1 while the WAL receiver streams; 0: nothing new arrives.", streams)
        yield gauge("standby_unreplayed_bytes", "WAL received and not yet replayed.", row.unreplayed_bytes)
        yield gauge("standby_replay_delay_seconds", "Age of what was last replayed.", row.replay_delay)
        yield gauge("standby_last_message_age_seconds", "Since the sender was last heard.", row.last_message_age)
        yield gauge("standby_replay_paused", "1 while replay is paused.", row.paused)


def _slots(sample: Sample[Slot]) -> Iterator[Point]:
    for row in sample.rows:
        at = {"slot": row.name, "kind": row.kind}
        yield gauge("slot_active", "1 while somebody reads from it.", row.active, **at)
        yield gauge("slot_retained_bytes", "WAL that cannot be removed because of it.", row.retained_bytes, **at)
        yield gauge("slot_safe_bytes", "WAL that may be written before it is in danger.", row.safe_bytes, **at)


REPLICATION: Final[Mapping[str, Exposed]] = {
    "replication": Exposed(_followers, lambda row: row.behind_bytes or 0),
    "standby": Exposed(_standby),
    "slots": Exposed(_slots, lambda row: row.retained_bytes or 0),
}
