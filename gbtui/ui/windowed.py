"""Lists of rates: their window is chosen with `t`, and the caption tells its true length."""

from typing import ClassVar

from textual.binding import BindingType

from gbtui.monitor.window import LAST, SPANS, Span, told
from gbtui.ui import keymap
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.line_view import Run


class Windowed(ListScreen):
    """A list whose figures may be rates. The window is the console's: chosen once, it holds in every panel."""

    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("time", time="the window of the rates: the next one")]

    @property
    def counting(self) -> str:
        """The probe whose rates are shown; "" where there are none."""
        connected = self.console.connected
        probes = connected.monitor.probes if connected else {}
        return next((name for name in self.probes() if name in probes and probes[name].over), "")

    @property
    def span(self) -> Span:
        """What was chosen, where there is something to choose."""
        return self.console.span if self.counting else LAST

    def remarks(self) -> list[Run]:
        """The window, as long as it truly is."""
        sample = self.samples.get(self.counting)
        if sample is None or sample.taken_at is None:
            return super().remarks()
        short = sample.window is None or (self.span.seconds < float("inf") and sample.window < self.span.seconds * 0.85)
        return [*super().remarks(), (f"  {told(self.span, sample.window)}", "accent" if short else ""), (" (t)", "dim")]

    def tell(self) -> None:
        """Between the first reading and the second there is nothing to show yet."""
        super().tell()
        sample = self.samples.get(self.counting)
        if sample and sample.taken_at and not (sample.rows or sample.window or sample.error or sample.skipped):
            self.table.say("rates need two readings: the second is on its way")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only where rates are shown."""
        return bool(self.counting) if action == "time" else super().check_action(action, parameters)

    def action_time(self) -> None:
        """The next window."""
        at = SPANS.index(self.console.span) if self.console.span in SPANS else -1
        self.console.set_span(SPANS[(at + 1) % len(SPANS)])
