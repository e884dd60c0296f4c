"""How it stands, at a glance: the verdict, the findings, four curves, the tenants."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.scope import Scope
from gbtui.domain.tenant_list import Tenant
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Watch
from gbtui.monitor.sample import Sample
from gbtui.text import NOTHING, age, cells, clean, count, fit, plural, rate
from gbtui.ui import keymap
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe
from gbtui.ui.lines import Lines
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.glyphs import Glyphs
from gbtui.ui.widgets.line_view import Line, Run
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.widgets.spark import bars
from screens.health import SIGNS, fresh
from screens.tenants import most

_BOTS: Final = ("partitions", "migrations", "silence", "waiting", "tail", "messages")
"""Words in a check's or screen's name that make a finding one of the platform rather than of the database."""
_MOST_FINDINGS: Final = 6
_WIDE: Final = 110
"""Cells of a screen on which a finding also says what to do."""
BAR: Final = 5
"""Seconds in one bar of a curve."""
_SLOW: Final = 0.05
"""Seconds of round trip beyond which the curve of it turns a warning."""


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

    def body(self) -> ComposeResult:
        """Verdict, findings, curves, tenants."""
        yield Lines(id="verdict")
        yield LiveTable(finding_columns(self), key=lambda finding: (finding.check, finding.subject), id="findings")
        yield Lines(id="curves")
        yield LiveTable(tenant_columns(self), key=lambda row: row.org_id, empty="no organization yet", id="tenants")

    # --- data --------------------------------------------------------------------------------------------

    @on(events.ScreenResume)
    def _hear(self) -> None:
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
            self.query_one("#tenants", LiveTable).set_rows(sample.rows)
        elif sample.probe == "connectivity":
            self.curves()
            self.judge()

    def tell(self) -> None:
        """What fails is said below; what was left out of the tenants is no trouble here."""
        self.judge()
        told = [found for name in self.probes() if (found := self.state(name)) and found[1] != "dim"]
        self.query_one("#notice", Notice).say(*(told[0] if told else ("", "")))
        tenants = self.samples.get("tenants")
        if tenants and tenants.error and tenants.taken_at is None:
            self.query_one("#tenants", LiveTable).say(clean(str(tenants.error)), "dim")

    def redraw(self) -> None:
        """All again."""
        super().redraw()
        self.judge()

    # --- verdict and findings --------------------------------------------------------------------------------

    def judge(self) -> None:
        """Say what is wrong, or that nothing is."""
        findings = self.console.findings
        now = self.taken_at or self.console.now()
        width = self.size.width
        lost = self.samples["connectivity"].error if "connectivity" in self.samples else None
        told = [verdict("database", [f for f in findings if not of_bots(f)], self._well(), now, width)]
        if lost is not None:
            said = fit(f"no answer: {clean(lost.message or lost.title)}", width - 14)
            told = [((" ✖ ", "critical"), (fit("database", 10), "bold"), (said, "critical"))]
        told.append(verdict("bots", [f for f in findings if of_bots(f)], self._bots(), now, width))
        told.append(((" · ", "dim"), (fit("changed", 10), "dim"), (fit(self._changed(), width - 14), "")))
        self.query_one("#verdict", Lines).show([(), *told, ()])
        table = self.query_one("#findings", LiveTable)
        table.set_rows(findings)
        table.display = bool(findings)
        if self.focused is None or (self.focused is table and not findings):
            self.query_one("#findings" if findings else "#tenants").focus()
        table.styles.height = min(len(findings), _MOST_FINDINGS if self.size.height < 32 else 12) + 1

    def _well(self) -> str:
        """What to say of the database where no check finds anything."""
        connected = self.console.connected
        probe = connected.monitor.last("connections").first if connected else None
        used = f", {probe.used} of {probe.max_connections} connections" if probe else ""
        notes = sum(finding.severity is Severity.INFO for finding in self.console.findings)
        found = f"{plural(notes, 'note')} of" if notes else "nothing found by"
        return f"{found} {plural(len(CHECKS), 'check')}{used}"

    def _bots(self) -> str:
        tail = self.console.connected.tail if self.console.connected else None
        if tail is None:
            return "no bot platform in this database"
        rows: Sequence[Tenant] = self.query_one("#tenants", LiveTable).rows
        busy = sum(1 for row in rows if row.messages_per_second_sampled > 0)
        active = sum(row.sessions_active for row in rows)
        return f"{plural(busy, 'tenant')} wrote within a minute, {plural(active, 'active session')}"

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
        links = monitor.history("connections")
        top = float(links[-1].rows[0].max_connections) if links and links[-1].rows else None
        told = self.console.tail_rates
        messages = Curve("messages/s", told, "rate", rate) if connected.tail else Curve(
            "rows written/s", monitor.history("rates"), "rows_inserted_per_s", rate)  # fmt: skip
        of_used = f"/{top:.0f}" if top else ""
        pairs = (
            (messages,
             Curve("commits/s", monitor.history("rates"), "commits_per_s", rate)),
            (Curve("waiting, lock", links, "waiting_for_locks", count, alarm=1),
             Curve("idle in tx", links, "idle_in_transaction", count)),
            (Curve("connections", links, "used", lambda used: f"{used:.0f}{of_used}", top=top,
                   alarm=0.9 * top if top else None),
             Curve("round trip", monitor.history("connectivity"), "round_trip",
                   lambda seconds: f"{max(seconds, 0.001) * 1000:.0f} ms", alarm=_SLOW)),
        )  # fmt: skip
        width = self.size.width
        half = (width - 3) // 2
        lines: list[Line] = [()]
        for left, right in pairs:
            lines.append((*left.runs(half, self.console.glyphs), ("   ", ""), *right.runs(half, self.console.glyphs)))
        self.query_one("#curves", Lines).show([*lines, ()])

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
            self.console.open_panel(row.screen)

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
        if self.samples:
            self.call_after_refresh(self.redraw)
            self.call_after_refresh(self.curves)


class Curve:
    """A name, the figure of now, and how it came to be; the newest is at the right."""

    def __init__(
        self,
        name: str,
        samples: Sequence[Sample[Any]],
        field: str,
        say: Callable[[float], str],
        *,
        top: float | None = None,
        alarm: float | None = None,
    ) -> None:
        self.name, self.say, self.top, self.alarm = name, say, top, alarm
        self.values = steps(samples, field)
        self.now: float | None = getattr(samples[-1].first, field, None) if samples else None

    def runs(self, width: int, glyphs: Glyphs) -> Sequence[Run]:
        """The curve in so many cells; the figure turns a warning beyond the alarm."""
        loud = self.alarm is not None and self.now is not None and self.now >= self.alarm
        head = f" {fit(self.name, 14)}"
        figure = fit(NOTHING if self.now is None else self.say(self.now), 8, "right")
        drawn = bars(self.values, width - cells(head) - cells(figure) - 1, top=self.top, glyphs=glyphs)
        return ((head, "dim"), (figure, "warning" if loud else ""), (f" {drawn}", "accent"))


def steps(samples: Sequence[Sample[Any]], name: str) -> Sequence[float | None]:
    """Means of a field over BAR seconds each, oldest first; None where no sample was taken.

    Bars begin at whole multiples of BAR, so that a curve moves on rarely, not with each sample.
    """
    groups: dict[int, list[float]] = {}
    for sample in samples:
        value = getattr(sample.first, name, None)
        if sample.taken_at is not None:
            groups.setdefault(int(sample.taken_at.timestamp() // BAR), []).extend([] if value is None else [value])
    if not groups:
        return ()
    held = (groups.get(step, []) for step in range(min(groups), max(groups) + 1))
    return [sum(group) / len(group) if group else None for group in held]


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
        Column("last", "last", 5, lambda row: fresh((screen.console.now() - row.last_message_at).total_seconds())
               if row.last_message_at else "", "right", sort=lambda row: row.last_message_at, style=lambda _: "dim",
               help="how long ago the newest message was written"),
    )  # fmt: skip


def verdict(area: str, findings: Sequence[Finding], well: str, now: datetime, width: int) -> Line:
    """One area in one line: its worst finding, or that all is well."""
    worst = max(findings, key=lambda finding: finding.severity, default=None)
    if worst is None or worst.severity < Severity.WARNING:
        return ((" ✓ ", "ok"), (fit(area, 10), ""), (fit(well, width - 14), ""))
    sign, style = SIGNS[worst.severity]
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
