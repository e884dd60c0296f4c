"""How it stands, at a glance: the database or the bots, what changed, what is wrong, the curves, the tenants."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.scope import Scope
from gbtui.domain.signals import Tally, by_tenant
from gbtui.domain.tenant_list import Tenant
from gbtui.domain.things import of_row
from gbtui.errors import DeniedError
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.ignored import Ignored
from gbtui.monitor.monitor import Monitor, Watch
from gbtui.monitor.plain import values
from gbtui.monitor.platform.tenants import of_load
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.load import Load
from gbtui.text import cells, clean, fit
from gbtui.ui import keymap
from gbtui.ui.chrome import Notice, short
from gbtui.ui.describe import Describe, queries_of
from gbtui.ui.lines import Lines
from gbtui.ui.live_screen import LiveScreen, denied, nothing
from gbtui.ui.widgets.line_view import Line
from gbtui.ui.widgets.live_table import LiveTable
from screens import standing
from screens.curves import Curves
from screens.overview_columns import WIDE, finding_columns, tenant_columns
from screens.verdicts import changed, lost, of_bots, unknown, verdict

_MOST_FINDINGS: Final = 5
_SHRINK_SECONDS: Final = 60.0
_TALL: Final = 32
"""Lines of a screen on which there is room for more findings."""


class Overview(LiveScreen):
    """The first screen."""

    NAME = "overview"
    PROBES = ("connectivity", "connections", "rates", "events", "busiest")
    TENANTS = True
    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("describe", "copy", "copy-row", "left-out")]
    AUTO_FOCUS = "#findings"

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._heard: Watch | None = None
        self._room = 0
        self._room_needed = datetime.min.replace(tzinfo=UTC)
        self._all = False
        self._touched = False
        self._aside: Mapping[tuple[str, str], Ignored] = {}
        self.told: Mapping[UUID, Tally] = {}
        self.loads: Mapping[str, Load] = {}

    def body(self) -> ComposeResult:
        """Verdict, findings, what to do, curves, tenants."""
        yield Lines(id="verdict")
        yield LiveTable(
            finding_columns(self),
            key=lambda finding: (finding.check, finding.subject),
            empty="nothing found any more",
            id="findings",
        )
        yield Lines(id="advice")
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
        if sample.probe == "busiest":
            table = self.query_one("#tenants", LiveTable)
            monitor = self.console.connected.monitor if self.console.connected else None
            self.told = by_tenant(monitor.last("bots").rows) if monitor else {}
            self.loads = {row.tenant: row for row in of_load(monitor.last("load"))} if monitor else {}
            table.set_rows(sample.rows)
            table.sync()
        elif sample.probe == "connectivity":
            self.curves()
            self.judge()

    def empty(self) -> None:
        """No tenants but those of the scope; findings and figures are the whole server's."""
        tenants = self.query_one("#tenants", LiveTable)
        self._touched = self._touched or not tenants.untouched
        tenants.clear()

    def tell(self) -> None:
        """What fails is said below; what was left out of the tenants is no trouble here."""
        self.judge()
        told = [found for name in self.probes() if (found := self.state(name)) and found[1] != "dim"]
        self.query_one("#notice", Notice).say(*(told[0] if told else ("", "")))
        tenants = self.samples.get("busiest")
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

    @property
    def monitor(self) -> Monitor | None:
        """What watches; None before a server answers."""
        return self.console.connected.monitor if self.console.connected else None

    def kept_back(self, finding: Finding) -> Ignored | None:
        """What keeps a finding back, of those that were put aside."""
        return self._aside.get((finding.check, finding.subject))

    def judge(self) -> None:
        """Say what is wrong, or that nothing is."""
        findings = standing.dated(self.monitor, self.console.findings, self.console.now())
        aside = self.monitor.aside if self.monitor else ()
        self._aside = {(one.finding.check, one.finding.subject): one.ignored for one in aside}
        self.query_one("#verdict", Lines).show([(), *self._verdicts(findings)])
        rows = [*findings, *(one.finding for one in aside)] if self._all else findings
        table = self.query_one("#findings", LiveTable)
        table.set_rows(rows)
        room = self._room_for(min(len(rows), _MOST_FINDINGS if self.size.height < _TALL else 12))
        table.display = room > 0
        tenants = self.query_one("#tenants", LiveTable)
        self._touched = self._touched or not (tenants.untouched and table.untouched)
        waits = bool(rows) and self.focused is tenants and not self._touched
        if self.focused is None or (self.focused is table and not rows) or waits:
            self.query_one("#findings" if rows else "#tenants").focus()
        table.styles.height = room + 1
        self._advise()

    def _verdicts(self, findings: Sequence[Finding]) -> Sequence[Line]:
        now, width = self.taken_at or self.console.now(), self.size.width
        of_database = [finding for finding in findings if not of_bots(finding)]
        of_platform = [finding for finding in findings if of_bots(finding)]
        aside = [of_bots(one.finding) for one in self.monitor.aside] if self.monitor else []
        gone = lost(self.samples.get("connectivity"), width)
        bad = any(finding.severity >= Severity.WARNING for finding in of_platform)
        tenants = self.samples.get("busiest")
        # While the server answers, what other probes found of the bots is worth more than that one does not.
        asked = None if bad and gone is None else tenants
        since = self.console.time(tenants.taken_at) if tenants else ""
        server = self.monitor.last("connectivity").first if self.monitor else None
        connected = self.console.connected
        rows: Sequence[Tenant] = self.query_one("#tenants", LiveTable).rows if connected and connected.tail else ()
        bots = standing.bots(self.monitor, rows) if connected and connected.tail else standing.NO_BOTS
        if connected and connected.tail and (tenants is None or tenants.taken_at is None):
            bots = "reading …"
        well = standing.well(self.monitor, self.console.findings)
        says = standing.trouble(self.monitor, self.console.now())
        known = not standing.blind(self.monitor)
        return (
            gone or verdict("database", of_database, well, now, width, known=known, aside=aside.count(False)),
            unknown(asked, since, width, alone=gone is None)
            or verdict("bots", of_platform, bots, now, width, says=says, aside=aside.count(True)),
            changed(
                self.monitor.last("events") if self.monitor else Sample("events"),
                self.console.now(),
                width,
                up=server.uptime if server else None,
            ),
        )

    @on(LiveTable.Moved, "#findings")
    def _advise(self) -> None:
        """Under the list: what to do about the finding under the cursor, where the list has no room for it."""
        table = self.query_one("#findings", LiveTable)
        row: Finding | None = table.cursor_row if table.display else None
        said = f"→ {clean(row.advice)}" if row is not None and row.advice and self.size.width < WIDE else ""
        hidden = len(table.rows) - max(0, table.size.height - 1) if table.display else 0
        more = f"  {hidden} more findings" if hidden > 0 else ""
        room = self.size.width - 4 - len(more)
        told = said if cells(said) <= room else short(said, room)
        self.query_one("#advice", Lines).show([((f"   {fit(told, room)}{more}", "dim"),)])

    def _room_for(self, lines: int) -> int:
        """Lines for the findings: as many as are needed at once, fewer only when that has lasted.

        A list that grows and shrinks with every finding moves all that stands below it, which nobody can read and
        which repaints the whole screen.
        """
        now = self.console.now()
        if lines >= self._room or (now - self._room_needed).total_seconds() > _SHRINK_SECONDS:
            self._room, self._room_needed = lines, now
        return self._room

    # --- curves ----------------------------------------------------------------------------------------------

    def curves(self) -> None:
        """Each with its figure of now."""
        connected = self.console.connected
        if connected is not None:
            self.query_one(Curves).show(connected.monitor, self.console.tail_rates if connected.tail else ())

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
            told = self.kept_back(row)
            queries = [name for probe in self._behind(row) for name in queries_of(probe)]
            shown = row if told is None else {**values(row), "put_aside": told.told}
            self.console.push_screen(Describe(row.check, shown, queries, self.console.time, advised=advised))
        elif row is not None:
            tenants = ("general_bots/tenants", "general_bots/tenants_busy")
            thing = of_row(row)
            self.console.push_screen(Describe(row.organization, row, tenants, self.console.time, thing=thing))

    def _behind(self, finding: Finding) -> Sequence[str]:
        """The probes a finding rests on."""
        return next((check.probes for check in CHECKS if check.name == finding.check), ())

    def finding(self) -> Finding | None:
        """The finding under the cursor."""
        row = self.table.cursor_row
        return row if isinstance(row, Finding) else None

    def action_left_out(self) -> None:
        """Show the findings that were put aside; again: leave them out."""
        self._all = not self._all
        self._room = 0
        self.judge()
        if self._all and not self._aside:
            self.console.say("nothing was put aside; :ignore 7d REASON puts a finding aside")

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
