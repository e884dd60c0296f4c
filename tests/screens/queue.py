"""A queue, frozen: two open transactions, an ALTER that waits for both, others behind it; some who only work."""

from dataclasses import replace

from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.locks import LockRow, tree
from tests.ui.fakes import ACTIVITY, ago

START = ago(minutes=9)


def _backend(pid: int, state: str, wait: str, blocked_by: tuple[int, ...], age: float, **changes: object) -> Backend:
    waits, _, event = wait.partition(":")
    usual = replace(
        ACTIVITY[0], pid=pid, state=state, wait_type=waits, wait_event=event, blocked_by=blocked_by,
        transaction_age=age, query_age=age if state == "active" else None, state_age=age, backend_start=START,
        user="bots", application="botserver",
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


BUSY = (
    _backend(4242, "idle in transaction", "Client:ClientRead", (), 540.0, application="report", tenant="acme",
             query="/*tenant='acme'*/ SELECT * FROM bots"),
    _backend(4300, "idle in transaction (aborted)", "Client:ClientRead", (), 300.0, transaction_age=None,
             query="UPDATE bots SET name = 'x'"),
    _backend(4711, "active", "Lock:relation", (4242, 4300), 240.0, user="owner", application="psql",
             query="ALTER TABLE bots ADD COLUMN x int"),
    _backend(4712, "active", "Lock:relation", (4711,), 120.0, tenant="acme",
             query="/*tenant='acme'*/ SELECT name FROM bots"),
    _backend(4713, "active", "Lock:relation", (4711,), 61.0, tenant="globex",
             query="/*tenant='globex'*/ SELECT 1 FROM bots"),
    _backend(5000, "active", "IO:DataFileRead", (), 12.0, workers=2, query="SELECT count(*) FROM message_history"),
    _backend(6000, "active", "", (), 0.1, own=True, application="gbtui", query="SELECT a.pid"),
)  # fmt: skip
IDLE = (
    _backend(4800, "idle", "Client:ClientRead", (), 33.0, transaction_age=None, query="COMMIT"),
    _backend(900, "", "Activity:CheckpointerMain", (), 0.0, kind="checkpointer", user="", application="",
             transaction_age=None, state_age=None, query=""),
)  # fmt: skip


def _lock(backend: Backend) -> LockRow:
    waits = bool(backend.blocked_by)
    mode = "AccessExclusiveLock" if backend.pid == 4711 else "AccessShareLock"
    return LockRow(
        backend.pid, backend.kind, backend.database, backend.user, backend.application, backend.client, backend.state,
        backend.blocked_by, (), "relation" if waits else "", mode if waits else "", "public.bots" if waits else "",
        backend.state_age if waits else None, backend.transaction_age, backend.state_age, backend.backend_start,
        backend.query,
    )  # fmt: skip


TREE = tree([_lock(backend) for backend in BUSY[:5]])
