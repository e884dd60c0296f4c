"""The question for a reason: a line that is typed, and kept where it is read later."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from gbtui.errors import UsageError
from gbtui.text import fit, wrap
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line


class _Question(LineView):
    """What will happen, and what is asked."""

    DEFAULT_CSS = """
    _Question { height: auto; max-height: 14; }
    """

    def __init__(self, text: str, facts: Sequence[str]) -> None:
        super().__init__()
        self._text, self._facts = text, facts
        self._wrong = ""

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are to say."""
        return len(self.compose_lines(width, 0))

    def refuse(self, sentence: str) -> None:
        """Say why nothing happened."""
        self._wrong = sentence
        self.sync()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """Text, facts, what to type."""
        asked = self._wrong or "type the reason and enter; esc leaves it sealed"
        return [
            *(((line, "bold"),) for line in wrap(self._text, width)),
            *(((line, ""),) for fact in self._facts for line in wrap(fact, width)),
            (),
            ((fit(asked, width), "warning" if self._wrong else "dim"),),
        ]


class Reason(ModalScreen[str]):
    """Dismissed with what was typed once `check` (UsageError) lets it pass, with "" by esc."""

    CSS = """
    Reason { align: center middle; background: transparent; }
    Reason > Vertical { width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
                        border: solid $accent; background: $panel; }
    Reason Input { height: 1; border: none; padding: 0; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "no", id="reason.no", tooltip="Leave everything as it is"),
    ]

    def __init__(self, text: str, facts: Sequence[str], check: Callable[[str], str]) -> None:
        super().__init__()
        self._question = _Question(text, facts)
        self._check = check

    def compose(self) -> ComposeResult:
        """The question and the line to answer it."""
        with Vertical():
            yield self._question
            yield Input(compact=True, select_on_focus=False, max_length=1000)

    def on_mount(self) -> None:
        """Typing answers at once."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.dismiss(self._check(event.value))
        except UsageError as error:
            self._question.refuse(f"{error.title}: {error.message}")

    def action_refuse(self) -> None:
        """No."""
        self.dismiss("")
