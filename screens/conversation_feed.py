"""Reading one session and what comes while it is open: the part of the conversation that asks the server."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any, Final, TypeAlias
from uuid import UUID

from textual import events, on
from textual.app import ComposeResult
from textual.worker import Worker

from gbtui.domain.conversation import Event, Place
from gbtui.domain.reader import Reader
from gbtui.domain.scope import Scope
from gbtui.domain.tail import Batch
from gbtui.domain.tail.events import TailEvent
from gbtui.domain.transcript import turns
from gbtui.errors import GbtuiError
from gbtui.monitor.sample import Sample
from gbtui.security.openings import conversation_viewed
from gbtui.text import clean
from gbtui.times import Clock
from gbtui.ui.chrome import Notice
from gbtui.ui.lines import Lines
from gbtui.ui.list_screen import Caption
from gbtui.ui.live_screen import LiveScreen, state
from gbtui.ui.widgets.transcript_view import TranscriptView
from screens.transcript_lines import about, lines

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
READING: Final = "reading"
MOVING: Final = "moving"
SHORT: Final = (READING, MOVING)
"""What is over before anybody would stop it; everything else says what it is, and can be stopped."""
_EVERY: Final = 5.0
"""Seconds between two readings while the tail tells when something comes; without it, the console's interval."""
_LONGEST: Final = 30.0
"""Seconds between two attempts while the server does not answer, at most."""
_CONTEXT: Final = 200
"""Events before new ones that are looked at for what they answer."""


class ConversationFeed(LiveScreen):
    """Head and lines of one session, kept up to date while visible. It asks one thing at a time."""

    NAME = "conversation"
    TENANTS = True
    AUTO_FOCUS = "TranscriptView"

    def __init__(self, session_id: UUID, at: Place | None = None) -> None:
        super().__init__(str(session_id)[:8])
        self.session_id = session_id
        self._at = at
        self.reader: Reader | None = None
        self._stop: Callable[[], None] | None = None
        self._told: tuple[datetime, ...] = ()
        """The times of the messages the tail told of and that were not read yet."""
        self.beyond = 0
        """Messages that came behind the end of what is held."""
        self.came: set[Place] = set()
        """What came since it stopped following, and was put at the end of what is held."""
        self.busy = ""
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
        head = self.reader.head if self.reader else None
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
        self._told, self.beyond, self._failures = (), 0, 0
        self.came.clear()
        self.reader = Reader(connected.conversations, session_id)
        self.view.clear()
        self.tell()
        reader = self.reader
        self.ask(lambda: self._open(reader, at))

    async def _open(self, reader: Reader, at: Place | None) -> None:
        if await self._read(self._opening(reader, at)):
            self.lay_out(at)

    async def _opening(self, reader: Reader, at: Place | None) -> None:
        """Read it, and put on record that it is read before any of it is drawn."""
        await reader.open(self.console.scope, at)
        if reader.head is not None:
            deed = conversation_viewed(reader.session_id, reader.head.org_id, redacted=self.console.redacted)
            try:
                await self.console.record(deed)
            except GbtuiError:
                reader.close()
                raise

    def read(self) -> None:
        """Read what is new, at once."""
        if self.reader is not None and not self.busy:
            reader = self.reader
            self.ask(lambda: self._refresh(reader) if reader.head else self._open(reader, self._at))

    async def _refresh(self, reader: Reader) -> None:
        told, held = self._told, reader.transcript.events
        before = held[-1].at if held else None
        new: list[Event] = []
        in_place = True

        async def reading() -> None:
            nonlocal new, in_place
            new, in_place = await reader.refresh(self.console.scope, min(told, default=None))

        if not await self._read(reading()):
            return
        self._told = self._told[len(told) :]
        self.came.update(event.place for event in new)
        if not in_place or self.console.clock is Clock.RELATIVE:
            self.draw()
        elif new:
            made = turns(reader.transcript.events[-len(new) - _CONTEXT :])[-len(new) :]
            self.view.append(lines(made, self.console.clock, self.console.now(), before))
        if self._told:
            self.call_later(self.read)

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
            head = self.reader.head if self.reader else None
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

    def ask(self, work: Work, doing: str = READING) -> None:
        """Do one thing that asks the server, in the place of what runs; `doing` says what."""
        self.interrupt()
        self._number += 1
        number, self.busy = self._number, doing

        async def do() -> None:
            try:
                await work()
            except GbtuiError as error:
                self.console.say(str(error), "warning")
            finally:
                if number == self._number:
                    self.busy = ""
                    if self.is_current:
                        self.call_later(self.caption)

        self._working: Worker[None] = self.run_worker(do, group="attempt", exclusive=True)

    def interrupt(self) -> bool:
        """Stop a search or an export."""
        running = bool(self.busy) and self.busy not in SHORT
        if running:
            self.workers.cancel_group(self, "attempt")
            self.console.say(f"stopped {self.busy}")
        return running

    # --- what comes ----------------------------------------------------------------------------------------

    @property
    def _follows(self) -> bool:
        """Whether the tail tells when something comes."""
        tail = self.console.connected.tail if self.console.connected else None
        return tail is not None and tail.live

    def _hear(self, event: TailEvent) -> None:
        """The tail tells of messages, in the event loop; those of this session are read with their clicks."""
        if not isinstance(event, Batch) or event.backlog:
            return
        ours = [message.created_at for message in event.messages if message.session_id == self.session_id]
        if ours:
            self._told += tuple(ours)
            self.beyond += len(ours) * (self.reader is not None and not self.reader.transcript.at_end)
            self.read()

    def _tick(self) -> None:
        """Once a second: is it time to read again?"""
        if not self.is_current or self.console.connected is None:
            return
        held = self.console.connected.monitor.paused
        told = bool(self._told) and not self._failures
        if not self.busy and not held and (told or monotonic() >= self._due):
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
        head = self.reader.head if self.reader else None
        notice = self.query_one("#notice", Notice)
        if sample.taken_at is None:
            self.view.say(*(said or ("reading …", "dim")))
            notice.say("")
        elif head is None:
            scope = self.console.scope
            where = f" in {scope.label}; o widens" if scope.org_id else ""
            self.view.say(f"there is no session {self.session_id}{where}", "warning")
            notice.say("")
        elif self.reader is not None and self.reader.gone:
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
        if self.reader is not None:
            self.draw()
            self.tell()

    def draw(self) -> None:
        """All lines that are held; cursor and picture stay."""
        assert self.reader is not None
        held = self.reader.transcript
        self.view.more_above, self.view.more_below = not held.at_beginning, not held.at_end
        self.beyond *= not held.at_end
        self.view.set_lines(lines(turns(held.events), self.console.clock, self.console.now()))

    def lay_out(self, at: Place | None) -> None:
        """Lines of another stretch: go to a place in it, or follow its end."""
        assert self.reader is not None
        held = self.reader.transcript
        self.draw()
        if at is None and held.at_end:
            self.view.follow()
        elif held.events:
            index = min(held.index(at) if at else 0, len(held) - 1)
            self.view.go_to(held.events[index].place)
        self.caption()

    def caption(self) -> None:
        """Bring the line above the messages up to date."""
        raise NotImplementedError

    def row_scope(self) -> Scope | None:
        """The conversation's tenant."""
        head = self.reader.head if self.reader else None
        return Scope(head.org_id, head.organization) if head else None
