"""Narrowing the tail: the filter's columns and values, what of the buffer it leaves, and walking its matches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from textual import on
from textual.timer import Timer

from gbtui.domain.tail import Message
from gbtui.errors import UsageError
from gbtui.filters import Filter, FilterError, offers, parse
from gbtui.ui.line import Line
from gbtui.ui.list_screen import words
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.writing import script
from screens.tail_feed import TailFeed

_COLUMNS: Final = ("time", "tenant", "bot", "user", "sender", "text", "session", "length", "script")
_MARKS: Final = ("late", "cut", "marked")
_AT_ONCE: Final = 1_000
"""Messages that are narrowed with every key; of more, each key would cost a third of a second for ten thousand."""
_RESTING: Final = 0.2
"""Seconds without a key after which more are narrowed: longer than between two letters of somebody who types."""
_COMPLETED: Final = 2_000
"""Messages, the newest, whose values complete a filter."""
_SHOWN: Final[Mapping[str, Callable[[Message], str]]] = {
    "tenant": lambda message: message.organization,
    "bot": lambda message: message.bot,
    "user": lambda message: message.user,
    "sender": lambda message: message.sender,
    "text": lambda message: message.message,
    "session": lambda message: str(message.session_id),
}
_ASIDE: Final[Mapping[str, Callable[[Message], str]]] = {
    "length": lambda message: str(message.length),
    "script": lambda message: script(message.message),
}
"""Worked out only for a filter that names them; a bare word does not mean them."""


class TailFilter(TailFeed):
    """One grammar, as in every list. The last whole filter stands while another is typed."""

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self.narrowed = parse("", ())
        self._sought: Filter | None = None
        self._resting: Timer | None = None

    @property
    def wanted(self) -> str:
        """The filter, as it was typed."""
        return self.narrowed.source

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Prompt).open("/", self.narrowed.source)

    @on(Prompt.Changed)
    def _typing(self, message: Prompt.Changed) -> None:
        prompt = self.query_one(Prompt)
        if message.mark == "/":
            try:
                wanted = self._parsed(message.text)
            except FilterError as error:
                prompt.refuse(str(error), error.at)
            else:
                prompt.echo_also(wanted.echo)
                self._soon(wanted)
        elif message.mark == "@":
            self.echo_time(message.text)

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        if message.mark == "/":
            try:
                self.narrow(message.text)
            except FilterError as error:
                self.console.say(str(error), "warning")
            if self.narrowed and self.tail is not None:
                self.record()
        elif message.mark == "@" and message.text.strip():
            try:
                self.jump(message.text)
            except UsageError as error:
                self.console.say(str(error), "warning")

    @on(Prompt.Left)
    def _left(self, message: Prompt.Left) -> None:
        if message.mark == "/":
            self.narrow("")

    def aim(self, narrow: str, subject: str) -> None:
        """Narrow as a line says."""
        try:
            self.narrow(narrow)
        except FilterError as error:
            self.console.say(str(error), "warning")

    def here(self) -> Line:
        """With the filter."""
        return Line(self.place_name, filter=self.narrowed.source)

    def narrow(self, text: str) -> None:
        """Show only what a filter leaves, of the lines kept too; raises FilterError."""
        self._narrow(self._parsed(text))

    def _parsed(self, text: str) -> Filter:
        return parse(text, _COLUMNS, _MARKS, self.console.now())

    def _soon(self, wanted: Filter) -> None:
        """Narrow while somebody types: many lines only when the hand rests."""
        self._rest()
        if self.view.buffered <= _AT_ONCE:
            self._narrow(wanted)
        else:
            self._resting = self.set_timer(_RESTING, lambda: self._narrow(wanted))

    def _rest(self) -> None:
        if self._resting is not None:
            self._resting.stop()
            self._resting = None

    def _narrow(self, wanted: Filter) -> None:
        self._rest()
        self.narrowed = wanted
        self._keep = (lambda line: self._matches(wanted, line)) if wanted else None
        self.view.set_filter(self._keep)
        if wanted:
            self._sought = wanted
            self.view.set_search(words(wanted))
        self.caption()

    def _matches(self, wanted: Filter, line: TailLine) -> bool:
        message = line.data
        if not isinstance(message, Message):
            return True
        shown = {name: text(message) for name, text in _SHOWN.items()}
        shown["time"] = self.console.time(message.created_at)
        aside = {name: _ASIDE[name](message) for name in wanted.columns & _ASIDE.keys()}
        values = {"time": message.created_at, "length": message.length}
        holds = (message.late, message.cut, self.view.is_marked(line))
        marks = [mark for mark, held in zip(_MARKS, holds, strict=True) if held]
        return wanted.matches(shown, values=values, marks=marks, now=self.console.now(), aside=aside)

    def filter_offers(self, text: str) -> Sequence[str]:
        """What a filter may become, from the newest messages that are kept."""
        return offers(text, _COLUMNS, _MARKS, self._values)

    def _values(self, column: str) -> Iterable[str]:
        tell = _SHOWN.get(column) or _ASIDE.get(column)
        if tell is None or column in ("text", "length"):
            return ()
        newest = islice(reversed(self.view.all_lines), _COMPLETED)
        return {tell(line.data) for line in newest if isinstance(line.data, Message)}

    def widen(self) -> bool:
        """Take the filter away."""
        if not self.narrowed:
            return False
        self.narrow("")
        return True

    def action_next_match(self) -> None:
        """The next message that matches what was looked for last."""
        self._walk(1, "further down")

    def action_previous_match(self) -> None:
        """The one before."""
        self._walk(-1, "further up")

    def _walk(self, step: int, where: str) -> None:
        sought = self._sought
        if sought is None:
            self.console.say("/ looks for something")
        elif not self.view.walk(step, lambda line: isinstance(line.data, Message) and self._matches(sought, line)):
            self.console.say(f"no match {where}")
