"""What stands in a screen's place when it broke: the failure, and the way on."""

import traceback
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from gbtui.text import clean
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.lines import Lines

if TYPE_CHECKING:
    from gbtui.ui.app import Console


class Broken(Screen[None]):
    """Shows an exception; the rest of the console works on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "now",
            "back",
            "copy",
            "keys",
            now="make the screen anew",
            copy="copy the report",
            foot={"now": "again", "copy": "copy"},
        ),
    ]
    AUTO_FOCUS = "Lines"
    heading = "failed"

    def __init__(self, error: Exception, mode: str) -> None:
        super().__init__()
        self.error = error
        self._mode = mode
        self.report = "".join(traceback.format_exception(error))

    def compose(self) -> ComposeResult:
        """Head, report, foot."""
        yield Head()
        lines = Lines(id="broken")
        lines.can_focus = True
        yield lines
        yield Foot()

    def on_mount(self) -> None:
        """Say what happened, what can be done, and how it came about."""
        name = f"{type(self.error).__name__}: {clean(str(self.error))}"
        steps = [((f"  {clean(line)}", "dim"),) for line in self.report.splitlines()]
        told = [
            (),
            (("  This screen failed; the others work.", "critical"),),
            ((f"  {name}", ""),),
            (),
            (("  r makes it anew. y copies this report; please send it to whoever maintains gbtui.", ""),),
            (),
        ]
        self.query_one(Lines).show([*told, *steps])

    async def action_now(self) -> None:
        """Make the screen anew."""
        cast("Console", self.app).open_panel(self._mode)

    async def action_back(self) -> None:
        """The same: there is no going back to what broke."""
        await self.action_now()

    def action_copy(self) -> None:
        """Copy the report."""
        cast("Console", self.app).send(self.report)

    def action_keys(self) -> None:
        """List the keys."""
        cast("Console", self.app).show_keys()
