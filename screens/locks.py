"""Who waits for whom: the tree of locks, roots first, the cursor on the row whose end lets most go on."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from gbtui.monitor.judging.sessions import best
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.locks import LockMember
from gbtui.text import age, count
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from screens.backends import BackendScreen, names, seconds, state, statement, who


class Locks(BackendScreen):
    """One row a member of a tree: what waits stands indented under what it waits for."""

    NAME = "locks"
    PROBES: ClassVar[tuple[str, ...]] = ("locks",)
    THINGS = "in the tree"
    EMPTY = "nobody waits for a lock"
    MARKS = ("root", "waiting", "prepared")
    _target: object = None

    def columns(self) -> Sequence[Column[LockMember]]:
        """Place, what its end would do, what it wants or does, whose it is."""
        return (
            Column("pid", "waits under", 13, lambda row: f"{'  ' * row.depth}{name(row)}", sort=lambda row: row.pid,
                   help="indented under what it queues behind",
                   plain=lambda row: row.pid or row.gid, style=self._style),
            Column("frees", "frees", 5, lambda row: count(row.frees) if row.frees else "", "right",
                   sort=lambda row: row.frees, help="who goes on when this one ends", style=self._style),
            Column("holds", "holds", 5, lambda row: count(row.holds) if row.holds else "", "right",
                   sort=lambda row: row.holds, help="all that wait behind it, directly or behind others"),
            seconds("wait", "waits", lambda row: row.wait_age, "how long it has waited"),
            Column("does", "wants, or does", 16, does,
                   help="the lock it waits for; of a root its state and since when"),
            Column("relation", "relation", 12, lambda row: row.relation.removeprefix("public."),
                   help="what is fought over"),
            Column("tenant", "tenant", 8, lambda row: row.tenant, help="from a tag in front of the statement"),
            Column("query", "last statement", 0, statement),
            Column("who", "who", 12, who, help="application, else user"),
            seconds("tx", "tx", lambda row: row.transaction_age, "age of its transaction"),
            Column("by", "by", 14, lambda row: ",".join(map(str, row.blocked_by)), shown=False,
                   help="pids it waits for; 0: a prepared transaction"),
            Column("locktype", "type", 13, lambda row: row.locktype, shown=False),
            *names(),
        )  # fmt: skip

    def key(self, row: LockMember) -> object:
        """Pid and start, or the prepared transaction's name."""
        return row.gid or (row.pid, row.backend_start)

    def show(self, sample: Sample[Any]) -> None:
        """The tree; where there was none before, the cursor goes where an end helps most."""
        fresh = not self.table.rows
        best_row = best(sample.rows) if sample.rows else None
        self._target = None if best_row is None else self.key(best_row)
        super().show(sample)
        if fresh and best_row is not None:
            self.table.go_to(self._target)

    def remarks(self) -> list[Run]:
        """How many wait, and whose end helps most."""
        rows: Sequence[LockMember] = self.table.rows
        if not rows:
            return []
        waiting = sum(row.waits for row in rows)
        top = best(rows)
        helps = f"ending {name(top)} frees {count(top.frees)}" if top.frees else "no single end frees anybody"
        return [(f"  {count(waiting)} wait; {helps}", "warning")]

    def marks(self, row: LockMember) -> Collection[str]:
        """What `is:` asks for."""
        told = {"root": not row.waits, "waiting": row.waits, "prepared": row.kind == "prepared transaction"}
        return [mark for mark, holds in told.items() if holds]

    def _style(self, row: LockMember) -> str:
        return "bold" if self.key(row) == self._target else ""


def name(row: LockMember) -> str:
    """Its pid, or the prepared transaction's name."""
    return str(row.pid) if row.pid else f"prepared {row.gid}".rstrip()


def does(row: LockMember) -> str:
    """Of a waiter the lock it wants, of a root what it does and since when."""
    if row.waits:
        return row.mode.removesuffix("Lock") or "a lock"
    return f"{state(row)} {age(row.state_age)}" if row.state_age is not None else state(row)
