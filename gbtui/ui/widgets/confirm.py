"""The question before a dangerous act: it names every target and wants a word typed."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from gbtui.text import fit, plural, wrap
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line


class _Question(LineView):
    """What will be done, to what, and how to say yes; long lists of targets scroll."""

    DEFAULT_CSS = """
    _Question { height: auto; max-height: 16; }
    """

    def __init__(self, text: str, targets: Sequence[str], hidden: Sequence[str], word: str) -> None:
        super().__init__()
        self._text, self._word = text, word
        self._targets = [*((target, "") for target in targets), *((f"{one}  (hidden)", "warning") for one in hidden)]
        self._top = 0
        self._wrong = ""

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are to say."""
        return len(wrap(self._text, width)) + len(self._targets) + 3

    def scroll_targets(self, lines: int) -> None:
        """Move the list of targets."""
        self._top += lines
        self.sync()

    def refuse(self, sentence: str) -> None:
        """Say why nothing happened."""
        self._wrong = sentence
        self.sync()

    def compose_lines(self, width: int, height: int) -> list[Line]:
        """Text, targets (as many as fit), what to type."""
        head = [((line, "bold"),) for line in wrap(self._text, width)]
        room = max(1, height - len(head) - 3)
        if len(self._targets) > room:
            room = max(1, room - 1)
        self._top = max(0, min(self._top, len(self._targets) - room))
        shown = self._targets[self._top : self._top + room]
        listed = [((fit(f"  {target}", width, more=self.glyphs.more), style),) for target, style in shown]
        if len(self._targets) > room:
            listed.append(((f"  {plural(len(self._targets), 'target')}, pgup and pgdn show all", "dim"),))
        asked = self._wrong or f"type {self._word} and enter; esc leaves everything as it is"
        return [*head, (), *listed, (), ((fit(asked, width), "warning" if self._wrong else "dim"),)]


class Confirm(ModalScreen[bool]):
    """Dismissed with True only after the exact word was typed; enter alone does nothing, esc means no.

    `targets` are all that will be touched; `hidden` those of them that a filter keeps from being seen.
    """

    CSS = """
    Confirm { align: center middle; background: transparent; }
    Confirm > Vertical { width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
                         border: solid $error; background: $panel; }
    Confirm Input { height: 1; border: none; padding: 0; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "no", id="confirm.no", tooltip="Leave everything as it is"),
        Binding("pagedown", "targets(5)", "more", id="confirm.down", tooltip="More targets", show=False),
        Binding("pageup", "targets(-5)", "more", id="confirm.up", tooltip="Targets before", show=False),
    ]

    def __init__(
        self, text: str, targets: Sequence[str] = (), *, hidden: Sequence[str] = (), word: str = "yes"
    ) -> None:
        super().__init__()
        self._question = _Question(text, targets, hidden, word)
        self._word = word

    def compose(self) -> ComposeResult:
        """The question and the line to answer it."""
        with Vertical():
            yield self._question
            yield Input(compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Typing answers at once."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._word:
            self.dismiss(True)
        else:
            self._question.refuse(f"nothing done: type {self._word} to go on, esc to leave")

    def action_refuse(self) -> None:
        """No."""
        self.dismiss(False)

    def action_targets(self, lines: int) -> None:
        """Scroll the list of targets."""
        self._question.scroll_targets(lines)
