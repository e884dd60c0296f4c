"""One session as a transcript: what was said and clicked, how long answers took, and what comes while it is open."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.worker import Worker

from gbtui.domain.conversation import Event, Place
from gbtui.domain.reader import MOST_EXPORTED, Reader
from gbtui.domain.scope import Scope
from gbtui.domain.tail import Batch, Phase
from gbtui.domain.tail.events import TailEvent
from gbtui.domain.transcript import Turn, turns
from gbtui.domain.transcript_text import FORMS, said
from gbtui.errors import GbtuiError, UsageError
from gbtui.filters import Filter, parse
from gbtui.monitor.sample import Sample
from gbtui.text import clean, count, plural
from gbtui.times import full
from gbtui.times import parse as moment
from gbtui.ui import keymap
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe
from gbtui.ui.lines import Lines
from gbtui.ui.list_screen import Caption, words
from gbtui.ui.live_screen import LiveScreen, state
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.ui.widgets.tail_view import TailView
from gbtui.ui.widgets.transcript_view import Part, TranscriptView
from screens.transcript_lines import about, after, lines, messages

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
_SHORT: Final = "reading"
_COLUMNS: Final = ("time", "sender", "text", "length", "answer", "pause")
_MARKS: Final = ("marked", "click", "cut")
_EVERY: Final = 5.0
"""Seconds between two readings while the tail tells when something comes; without it, the console's interval."""
_LONGEST: Final = 30.0
"""Seconds between two attempts while the server does not answer, at most."""
_CONTEXT: Final = 200
"""Events before new ones that are looked at for what they answer."""
_QUERIES: Final = ("general_bots/session_events",)


