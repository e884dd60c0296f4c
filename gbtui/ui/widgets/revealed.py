"""A secret on the screen: for seconds, for who asked, and in nothing that outlives it."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.selection import Selection

from gbtui.secret import Secret
from gbtui.text import clean, fit, plural, wrap
from gbtui.times import awake
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line

SECONDS: Final = 20.0
REFUSAL: Final = "a revealed value is neither copied nor exported"


class _Value(LineView):
    """The value, until it is taken away. The mouse selects nothing of it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    _Value { height: auto; max-height: 16; }
    """

    def __init__(self, what: str, secret: Secret) -> None:
        super().__init__()
        self._what = what
        self._secret: Secret | None = secret
        self._left = SECONDS
        self._told = ""

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are to say."""
        return len(self.compose_lines(width, 0))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Nothing."""
        return None

    def tick(self, left: float) -> None:
        """So many seconds are left."""
        self._left = left
        self.sync()

    def tell(self, sentence: str) -> None:
        """Say something beneath it."""
        self._told = sentence
        self.sync()

    def forget(self) -> None:
        """Take it from the screen, and from here."""
        self._secret = None
        self.sync()

    @property
    def is_forgotten(self) -> bool:
        """Whether it is gone."""
        return self._secret is None

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """What it is, the value as it is, how long it is, how long it stays."""
        if self._secret is None:
            return []
        value = self._secret.reveal()
        shown = wrap(clean(value), width) if value else ["(empty)"]
        length = plural(len(value), "character")
        if value != value.strip():
            length += ", with blanks at an end"
        if clean(value) != value:
            length += ", some of control are not shown"
        left = f"it goes in {round(self._left)} s; {self._told or 'esc takes it away now'}"
        return [
            *(((line, "bold"),) for line in wrap(self._what, width)),
            (),
            *(((line, "accent"),) for line in shown),
            (),
            ((fit(length, width), "dim"),),
            ((fit(left, width), "warning" if self._told else "dim"),),
        ]


class Revealed(ModalScreen[None]):
    """Shows a secret once. It goes after 20 s, by a key, and when another screen or window comes before it."""

    CSS = """
    Revealed { align: center middle; background: transparent; }
    Revealed > Vertical { width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
                          border: solid $warning; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "away", "away", id="revealed.away", tooltip="Take it from the screen"),
        Binding("y,Y,x,ctrl+c", "refuse", "", show=False, id="revealed.refuse", tooltip="It is not copied or exported"),
    ]

    def __init__(self, what: str, secret: Secret, clock: Callable[[], float] = awake) -> None:
        super().__init__()
        self._value = _Value(what, secret)
        self._clock = clock
        self._until = clock() + SECONDS

    def compose(self) -> ComposeResult:
        """The value alone."""
        with Vertical():
            yield self._value

    def on_mount(self) -> None:
        """Count down; look for the window being left."""
        self.set_interval(1.0, self.tick)
        self.watch(self.app, "app_focus", self._focused, init=False)
        self.app.app_suspend_signal.subscribe(self, lambda _: self.action_away())

    def on_screen_suspend(self) -> None:
        """Another screen comes before it."""
        self._value.forget()

    def on_screen_resume(self) -> None:
        """That one went: there is nothing to come back to."""
        if self._value.is_forgotten:
            self.dismiss(None)

    def on_unmount(self) -> None:
        """However it went."""
        self._value.forget()

    def tick(self) -> None:
        """Show what is left of its time, or end it."""
        left = self._until - self._clock()
        if left <= 0:
            self.action_away()
        else:
            self._value.tick(left)

    def action_away(self) -> None:
        """Take it away."""
        self._value.forget()
        if self.is_current:
            self.dismiss(None)

    def action_refuse(self) -> None:
        """Say that it is not copied."""
        self._value.tell(REFUSAL)

    def _focused(self, focused: bool) -> None:
        if not focused:
            self.action_away()
