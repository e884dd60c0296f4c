"""The one input line, in the place of the foot while open: commands after ":", filters after "/", times after "@".

After ":" stand above it what the line may become: commands in one line, and below each other what was found by the name
or id that it holds. Tab goes through both.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from gbtui.text import fit
from gbtui.ui.choices import Choice, table
from gbtui.ui.widgets.line_view import Line, LineView

Completer = Callable[[str], Sequence[str]]


_STATEMENT: Final = re.compile(r":(sql|explain)\s")
MOST_LINES: Final = 8
"""Of choices, shown at once; the others come as one goes through them."""


class Offers(LineView):
    """What the line may become; the chosen one stands out. For a filter: what is wrong with it."""

    DEFAULT_CSS = """
    Offers { height: 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._texts: Sequence[str] = ()
        self._choices: Sequence[Choice] = ()
        self._remark = ""
        self._chosen = -1
        self._wrong = ""

    def show(self, texts: Sequence[str], chosen: int = -1, choices: Sequence[Choice] = (), remark: str = "") -> None:
        """Offer these: texts in one line, then choices, then what is to be said of them; `chosen` counts both."""
        self._texts, self._choices, self._remark = texts, choices, remark
        self._chosen, self._wrong = chosen, ""
        wanted = min(len(choices), MOST_LINES) + bool(texts or not choices) + bool(remark)
        # Not lower again while it is open: each change of height moves what stands above.
        height = max(wanted, self.size.height) if self.size else wanted
        if height != self.size.height:
            self.styles.height = height
        self.sync()

    def shut(self) -> None:
        """One line again."""
        self._choices, self._remark = (), ""
        self.styles.height = 1

    def refuse(self, sentence: str) -> None:
        """Say what is wrong."""
        self._wrong = sentence
        self.sync()

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """Choices above the remark and the texts, which stay next to the input."""
        if self._wrong:
            return [*([()] * (height - 1)), ((fit(f"  {self._wrong}", width), "warning"),)]
        lines: list[Line] = []
        if self._choices:
            at = self._chosen - len(self._texts)
            first = min(max(0, at - MOST_LINES + 1), len(self._choices) - 1)
            lines += table(self._choices[first : first + MOST_LINES], width, at - first)
        if self._remark:
            lines.append(((fit(f"  {self._remark}", width), "dim"),))
        if self._texts or not self._choices:
            lines.append(self._in_line())
        return [*([()] * (height - len(lines))), *lines]

    def _in_line(self) -> Line:
        first = max(0, min(self._chosen, len(self._texts) - 1) - 3)
        runs = [(" ", "")]
        for number, text in list(enumerate(self._texts))[first:]:
            runs.append((f" {text} ", "cursor" if number == self._chosen else "dim"))
        return tuple(runs)


class _Line(Input):
    """An input that takes all lines of a statement that is pasted; of anything else the first, as inputs do."""

    def _on_paste(self, event: events.Paste) -> None:
        if len(event.text.splitlines()) < 2 or not _STATEMENT.match(self.value):
            return  # Input's own handler is called next
        from gbtui.database.statement_text.lexing import on_one_line

        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(on_one_line(event.text))


class Prompt(Vertical):
    """Opens with a mark (":", "/" or, for a time, "@"); tells each change and the end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False, id="prompt-leave", tooltip="close the input"),
        Binding("tab", "complete(1)", "complete", id="prompt-complete", tooltip="the next completion"),
        Binding("shift+tab", "complete(-1)", "complete", show=False, id="prompt-complete-back"),
        Binding("up", "recall(1)", "recall", show=False, id="prompt-recall", tooltip="the line before"),
        Binding("down", "recall(-1)", "recall", show=False, id="prompt-recall-newer", tooltip="the next choice"),
    ]
    DEFAULT_CSS = """
    Prompt { height: auto; display: none; background: $panel; }
    Prompt.open { display: block; }
    Prompt > Input { height: 1; border: none; padding: 0 1; background: $panel; color: $foreground; }
    Prompt > Input:focus { border: none; background: $panel; background-tint: $panel 0%; }
    """
    HISTORY: ClassVar[dict[str, list[str]]] = {":": [], "/": [], "@": []}

    @dataclass
    class Changed(Message):
        """The text changed while typing."""

        mark: str
        text: str

    @dataclass
    class Submitted(Message):
        """Enter; the prompt is closed already."""

        mark: str
        text: str

    @dataclass
    class Left(Message):
        """Escape: what was typed is void."""

        mark: str

    def __init__(self) -> None:
        super().__init__()
        self.mark = ":"
        self.completer: Completer = lambda _: ()
        self.filter_completer: Completer = lambda _: ()
        self._typed = ""
        self._choices: Sequence[Choice] = ()
        self._remark = ""
        self._choice = -1
        self._back = 0
        self._before: Widget | None = None

    def compose(self) -> ComposeResult:
        """Offers above the input."""
        yield Offers()
        yield _Line(compact=True, select_on_focus=False)

    @property
    def is_open(self) -> bool:
        """Whether somebody types here."""
        return self.has_class("open")

    def open(self, mark: str, text: str = "") -> None:
        """Begin to read a line."""
        field = self.query_one(Input)
        if self.screen.focused is not field:
            self._before = self.screen.focused
        self.mark, self._typed, self._choice, self._back = mark, text, -1, 0
        self._choices, self._remark = (), ""
        with self.prevent(Input.Changed):
            field.value = mark + text
        field.cursor_position = len(field.value)
        self.add_class("open")
        self.screen.add_class("prompting")
        # At once: what is typed next belongs here, however fast it comes.
        self.screen.set_focus(field)
        self._offer()
        if mark == ":":
            self.post_message(self.Changed(mark, text))

    @property
    def typed(self) -> str:
        """What was typed, not what was completed."""
        return self._typed

    def found(self, choices: Sequence[Choice], remark: str = "") -> None:
        """Offer what was found by what was typed. The one that is chosen stays chosen, if it is still there."""
        before = self._offered()
        chosen = before[self._choice] if 0 <= self._choice < len(before) else None
        self._choices, self._remark = choices, remark
        now = self._offered()
        self._choice = now.index(chosen) if chosen in now else -1
        self._offer()

    def close(self) -> None:
        """Give the place back to the foot, and the focus to what had it."""
        self.remove_class("open")
        self.query_one(Offers).shut()
        self.screen.remove_class("prompting")
        self.screen.set_focus(self._before)

    def refuse(self, sentence: str, at: int | None = None) -> None:
        """Say what is wrong here, from `at` on; a last word that can be completed is only unfinished."""
        unfinished = at is not None and at >= self._word and bool(self._offered())
        if not unfinished:
            self.query_one(Offers).refuse(sentence)

    def echo(self, sentence: str) -> None:
        """Say how what stands here is understood."""
        self.query_one(Offers).show((sentence,))

    def echo_also(self, sentence: str) -> None:
        """The same where there may be nothing to say: then the offers stay."""
        if sentence:
            self.echo(sentence)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if not event.value.startswith(self.mark):
            # Deleting the mark leaves; typing before it does not.
            if not event.value:
                self.action_leave()
            else:
                with self.prevent(Input.Changed):
                    event.input.value = self.mark + event.value.replace(self.mark, "", 1)
            return
        self._typed, self._choice = event.value[1:], -1
        self._offer()
        self.post_message(self.Changed(self.mark, self._typed))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.removeprefix(self.mark)
        remembered = self.HISTORY[self.mark]
        if text and remembered[-1:] != [text]:
            remembered.append(text)
        self.close()
        self.post_message(self.Submitted(self.mark, text))

    def action_leave(self) -> None:
        """Close without doing anything."""
        self.close()
        self.post_message(self.Left(self.mark))

    def action_complete(self, step: int) -> None:
        """Put the next offer in the line."""
        offers = self._offered()
        if not offers:
            return
        self._choice = (self._choice + step) % len(offers)
        self._put(offers[self._choice])
        if self.mark == "/" and len(offers) == 1:
            # A column alone: the next tab is for its values.
            self._typed, self._choice = offers[0], -1
            self._offer()
        else:
            self._offer()
        if self.mark == "/":
            self.post_message(self.Changed(self.mark, self.query_one(Input).value[1:]))

    def action_recall(self, step: int) -> None:
        """An older or newer line; among choices, the one above or below."""
        if self._choices and not self._back and (step < 0 or self._choice >= 0):
            self.action_complete(-step)
            return
        lines = self.HISTORY[self.mark]
        self._back = min(max(0, self._back + step), len(lines))
        self._put(lines[-self._back] if self._back else self._typed)
        if self.mark == "/":
            self.post_message(self.Changed(self.mark, self.query_one(Input).value[1:]))

    def _put(self, text: str) -> None:
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = self.mark + text
        field.cursor_position = len(field.value)

    def _offer(self) -> None:
        texts = [offer[self._word :] for offer in self._completed()]
        self.query_one(Offers).show(texts, self._choice, self._choices, self._remark)

    def _completed(self) -> Sequence[str]:
        if self.mark == "/":
            return self.filter_completer(self._typed)
        return self.completer(self._typed) if self.mark == ":" else ()

    def _offered(self) -> Sequence[str]:
        """Each whole line that tab may put here: commands, then what was found."""
        return [*self._completed(), *(choice.line for choice in self._choices)]

    @property
    def _word(self) -> int:
        """Where the last word of a filter begins; the words before it stand in every offer."""
        return self._typed.rfind(" ") + 1 if self.mark == "/" else 0
