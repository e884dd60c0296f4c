"""Moving in a conversation and finding what was said: pages, times, matches, the user's other sessions."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, Final
from uuid import UUID

from textual import on

from gbtui.domain.conversation import Event, Place
from gbtui.domain.reader import Reader
from gbtui.domain.transcript import Turn
from gbtui.errors import UsageError
from gbtui.filters import Filter, FilterError, offers, parse
from gbtui.text import clean, count
from gbtui.times import full, rfc3339
from gbtui.times import parse as moment
from gbtui.ui.line import Line
from gbtui.ui.list_screen import Caption, words
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.ui.widgets.tail_view import TailView
from gbtui.ui.widgets.transcript_view import Part, TranscriptView
from gbtui.writing import script
from screens.conversation_feed import MOVING, READING, SHORT, ConversationFeed
from screens.transcript_lines import after, messages

_COLUMNS: Final = ("time", "sender", "text", "length", "script", "answer", "pause", "org", "bot", "user", "session")
_MARKS: Final = ("marked", "click", "cut")


class ConversationWalk(ConversationFeed):
    """Its pages are read before one gets to their ends; a search goes on through all of them."""

    def __init__(self, session_id: UUID, at: Place | None = None) -> None:
        super().__init__(session_id, at)
        self.narrowed = parse("", ())
        self._sought: Filter | None = None

    # --- moving ------------------------------------------------------------------------------------------

    @on(TailView.Changed)
    def _moved(self) -> None:
        """Read the next page before the reader gets there."""
        self.caption()
        if self.reader is None or self.busy or self.narrowed:
            return
        if self.view.more_above and self.view.near_top and not self.view.following:
            self._page(self.reader.older)
        elif self.view.more_below and self.view.near_bottom:
            self._page(self.reader.newer)

    @on(TranscriptView.Wants)
    def _wanted(self, message: TranscriptView.Wants) -> None:
        reader = self.reader
        match message.part:
            case Part.OLDER | Part.NEWER if reader is None or self.busy not in ("", READING):
                return  # it is on its way, or something else is that this must not end
            case Part.OLDER if reader is not None:
                self._page(reader.older)
            case Part.NEWER if reader is not None:
                self._page(reader.newer)
            case Part.BEGINNING:
                self._go(None, beginning=True)
            case Part.END:
                self._go(None)

    def _page(self, reading: Callable[[], Coroutine[Any, Any, bool]]) -> None:
        async def page() -> None:
            await reading()
            self.draw()

        self.ask(page, MOVING)

    def _go(self, at: Place | None, *, beginning: bool = False) -> None:
        """Read around a place, at the end (None), or at the beginning, and go there."""
        reader = self.reader
        if reader is None:
            return

        async def go() -> None:
            await (reader.go_to_beginning() if beginning else reader.go(at))
            self.lay_out(reader.transcript.first if beginning else at)

        self.ask(go, MOVING)

    def to_top(self) -> None:
        """Its end, followed."""
        self.view.action_last()

    def action_hold(self) -> None:
        """Hold the lines still, go on."""
        if self.view.following:
            self.view.hold()
        else:
            self.view.action_last()

    def action_wrap(self) -> None:
        """Wrap long messages, or cut them."""
        self.view.set_wrap(not self.view.wrap)

    def action_step(self, step: int) -> None:
        """This user's session before or after this one."""
        reader = self.reader
        if reader is not None and reader.head is not None:
            self.ask(lambda: self._step(reader, step), MOVING)

    async def _step(self, reader: Reader, step: int) -> None:
        beside = await reader.beside(step, self.console.scope)
        if beside is not None:
            self.narrow("")
            self.call_later(self.open, beside)
        elif reader.head is not None and reader.head.user_id is None:
            self.console.say("an anonymous user has no other sessions")
        else:
            self.console.say("this user has no session before this one" if step < 0 else "this is the user's last one")

    def action_time(self) -> None:
        """Jump to a time."""
        self.query_one(Prompt).open("@")

    def _jump(self, text: str) -> None:
        at = moment(text, self.console.now())
        self.console.say(f"to {full(at)}")
        self._go((at, UUID(int=0)))

    @property
    def turn(self) -> Turn | None:
        """What is under the cursor."""
        line = self.view.cursor_line
        return line.data if line and isinstance(line.data, Turn) else None

    # --- finding -----------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Look for something."""
        self.query_one(Prompt).open("/", self.narrowed.source)

    @on(Prompt.Changed)
    def _typing(self, message: Prompt.Changed) -> None:
        prompt = self.query_one(Prompt)
        try:
            if message.mark == "/":
                self.narrow(message.text)
                prompt.echo_also(self.narrowed.echo)
            elif message.mark == "@":
                prompt.echo(full(moment(message.text, self.console.now())) if message.text.strip() else "")
        except UsageError as error:
            prompt.refuse(str(error), error.at if isinstance(error, FilterError) else None)

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        try:
            if message.mark == "/":
                self.narrow(message.text)
            elif message.mark == "@" and message.text.strip():
                self._jump(message.text)
        except UsageError as error:
            self.console.say(str(error), "warning")

    @on(Prompt.Left)
    def _left(self, message: Prompt.Left) -> None:
        if message.mark == "/":
            self.widen()

    def aim(self, narrow: str, subject: str) -> None:
        """Narrow as a line says."""
        try:
            self.narrow(narrow)
        except FilterError as error:
            self.console.say(str(error), "warning")

    def here(self) -> Line:
        """At the time of what is under the cursor, with the filter."""
        at = f" at {rfc3339(self.turn.event.at)}" if self.turn is not None else ""
        return Line(f"{self.place_name}{at}", filter=self.narrowed.source)

    def narrow(self, text: str) -> None:
        """Show only what a filter leaves; raises FilterError. What was looked for last stays lit."""
        wanted = self.narrowed = parse(text, _COLUMNS, _MARKS, self.console.now())
        if wanted:
            self._sought = wanted
            self.view.set_search(words(wanted))
        self.view.set_filter((lambda line: self._matches(wanted, line)) if wanted else None)
        self.caption()

    def _matches(self, wanted: Filter, line: TailLine) -> bool:
        turn = line.data
        if not isinstance(turn, Turn):
            return False
        event = turn.event
        shown = {"time": line.prefix[1:9].strip(), "sender": event.kind, "text": event.text, "answer": after(turn)}
        values = {"time": event.at, "length": event.length, "answer": turn.answer, "pause": turn.pause}
        holds = (line.key in self.view.marked, event.kind == "click", event.cut)
        marks = [mark for mark, held in zip(_MARKS, holds, strict=True) if held]
        aside = self._aside(event, wanted.columns)
        return wanted.matches(shown, values=values, marks=marks, now=self.console.now(), aside=aside)

    def _aside(self, event: Event, names: Collection[str]) -> dict[str, str]:
        """What only their names ask: the same for a whole conversation, or worked out for it."""
        head = self.reader.head if self.reader else None
        told = {"length": str(event.length), "script": script(event.text) if "script" in names else ""}
        if head is not None:
            told |= {"org": head.organization, "bot": head.bot, "user": head.user, "session": str(head.id)}
        return told

    def filter_offers(self, text: str) -> Sequence[str]:
        """What a filter may become, from the events that are held."""
        held = [] if self.reader is None else self.reader.transcript.events
        told = {"sender": ("user", "bot", "click"), "script": {script(event.text) for event in held}}
        return offers(text, _COLUMNS, _MARKS, lambda name: told.get(name, ()))

    def widen(self) -> bool:
        """All lines again, the cursor on the match; marks go next."""
        if self.narrowed:
            line = self.view.cursor_line
            self.narrow("")
            if line is not None and line.data is not None:
                self.view.go_to(line.key)
            return True
        if self.view.marked:
            self.view.unmark()
            self.caption()
            return True
        return False

    def action_next_match(self) -> None:
        """The next message that matches what was looked for last."""
        self._seek(1)

    def action_previous_match(self) -> None:
        """The one before."""
        self._seek(-1)

    def _seek(self, step: int) -> None:
        sought, reader = self._sought, self.reader
        if sought is None or reader is None:
            self.console.say("/ looks for something")
        elif not self._walk(sought, step):
            self.ask(lambda: self._seek_on(reader, sought, step), "looking further")

    def _walk(self, sought: Filter, step: int) -> bool:
        return self.view.walk(step, lambda line: self._matches(sought, line))

    async def _seek_on(self, reader: Reader, sought: Filter, step: int) -> None:
        """Look on, page by page, until it is found or there is no more."""
        while await (reader.older() if step < 0 else reader.newer()):
            self.draw()
            self.caption()
            if self._walk(sought, step):
                return
        self.console.say("no match further up" if step < 0 else "no match further down")

    # --- caption -----------------------------------------------------------------------------------------

    def caption(self) -> None:
        """How many messages, following or held, what is new, the search, the marks."""
        head = self.reader.head if self.reader else None
        if not self.is_current or head is None:
            self.query_one(Caption).show([])
            return
        view = self.view
        runs: list[Run] = [(f" {messages(head)}", "bold")]
        if view.following:
            self.came.clear()
            runs.append(("  following", ""))
        else:
            new = self.beyond + sum(line.key in self.came for line in view.new_lines)
            runs += [("  held" if view.held else "  stopped here", "warning"), (f"  {count(new)} new", "bold"),
                     ("  G follows", "dim")]  # fmt: skip
            if self.turn is not None and not self.narrowed:
                runs.append((f"  at {self.console.time(self.turn.event.at)}", "dim"))
        if self.narrowed:
            found = sum(line.data is not None for line in view.shown_lines)
            runs += [("  /", "accent"), (clean(self.narrowed.source), "accent"), (f"  {count(found)} found", "")]
            held = self.reader.transcript if self.reader else None
            partly = held is not None and not (held.at_beginning and held.at_end)
            if held is not None and partly:
                runs.append((f" in the {count(len(held))} read", ""))
            runs.append(("  esc: all, then N: further up", "dim") if partly else ("  esc: all", "dim"))
        if view.marked:
            runs.append((f"  {count(len(view.marked))} marked", "bold"))
        if self.busy and self.busy not in SHORT:
            runs.append((f"  {self.busy} (ctrl+c stops)", "dim"))
        self.query_one(Caption).show(runs)
