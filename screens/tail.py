"""Messages of all conversations as they are written."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.tail import Batch, Gap, Message, Phase, State
from gbtui.domain.tail.events import TailEvent
from gbtui.errors import GbtuiError, UsageError
from gbtui.filters import FilterError, parse
from gbtui.monitor.sample import Sample
from gbtui.text import clean, count, rate
from gbtui.ui import keymap
from gbtui.ui.choose_columns import ChooseColumns
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe
from gbtui.ui.list_screen import Caption, words
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.marked_tail import MarkedTail
from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.ui.widgets.tail_view import TailView
from screens.tail_columns import TailColumns
from screens.tail_history import TailHistory

_SENDERS: Final = {"user": ("‹", "accent"), "bot": ("›", "dim")}
_COLUMNS: Final = ("time", "tenant", "bot", "user", "sender", "text", "session", "length")
_READABLE: Final = 30
"""Lines a second beyond which nobody reads along."""
_RATE_SECONDS: Final = 4


class TailScreen(TailHistory):
    """Fed by the app's one tail, also while hidden; draws only while visible."""

    NAME = "tail"
    TENANTS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "filter",
            "next-match",
            "previous-match",
            "time",
            "wrap",
            "describe",
            "copy",
            "copy-row",
            "export",
            "columns",
            time="jump to a time",
            copy="copy the message's text",
            copy_row="copy the message with its time and names, or the marked ones",
        ),
    ]

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self.narrowed = parse("", ())
        self._stop: Callable[[], None] | None = None
        self._followed = True
        self._scope = EVERYONE
        self._keep: Callable[[TailLine], bool] | None = None
        self._columns = TailColumns(self._time, self.redraw)
        self._per_second: deque[int] = deque([0], maxlen=_RATE_SECONDS)

    def body(self) -> ComposeResult:
        """Caption and lines."""
        yield Caption()
        yield MarkedTail(empty="no message yet")

    def on_mount(self) -> None:
        """Listen from now on."""
        if self.tail is None:
            self.view.say("this database holds no message_history: there is nothing to follow")
        else:
            self._stop = self.tail.subscribe(self._hear)
        self.set_interval(1.0, self._each_second)

    def on_unmount(self) -> None:
        """Stop listening."""
        if self._stop:
            self._stop()
        super().on_unmount()

    def show(self, sample: Sample[Any]) -> None:
        """It has no probes."""

    @property
    def taken_at(self) -> datetime | None:
        """When the server last said that there is nothing more."""
        return self.tail.heard_at if self.tail is not None else None

    @property
    def stale(self) -> bool:
        """Whether the tail has lost its server, or hears nothing from it."""
        return self.tail is not None and not self.tail.live and self.tail.heard_at is not None

    @property
    def _silent(self) -> bool:
        """Whether the connection stands and nothing is heard: the server hangs."""
        return self.stale and self.tail is not None and self.tail.state.phase is Phase.FOLLOWING

    def tell(self) -> None:
        """What the tail says of itself, where it does not follow."""
        state = self.tail.state if self.tail else State(Phase.STOPPED)
        if self._silent:
            state = State(Phase.WAITING, "the server does not answer the last poll")
        if state.phase in (Phase.FOLLOWING, Phase.STOPPED):
            self.query_one("#notice", Notice).say(clean(state.detail), "dim")
            return
        style = "critical" if state.phase is Phase.FAILED else "dim" if state.phase is Phase.CONNECTING else "warning"
        detail = f": {clean(state.detail)}" if state.detail else ""
        if state.phase is Phase.FAILED and state.detail:
            self.view.say(clean(state.detail))
        self.query_one("#notice", Notice).say(f"{state.phase.value}{detail}", style)

    @property
    def busy(self) -> bool:
        """Whether more lines match than anyone can read."""
        return sum(self._per_second) / len(self._per_second) > _READABLE

    def _each_second(self) -> None:
        self._per_second.append(0)
        if self.is_current:
            self.caption()
            self.tell()

    # --- lines -------------------------------------------------------------------------------------------

    def _hear(self, event: TailEvent) -> None:
        """The tail tells something, in the event loop; nothing here may take long."""
        match event:
            case Batch(messages, backlog):
                lines = [self.line(message) for message in messages if self.in_scope(message)]
                if not backlog:
                    self._per_second[-1] += sum(self._keep is None or self._keep(line) for line in lines)
                self.view.append(lines)
            case Gap(reason=reason):
                self.view.append([TailLine(f"gap {event.after}", "", "⋯", f"messages may be missing: {reason}",
                                           style="warning")])  # fmt: skip
            case State():
                if self.is_current:
                    self.call_later(self.tell)

    def _time(self, moment: datetime) -> str:
        return self.console.time(moment)

    def line(self, message: Message) -> TailLine:
        """Columns, sign and text."""
        sign, style = _SENDERS.get(message.sender, ("·", "dim"))
        prefix = self._columns.prefix(message, scoped=self.console.scope.org_id is not None)
        text = message.message + (" … (cut)" if message.cut else "")
        return TailLine(message.id, prefix, sign, text, mark_style=style, data=message)

    def watch_again(self) -> None:
        """Another scope: the buffer anew from what the tail holds."""
        super().watch_again()
        if self._scope != self.console.scope:
            self.redraw()
        self._scope = self.console.scope
        self.caption()

    def redraw(self) -> None:
        """All lines anew: another scope or clock."""
        if self.tail is not None:
            self.view.clear()
            self.view.append(self.line(message) for message in self.tail.messages if self.in_scope(message))

    # --- caption -----------------------------------------------------------------------------------------

    @on(TailView.Changed)
    def _moved(self) -> None:
        """While it follows, the caption's clock is enough; a reader who stopped wants to see at once what is new."""
        if not self.view.following or not self._followed:
            self.caption()
        self._followed = self.view.following

    def caption(self) -> None:
        """Following or held, how many are new, the filter, what the buffer let go."""
        if not self.is_current or self.tail is None:
            return
        view, figures = self.view, self.tail.figures
        if view.following and not self.tail.live:
            phase = Phase.WAITING if self._silent else self.tail.state.phase
            runs: list[Run] = [(f" {phase.value}", "warning")]
        elif view.following:
            runs = [(" following", "bold"), (f"  {rate(figures.rate)} msg/s", "")]
        else:
            held = "held" if view.held else "stopped here"
            runs = [(f" {held}", "warning"), (f"  {count(view.new_count)} new", "bold"), ("  G follows", "dim")]
        if figures.age_p99 is not None and view.following and not self.stale:
            runs.append((f"  on screen within {figures.age_p99:.1f} s (p99)", "dim"))
        runs.append((f"  {count(view.buffered)} kept", "dim"))
        if self.busy and view.following:
            lines = sum(self._per_second) // len(self._per_second)
            runs[1:] = [(f"  {lines} lines/s are too many to read", "warning"), ("  o tenant  / narrow", "accent")]
        if view.marked:
            runs.append((f"  {count(len(view.marked))} marked", "bold"))
        if view.scrolled_out:
            runs.append((f", {count(view.scrolled_out)} let go", "dim"))
        if self.narrowed:
            runs += [("  /", "accent"), (clean(self.narrowed.source), "accent"),
                     (f"  {count(len(view.shown_lines))} shown", ""), ("  esc: all", "dim")]  # fmt: skip
        self.query_one(Caption).show(runs)

    def to_top(self) -> None:
        """The top of a tail is its newest line."""
        self.view.follow()

    # --- narrowing ---------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Prompt).open("/", self.narrowed.source)

    @on(Prompt.Changed)
    def _typing(self, message: Prompt.Changed) -> None:
        if message.mark == "/":
            try:
                self.narrow(message.text)
            except FilterError as error:
                self.query_one(Prompt).refuse(str(error))
        elif message.mark == "@":
            self.echo_time(message.text)

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        if message.mark == "/":
            try:
                self.narrow(message.text)
            except FilterError as error:
                self.console.say(str(error), "warning")
        elif message.mark == "@" and message.text.strip():
            try:
                self.jump(message.text)
            except UsageError as error:
                self.console.say(str(error), "warning")

    @on(Prompt.Left)
    def _left(self, message: Prompt.Left) -> None:
        if message.mark == "/":
            self.narrow("")

    def narrow(self, text: str) -> None:
        """Show only what a filter leaves, of the lines kept too; raises FilterError."""
        wanted = self.narrowed = parse(text, _COLUMNS, ("late", "cut"))

        def keep(line: TailLine) -> bool:
            message = line.data
            if not isinstance(message, Message):
                return True
            shown = {
                "time": self.console.time(message.created_at),
                "tenant": message.organization,
                "bot": message.bot,
                "user": message.user,
                "sender": message.sender,
                "text": message.message,
                "session": str(message.session_id),
                "length": str(message.length),
            }
            marks = ("late",) * message.late + ("cut",) * message.cut
            return wanted.matches(shown, values={"time": message.created_at, "length": message.length}, marks=marks)

        self._keep = keep if wanted else None
        self.view.set_filter(self._keep)
        if wanted:
            self.view.set_search(words(wanted))
        self.caption()

    def widen(self) -> bool:
        """Take the filter away."""
        if not self.narrowed:
            return False
        self.narrow("")
        return True

    def action_next_match(self) -> None:
        """The next line that the filter's words are in."""
        if not self.view.next_match():
            self.console.say("no match further down")

    def action_previous_match(self) -> None:
        """The line before that the filter's words are in."""
        if not self.view.previous_match():
            self.console.say("no match further up")

    # --- messages ----------------------------------------------------------------------------------------

    @property
    def message(self) -> Message | None:
        """The message under the cursor."""
        line = self.view.cursor_line
        return line.data if line and isinstance(line.data, Message) else None

    def row_scope(self) -> Scope | None:
        """The tenant of the message under the cursor."""
        message = self.message
        return Scope(message.org_id, message.organization) if message and message.org_id else None

    def action_hold(self) -> None:
        """Hold the lines still, go on; polling of probes is not touched here."""
        if self.view.following:
            self.view.hold()
        else:
            self.view.follow()

    def action_wrap(self) -> None:
        """Wrap long messages, or cut them."""
        self.view.set_wrap(not self.view.wrap)

    @on(TailView.Opened)
    def _enter(self) -> None:
        """The conversation, at this message; where conversations cannot be read, all of the message."""
        if self.console.connected is not None and self.console.connected.conversations is None:
            self.action_describe()
        elif self.message is not None:
            self.console.open_session(self.message.session_id, (self.message.created_at, self.message.id))

    def action_describe(self) -> None:
        """All of a message."""
        message = self.message
        if message is not None and self.tail is not None:
            queries = (self.tail.query,)
            self.console.push_screen(Describe("message", message, queries, self.console.time, advised=message.message))

    def action_copy(self) -> None:
        """Copy the message's text."""
        if self.message is not None:
            self.console.send(clean(self.message.message, keep="\n\t"))

    def action_copy_row(self) -> None:
        """Copy the message with its time and names; the marked ones, if there are any."""
        lines = self.view.marked or [line for line in (self.view.cursor_line,) if line is not None]
        texts = [clean(f"{line.prefix.strip()} {line.mark} {line.text}", keep="\n\t") for line in lines]
        if texts:
            self.console.send("\n".join(texts))

    def action_columns(self) -> None:
        """Choose what stands before the text."""
        self.console.push_screen(ChooseColumns(self._columns))

    def export_name(self) -> str:
        """A name with the moment in it."""
        return f"gbtui-tail-{self.console.now().astimezone():%Y%m%d-%H%M%S}.json"

    def action_export(self) -> None:
        """Offer a file name; its ending chooses the form."""
        self.query_one(Prompt).open(":", f"export {self.export_name()}")

    def export(self, path: Path) -> None:
        """Write the marked messages, else those shown."""
        from gbtui.ui.export import write

        messages: Sequence[object] = [
            line.data for line in self.view.marked or self.view.shown_lines if line.data is not None
        ]
        if not messages:
            raise UsageError("export", "nothing is shown")
        try:
            written = write(path, messages)
        except GbtuiError as error:
            self.console.say(str(error), "warning")
        else:
            self.console.say(f"wrote {count(len(messages))} messages to {written}")
