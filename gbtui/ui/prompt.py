"""The one input line, in the place of the foot while open: commands after ":", filters after "/", times after "@"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from gbtui.text import fit
from gbtui.ui.widgets.line_view import Line, LineView

Completer = Callable[[str], Sequence[str]]


class Offers(LineView):
    """What the line may become, one line; the chosen one stands out. For a filter: what is wrong with it."""

    DEFAULT_CSS = """
    Offers { height: 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._texts: Sequence[str] = ()
        self._chosen = -1
        self._wrong = ""

    def show(self, texts: Sequence[str], chosen: int = -1) -> None:
        """Offer these."""
        self._texts, self._chosen, self._wrong = texts, chosen, ""
        self.sync()

    def refuse(self, sentence: str) -> None:
        """Say what is wrong."""
        self._wrong = sentence
        self.sync()

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """The offers that fit, from the chosen one's page on."""
        if self._wrong:
            return [((fit(f"  {self._wrong}", width), "warning"),)]
        first = max(0, self._chosen - 3)
        runs = [(" ", "")]
        for number, text in list(enumerate(self._texts))[first:]:
            runs.append((f" {text} ", "cursor" if number == self._chosen else "dim"))
        return [tuple(runs)]


class Prompt(Vertical):
    """Opens with a mark (":", "/" or, for a time, "@"); tells each change and the end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False, id="prompt-leave", tooltip="close the input"),
        Binding("tab", "complete(1)", "complete", id="prompt-complete", tooltip="the next completion"),
        Binding("shift+tab", "complete(-1)", "complete", show=False, id="prompt-complete-back"),
        Binding("up", "recall(1)", "recall", show=False, id="prompt-recall", tooltip="the line before"),
        Binding("down", "recall(-1)", "recall", show=False, id="prompt-recall-newer"),
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
        self._choice = -1
        self._back = 0
        self._before: Widget | None = None

    def compose(self) -> ComposeResult:
        """Offers above the input."""
        yield Offers()
        yield Input(compact=True, select_on_focus=False)

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
        with self.prevent(Input.Changed):
            field.value = mark + text
        field.cursor_position = len(field.value)
        self.add_class("open")
        self.screen.add_class("prompting")
        # At once: what is typed next belongs here, however fast it comes.
        self.screen.set_focus(field)
        self._offer()

    def close(self) -> None:
        """Give the place back to the foot, and the focus to what had it."""
        self.remove_class("open")
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
            self.query_one(Offers).show([offer[self._word :] for offer in offers], self._choice)
        if self.mark == "/":
            self.post_message(self.Changed(self.mark, self.query_one(Input).value[1:]))

    def action_recall(self, step: int) -> None:
        """An older or newer line."""
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
        self.query_one(Offers).show([offer[self._word :] for offer in self._offered()])

    def _offered(self) -> Sequence[str]:
        if self.mark == "/":
            return self.filter_completer(self._typed)
        return self.completer(self._typed) if self.mark == ":" else ()

    @property
    def _word(self) -> int:
        """Where the last word of a filter begins; the words before it stand in every offer."""
        return self._typed.rfind(" ") + 1 if self.mark == "/" else 0
