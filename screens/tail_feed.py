"""What the tail's screen hears and draws: lines of one tenant or of all, once it is on record that they are read."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gbtui.domain.scope import EVERYONE
from gbtui.domain.tail import Batch, Gap, Message, Phase, State
from gbtui.domain.tail.events import TailEvent
from gbtui.errors import AuditError
from gbtui.monitor.sample import Sample
from gbtui.security.openings import tail_opened
from gbtui.text import clean
from gbtui.times import Clock
from gbtui.ui.chrome import Notice
from gbtui.ui.widgets.tail_ring import TailLine
from screens.tail_columns import TailColumns
from screens.tail_history import TailHistory

_SENDERS: Final = {"user": ("‹", "accent"), "bot": ("›", "dim")}
_READABLE: Final = 30
"""Lines a second beyond which nobody reads along."""
_RATE_SECONDS: Final = 4


class TailFeed(TailHistory):
    """Fed by the app's one tail, also while hidden; draws only while visible."""

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._stop: Callable[[], None] | None = None
        self._scope = EVERYONE
        self._keep: Callable[[TailLine], bool] | None = None
        self.columns = TailColumns(self._time, self.redraw)
        self._per_second: deque[int] = deque([0], maxlen=_RATE_SECONDS)
        self._asked: set[tuple[UUID | None, str]] = set()
        """What is on its way to the record."""
        self._opened: set[UUID | None] = set()
        """The tenants (None: all) whose messages may be drawn: that they are read is on record, or need not be."""

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
    def silent(self) -> bool:
        """Whether the connection stands and nothing is heard: the server hangs."""
        return self.stale and self.tail is not None and self.tail.state.phase is Phase.FOLLOWING

    def tell(self) -> None:
        """What the tail says of itself, where it does not follow."""
        state = self.tail.state if self.tail else State(Phase.STOPPED)
        if self.silent:
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
    def per_second(self) -> float:
        """Lines a second that match, over the last seconds."""
        return sum(self._per_second) / len(self._per_second)

    @property
    def busy(self) -> bool:
        """Whether more lines match than anyone can read."""
        return self.per_second > _READABLE

    def _each_second(self) -> None:
        self._per_second.append(0)
        if self.is_current:
            if self.console.clock is Clock.RELATIVE:  # an age is true for a moment
                self.view.remake(self._anew, in_sight=True)
            self.caption()
            self.tell()

    def caption(self) -> None:
        """Bring the line above the messages up to date."""
        raise NotImplementedError

    # --- on record -----------------------------------------------------------------------------------------

    @property
    def wanted(self) -> str:
        """The filter, as it was typed."""
        return ""

    @property
    def is_open(self) -> bool:
        """Whether the messages of the chosen tenant may be drawn."""
        return self.console.scope.org_id in self._opened

    def record(self) -> None:
        """Put on record that these messages are read; where that is required they are drawn only then."""
        asked = (self.console.scope.org_id, self.wanted)
        if asked in self._asked:
            return
        self._asked.add(asked)
        if not self.console.must_record:
            self._opened.add(asked[0])
        elif not self.is_open:
            self.view.clear()
            self.view.say("putting on record that this is read …")
        self.console.attempt(self._record(*asked))

    async def _record(self, org_id: UUID | None, wanted: str) -> None:
        try:
            await self.console.record(tail_opened(org_id, wanted, redacted=self.console.redacted))
        except AuditError as error:
            if self.console.must_record:
                self._opened.discard(org_id)
                self.view.clear()
                self.view.say(f"{clean(str(error))}; r tries again", "warning")
            raise
        finally:
            self._asked.discard((org_id, wanted))
        if org_id not in self._opened:
            self._opened.add(org_id)
            self.view.say("no message yet")
            self.refill()
            self.caption()

    def action_now(self) -> None:
        """Read now; where it was refused, try to put it on record again."""
        if self.is_open or self.tail is None:
            super().action_now()
        else:
            self.record()

    # --- lines -------------------------------------------------------------------------------------------

    def _hear(self, event: TailEvent) -> None:
        """The tail tells something, in the event loop; nothing here may take long."""
        match event:
            case Batch(messages, backlog) if self.is_open:
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
        prefix = self.columns.prefix(message, scoped=self.console.scope.org_id is not None)
        text = message.message + (" … (cut)" if message.cut else "")
        return TailLine(message.id, prefix, sign, text, mark_style=style, data=message)

    def watch_again(self) -> None:
        """Shown, or another scope: the buffer anew from what the tail holds."""
        super().watch_again()
        if self.tail is not None and not self.is_open:
            self.record()
            self.refill()
        elif self._scope != self.console.scope:
            self.refill()
        self._scope = self.console.scope
        self.caption()

    def redraw(self) -> None:
        """The same lines in another clock, or with other columns; history that was read, and the cursor, stay."""
        self.view.remake(self._anew)

    def _anew(self, line: TailLine) -> TailLine:
        return self.line(line.data) if isinstance(line.data, Message) else line

    def refill(self) -> None:
        """What the tail holds of the chosen tenant, followed."""
        if self.tail is not None and self.is_open:
            self.view.clear()
            self.view.append(self.line(message) for message in self.tail.messages if self.in_scope(message))
