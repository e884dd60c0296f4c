"""What every backend does: who runs, who waits, who sits idle in a transaction."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from gbtui.monitor.sample import Sample
from gbtui.monitor.server.activity import Backend
from gbtui.text import count
from gbtui.ui import keymap
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from screens.backends import BackendScreen, names, seconds, state, statement, who

_LONG = 60.0
"""Seconds a statement of a bot platform's traffic never takes; a transaction neither."""


class Activity(BackendScreen):
    """One row a backend, those in the oldest transactions first; idle ones and the server's own on demand."""

    NAME = "activity"
    THINGS = "backends"
    EMPTY = "nobody does anything"
    MARKS = ("waiting", "blocking", "transaction", "aborted", "long", "idle", "own", "server")
    QUERIES = ("server/activity",)
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings("left-out", left_out="idle connections and the server's own processes: show, leave out"),
    ]
    _all = False
    _blocking: frozenset[int] = frozenset()

    def columns(self) -> Sequence[Column[Backend]]:
        """What it does, since when, what it waits for, whose it is."""
        return (
            Column("pid", "pid", 7, lambda row: str(row.pid), "right", sort=lambda row: row.pid),
            Column("state", "state", 9, state, style=self._style, help="tx: in a transaction; +2: parallel workers",
                   plain=lambda row: row.state or row.kind),
            seconds("since", "for", lambda row: row.query_age if row.state == "active" else row.state_age,
                    "how long the statement runs, or the state lasts"),
            seconds("tx", "tx", lambda row: row.transaction_age, "age of its transaction", style=self._old),
            Column("wait", "waits for", 14, wait, style=lambda row: "warning" if row.waiting else "dim",
                   help="wait event type and event"),
            Column("by", "by", 7, blockers, help="pids it waits for; prepared: a prepared transaction",
                   style=lambda _: "warning"),
            Column("tenant", "tenant", 8, lambda row: row.tenant, help="from a tag in front of the statement"),
            Column("query", "statement", 0, statement, style=lambda row: "dim" if row.own else ""),
            Column("who", "who", 12, who, help="application, else user"),
            Column("bot", "bot", 10, lambda row: row.bot, shown=False),
            seconds("query_age", "stmt", lambda row: row.query_age, "age of the running statement", shown=False),
            seconds("state_age", "state", lambda row: row.state_age, "seconds in this state", shown=False),
            *names(),
            Column("query_id", "query id", 20, lambda row: str(row.query_id or ""), shown=False),
        )  # fmt: skip

    def key(self, row: Backend) -> object:
        """It stays the same row when it falls idle, and another's with its pid is another row."""
        return row.pid, row.backend_start

    def probes(self) -> Sequence[str]:
        """Those at work; the others while they are wanted; how many there are of each."""
        return ("activity", *(("idle",) if self._all else ()), "connections")

    def show(self, sample: Sample[Any]) -> None:
        """Both kinds as one list, the oldest transactions first, gbtui's own last."""
        found: dict[object, Backend] = {}
        for name in ("activity", "idle"):
            if name in self.samples:
                for row in self.samples[name].rows:
                    found.setdefault(row.pid, row)  # one that has just begun to work is in the older sample still idle
        rows = [*found.values()]
        self._blocking = frozenset(pid for row in rows for pid in row.blocked_by)
        rows.sort(key=lambda row: (row.own, not row.served, -(row.transaction_age or row.state_age or 0.0)))
        if "activity" in self.samples:
            self.table.set_rows(rows)

    def aim(self, narrow: str, subject: str) -> None:
        """For the sake of a backend that is idle the left out are shown."""
        busy = (
            self.console.connected.monitor.last("activity", self.console.scope).rows if self.console.connected else ()
        )
        if subject.isdigit() and not self._all and all(row.pid != int(subject) for row in busy):
            self.action_left_out()
        super().aim(narrow, subject)

    def action_left_out(self) -> None:
        """Show what is left out; again: leave it out."""
        self._all = not self._all
        if not self._all:
            self.samples.pop("idle", None)
        self.watch_again()
        self.redraw()
        self.caption()

    def remarks(self) -> list[Run]:
        """How many are left out, or that they are shown; what is most urgent."""
        waiting = sum(row.waiting for row in self.table.rows)
        held = sum(row.in_transaction for row in self.table.rows)
        urgent = [(f"  {count(waiting)} wait for locks (6)", "warning")] * bool(waiting)
        urgent += [(f"  {count(held)} idle in transaction", "warning")] * bool(held)
        return [*self._left_out(), *urgent]

    def _left_out(self) -> list[Run]:
        if self._all:
            return [("  with the idle and the server's (i)", "accent")]
        here = self.console.connected.monitor.last("connections").first if self.console.connected else None
        if here is None:
            return []
        return [(f"  left out: {count(here.idle)} idle, {count(here.server_processes)} of the server (i)", "")]

    def marks(self, row: Backend) -> Collection[str]:
        """What `is:` asks for."""
        told = {
            "waiting": row.waiting,
            "blocking": row.pid in self._blocking,
            "transaction": row.in_transaction,
            "aborted": "aborted" in row.state,
            "long": max(row.transaction_age or 0.0, row.query_age or 0.0) >= _LONG,
            "idle": row.state == "idle",
            "own": row.own,
            "server": not row.served,
        }
        return [mark for mark, holds in told.items() if holds]

    def _style(self, row: Backend) -> str:
        if row.in_transaction or row.waiting or row.pid in self._blocking:
            return "warning"
        return "dim" if row.own or row.state == "idle" or not row.served else ""

    def _old(self, row: Backend) -> str:
        return "warning" if (row.transaction_age or 0.0) >= _LONG and row.served else ""

    def enter(self, row: Backend) -> None:
        """One that waits or makes wait: its place in the tree of locks. Others are described."""
        if row.waiting or row.pid in self._blocking:
            self.console.open_panel("locks", subject=str(row.pid))
        else:
            self.describe(row)


def wait(row: Backend) -> str:
    """Type and event, which say more together."""
    if row.wait_type == "Client" and row.state != "active":
        return "its client"
    return f"{row.wait_type}:{row.wait_event}" if row.wait_type else ""


def blockers(row: Backend) -> str:
    """The pids it waits for."""
    return ",".join(str(pid) if pid else "prepared" for pid in dict.fromkeys(row.blocked_by))
