"""All panels in one list: what each finds, how bad it is, how old it is; enter opens its table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from textual import events, on
from textual.app import ComposeResult
from textual.timer import Timer

from gbtui.errors import DeniedError
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Sample
from gbtui.text import NOTHING, age, clean
from gbtui.ui.describe import queries_of
from gbtui.ui.lines import Lines
from gbtui.ui.list_screen import Caption, ListScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable
from screens.boxes import BOXES
from screens.boxes import lines as box_lines
from screens.sentences import sentence

SIGNS: Final = {
    Severity.CRITICAL: ("✖", "critical"),
    Severity.WARNING: ("!", "warning"),
    Severity.INFO: ("·", ""),
    Severity.OK: ("✓", "ok"),
}


_TALL: Final = 36
"""Lines of a terminal from which on the boxes are shown."""
_LOOK: Final = 60.0
"""Seconds after which a panel is looked at again that nothing else watches: its own table reads it at its own pace."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_GAP: Final = 0.5
"""Seconds between two drawings: a dozen probes answer within a second, and the list is drawn whole."""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One probe and what its checks found."""

    name: str
    severity: Severity | None
    """None: not judged, because it never answered or nothing judges it."""
    says: str
    taken_at: datetime | None
    age: str
    finding: Finding | None
    failed: bool = False
    """Whether it is denied, or did not answer."""

    @property
    def rank(self) -> int:
        """Its place: what is bad, what is not known, what is worth a note, what is well, what is not read yet."""
        if self.severity is not None and self.severity >= Severity.WARNING:
            return -int(self.severity)
        if self.failed:
            return 0
        return 1 if self.finding is not None else 2 if self.severity is not None else 3


class Health(ListScreen):
    """Every probe of the server is here. Those that run anyway are as new as they are; of the others each is asked once
    a minute, or as seldom as its own pace says."""

    NAME = "health"
    THINGS = "panels"
    WHOLE_SERVER = True
    STEPS = False

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._looking = False
        self._asked: dict[str, datetime] = {}
        self._drawn = float("-inf")
        self._timer: Timer | None = None

    def columns(self) -> Sequence[Column[PanelRow]]:
        """Sign, name, sentence, age."""
        return (
            Column("sign", "", 1, sign, style=style, sort=lambda row: -(row.severity or 0)),
            Column("panel", "panel", 14, lambda row: row.name),
            Column("says", "what it finds", 0, lambda row: row.says,
                   style=lambda row: style(row) if (row.severity or 0) >= Severity.WARNING else ""),
            Column("age", "age", 5, lambda row: row.age, "right", sort=lambda row: row.taken_at,
                   style=lambda _: "dim"),
        )  # fmt: skip

    def key(self, row: PanelRow) -> object:
        """The probe's name."""
        return row.name

    def probes(self) -> Iterable[str]:
        """Those that run although nobody watches, and those of the boxes while they are shown."""
        connected = self.console.connected
        boxes = {box.probe for box in BOXES} if self.size.height >= _TALL else frozenset()
        registered = connected.monitor.probes.values() if connected else ()
        return tuple(probe.name for probe in registered if probe.always or probe.name in boxes)

    def body(self) -> ComposeResult:
        """Four boxes where there is room, caption and list."""
        yield Lines(id="boxes")
        yield Caption()
        yield LiveTable(self.columns(), key=self.key, id="list")

    # --- looking at what nobody watches --------------------------------------------------------------------

    def on_mount(self) -> None:
        """See about the others every second, while the screen is visible."""
        self.set_interval(1.0, self._look)

    @on(events.ScreenResume)
    def _look(self) -> None:
        """Ask those that were not asked for a minute, one after the other."""
        connected = self.console.connected
        if not self.is_current or connected is None or self._looking or connected.monitor.paused:
            return
        if due := self._due(connected.monitor):
            self._looking = True
            self.run_worker(self._ask(connected.monitor, due), group="look", exit_on_error=False)

    def _due(self, monitor: Monitor) -> Sequence[str]:
        now, watched = self.console.now(), set(self.probes())
        last = {probe: self._newest(monitor, probe.name) for probe in _listed(monitor) if probe.name not in watched}
        asked = {probe.name: max(sample.taken_at or _NEVER, self._asked.get(probe.name, _NEVER))
                 for probe, sample in last.items()}  # fmt: skip
        return [probe.name for probe in last if (now - asked[probe.name]).total_seconds() >= max(_LOOK, probe.interval)]

    async def _ask(self, monitor: Monitor, names: Sequence[str]) -> None:
        try:
            for name in names:
                self._asked[name] = self.console.now()
                await monitor.once(name, self.console.scope)
                self._draw_soon()
        finally:
            self._looking = False

    def _newest(self, monitor: Monitor, name: str) -> Sample[Any]:
        return monitor.last(name, self.console.scope) if monitor.probes[name].scoped else monitor.last(name)

    def action_now(self) -> None:
        """Read all, the others too."""
        super().action_now()
        self._asked.clear()
        self._look()

    # --- drawing -------------------------------------------------------------------------------------------

    def show(self, sample: Sample[Any]) -> None:
        """One panel's sentence is new; all are drawn, which costs what changed."""
        self._draw_soon()

    def tell(self) -> None:
        """Each row says its own state."""
        self._draw_soon()

    def on_resize(self) -> None:
        """The boxes come and go with the room for them."""
        if self.is_current:
            self.watch_again()

    def _draw_soon(self) -> None:
        """Draw now, or when the last drawing is old enough."""
        now = monotonic()
        if now - self._drawn >= _GAP:
            self._draw()
        elif self._timer is None:
            self._timer = self.set_timer(_GAP - (now - self._drawn), self._draw)

    def _draw(self) -> None:
        self._timer, connected = None, self.console.connected
        if connected is None or not self.is_mounted:
            return
        self._drawn, now = monotonic(), self.console.now()
        rows = [
            panel_row(probe, self._newest(connected.monitor, probe.name), self.console.findings, now)
            for probe in _listed(connected.monitor)
        ]
        boxes = self.query_one("#boxes", Lines)
        boxes.display = self.size.height >= _TALL and all(box.probe in connected.monitor.probes for box in BOXES)
        if boxes.display:
            boxes.show(box_lines(connected.monitor.last, self.size.width))
        rows.sort(key=lambda row: row.rank)
        self.table.set_rows(rows)
        self.caption()

    def remarks(self) -> list[Run]:
        return [(f"  {summary(self.table.rows)}", "dim")]

    def enter(self, row: PanelRow) -> None:
        """The panel's own table."""
        subject = row.finding.subject if row.finding else ""
        self.console.open_panel(row.name, narrow=row.finding.narrow if row.finding else "", subject=subject)

    def finding(self) -> Finding | None:
        """The worst of the panel under the cursor."""
        row: PanelRow | None = self.table.cursor_row
        return row.finding if row else None

    def queries(self) -> Sequence[str]:
        """Of the panel under the cursor."""
        row = self.table.cursor_row
        return queries_of(row.name) if row else ()

    def describe(self, row: Any, advised: str = "") -> None:
        """The finding, where there is one, with its advice."""
        if row.finding is None:
            super().describe(row)
        else:
            super().describe(row.finding, row.finding.statement or row.finding.advice)

    def action_copy(self) -> None:
        """The advised statement, where there is one."""
        row = self.table.cursor_row
        if row and row.finding and row.finding.statement:
            self.console.send(row.finding.statement)
        else:
            super().action_copy()


