"""Lists whose earlier samples can be looked at again: `,` the one before, `.` the one after, past the last: live."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import BindingType

from gbtui.monitor.sample import Sample
from gbtui.text import plural
from gbtui.ui import keymap
from gbtui.ui.frames import Frame, Frames
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.widgets.line_view import Run


class Stepping(LiveScreen):
    """Keeps what it shows for a while. An older sample holds still; meanwhile new ones are kept and not shown."""

    STEPS: ClassVar = True
    """Whether there is anything to step through here."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings("step-back", "step-on", step_back="the sample before", step_on="the sample after; then live"),
    ]

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self.frames = Frames()
        self._frame: Frame | None = None
        self._latest: Mapping[str, Sample[Any]] = {}

    def holds(self, sample: Sample[Any]) -> bool:
        """Keep a new sample; True while an older one is shown."""
        first = next(iter(self.probes()), "")
        self._latest = {**(self.samples if self._frame is None else self._latest), sample.probe: sample}
        if self.STEPS and first in self._latest and self._latest[first].taken_at:
            self.frames.add(self._latest, first)
        return self._frame is not None

    @property
    def is_stepped(self) -> bool:
        """Whether an older sample is shown."""
        return self._frame is not None

    def action_step(self, step: int) -> None:
        """Show the sample before, or after."""
        if self._frame is None and step > 0:
            self.console.say("this is the newest sample")
            return
        try:
            self._frame = self.frames.beside(self._frame, step)
        except LookupError:
            self.console.say("no sample before this one is kept")
            return
        self._show_frame()

    def go_live(self) -> bool:
        """Show the newest sample again; False if it is shown."""
        if self._frame is None:
            return False
        self._frame = None
        self._show_frame()
        return True

    def _show_frame(self) -> None:
        self.samples = dict(self._latest if self._frame is None else self._frame)
        self.redraw()
        self.console.head()

    def forget(self) -> None:
        """Live again, and nothing kept: what was shown is of another scope or window."""
        self.frames.clear()
        self._frame = None
        self._latest = {}

    def stepped(self) -> list[Run]:
        """Which sample is shown, if it is not the newest."""
        if self._frame is None:
            return []
        at = self.console.time(self.taken_at) if self.taken_at else ""
        return [(f"  {at}, {plural(self.frames.back(self._frame), 'sample')} back", "accent"), (" (.)", "dim")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only where samples are kept."""
        return self.STEPS if action == "step" else super().check_action(action, parameters)
