"""What a report shows of each probe: small tables, the worst first, without texts and addresses of others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gbtui import text
from gbtui.commands.markdown import code, prose
from gbtui.monitor.judging.sessions import verb
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.event import Event
from gbtui.monitor.server.locks import LockMember

_FAR_BACK: Final = 10_000
"""Transactions from which on a holder of the horizon is worth a line: anybody's transaction holds it a little."""
ROWS: Final = 10
"""Rows of a section; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its cell as Markdown, and whether it is a number."""

    head: str
    cell: Callable[[Any], str]
    number: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table of one probe's rows; it is left out where there are none."""

    title: str
    probe: str
    columns: tuple[Column, ...]
    chosen: Callable[[Sequence[Any]], Sequence[Any]] = tuple
    """Which rows are worth a line, in what order."""


def _busy(rows: Sequence[Backend]) -> list[Backend]:
    """Clients in a transaction or a statement, the oldest first."""
    found = [row for row in rows if not row.own and (row.kind == "client backend" or row.waiting)]
    return sorted(found, key=lambda row: -(row.transaction_age or row.query_age or 0.0))


def _recent(rows: Sequence[Event]) -> list[Event]:
    return sorted(rows, key=lambda row: row.age)


def _largest(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: -(row.total_bytes or 0))


def _member(row: LockMember) -> str:
    """Its place in the tree, and who it is."""
    return code(f"{'> ' * row.depth}{row.gid or row.pid}")


def _percent(share: float | None) -> str:
    return text.percent(share) if share is not None else "-"


SECTIONS: Final = (
    Section(
        "What changed within a day",
        "events",
        (Column("ago", lambda row: text.age(row.age), True), Column("what", lambda row: prose(row.what))),
        _recent,
    ),
    Section(
        "Who waits for whom",
        "locks",
        (
            Column("pid", _member),
            Column("frees", lambda row: str(row.frees), True),
            Column("holds", lambda row: str(row.holds), True),
            Column("waits", lambda row: text.age(row.wait_age) if row.wait_age is not None else "", True),
            Column("state", lambda row: prose(row.state)),
            Column("statement", lambda row: verb(row.query)),
            Column("relation", lambda row: code(row.relation)),
            Column("application", lambda row: code(row.application or row.user)),
            Column("tenant", lambda row: code(row.tenant)),
        ),
    ),
    Section(
        "Activity",
        "activity",
        (
            Column("pid", lambda row: str(row.pid), True),
            Column("state", lambda row: prose(row.state)),
            Column("in it for", lambda row: text.age(row.state_age), True),
            Column("transaction", lambda row: text.age(row.transaction_age), True),
            Column("waits for", lambda row: prose(f"{row.wait_type} {row.wait_event}".strip())),
            Column("statement", lambda row: verb(row.query)),
            Column("query id", lambda row: str(row.query_id or ""), True),
            Column("database", lambda row: code(row.database)),
            Column("application", lambda row: code(row.application or row.user)),
            Column("tenant", lambda row: code(row.tenant)),
        ),
        _busy,
    ),
    Section(
        "Who keeps vacuum from its work",
        "horizon",
        (
            Column("who", lambda row: code(row.name or str(row.pid or ""))),
            Column("kind", lambda row: prose(row.holder)),
            Column("transactions back", lambda row: text.count(row.xmin_age), True),
            Column("for", lambda row: text.age(row.held_age), True),
            Column("what to do", lambda row: prose(row.advice)),
        ),
        lambda rows: [row for row in rows if row.xmin_age >= _FAR_BACK],
    ),
    Section(
        "Statements that took most of the time in the last second",
        "queries",
        (
            Column("query id", lambda row: str(row.query_id), True),
            Column("statement", lambda row: verb(row.query or "")),
            Column("share", lambda row: _percent(row.time_share), True),
            Column("calls", lambda row: text.count(row.calls), True),
            Column("mean", lambda row: text.duration(row.mean_ms), True),
            Column("user", lambda row: code(row.user)),
            Column("database", lambda row: code(row.database)),
        ),
        lambda rows: [row for row in rows if row.calls],
    ),
    Section(
        "Largest tables",
        "tables",
        (
            Column("table", lambda row: code(f"{row.schema}.{row.name}")),
            Column("size", lambda row: text.size(row.total_bytes), True),
            Column("indexes", lambda row: text.size(row.index_bytes), True),
            Column("rows (about)", lambda row: text.count(row.live_rows), True),
            Column("dead", lambda row: _percent(row.dead_share), True),
            Column("vacuumed", lambda row: f"{row.last_vacuum:%Y-%m-%d %H:%M}Z" if row.last_vacuum else "never"),
        ),
        _largest,
    ),
    Section(
        "Followers",
        "replication",
        (
            Column("name", lambda row: code(row.name)),
            Column("state", lambda row: prose(row.state)),
            Column("behind", lambda row: text.size(row.behind_bytes), True),
            Column("replay lag", lambda row: text.age(row.replay_lag), True),
            Column("slot", lambda row: code(row.slot)),
        ),
    ),
    Section(
        "As a standby",
        "standby",
        (
            Column("receiver", lambda row: prose(row.receiver or "does not run")),
            Column("not replayed", lambda row: text.size(row.unreplayed_bytes), True),
            Column("delay", lambda row: text.age(row.replay_delay), True),
            Column("paused", lambda row: "yes" if row.paused else "no"),
        ),
    ),
    Section(
        "Replication slots",
        "slots",
        (
            Column("slot", lambda row: code(row.name)),
            Column("kind", lambda row: prose(row.kind)),
            Column("read by somebody", lambda row: "yes" if row.active else "no"),
            Column("holds back", lambda row: text.size(row.retained_bytes), True),
            Column("WAL", lambda row: prose(row.wal_status)),
        ),
    ),
)
