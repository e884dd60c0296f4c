"""A server that never was: one moment of it, frozen, so that every picture of the console is the same picture."""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from textual.app import ScreenStackError
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from gbtui.database.database import Database
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.session_list import Session
from gbtui.domain.signals import Bot, Pulse
from gbtui.domain.tail import Batch, Figures, Message, Phase, State, Tail
from gbtui.domain.tail.events import Listener as TailListener
from gbtui.domain.tenant_list import Tenant
from gbtui.errors import GbtuiError, UsageError
from gbtui.lifecycle.jobs.registry import JOBS as REGISTERED
from gbtui.lifecycle.jobs.standing import Standing, row_of
from gbtui.monitor.feed import Listener
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor, Watch
from gbtui.monitor.platform.forecast import Forecast
from gbtui.monitor.platform.migrations import MigrationRow
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.connections import ConnectionGroup, Connections
from gbtui.monitor.server.connectivity import Connectivity
from gbtui.monitor.server.event import Event
from gbtui.monitor.server.indexes import IndexRow
from gbtui.monitor.server.rates import Rates
from gbtui.monitor.server.statement_rows import StatementRow
from gbtui.monitor.server.tables import TableRow
from gbtui.monitor.window import LAST, Span, seen
from gbtui.ui.app import Console
from gbtui.ui.connected import Connected, Look
from tests.ui.advised import INVALID, RARE, STANDINGS
from tests.waiting import until

NOW = datetime(2026, 11, 23, 14, 2, 31, tzinfo=UTC)
ACME, GLOBEX, UMBRELLA = (UUID(int=number) for number in (1, 2, 3))


def ago(**span: float) -> datetime:
    """A moment before NOW."""
    return NOW - timedelta(**span)


CONNECTIVITY = Connectivity(
    "primary",
    "18.6",
    180006,
    0.0004,
    ago(days=3),
    259_200.0,
    ago(days=3),
    NOW,
    "bots",
    "watch",
    "10.0.0.7:5432",
    "TLSv1.3",
)
CONNECTIONS = Connections(61, 9, 44, 8, 1, 12, 2, 1, 38, 100, 3, server_processes=7)
RATES = Rates(938.0, 4.0, 412.0, 0.993, 20.0, 9000.0, 8000.0, 800.0, 90.0, 3.0, 0.0, 0.0, 1.2e6, 0.4, 0, 0, 0)
TENANTS = (
    Tenant(ACME, "acme", "Acme Inc", ago(days=400), 13, 1001, ago(seconds=1), ago(seconds=1), 164.0, 0.38, 5000),
    Tenant(GLOBEX, "globex", "Globex", ago(days=300), 9, 310, ago(seconds=2), ago(seconds=2), 58.0, 0.14, 5000),
    Tenant(UMBRELLA, "umbrella", "東京トラベル", ago(days=200), 3, 0, ago(hours=5), None, 0.0, None, 5000),
)


def _session(number: int, tenant: Tenant, user: str, text: str, *, waits: float | None = None) -> Session:
    return Session(
        UUID(int=100 + number), tenant.org_id, tenant.organization, UUID(int=50 + number), "support",
        UUID(int=200 + number) if user else None, user, ago(hours=number), ago(seconds=10 * number),
        NOW + timedelta(hours=4), "bot" if waits is None else "user", ago(seconds=10 * number), text,
        ago(seconds=waits) if waits is not None else None, 12 * number,
    )  # fmt: skip


SESSIONS = (
    _session(1, TENANTS[0], "Ana.Baker", "Where is my parcel? I have waited for three days now.", waits=125),
    _session(2, TENANTS[0], "", "Glad I could help! 😊"),
    _session(3, TENANTS[1], "יונתן.לוי", "בשמחה, יום טוב."),
    _session(4, TENANTS[2], "佐藤さくら", "とんでもないです。[red]not markup[/red]", waits=4),
)


