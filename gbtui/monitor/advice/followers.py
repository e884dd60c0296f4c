"""Which followers of a cluster's servers are the nodes that were asked, and which are strangers. Pure.

No server says of a follower which one it is: its name is often "walreceiver", its address one behind others. What both
sides tell is when the connection between them was made, its name and its slot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_APART: Final = timedelta(seconds=5)
"""A receiver's start and the arrival of its connection may lie so far apart, clocks set right: it connects first of
all, and a connection that fails ends it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A server as it tells of itself."""

    at: datetime
    """Its clock …"""
    asked_at: datetime
    """… when this console's said this."""
    started_at: datetime
    stats_reset: datetime | None
    in_recovery: bool
    slot: str
    """That it follows by; "": none."""
    application: str
    """What its receiver calls itself."""
    receiving_since: datetime | None
    """None: it follows nobody now, or the role may not see it (pg_read_all_stats)."""
    system_identifier: int | None

    @property
    def counted_since(self) -> datetime:
        """Since when it has counted scans, by this console's clock."""
        began = max(self.started_at, self.stats_reset or self.started_at)
        return began - (self.at - self.asked_at)


@dataclass(frozen=True, slots=True)
class Follower:
    """A standby as the server that it follows tells of it, or a slot that waits for one."""

    name: str
    application: str
    address: str
    slot: str
    connected_at: datetime | None
    """By the clock of the server followed; None: it is not connected, or the role may not see when it came."""
    skew: timedelta = timedelta()
    """How far that clock is before this console's."""


def strangers(nodes: Sequence[Standing], followers: Iterable[Follower]) -> list[Follower]:
    """The followers that are none of the nodes. A node is one follower at most."""
    free = [node for node in nodes if node.in_recovery]
    unknown = []
    for follower in followers:
        found = next((node for node in free if _is(node, follower)), None)
        if found is None:
            unknown.append(follower)
        else:
            free.remove(found)
    return unknown


def _is(node: Standing, follower: Follower) -> bool:
    if follower.slot != node.slot:
        return False
    if follower.connected_at is None:
        return bool(node.slot) and node.receiving_since is None and not follower.application
    if node.receiving_since is None or follower.application != node.application:
        return False
    began = node.receiving_since - (node.at - node.asked_at)
    return abs(began - (follower.connected_at - follower.skew)) <= _APART
