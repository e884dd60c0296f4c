"""From the tail back into history: page by page above the buffer, and to a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from textual import on

from gbtui.domain.tail import Message, Tail
from gbtui.errors import UsageError
from gbtui.security.openings import history_read
from gbtui.text import count
from gbtui.times import full, parse
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.marked_tail import MarkedTail
from gbtui.ui.widgets.tail_ring import TailLine
from gbtui.ui.widgets.tail_view import TailView

_PAGE: Final = 200
_LONG_PAGE: Final = 2_000
_PAGES: Final = 5
"""Long pages read one after the other on the way to a time; what lies farther back is jumped to, past a gap."""
_EMPTY_PAGES: Final = 20
"""Pages without a message of the chosen tenant after which one has to ask again."""


class TailHistory(LiveScreen):
    """What a subclass has in its view is put before by what is read here."""

    _reading = False

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._read: set[tuple[UUID | None, str, datetime | None]] = set()

    @property
    def view(self) -> MarkedTail:
        """The lines."""
        return self.query_one(MarkedTail)

    @property
    def tail(self) -> Tail | None:
        """The app's one tail."""
        return self.console.connected.tail if self.console.connected else None

    def line(self, message: Message) -> TailLine:
        """A message as it is shown."""
        raise NotImplementedError

    def in_scope(self, message: Message) -> bool:
        """Whether it belongs to the chosen tenant."""
        scope = self.console.scope
        return scope.org_id is None or message.org_id == scope.org_id

    # --- page by page ------------------------------------------------------------------------------------

    @on(TailView.WantsOlder)
    def _wants_older(self) -> None:
        """The cursor is on the first line and goes on."""
        if not self._reading:
            self._reading = True
            self.console.say("reading history …")
            self.console.attempt(self._older())

    async def _older(self) -> None:
        try:
            oldest, found = self._oldest(), 0
            await self._recorded(oldest)
            for _ in range(_EMPTY_PAGES):
                page = await self._page(oldest, _PAGE) if oldest else ()
                found = self._put_before(page)
                if found or len(page) < _PAGE:
                    break
                oldest = page[0]
        finally:
            self._reading = False
        if found:
            self.console.say(f"{count(found)} older messages read; G: newest")
            self.view.action_up()
        else:
            self.console.say("nothing older" if len(page) < _PAGE else "nothing of this tenant in the last pages")

    @property
    def wanted(self) -> str:
        """The filter, as it was typed."""
        return ""

    async def _recorded(self, oldest: Message | None, to: datetime | None = None) -> None:
        """Put on record that history is read, once a tenant and filter, and each time one jumps into it."""
        reading = (self.console.scope.org_id, self.wanted, to)
        if oldest is None or reading in self._read:
            return
        before = oldest.created_at
        deed = history_read(*reading[:2], redacted=self.console.redacted, before=before, to=to)
        await self.console.record(deed)
        self._read.add(reading)

    def _oldest(self) -> Message | None:
        """The first message of the buffer by time: a late one stands below where its date puts it."""
        held = [line.data for line in self.view.all_lines if isinstance(line.data, Message)]
        return min(held, key=lambda message: (message.created_at, message.id), default=None)

    async def _page(self, before: Message, limit: int) -> Sequence[Message]:
        return await self.tail.scrollback(before, limit) if self.tail is not None else ()

    def _put_before(self, messages: Sequence[Message]) -> int:
        here = {line.key for line in self.view.all_lines}
        lines = [self.line(message) for message in messages if message.id not in here and self.in_scope(message)]
        self.view.prepend(lines)
        return len(lines)

    # --- to a time ---------------------------------------------------------------------------------------

    def action_time(self) -> None:
        """Ask for a time to jump to."""
        self.query_one(Prompt).open("@")

    def echo_time(self, text: str) -> None:
        """Say in full what is meant, while it is typed."""
        prompt = self.query_one(Prompt)
        try:
            prompt.echo(full(parse(text, self.console.now())) if text.strip() else "10m, 14:10, yesterday 14:10 …")
        except UsageError as error:
            prompt.refuse(str(error))

    def jump(self, text: str) -> None:
        """Go to the message nearest to a time; raises UsageError."""
        at = parse(text, self.console.now())
        if self._reading or self.tail is None:
            return
        self._reading = True
        self.console.say(f"to {full(at)} …")
        self.console.attempt(self._jump(at))

    async def _jump(self, at: datetime) -> None:
        try:
            oldest = self._oldest()
            await self._recorded(oldest, to=at)
            for _ in range(_PAGES):
                if oldest is None or oldest.created_at < at:
                    break
                page = await self._page(oldest, _LONG_PAGE)
                self._put_before(page)
                if len(page) < _LONG_PAGE:
                    break
                oldest = page[0]
            else:
                if oldest is not None:
                    await self._past_gap(oldest, at)
        finally:
            self._reading = False
        target = min(
            (line for line in self.view.shown_lines if isinstance(line.data, Message)),
            key=lambda line: abs((_at(line) - at).total_seconds()),
            default=None,
        )
        if target is None or not self.view.go_to(target.key):
            self.console.say("no message is shown")
        else:
            self.console.say(f"{full(at)}; G: newest")

    async def _past_gap(self, oldest: Message, at: datetime) -> None:
        """Too much lies between: leave it out, and say so where it would stand."""
        until = self.console.time(oldest.created_at)
        gap = TailLine(f"gap {at}", "", "⋯", f"not read: {full(at)} to {until}; t jumps into it", style="dim")
        self.view.prepend([gap])
        self._put_before(await self._page(replace(oldest, created_at=at, id=UUID(int=0)), _PAGE))


def _at(line: TailLine) -> datetime:
    assert isinstance(line.data, Message)
    return line.data.created_at
