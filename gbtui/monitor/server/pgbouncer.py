"""The pgbouncer in front of the server, where the profile names one: its pools, its clients, its work."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.database.pgbouncer import Client, Pool, Totals
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import ABSENT, Reading, Sample
from gbtui.monitor.window import Moment, Window, counted, growth

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_NONE: Final = (ABSENT + """needs pgbouncer = "DSN of its console" in the profile""",)
_CLIENTS: Final = 1000
"""Clients that are listed, those who wait longest first."""
_COUNTERS: Final = (
    "transactions",
    "queries",
    "received_bytes",
    "sent_bytes",
    "transaction_time",
    "query_time",
    "wait_time",
)


@dataclass(frozen=True, slots=True)
class Work:
    """What pgbouncer does for one database, over the window."""

    KEY: ClassVar = ("database",)

    database: str
    transactions_per_s: float | None
    queries_per_s: float | None
    transaction_ms: float | None
    """Mean time of a transaction as its client sees it: the wait for a server connection is in it."""
    query_ms: float | None
    """Mean time of a query; the wait too."""
    wait_ms: float | None
    """Mean time that a transaction waited for a server connection."""
    received_bytes_per_s: float | None
    """From clients."""
    sent_bytes_per_s: float | None


async def _pools(database: "Database", _scope: "Scope", _before: Sample[Pool] | None) -> Reading[Pool]:
    if database.bouncer is None:
        return Reading((), skipped=_NONE)
    found = await database.bouncer.pools()
    found.sort(key=lambda pool: (-pool.cl_waiting, -pool.maxwait, -pool.cl_active, pool.database, pool.user))
    return Reading(tuple(found))


async def _clients(database: "Database", _scope: "Scope", _before: Sample[Client] | None) -> Reading[Client]:
    if database.bouncer is None:
        return Reading((), skipped=_NONE)
    found = await database.bouncer.clients()
    number = len(found) + database.bouncer.left_out
    found.sort(key=lambda client: (-client.wait_age, client.state != "active", client.database, client.user))
    skipped = (f"{number - _CLIENTS} more clients are not listed",) if number > _CLIENTS else ()
    return Reading(tuple(found[:_CLIENTS]), skipped=skipped)


async def _work(database: "Database", _scope: "Scope", before: Sample[Work] | None) -> Reading[Work]:
    if database.bouncer is None:
        return Reading((), skipped=_NONE)
    found = await database.bouncer.totals()
    # Its clock is not told; the totals count from its start, and going back means that it was started again.
    return counted(before, Moment(datetime.now(UTC), {row.database: row for row in found}), _over)


def _over(window: Window[str, Totals], _own: None) -> Reading[Work]:
    rows, anew = [], []
    for name, now in sorted(window.now.counters.items()):
        grown = growth(window.before(name), now, _COUNTERS) if window.known else None
        rows.append(_row(name, grown, window.seconds))
        if window.known and grown is None:
            anew.append(f"{name}: pgbouncer was started anew within this window")
    rows.sort(key=lambda row: -(row.queries_per_s or 0))
    return Reading(tuple(rows), window.seconds, tuple(anew))


def _row(name: str, grown: dict[str, Any] | None, seconds: float | None) -> Work:
    def a_second(counter: str) -> float | None:
        return grown[counter] / seconds if grown and seconds else None

    def mean(time: str, number: str) -> float | None:
        return 1000 * grown[time] / grown[number] if grown and grown[number] else None

    return Work(
        database=name,
        transactions_per_s=a_second("transactions"),
        queries_per_s=a_second("queries"),
        transaction_ms=mean("transaction_time", "transactions"),
        query_ms=mean("query_time", "queries"),
        wait_ms=mean("wait_time", "transactions"),
        received_bytes_per_s=a_second("received_bytes"),
        sent_bytes_per_s=a_second("sent_bytes"),
    )


PGBOUNCER = Probe(
    "pgbouncer", "pgbouncer's pools: clients that wait, server connections in use", Pool, 5.0, _pools, always=True
)
PGBOUNCER_CLIENTS = Probe("pgbouncer_clients", "pgbouncer's clients, those who wait first", Client, 5.0, _clients)
PGBOUNCER_STATS = Probe(
    "pgbouncer_stats",
    "what pgbouncer does for each database, and how long it lets wait",
    Work,
    5.0,
    _work,
    deltas=True,
    over=_over,
)
