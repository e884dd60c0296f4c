"""All panels in one list: what each finds, how bad it is, how old it is; enter opens its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from textual.app import ComposeResult

from gbtui.errors import DeniedError
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Sample
from gbtui.text import NOTHING, age, clean
from gbtui.ui.describe import queries_of
from gbtui.ui.lines import Lines
from gbtui.ui.list_screen import Caption, ListScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable
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


class Health(ListScreen):
    """Every probe is here, watched or not: asked once when the screen opens, and from then on at its own pace."""

    NAME = "health"
    THINGS = "panels"
    WHOLE_SERVER = True

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
        """All of them."""
        connected = self.console.connected
        return tuple(connected.monitor.probes) if connected else ()

    def body(self) -> ComposeResult:
        """Four boxes where there is room, caption and list."""
        yield Lines(id="boxes")
        yield Caption()
        yield LiveTable(self.columns(), key=self.key, id="list")

    def show(self, sample: Sample[Any]) -> None:
        """One panel's sentence is new; all are drawn, which costs what changed."""
        self._draw()

    def tell(self) -> None:
        """Each row says its own state."""
        self._draw()

    def _draw(self) -> None:
        connected = self.console.connected
        if connected is None or not self.is_mounted:
            return
        now = self.console.now()
        rows = [
            panel_row(probe, self.samples.get(name) or connected.monitor.last(name), self.console.findings, now)
            for name, probe in connected.monitor.probes.items()
        ]
        boxes = self.query_one("#boxes", Lines)
        boxes.display = self.size.height >= _TALL
        if boxes.display:
            boxes.show(box_lines(connected.monitor.last, self.size.width))
        rows.sort(key=lambda row: -(row.severity if row.severity is not None else -1))
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
        return PanelRow(probe.name, None, f"denied: {clean(sample.error.hint)}", sample.taken_at, old, None)
    if sample.error is not None:
        return PanelRow(probe.name, None, f"no answer: {clean(str(sample.error))}", sample.taken_at, old, None)
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