class Conversation(LiveScreen):
    """Opened over the place one comes from: its end, or what stands around a place in it."""

    NAME = "conversation"
    TENANTS = True
    AUTO_FOCUS = "TranscriptView"
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "filter", "next-match", "previous-match", "time", "step-back", "step-on", "wrap", "describe", "copy",
            "copy-row", "export",
            filter="find: only what matches; esc: all, the cursor on the match", time="jump to a time",
            step_back="this user's session before", step_on="this user's session after",
            describe="all of this message", copy="copy the message",
            copy_row="copy the message with its time and name, or the marked ones",
            export="export the marked messages, what is shown, or the whole conversation",
            foot={"filter": "find", "describe": "all of it", "step-back": "session before", "step-on": "after"},
        ),
    ]  # fmt: skip

    def __init__(self, session_id: UUID, at: Place | None = None) -> None:
        super().__init__(str(session_id)[:8])
        self.session_id = session_id
        self.narrowed = parse("", ())
        self._sought: Filter | None = None
        self._at = at
        self._reader: Reader | None = None
        self._stop: Callable[[], None] | None = None
        self._told: datetime | None = None
        """The oldest message the tail told of and that was not read yet."""
        self._beyond = 0
        """Messages that came behind the end of what is held."""
        self._busy = ""
        self._number = 0
        self._due = 0.0
        self._failures = 0

    @property
    def place_name(self) -> str:
        """How the app finds back to it."""
        return f"session {self.session_id}"

    def body(self) -> ComposeResult:
        """Who and when, the caption, the lines."""
        about = Lines(id="about")
        about.can_focus = False
        yield about
        yield Caption()
        yield TranscriptView(empty="reading …")

    @property
    def view(self) -> TranscriptView:
        """The lines."""
        return self.query_one(TranscriptView)

    def show(self, sample: Sample[Any]) -> None:
        """It has no probes."""

    # --- reading -----------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Long texts are wrapped from the start."""
        self.view.set_wrap(True)
        self.set_interval(1.0, self._tick)

    def on_unmount(self) -> None:
        """Stop listening."""
        self._stop_hearing()
        super().on_unmount()

    def watch_again(self) -> None:
        """Shown (again), or in another scope: hear the tail, read what came meanwhile."""
        super().watch_again()
        self._stop_hearing()
        connected = self.console.connected
        if connected is None or connected.conversations is None:
            self.view.say("this database holds no conversations")
            return
        if connected.tail is not None:
            self._stop = connected.tail.subscribe(self._hear)
        head = self._reader.head if self._reader else None
        if head is None or self.console.scope.org_id not in (None, head.org_id):
            self.open(self.session_id, self._at)
        else:
            self.read()

    @on(events.ScreenSuspend)
    def _stop_hearing(self) -> None:
        if self._stop:
            self._stop()
            self._stop = None

    def open(self, session_id: UUID, at: Place | None = None) -> None:
        """Show a session, in the place of the one shown."""
        connected = self.console.connected
        assert connected is not None
        assert connected.conversations is not None
        self.session_id, self._at = session_id, at
        self.samples.clear()
        self._told, self._beyond, self._failures = None, 0, 0
        self._reader = Reader(connected.conversations, session_id)
        self.view.clear()
        self.tell()
        reader = self._reader
        self._ask(lambda: self._open(reader, at))

    async def _open(self, reader: Reader, at: Place | None) -> None:
        if await self._read(reader.open(self.console.scope, at)):
            self._lay_out(at)

    def read(self) -> None:
        """Read what is new, at once."""
        if self._reader is not None and not self._busy:
            reader = self._reader
            self._ask(lambda: self._refresh(reader) if reader.head else self._open(reader, self._at))

    async def _refresh(self, reader: Reader) -> None:
        since, self._told = self._told, None
        before = reader.transcript.events[-1].at if reader.transcript.events else None
        new: list[Event] = []
        in_place = True

        async def reading() -> None:
            nonlocal new, in_place
            new, in_place = await reader.refresh(self.console.scope, since)

        if not await self._read(reading()):
            self._told = min(filter(None, (since, self._told)), default=None)
        elif not in_place:
            self._draw()
        elif new:
            made = turns(reader.transcript.events[-len(new) - _CONTEXT :])[-len(new) :]
            self.view.append(lines(made, self.console.clock, self.console.now(), before))

    async def _read(self, reading: Coroutine[Any, Any, object]) -> bool:
        """Read, and keep how it went as every screen does: the last good rows, when, and what is wrong."""
        known = self.samples.get(self.NAME) or Sample(self.NAME)
        good = False
        try:
            await reading
        except GbtuiError as error:
            self._failures += 1
            self.samples[self.NAME] = replace(known, error=error)
        else:
            good, self._failures = True, 0
            head = self._reader.head if self._reader else None
            self.samples[self.NAME] = Sample(self.NAME, (head,) if head else (), self.console.now())
        self._due = monotonic() + self._pause
        self.tell()
        self.console.head()
        return good

    @property
    def _pause(self) -> float:
        """Seconds to the next reading."""
        connected = self.console.connected
        interval = connected.monitor.interval if connected else 1.0
        if self._failures:
            return min(_LONGEST, interval * 2.0**self._failures)
        return max(_EVERY, interval) if self._follows else interval

    def _ask(self, work: Work, doing: str = "") -> None:
        """Do one thing that asks the server, in the place of what runs. What is `doing` long may be stopped."""
        self._number += 1
        number, self._busy = self._number, doing or _SHORT

        async def do() -> None:
            try:
                await work()
            except GbtuiError as error:
                self.console.say(str(error), "warning")
            finally:
                if number == self._number:
                    self._busy = ""
                    if self.is_current:
                        self.call_later(self.caption)

        self._working: Worker[None] = self.run_worker(do, group="attempt", exclusive=True)

    def interrupt(self) -> bool:
        """Stop a search or an export."""
        running = self._busy not in ("", _SHORT)
        if running:
            self.workers.cancel_group(self, "attempt")
            self.console.say("stopped")
        return running

    # --- what comes ----------------------------------------------------------------------------------------

    @property
    def _follows(self) -> bool:
        """Whether the tail tells when something comes."""
        tail = self.console.connected.tail if self.console.connected else None
        return tail is not None and tail.state.phase is Phase.FOLLOWING

    def _hear(self, event: TailEvent) -> None:
        """The tail tells of messages, in the event loop; those of this session are read with their clicks."""
        if not isinstance(event, Batch) or event.backlog:
            return
        ours = [message.created_at for message in event.messages if message.session_id == self.session_id]
        if ours:
            self._told = min(filter(None, (self._told, *ours)))
            self._beyond += len(ours) * (self._reader is not None and not self._reader.transcript.at_end)
            self.read()

    def _tick(self) -> None:
        """Once a second: is it time to read again?"""
        if not self.is_current or self.console.connected is None:
            return
        held = self.console.connected.monitor.paused
        if not self._busy and not held and (self._told or monotonic() >= self._due):
            self.read()
        self.caption()

    def action_now(self) -> None:
        """Read at once."""
        self.read()

    @property
    def taken_at(self) -> datetime | None:
        """Told of everything at once by the tail, what is shown is as of now."""
        sample = self.samples.get(self.NAME)
        fresh = sample is not None and sample.error is None and self._follows
        return self.console.now() if fresh else sample.taken_at if sample else None

    # --- drawing -----------------------------------------------------------------------------------------

    def tell(self) -> None:
        """The head, and what is not as it should be: in the place of the lines while there are none."""
        sample = self.samples.get(self.NAME) or Sample(self.NAME)
        said = state(sample, self.console.now())
        head = self._reader.head if self._reader else None
        notice = self.query_one("#notice", Notice)
        if sample.taken_at is None:
            self.view.say(*(said or ("reading …", "dim")))
            notice.say("")
        elif head is None:
            scope = self.console.scope
            where = f" in {scope.label}; o widens" if scope.org_id else ""
            self.view.say(f"there is no session {self.session_id}{where}", "warning")
            notice.say("")
        elif self._reader is not None and self._reader.gone:
            notice.say("this session was deleted: what was read of it stays until you leave", "warning")
        else:
            self.view.say("nothing was said in this session yet")
            notice.say(*(said or ("", "")))
        if head is not None:
            self.heading = clean(head.user) or "anonymous"
            told = about(head, self.console.now(), self.console.time, self.size.width)
        self.query_one("#about", Lines).show(told if head else ())
        self.caption()

    def on_resize(self) -> None:
        """The names above fit anew."""
        self.tell()

    def redraw(self) -> None:
        """All anew: another clock."""
        if self._reader is not None:
            self._draw()
            self.tell()

    def _draw(self) -> None:
        """All lines that are held; cursor and picture stay."""
        assert self._reader is not None
        held = self._reader.transcript
        self.view.more_above, self.view.more_below = not held.at_beginning, not held.at_end
        self._beyond *= not held.at_end
        self.view.set_lines(lines(turns(held.events), self.console.clock, self.console.now()))

    def _lay_out(self, at: Place | None) -> None:
        """Lines of another stretch: go to a place in it, or follow its end."""
        assert self._reader is not None
        held = self._reader.transcript
        self._draw()
        if at is None and held.at_end:
            self.view.follow()
        elif held.events:
            index = min(held.index(at) if at else 0, len(held) - 1)
            self.view.go_to(held.events[index].place)
        self.caption()

    def caption(self) -> None:
        """How many messages, following or held, what is new, the search, the marks."""
        head = self._reader.head if self._reader else None
        if not self.is_current or head is None:
            self.query_one(Caption).show([])
            return
        view = self.view
        runs: list[Run] = [(f" {messages(head)}", "bold")]
        if view.following:
            runs.append(("  following", ""))
        else:
            new = self._beyond + sum(line.data is not None for line in view.new_lines)
            runs += [("  held" if view.held else "  stopped here", "warning"), (f"  {count(new)} new", "bold"),
                     ("  G follows", "dim")]  # fmt: skip
        if self.narrowed:
            found = sum(line.data is not None for line in view.shown_lines)
            runs += [("  /", "accent"), (clean(self.narrowed.source), "accent"), (f"  {count(found)} found", "")]
            held = self._reader.transcript if self._reader else None
            if held and not (held.at_beginning and held.at_end):
                runs.append((f" of the {count(len(held))} read", ""))
            runs.append(("  esc: all", "dim"))
        if view.marked:
            runs.append((f"  {count(len(view.marked))} marked", "bold"))
        if self._busy not in ("", _SHORT):
            runs.append((f"  {self._busy} (ctrl+c stops)", "dim"))
        self.query_one(Caption).show(runs)

    # --- moving ------------------------------------------------------------------------------------------

    @on(TailView.Changed)
    def _moved(self) -> None:
        """Read the next page before the reader gets there."""
        self.caption()
        if self._reader is None or self._busy or self.narrowed:
            return
        if self.view.more_above and self.view.near_top and not self.view.following:
            self._page(self._reader.older)
        elif self.view.more_below and self.view.near_bottom:
            self._page(self._reader.newer)

    @on(TranscriptView.Wants)
    def _wanted(self, message: TranscriptView.Wants) -> None:
        if self._reader is None or self._busy:
            return
        match message.part:
            case Part.OLDER:
                self._page(self._reader.older)
            case Part.NEWER:
                self._page(self._reader.newer)
            case Part.BEGINNING:
                self._go(None, beginning=True)
            case Part.END:
                self._go(None)

    def _page(self, reading: Callable[[], Coroutine[Any, Any, bool]]) -> None:
        async def page() -> None:
            await reading()
            self._draw()

        self._ask(page)

    def _go(self, at: Place | None, *, beginning: bool = False) -> None:
        """Read around a place, at the end (None), or at the beginning, and go there."""
        reader = self._reader
        if reader is None:
            return

        async def go() -> None:
            await (reader.go_to_beginning() if beginning else reader.go(at))
            self._lay_out(reader.transcript.first if beginning else at)

        self._ask(go)

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
        reader = self._reader
        if reader is not None and reader.head is not None:
            self._ask(lambda: self._step(reader, step))

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
            elif message.mark == "@":
                prompt.echo(full(moment(message.text, self.console.now())) if message.text.strip() else "")
        except UsageError as error:
            prompt.refuse(str(error))

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

    def narrow(self, text: str) -> None:
        """Show only what a filter leaves; raises FilterError. What was looked for last stays lit."""
        wanted = self.narrowed = parse(text, _COLUMNS, _MARKS)
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
        return wanted.matches(shown, values=values, marks=marks, now=self.console.now())

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
        sought, reader = self._sought, self._reader
        if sought is None or reader is None:
            self.console.say("/ looks for something")
        elif not self._walk(sought, step):
            self._ask(lambda: self._seek_on(reader, sought, step), "looking further")

    def _walk(self, sought: Filter, step: int) -> bool:
        return self.view.walk(step, lambda line: self._matches(sought, line))

    async def _seek_on(self, reader: Reader, sought: Filter, step: int) -> None:
        """Look on, page by page, until it is found or there is no more."""
        while await (reader.older() if step < 0 else reader.newer()):
            self._draw()
            self.caption()
            if self._walk(sought, step):
                return
        self.console.say("no match further up" if step < 0 else "no match further down")

    # --- messages ----------------------------------------------------------------------------------------

    @property
    def turn(self) -> Turn | None:
        """What is under the cursor."""
        line = self.view.cursor_line
        return line.data if line and isinstance(line.data, Turn) else None

    def row_scope(self) -> Scope | None:
        """The conversation's tenant."""
        head = self._reader.head if self._reader else None
        return Scope(head.org_id, head.organization) if head else None

    def _chosen(self) -> list[Turn]:
        """The marked turns in their order, those the filter hides too; else the one under the cursor."""
        assert self._reader is not None
        marked = set(self.view.marked)
        chosen = [turn for turn in turns(self._reader.transcript.events) if turn.event.place in marked]
        return chosen or [turn for turn in (self.turn,) if turn is not None]

    @on(TailView.Opened)
    def action_describe(self) -> None:
        """All of a message."""
        turn, reader = self.turn, self._reader
        if turn is None or reader is None:
            return

        async def describe() -> None:
            event = turn.event
            try:
                event = (await reader.whole(turn)).event
            except GbtuiError as error:  # the part that is held is better than nothing
                self.console.say(str(error), "warning")
            row = {"said by": event.kind, "at": event.at, "answered_after": turn.answer, "pause_before": turn.pause,
                   "length": event.length, "text": event.text, "id": event.id}  # fmt: skip
            screen = Describe("message", row, _QUERIES, self.console.time, advised=event.text)
            self.call_later(self.console.push_screen, screen)

        self._ask(describe)

    def action_copy(self) -> None:
        """Copy the message's whole text."""
        turn, reader = self.turn, self._reader
        if turn is None or reader is None:
            return

        async def copy() -> None:
            self.console.send(clean((await reader.whole(turn)).event.text, keep="\n\t"))

        self._ask(copy)

    def action_copy_row(self) -> None:
        """Copy the marked messages, else the one under the cursor, with times and names."""
        reader = self._reader
        if reader is None or reader.head is None or not (chosen := self._chosen()):
            return
        head = reader.head

        async def copy() -> None:
            self.console.send("\n".join([said(await reader.whole(turn), head) for turn in chosen]))

        self._ask(copy)

    # --- export ------------------------------------------------------------------------------------------

    def export_name(self) -> str:
        """A name with the session and the moment in it; no text of a tenant's."""
        return f"gbtui-session-{str(self.session_id)[:8]}-{self.console.now().astimezone():%Y%m%d-%H%M%S}.md"

    def action_export(self) -> None:
        """Offer a file name; its ending chooses the form."""
        self.query_one(Prompt).open(":", f"export {self.export_name()}")

    def export(self, path: Path) -> None:
        """Write the marked messages, else those found, else the whole conversation, with their whole texts."""
        reader = self._reader
        if reader is None or reader.head is None:
            raise UsageError("export", "nothing is shown")
        if path.suffix.lower() not in FORMS:
            raise UsageError("export", f"{path.name} ends in none of {', '.join(FORMS)}")
        wanted: Sequence[Turn] | None = None
        if self.view.marked:
            wanted = self._chosen()
        elif self.narrowed:
            wanted = [line.data for line in self.view.shown_lines if isinstance(line.data, Turn)]
        self._ask(lambda: self._export(reader, path, wanted), "exporting")

    async def _export(self, reader: Reader, path: Path, wanted: Sequence[Turn] | None) -> None:
        from gbtui.ui.export import private

        assert reader.head is not None
        self.caption()
        more = False
        if wanted is None:
            wanted, more = await reader.all_turns()
        else:
            wanted = [await reader.whole(turn) for turn in wanted]
        written = private(path, FORMS[path.suffix.lower()](reader.head, wanted))
        end = f", the first {count(MOST_EXPORTED)}" if more else ""
        self.console.say(f"wrote {plural(len(wanted), 'event')}{end} to {written}")