def _listed(monitor: Monitor) -> Iterator[Probe[Any]]:
    """What tells of the server, or of all tenants: not what waits for one bot or user to be named."""
    return (probe for probe in monitor.probes.values() if not probe.of_one)


def sign(row: PanelRow) -> str:
    """How bad, as one sign that needs no colour."""
    return "?" if row.severity is None else SIGNS[row.severity][0]


def style(row: PanelRow) -> str:
    """How bad, as a style."""
    return "dim" if row.severity is None else SIGNS[row.severity][1]


def summary(rows: Sequence[PanelRow]) -> str:
    """How many panels have findings, notes included, and of how many nothing is known."""
    found = sum(row.finding is not None for row in rows)
    unknown = sum(row.severity is None for row in rows)
    return (f"{found} with findings" if found else "no findings") + (f", {unknown} not known" if unknown else "")


def panel_row(probe: Probe[Any], sample: Sample[Any], findings: Sequence[Finding], now: datetime) -> PanelRow:
    """What to say of one probe: its failure, else its worst finding, else how much it sees."""
    checks = any(probe.name in check.probes for check in CHECKS)
    found = [finding for finding in findings if finding.screen == probe.name]
    old = fresh((now - sample.taken_at).total_seconds()) if sample.taken_at else NOTHING
    worst = max(found, key=lambda finding: finding.severity, default=None)
    if isinstance(sample.error, DeniedError):
        return PanelRow(
            probe.name, None, f"denied: {clean(sample.error.hint)}", sample.taken_at, old, None, failed=True
        )
    if sample.error is not None:
        return PanelRow(
            probe.name, None, f"no answer: {clean(str(sample.error))}", sample.taken_at, old, None, failed=True
        )
    if worst is not None:
        more = f" (+{len(found) - 1})" if len(found) > 1 else ""
        return PanelRow(probe.name, worst.severity, clean(worst.what) + more, sample.taken_at, old, worst)
    if sample.taken_at is None:
        return PanelRow(probe.name, None, "reading …", None, old, None)
    seen = sentence(sample, probe.title)
    judged = checks and not sample.absent
    return PanelRow(probe.name, Severity.OK if judged else Severity.INFO, seen, sample.taken_at, old, None)


def fresh(seconds: float) -> str:
    """An age that changes rarely, so that a list of them stands still."""
    return "now" if seconds < 10 else "<1 m" if seconds < 60 else age(seconds)