def _bot(number: int, tenant: Tenant, name: str, verdict: str, *, waiting: int, silent: float, reply: float) -> Bot:
    return Bot(
        tenant.organization, name, verdict, waiting, 125.0 if waiting else None, silent, 4.0, 12 * number, 1, 3.5,
        reply / 3, reply, 40, ago(seconds=silent), ago(seconds=silent - 1), 9.0, UUID(int=50 + number), tenant.org_id,
    )  # fmt: skip


BOTS = (
    _bot(1, TENANTS[0], "support", "silent", waiting=5, silent=379.0, reply=2.1),
    _bot(2, TENANTS[1], "billing", "well", waiting=2, silent=11.0, reply=1.4),
    _bot(3, TENANTS[2], "予約", "well", waiting=0, silent=2.0, reply=0.4),
)
PLATFORM = (Pulse("well", 412.0, 0.2, 0.1, 0.5, NOW, NOW),)
SILENCE = Finding(
    Severity.CRITICAL, "silence", "support@acme", "support@acme silent 6 m (usual gap 4 s); 5 people wait",
    "its users still write", "look into its last conversations", "bots", None, ago(seconds=379), ACME, "acme",
)  # fmt: skip
WAITING = Finding(
    Severity.WARNING, "waiting", "support@acme", "5 people wait for support@acme, the longest 2 m",
    "it is too slow", "read what they asked", "sessions", None, ago(minutes=2), ACME, "acme", "bot:support is:waiting",
)  # fmt: skip
MESSAGES = tuple(
    Message(
        UUID(int=1000 + number), UUID(int=101), UUID(int=201), UUID(int=51), tenant.org_id, tenant.organization,
        "support", "Ana.Baker", text, sender, ago(seconds=30 - number), 700 + number, False, len(text),
    )
    for number, (tenant, sender, text) in enumerate(
        [
            (TENANTS[0], "user", "Where is my parcel?"),
            (TENANTS[0], "bot", "Let me look. It left our house on Monday and is due tomorrow before noon."),
            (TENANTS[1], "user", "hostile \x1b]0;owned\x07 and \x1b[31mred\x1b[0m text"),
            (TENANTS[2], "bot", "とんでもないです。またいつでもどうぞ。"),
            (TENANTS[0], "user", "thanks"),
        ]
    )
)  # fmt: skip
FINDINGS = (
    Finding(Severity.CRITICAL, "locks", "4711", "12 sessions wait behind one ALTER TABLE of pid 4711, 9 of them acme's",
            "it waits for a transaction that is idle", "cancel pid 4711", "locks", "SELECT pg_cancel_backend(4711)",
            ago(minutes=4)),
    Finding(Severity.WARNING, "replication", "replica-b", "replica-b replays 42 s behind (1.1 GB), receiver up",
            "a long query on the standby", "look at the standby", "replication", None, ago(minutes=11)),
)  # fmt: skip
TABLES = (
    TableRow("public", "message_history", 87_200_000_000, 60_000_000_000, 27_200_000_000, 0, ago(seconds=20), 0, 36e3,
             1e8, 100_000_000, 2_000_000, 0.02, 0.9, 412.0, 0.0, None, 9000.0, 5_000_000, 3, 9000, ago(hours=2),
             ago(hours=2), 27, False),
    TableRow("public", "user_sessions", 920_000_000, 700_000_000, 220_000_000, 0, ago(minutes=4), 0, None, 1e6,
             1_000_000, 300_000, 0.23, 0.8, 80.0, 0.1, 1e6, 930.0, 900_000, 3, 9000, None, ago(hours=2), 0, True),
)  # fmt: skip
INDEXES = (
    IndexRow("public", "message_history", "message_history_org_created", "index", "btree", 12_100_000_000,
             ago(seconds=20), 4e3, 310.0, 21.0, 88_000_000, ago(seconds=3), 412.0, True, True, False, False, 27, 0,
             False, 0.98),
    IndexRow("public", "user_sessions", "user_sessions_pkey", "primary", "btree", 92_000_000, ago(seconds=20), 0.0,
             930.0, 1.0, 9_000_000, ago(seconds=1), 80.0, True, True, False, False, 0, 0, False),
    IndexRow("public", "user_sessions", "user_sessions_old", "unique", "btree", 61_000_000, ago(minutes=4), None, 0.0,
             None, 0, None, 80.0, False, True, True, False, 0, 0, True),
)  # fmt: skip
QUERIES = (
    StatementRow(7001, "owner", "bots", "/*tenant='acme'*/ INSERT INTO message_history (id, text)\nVALUES ($1, $2)",
                 412.0, 0.3, 0.9, 0.62, 1236.0, 4120, 4120, 1.0, 12.0, 0.998, 8192, 0, 3_400_000, 0.0, ago(days=3),
                 False, True, 88_000_000, 0.33, 210.0, 78, 10, 16400),
    StatementRow(7002, "report", "bots", "SELECT o.slug, count(*) FROM message_history m JOIN organizations o "
                 "ON o.org_id = m.org_id WHERE m.created_at > $1 GROUP BY o.slug ORDER BY count(*) DESC", 0.1,
                 640.0, 4.2, 0.32, 640.0, 1, 12, 12.0, 380.0, 0.41, 91_000_000, 52_000_000, 0, 0.0, ago(minutes=20),
                 False, True, 14, 160.0, 900.0, 152, 11, 16400),
    StatementRow(7003, "owner", "bots", None, 41.0, 0.1, None, 0.01, 41.0, 410, 0, 0.0, 0.0, 1.0, 0, 0, 0, 0.0,
                 ago(seconds=4), True, False, 410, 0.1, 0.4, None, 10, 16400),
)  # fmt: skip
POOL = (
    ConnectionGroup("bots", "botserver", "bots", "10.0.0.9", "idle", 40, 4000.0, 12.0, 30, False),
    ConnectionGroup("watch", "gbtui", "bots", "local", "active", 1, 60.0, 0.0, 0, True),
)
ACTIVITY = (
    Backend(4711, "client backend", "bots", "owner", "psql", "local", "active", "Lock", "relation", (4700,), 240.0,
            240.0, 240.0, 0, ago(minutes=9), None, False, "ALTER TABLE bots ADD COLUMN x int", "", ""),
)  # fmt: skip
EVENTS = (
    Event(ago(minutes=21), 1260.0, "connections", "38 of 61 connections of botserver began within a minute",
          "38 of 61 botserver sessions new"),
    Event(ago(hours=3), 10_800.0, "migration", "migration 00000000000001 (core) was applied by owner", "migration"),
    Event(ago(hours=5), 18_000.0, "reload", "the configuration was loaded anew", "reload"),
)  # fmt: skip
JOBS = tuple(
    row_of(
        REGISTERED[name],
        Standing(name, number, state, ago(hours=hours), ago(hours=hours - 0.001) if state != "running" else None, "dba",
                 error, detail, ago(hours=hours), None, zone, True, pid, False, NOW),
        NOW,
    )
    for number, (name, state, hours, error, detail, zone, pid) in enumerate(
        [
            ("partitions", "done", 13, "", '{"counts": {"partitions": 2}, "host": "ops-1"}', None, None),
            ("sessions", "done", 0.9, "", '{"counts": {"sessions": 1204}, "host": "ops-1"}', None, None),
            ("sizes", "running", 0.01, "", '{"host": "ops-2", "process": 92}', None, 4801),
            ("retention", "failed", 12, "The rows are never free: [red]tried[/red] for 120 s", "{}", None, None),
            ("statistics", "done", 59, "", '{"counts": {"tables": 0}}', "Europe/Berlin", None),
        ]
    )
)  # fmt: skip
FORECAST = (
    Forecast("databases", "all", 402_000_000_000, 3.1e9, 2.8e9, 3.3e9, "high", "60 days", 2_700_000.0, 2_500_000.0,
             500_000_000_000, None, "", None, ago(minutes=2),
             tuple(None if day == 30 else 402_000_000_000 - 3_100_000_000 * (89 - day) for day in range(90)), None),
    Forecast("table", "public.message_history", 87_200_000_000, 2.9e9, 2.7e9, 3e9, "high", "60 days", None, None, None,
             31_000_000_000, "if kept 365 days", 100_000_000, ago(minutes=2), (), None),
    Forecast("table", "public.clicks", 1_200_000_000, -2e6, -9e6, 4e6, "low", "60 days", None, None, None, None, "",
             9_000_000, ago(minutes=2), (), None),
    Forecast("tenant", "acme", 81_200_000_000, None, None, None, "", "", None, None, None, None, "", None,
             ago(minutes=2), (), ACME),
)  # fmt: skip
MIGRATIONS = (MigrationRow("00000000000001", "core", "applied", ago(hours=3), 12.0, "owner", (), False),)


