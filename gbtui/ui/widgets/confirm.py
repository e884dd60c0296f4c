"""The question before a dangerous act: it names every target and wants a word typed."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from gbtui.text import fit, plural, wrap
from gbtui.ui.widgets.line_view import LineView
from gbtui.ui.widgets.runs import Line

YES: Final = "y"
"""The one answer that needs no enter."""
_FACT: Final = 4
"""Lines that one fact takes at most: a statement may be long."""


class _Question(LineView):
    """What will be done, to what, and how to say yes; long lists of targets scroll."""

    DEFAULT_CSS = """
    _Question { height: auto; max-height: 16; }
    """

    def __init__(
        self,
        text: str,
        *,
        facts: Sequence[str],
        targets: Sequence[str],
        hidden: Sequence[str],
        warnings: Sequence[str],
        word: str,
    ) -> None:
        super().__init__()
        self._text, self._facts, self._warnings, self._word = text, facts, warnings, word
        self._targets = [*((target, "") for target in targets), *((f"hidden: {one}", "warning") for one in hidden)]
        self._top = 0
        self._wrong = ""

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are to say."""
        around = len(self._head(width)) + len(self._foot(width))
        return around + len(self._targets) + (2 if self._targets else 1)

    def _head(self, width: int) -> list[Line]:
        facts = [line for fact in self._facts for line in wrap(fact, width)[:_FACT]]
        return [*(((line, "bold"),) for line in wrap(self._text, width)), *(((line, ""),) for line in facts)]

    def _foot(self, width: int) -> list[Line]:
        told = [line for warning in self._warnings for line in wrap(f"! {warning}", width)]
        usual = (
            "y does it; esc leaves everything as it is"
            if self._word == YES
            else (f"type {self._word} and enter; esc leaves everything as it is")
        )
        asked: Line = ((fit(self._wrong or usual, width), "warning" if self._wrong else "dim"),)
        return [*(((line, "warning"),) for line in told), *([()] if told else []), asked]

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
        head, foot = self._head(width), self._foot(width)
        if not self._targets:
            return [*head, (), *foot]
        room = max(1, height - len(head) - len(foot) - 2)
        if len(self._targets) > room:
            room = max(1, room - 1)
        self._top = max(0, min(self._top, len(self._targets) - room))
        shown = self._targets[self._top : self._top + room]
        listed = [((fit(f"  {target}", width, more=self.glyphs.more), style),) for target, style in shown]
        if len(self._targets) > room:
            listed.append(((f"  {plural(len(self._targets), 'target')}, pgup and pgdn show all", "dim"),))
        return [*head, (), *listed, (), *foot]


class _Answer(Input):
    """The line for the answer, which has to be typed: what is pasted does not count."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.action_paste()

    def action_paste(self) -> None:
        """Say that this is no answer."""
        self.post_message(self.Pasted())

    class Pasted(Message):
        """Somebody pasted."""


class Confirm(ModalScreen[bool]):
    """Dismissed with True only after the exact word was typed (a `y` needs no enter); enter alone does nothing, esc
    means no, and a paste does not count.

    `facts` are sentences about it; `targets` and `hidden` together all that will be touched, `hidden` those that a
    filter keeps from being seen; `warnings` say what to think of before.
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
        self,
        text: str,
        targets: Sequence[str] = (),
        *,
        facts: Sequence[str] = (),
        hidden: Sequence[str] = (),
        warnings: Sequence[str] = (),
        word: str = "yes",
    ) -> None:
        super().__init__()
        self._question = _Question(text, facts=facts, targets=targets, hidden=hidden, warnings=warnings, word=word)
        self._word = word

    def compose(self) -> ComposeResult:
        """The question and the line to answer it."""
        with Vertical():
            yield self._question
            yield _Answer(compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Typing answers at once."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._word == YES == event.value:
            self.dismiss(True)

    @on(_Answer.Pasted)
    def _pasted(self) -> None:
        self._question.refuse(f"a paste does not count: type {self._word}; esc leaves everything as it is")

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
