"""What stands on the screen until a server answers: where we go, what it said, how often we asked."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from gbtui.errors import GbtuiError
from gbtui.text import age, clean, wrap
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.lines import Lines
from gbtui.ui.widgets.line_view import Line


class Connecting(Screen[None]):
    """Says where we are going and why we are not there yet; opens the console by itself when it can."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "back", "now", "keys", now="try again at once", back="quit", foot={"now": "try now", "back": "quit"}
        ),
    ]
    heading = "connecting"

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = clean(target)
        self._progress = ""
        self._error: GbtuiError | None = None
        self._attempt = 0
        self._began: datetime | None = None
        self._again = True

    def compose(self) -> ComposeResult:
        """Head, text, foot."""
        yield Head()
        yield Lines(id="connecting")
        yield Foot()

    def on_mount(self) -> None:
        """Let the age tick."""
        self.set_interval(1.0, self._draw)
        self.call_after_refresh(self._draw)

    def say(self, sentence: str) -> None:
        """What is being done now, where it takes long."""
        self._progress = clean(sentence)
        self._draw()

    def failed(self, error: GbtuiError, attempt: int, began: datetime, *, again: bool) -> None:
        """An attempt failed; `again` says whether the next follows by itself."""
        self._error, self._attempt, self._began, self._again = error, attempt, began, again
        self._progress = ""
        self._draw()

    def _draw(self) -> None:
        if self.is_mounted:
            self.query_one(Lines).show(list(self._lines(max(20, self.size.width - 4))))
            getattr(self.app, "head", lambda: None)()

    def _lines(self, width: int) -> Iterable[Line]:
        yield ()
        yield (("  connecting to ", "dim"), (self._target, "bold"), (" …", "dim"))
        if self._progress:
            yield ((f"  {self._progress}", ""),)
        if self._error is None or self._began is None:
            return
        yield ()
        for text, style in ((self._error.title, "critical"), (self._error.message, ""), (self._error.hint, "dim")):
            for line in wrap(clean(text, keep="\n"), width) if text else ():
                yield ((f"  {line}", style),)
        yield ()
        now = getattr(self.app, "now", lambda: datetime.now(UTC))
        waited = age((now() - self._began).total_seconds())
        following = "trying again every 2 s, r at once" if self._again else "r tries again"
        yield ((f"  attempt {self._attempt}, {waited} since the first; {following}, q quits", "dim"),)

    def action_now(self) -> None:
        """Try at once."""
        read_now = getattr(self.app, "read_now", None)
        if read_now:
            read_now()

    def action_back(self) -> None:
        """Quit: there is nothing to go back to."""
        self.app.exit(0 if self._error is None else 1)

    def action_keys(self) -> None:
        """List the keys."""
        show = getattr(self.app, "show_keys", None)
        if show:
            show()
