"""Monthly partitions: made ahead, listed, detached, given other bounds; whoever writes waits for a moment at most.

All of it goes over a direct connection of its caller's, outside a transaction, as a role that owns the tables.
"""

from gbtui.lifecycle.partitions.ahead import MONTHS_AHEAD, PARTITIONED, Headroom, ensure, ensure_ahead, headroom
from gbtui.lifecycle.partitions.detaching import detach
from gbtui.lifecycle.partitions.listing import Partition, State, listed
from gbtui.lifecycle.partitions.past import split_past
from gbtui.lifecycle.partitions.record import PartitionWork
from gbtui.lifecycle.partitions.splitting import undo_split

__all__ = [
    "MONTHS_AHEAD", "PARTITIONED", "Headroom", "Partition", "PartitionWork", "State",
    "detach", "ensure", "ensure_ahead", "headroom", "listed", "split_past", "undo_split",
]  # fmt: skip
