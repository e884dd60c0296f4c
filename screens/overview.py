"""How it stands, at a glance: the verdict, the findings, four curves, the tenants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.scope import Scope
from gbtui.domain.signals import Tally, by_tenant
from gbtui.domain.tenant_list import Tenant
from gbtui.errors import DeniedError
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.judging.bots import sentence
from gbtui.monitor.monitor import Watch
from gbtui.monitor.sample import Sample
from gbtui.text import age, cells, clean, count, fit, plural, rate
from gbtui.ui import keymap
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe
from gbtui.ui.lines import Lines
from gbtui.ui.live_screen import LiveScreen, denied, nothing
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Line
from gbtui.ui.widgets.live_table import LiveTable
from screens.curves import Curves
from screens.health import SIGNS, fresh
from screens.tenants import most, reply, slowest, waiting, waits

_BOTS: Final = ("partitions", "migrations", "silence", "waiting", "tail", "messages")
"""Words in a check's or screen's name that make a finding one of the platform rather than of the database."""
_LIFE: Final = ("silence", "waiting")
"""The checks whose findings the verdict tells in one sentence."""
_MOST_FINDINGS: Final = 6
_SHRINK_SECONDS: Final = 60.0
_WIDE: Final = 110
"""Cells of a screen on which a finding also says what to do."""


class Overview(LiveScreen):
    """The first screen."""

    NAME = "overview"
    PROBES = ("connectivity", "connections", "rates", "tenants")
    TENANTS = True
    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("describe", "copy", "copy-row")]
    AUTO_FOCUS = "#findings"

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._heard: Watch | None = None
        self._room = 0
        self._room_needed = datetime.min.replace(tzinfo=UTC)
        self.told: Mapping[UUID, Tally] = {}

    def body(self) -> ComposeResult:
        """Verdict, findings, curves, tenants."""
        yield Lines(id="verdict")
        yield LiveTable(
            finding_columns(self),
            key=lambda finding: (finding.check, finding.subject),
            empty="nothing found any more",
            id="findings",
        )
        yield Curves()
        yield LiveTable(tenant_columns(self), key=lambda row: row.org_id, empty="no organization yet", id="tenants")

    # --- data --------------------------------------------------------------------------------------------

    @on(events.ScreenResume)
    def _hear(self) -> None:
        self._room = 0
        if self.console.connected and self._heard is None:
            self._heard = self.console.connected.monitor.watch_findings(self._found)

    def _found(self, _: tuple[Finding, ...]) -> None:
        self.call_later(self.judge)

    @on(events.ScreenSuspend)
    def _stop_hearing(self) -> None:
        if self._heard:
            self._heard.close()
            self._heard = None

    def probes(self) -> Iterable[str]:
        """Those of its probes that this registry has."""
        connected = self.console.connected
        return tuple(name for name in self.PROBES if connected and name in connected.monitor.probes)

    def show(self, sample: Sample[Any]) -> None:
        """New rows of one of them."""
        if sample.probe == "tenants":
            table = self.query_one("#tenants", LiveTable)
            monitor = self.console.connected.monitor if self.console.connected else None
            self.told = by_tenant(monitor.last("bots").rows) if monitor else {}
            table.set_rows(sample.rows)
            table.sync()
        elif sample.probe == "connectivity":
            self.curves()
            self.judge()

    def empty(self) -> None:
        """No tenants but those of the scope; findings and figures are the whole server's."""
        self.query_one("#tenants", LiveTable).clear()

    def tell(self) -> None:
        """What fails is said below; what was left out of the tenants is no trouble here."""
        self.judge()
        told = [found for name in self.probes() if (found := self.state(name)) and found[1] != "dim"]
        self.query_one("#notice", Notice).say(*(told[0] if told else ("", "")))
        tenants = self.samples.get("tenants")
        if tenants and tenants.error and tenants.taken_at is None:
            error = tenants.error
            said = denied(error) if isinstance(error, DeniedError) else clean(str(error))
            self.query_one("#tenants", LiveTable).say(said, "dim")
        elif tenants and (why := nothing(tenants)):
            self.query_one("#tenants", LiveTable).say(why)

    def redraw(self) -> None:
        """All again."""
        super().redraw()
        self.tell()

    # --- verdict and findings --------------------------------------------------------------------------------

    def judge(self) -> None:
        """Say what is wrong, or that nothing is."""
        findings = self._dated(self.console.findings)
        now = self.taken_at or self.console.now()
        width = self.size.width
        of_database = [finding for finding in findings if not of_bots(finding)]
        of_platform = [finding for finding in findings if of_bots(finding)]
        told = [
            self._lost(width) or verdict("database", of_database, self._well(), now, width, known=not self._blind()),
            self._unknown(of_platform, width)
            or verdict("bots", of_platform, self._bots(), now, width, says=self._trouble()),
        ]
        told.append(((" · ", "dim"), (fit("changed", 10), "dim"), (fit(self._changed(), width - 14), "")))
        self.query_one("#verdict", Lines).show([(), *told, ()])
        table = self.query_one("#findings", LiveTable)
        table.set_rows(findings)
        room = self._room_for(min(len(findings), _MOST_FINDINGS if self.size.height < 32 else 12))
        table.display = room > 0
        if self.focused is None or (self.focused is table and not findings):
            self.query_one("#findings" if findings else "#tenants").focus()
        table.styles.height = room + 1

    def _dated(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """The findings; those whose probe does not answer any more say when they were last seen."""
        monitor = self.console.connected.monitor if self.console.connected else None
        seen = [monitor.last_seen(finding) if monitor else None for finding in findings]
        return [
            replace(finding, what=f"{self._seen(at)}{finding.what}") if at else finding
            for finding, at in zip(findings, seen, strict=True)
        ]

    def _seen(self, at: datetime) -> str:
        seconds = (self.console.now() - at).total_seconds()
        return f"seen {age(seconds) if seconds >= 60 else '<1 m'} ago: "

    def _room_for(self, lines: int) -> int:
        """Lines for the findings: as many as are needed at once, fewer only when that has lasted.

        A list that grows and shrinks with every finding moves all that stands below it, which nobody can read and
        which repaints the whole screen.
        """
        now = self.console.now()
        if lines >= self._room or (now - self._room_needed).total_seconds() > _SHRINK_SECONDS:
            self._room, self._room_needed = lines, now
        return self._room

    def _lost(self, width: int) -> Line | None:
        """What stands in place of the verdict while the server does not answer."""
        sample = self.samples.get("connectivity")
        if sample is None or sample.error is None:
            return None
        said = fit(f"no answer: {clean(sample.error.message or sample.error.title)}", width - 14)
        return ((" ✖ ", "critical"), (fit("database", 10), "bold"), (said, "critical"))

    def _unknown(self, findings: Sequence[Finding], width: int) -> Line | None:
        """What is said of the bots while nothing is known of now: since when, and why.

        While the server answers, what other probes found of them is worth more.
        """
        sample = self.samples.get("tenants")
        lost = self._lost(width)
        error = sample.error if sample else None
        bad = any(finding.severity >= Severity.WARNING for finding in findings)
        if sample is None or (lost is None and (error is None or bad)):
            return None
        since = f"not known since {self.console.time(sample.taken_at)}" if sample.taken_at else "not known"
        if error is not None and lost is None:
            since += f": {clean(error.hint if isinstance(error, DeniedError) else error.message or error.title)}"
        return ((" ? ", "warning"), (fit("bots", 10), ""), (fit(since, width - 14), ""))

    def _blind(self) -> Sequence[str]:
        """The probes that do not answer now: what rests on them is not judged anew."""
        monitor = self.console.connected.monitor if self.console.connected else None
        names = dict.fromkeys(name for check in CHECKS for name in check.probes)
        return [name for name in names if monitor and monitor.last(name).error]

    def _well(self) -> str:
        """What to say of the database where no check finds anything."""
        connected = self.console.connected
        probe = connected.monitor.last("connections").first if connected else None
        used = f", {probe.used} of {probe.max_connections} connections" if probe else ""
        notes = sum(finding.severity is Severity.INFO for finding in self.console.findings)
        found = f"{plural(notes, 'note')} of" if notes else "nothing found by"
        if blind := self._blind():
            seeing = sum(not any(name in blind for name in check.probes) for check in CHECKS)
            total = plural(len(CHECKS), "check")
            return f"{seeing} of {total} can look, and find nothing{used}; no answer from {', '.join(blind)}"
        return f"{found} {plural(len(CHECKS), 'check')}{used}"

    def _bots(self) -> str:
        if self.console.connected is None or self.console.connected.tail is None:
            return "no bot platform in this database"
        rows: Sequence[Tenant] = self.query_one("#tenants", LiveTable).rows
        busy = sum(1 for row in rows if row.messages_per_second_sampled > 0)
        active = sum(row.sessions_active for row in rows)
        waits = sum(row.waiting for row in self.console.connected.monitor.last("bots").rows)
        told = f", {count(waits)} {'waits' if waits == 1 else 'wait'}" if waits else ""
        return f"{plural(busy, 'tenant')} wrote within a minute, {plural(active, 'active session')}{told}"

    def _trouble(self) -> str:
        """Who is silent and who waits, in one sentence; "" if nobody."""
        monitor = self.console.connected.monitor if self.console.connected else None
        if monitor is None:
            return ""
        bots = monitor.last("bots")
        told = sentence(bots.rows, monitor.last("platform").first)
        return f"{self._seen(bots.taken_at)}{told}" if told and bots.error and bots.taken_at else told

    def _changed(self) -> str:
        connected = self.console.connected
        if connected is None:
            return ""
        said: list[str] = []
        connections = connected.monitor.last("connections").first
        if connections is not None:
            said.append(f"{connections.new_in_last_minute} of {connections.used} connections new in a minute")
        applied = [row.applied_at for row in connected.monitor.last("migrations").rows if row.applied_at]
        if applied:
            said.append(f"migration {self.console.time(max(applied))}")
        server = connected.monitor.last("connectivity").first
        if server is not None:
            said.append(f"up {age(server.uptime)}")
        return " · ".join(said)

    # --- curves ----------------------------------------------------------------------------------------------

    def curves(self) -> None:
        """Messages, commits, connections, waiting; each with its figure of now."""
        connected = self.console.connected
        if connected is None:
            return
        monitor = connected.monitor
        self.query_one(Curves).show(monitor, self.console.tail_rates if connected.tail else ())

    # --- keys ------------------------------------------------------------------------------------------------

    @property
    def table(self) -> LiveTable[Any]:
        """The table that has the focus; the findings' while none has."""
        focused = self.focused
        return focused if isinstance(focused, LiveTable) else self.query_one("#findings", LiveTable)

    def row_scope(self) -> Scope | None:
        """The tenant under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if isinstance(row, Tenant) else None

    @on(LiveTable.Opened)
    def enter(self, message: LiveTable.Opened) -> None:
        """A finding leads to its screen, a tenant to its sessions."""
        row = message.row
        if isinstance(row, Tenant):
            self.console.set_scope(Scope(row.org_id, row.organization))
            self.console.open_panel("sessions")
        else:
            if row.tenant is not None and row.narrow:
                self.console.set_scope(Scope(row.tenant, row.organization))
            self.console.open_panel(row.screen, narrow=row.narrow, subject=row.subject)

    def action_describe(self) -> None:
        """All of the row under the cursor."""
        row = self.table.cursor_row
        if isinstance(row, Finding):
            advised = row.statement or row.advice
            self.console.push_screen(Describe(row.check, row, (), self.console.time, advised=advised))
        elif row is not None:
            queries = ("general_bots/tenants", "general_bots/tenants_busy")
            self.console.push_screen(Describe(row.organization, row, queries, self.console.time))

    def action_copy(self) -> None:
        """The advised statement of a finding; the cell of a tenant."""
        row = self.table.cursor_row
        if isinstance(row, Finding):
            self.console.send(clean(row.statement or row.advice, keep="\n"))
        elif row is not None:
            self.console.send(clean(self.table.cursor_text))

    def action_copy_row(self) -> None:
        """The row, tab-separated."""
        row = self.table.cursor_row
        if row is not None:
            self.console.send("\t".join(clean(column.text(row)) for column in self.table.columns))

    def to_top(self) -> None:
        """The first finding."""
        self.table.action_first()

    def on_resize(self) -> None:
        """Lines are as wide as the screen."""
        self._room = 0
        if self.samples:
            self.call_after_refresh(self.redraw)
            self.call_after_refresh(self.curves)


def finding_columns(screen: Overview) -> Sequence[Column[Finding]]:
    """Sign, what it is about, what is wrong, since when, where to look."""
    return (
        Column("sign", "", 1, lambda row: SIGNS[row.severity][0], style=lambda row: SIGNS[row.severity][1],
               sort=lambda row: -row.severity),
        Column("check", "finding", 13, lambda row: row.check.replace("_", " ")),
        Column("what", "", 0, lambda row: f"{row.what} → {row.advice}" if screen.size.width >= _WIDE else row.what),
        Column("since", "since", 5, lambda row: since(row, screen.taken_at), "right", sort=lambda row: row.since,
               style=lambda _: "dim"),
        Column("screen", "in", 11, lambda row: row.screen, style=lambda _: "dim"),
    )  # fmt: skip


def tenant_columns(screen: Overview) -> Sequence[Column[Tenant]]:
    """Fewer than on the screen of tenants."""
    return (
        Column("tenant", "tenant", 18, lambda row: row.organization),
        Column("name", "name", 0, lambda row: row.name, style=lambda _: "dim"),
        Column("rate", "msg/s", 7, lambda row: rate(row.messages_per_second_sampled) if row.sample else "", "right",
               sort=lambda row: row.messages_per_second_sampled),
        Column("share", "share", 7, lambda row: f"{row.share_sampled:.0%}".replace("%", " %")
               if row.share_sampled else "", "right", sort=lambda row: row.share_sampled or 0.0),
        Column("active", "active", 8, lambda row: most(row.sessions_active), "right",
               sort=lambda row: row.sessions_active),
        Column("waiting", "waits", 5, lambda row: waits(screen.told.get(row.org_id)), "right",
               sort=lambda row: waiting(screen.told.get(row.org_id)), style=lambda _: "warning",
               help="sessions whose user waits for an answer"),
        Column("reply", "reply", 6, lambda row: reply(screen.told.get(row.org_id)), "right",
               sort=lambda row: slowest(screen.told.get(row.org_id)),
               help="of twenty answers of its slowest bot the slowest took longer"),
        Column("last", "last", 5, lambda row: fresh((screen.console.now() - row.last_message_at).total_seconds())
               if row.last_message_at else "", "right", sort=lambda row: row.last_message_at, style=lambda _: "dim",
               help="how long ago the newest message was written"),
    )  # fmt: skip


def verdict(
    area: str, findings: Sequence[Finding], well: str, now: datetime, width: int, *, known: bool = True, says: str = ""
) -> Line:
    """One area in one line: its worst finding, or that all is well; `known` False: as far as can be seen.

    `says` is the sentence for silence and waiting, which are told together, with their ages.
    """
    worst = max(findings, key=lambda finding: finding.severity, default=None)
    if worst is None or worst.severity < Severity.WARNING:
        sign, style = ("✓", "ok") if known else ("?", "warning")
        return ((f" {sign} ", style), (fit(area, 10), ""), (fit(well, width - 14), ""))
    sign, style = SIGNS[worst.severity]
    if says and worst.check in _LIFE:
        return ((f" {sign} ", style), (fit(area, 10), "bold"), (fit(clean(says), width - 14), ""))
    old = since(worst, now)
    room = width - 14 - cells(old) - 2
    return ((f" {sign} ", style), (fit(area, 10), "bold"), (fit(clean(worst.what), room), ""), (f"  {old}", "dim"))


def since(finding: Finding, now: datetime | None) -> str:
    """How long a finding has been there."""
    if finding.since is None or now is None:
        return ""
    seconds = (now - finding.since).total_seconds()
    return age(seconds) if seconds >= 60 else "<1 m"


def of_bots(finding: Finding) -> bool:
    """Whether a finding is about the platform rather than about the database."""
    return any(word in f"{finding.check} {finding.screen}" for word in _BOTS)