class FrozenMonitor(Monitor):
    """Answers at once with what it was given, and never again unless it is told to."""

    def __init__(self, rows: dict[str, Sequence[Any]], findings: Iterable[Finding] = ()) -> None:
        super().__init__(cast(Database, None))
        self.samples = {name: Sample(name, tuple(found), NOW, 1.0) for name, found in rows.items()}
        self.findings = tuple(findings)
        self._judged = {"frozen": self.findings}
        self.watched: dict[object, tuple[str, Scope, Listener]] = {}
        self.reads = 0
        self.asked: list[str] = []
        self.wishes: list[Hashable] = []

    def watch(
        self, name: str, listener: Listener, scope: Scope = EVERYONE, span: Span = LAST, wish: Hashable = None
    ) -> Watch:
        """Tell the frozen sample at once, over `span` where the probe can and the sample remembers how."""
        key = object()
        self.watched[key] = (name, scope, listener)
        if wish is not None:
            self.wishes.append(wish)
        if name in self.samples:
            listener(seen(self.samples[name], self.probes[name], span))

        def close() -> None:
            self.watched.pop(key, None)

        return Watch(close)

    def now(self) -> datetime:
        """NOW."""
        return NOW

    def last(self, name: str, scope: Scope = EVERYONE) -> Sample[Any]:
        """The frozen sample."""
        return self.samples.get(name, Sample(name))

    def history(self, name: str) -> tuple[Sample[Any], ...]:
        """Half a minute of the same."""
        sample = self.last(name)
        keep = self.probes[name].keep if sample.rows else None
        sample = keep(sample) if keep else sample
        return tuple(replace(sample, taken_at=ago(seconds=30 - second)) for second in range(31)) if sample.rows else ()

    async def once(self, name: str, scope: Scope = EVERYONE, span: Span = LAST, wish: Hashable = None) -> Sample[Any]:
        """The frozen sample; what was asked is remembered."""
        self.asked.append(name)
        return self.last(name, scope)

    def refresh(self) -> None:
        """Count."""
        self.reads += 1

    def put(self, sample: Sample[Any]) -> None:
        """A new sample of a probe, for all who watch it."""
        self.samples[sample.probe] = sample
        for name, _, listener in tuple(self.watched.values()):
            if name == sample.probe:
                listener(sample)

    def fail(self, name: str, error: GbtuiError, *, keep: bool = True) -> None:
        """The probe's newest attempt fails."""
        self.put(replace(self.last(name) if keep else Sample(name), error=error))

    @property
    def names(self) -> set[str]:
        """What is watched now."""
        return {name for name, _, _ in self.watched.values()}


