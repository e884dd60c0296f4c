"""Figures of who is connected, what they do, and who waits for whom."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gbtui.monitor.metrics.point import Exposed, Point, gauge, longest, seconds
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.connections import Connections
from gbtui.monitor.server.connectivity import Connectivity
from gbtui.monitor.server.locks import LockMember


def _connectivity(sample: Sample[Connectivity]) -> Iterator[Point]:
    for row in sample.rows:
        about = {"version": row.version, "role": row.role, "database": row.database}
        yield Point("server", "The server that answers.", 1, about, "info")
        yield gauge("server_round_trip_seconds", "Time of one question and its answer.", row.round_trip)
        yield gauge("server_start_time_seconds", "When the server started, Unix time.", seconds(row.started_at))
        loaded = "When the server last read its configuration, Unix time."
        yield gauge("server_config_load_time_seconds", loaded, seconds(row.configured_at))


def _connections(sample: Sample[Connections]) -> Iterator[Point]:
    for row in sample.rows:
        states = "Client connections by state; idle_in_transaction includes the aborted ones."
        yield gauge("connections", states, row.active, state="active")
        yield gauge("connections", states, row.idle, state="idle")
        yield gauge("connections", states, row.idle_in_transaction, state="idle_in_transaction")
        yield gauge("connections_used", "Client connections in any state.", row.used)
        yield gauge("connections_max", "Connections that the server allows (max_connections).", row.max_connections)
        yield gauge("connections_reserved", "Of these, slots that not everybody may take.", row.reserved)
        yield gauge("connections_own", "Connections of gbtui, those of other consoles included.", row.own)


def _activity(sample: Sample[Backend]) -> Iterator[Point]:
    clients = [row for row in sample.rows if row.kind == "client backend" and not row.own]
    doing = Counter(row.wait_type or "none" for row in clients if row.state == "active")
    for waits_for in sorted(doing.keys() | {"none", "Lock"}):
        told = "Clients that run a statement, by what they wait for at this moment (none: they work)."
        yield gauge("activity_running", told, doing[waits_for], wait_type=waits_for)
    ages = longest(row.transaction_age for row in clients)
    yield gauge("activity_longest_transaction_seconds", "Age of the oldest transaction of a client.", ages)
    ages = longest(row.query_age for row in clients)
    yield gauge("activity_longest_query_seconds", "Age of the oldest statement that runs.", ages)
    ages = longest(row.state_age for row in clients if row.in_transaction)
    yield gauge("activity_longest_idle_in_transaction_seconds", "Longest time idle in an open transaction.", ages)


def _locks(sample: Sample[LockMember]) -> Iterator[Point]:
    waiters = [row for row in sample.rows if row.depth]
    yield gauge("locks_waiting", "Sessions that wait for a lock.", len(waiters))
    yield gauge("locks_blocking", "Sessions that others wait for and that wait for nobody.", _roots(sample))
    yield gauge("locks_longest_wait_seconds", "Longest wait for a lock.", longest(row.wait_age for row in waiters))


def _roots(sample: Sample[LockMember]) -> int:
    return sum(1 for row in sample.rows if not row.depth)


SESSIONS: Final[Mapping[str, Exposed]] = {
    "connectivity": Exposed(_connectivity),
    "connections": Exposed(_connections),
    "activity": Exposed(_activity),
    "locks": Exposed(_locks),
}