class FrozenTail(Tail):
    """Follows, with a handful of messages."""

    def __init__(self) -> None:
        super().__init__(cast(Database, None))
        self.state = State(Phase.FOLLOWING)
        self.held = MESSAGES
        self.history: Sequence[Message] = ()
        self.heard: list[TailListener] = []

    def subscribe(self, listener: TailListener) -> Callable[[], None]:
        """Tell what there is."""
        self.heard.append(listener)
        listener(self.state)
        listener(Batch(self.held, backlog=True))
        return lambda: self.heard.remove(listener)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The handful."""
        return self.held

    async def scrollback(self, before: Message, limit: int = 200) -> tuple[Message, ...]:
        """What is older, of `history`."""
        older = [one for one in self.history if (one.created_at, one.id) < (before.created_at, before.id)]
        return tuple(older[-limit:])

    @property
    def heard_at(self) -> datetime | None:
        """At this moment."""
        return NOW

    @property
    def live(self) -> bool:
        """While it follows."""
        return self.state.phase is Phase.FOLLOWING

    @property
    def messages_per_second(self) -> float | None:
        """A rate."""
        return 412.0

    @property
    def figures(self) -> Figures:
        """Figures."""
        return Figures(412.0, 0.1, 0.3, 0.002, 0.2, 5, 9, 0, 0)


def frozen_monitor(findings: Iterable[Finding] = FINDINGS) -> FrozenMonitor:
    """A busy server with two findings."""
    monitor = FrozenMonitor(
        {
            "connectivity": (CONNECTIVITY,),
            "events": EVENTS,
            "connections": (CONNECTIONS,),
            "rates": (RATES,),
            "tenants": TENANTS,
            "busiest": TENANTS,
            "sessions": SESSIONS,
            "bots": BOTS,
            "platform": PLATFORM,
            "queries": QUERIES,
            "tables": TABLES,
            "indexes": INDEXES,
            "pool": POOL,
            "activity": ACTIVITY,
            "migrations": MIGRATIONS,
            "jobs": JOBS,
            "forecast": FORECAST,
            "locks": (),
            "replication": (),
            "index_advice": (INVALID, RARE),
        },
        findings,
    )
    monitor.samples["index_advice"] = replace(monitor.samples["index_advice"], memory=STANDINGS)
    return monitor


def connected(monitor: Monitor | None = None, **changes: Any) -> Connected:
    """A server that answers."""
    return replace(
        Connected(monitor or frozen_monitor(), "prod-eu", lambda: "primary 18.6", FrozenTail(), organization=_named),
        **changes,
    )


async def _named(text: str) -> Scope:
    for tenant in TENANTS:
        if tenant.organization == text:
            return Scope(tenant.org_id, tenant.organization)
    raise UsageError("Which organization?", f"no organization is called so: {text}")


class StillConsole(Console):
    """A console for whom it is always NOW."""

    def now(self) -> datetime:
        """NOW."""
        return NOW


def console(to: Connected | None = None, **look: Any) -> StillConsole:
    """A console on a server, or on the usual one."""

    async def open_it(_: object) -> Connected:
        return to or connected()

    return StillConsole(open_it, Look("prod-eu", "prod-eu", **look))


@asynccontextmanager
async def running(app: Console, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[int]]:
    """The app, opened on its server and at rest."""
    async with app.run_test(size=size) as pilot:
        await until(lambda: _is_open(app))
        await settle(pilot)
        yield pilot


def _is_open(app: Console) -> bool:
    """Whether the first screen stands; between two modes there is none at all."""
    try:
        return app.current_mode == "overview" and app.screen.is_mounted
    except ScreenStackError:
        return False


async def settle(pilot: Pilot[int]) -> None:
    """Until all messages are handled, and what was waiting for the next picture."""
    attempts = [worker for worker in pilot.app.workers if worker.group == "attempt"]
    with suppress(WorkerCancelled):  # it is over as well
        await pilot.app.workers.wait_for_complete(attempts)
    await pilot.pause()
    await pilot.pause()


def text(app: Console) -> str:
    """The screen as the reader sees it, one line per row."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())
