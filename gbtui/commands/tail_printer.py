"""What `gbtui tail` does with the tail's events: print, remember how far, end."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Generic

from gbtui.commands.lines import Lines
from gbtui.commands.notes import note
from gbtui.commands.tail_lines import Shape
from gbtui.domain.tail import Batch, Follower, Gap, Phase, State, StreamEvent
from gbtui.domain.tail.bookmark import Bookmark, Key, Place
from gbtui.domain.tail.events import E, Entry
from gbtui.errors import GbtuiError, UsageError
from gbtui.filters import Filter

_SAVED_EVERY: Final = 1.0  # seconds between two savings of the cursor while nothing is printed
_LEFT: Final = 10_000  # messages passed over at the end, at most: then we stop, and they come next time


class Printer(Generic[E]):
    """Prints what the tail delivers, in whole lines; `done` ends with the exit code.

    It carries the error if printing or following became impossible. `until` (UTC): what is dated from then on is left,
    and once the server's clock has reached it and all is read, we are done. What is left (behind a limit, too, or
    behind a signal) is no loss where a bookmark is kept: it comes next time.
    """

    def __init__(
        self,
        shape: Shape[E],
        line: Callable[[E], str],
        wanted: Filter,
        *,
        limit: int | None = None,
        until: datetime | None = None,
        keep: Callable[[Bookmark], None] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[int] = self._loop.create_future()
        self._lines: Lines[Key] = Lines()
        self._shape = shape
        self._line = line
        self._wanted = wanted
        self._rest = limit
        self._until = until
        self._keep = keep
        self._tail: Follower[E] | None = None
        self._place: Place | None = None
        self._left: list[Key] = []
        self._followed = self._broken = self._promised = False
        self._printed = False
        self._saved = float("-inf")

    def listen(self, tail: Follower[E]) -> None:
        """Print this tail, whose `accepted` is ours."""
        self._tail = tail
        tail.subscribe(self)

    def stop(self, number: int, _frame: object) -> None:
        """The handler of signals: end at once, also out of a write that waits for a slow reader."""
        self._lines.stop()
        self._loop.call_soon_threadsafe(self._end, 128 + number)

    def __call__(self, event: StreamEvent[E]) -> None:
        """Take one event of the tail."""
        match event:
            case Batch(messages):
                self._print(messages)
            case Gap(before, after, reason):
                note(f"gap between transactions {before} and {after}: {reason}")
            case State(phase, detail) if not self.done.done():
                self._told(phase, detail)

    def accepted(self) -> None:
        """What was printed, and what was left, counts as delivered now: keep the bookmark, or see that all is done."""
        assert self._tail is not None
        if self._lines.abandoned:
            self._fail(BrokenPipeError())
        if self._until is not None:
            caught_up = self._tail.caught_up
            too_much = len(self._left) > _LEFT and datetime.now(UTC) >= self._until
            if too_much or (caught_up is not None and caught_up >= self._until):
                self._end(0)
        if self._printed or monotonic() >= self._saved + _SAVED_EVERY:
            try:
                self._save(())
            except GbtuiError as error:
                self._fail(error)

    def finish(self) -> None:
        """Keep the bookmark a last time. What a reader that went away never took was not delivered."""
        if self._saved > float("-inf"):
            self._save(self._lines.unread())

    def _save(self, unread: Sequence[Key]) -> None:
        self._printed, self._saved = False, monotonic()
        if self._keep is not None and self._tail is not None:
            self._lines.secure()
            bookmark = self._tail.bookmark()
            self._place = self._place or bookmark.place
            if why := bookmark.place.refuses(self._place):  # a name that leads to another server now
                raise UsageError("The cursor cannot be used here", why)
            self._keep(replace(bookmark, again=(*unread, *self._left, *bookmark.again)))

    def _print(self, messages: Sequence[E]) -> None:
        """Print what is wanted of a batch, and note what of that is left."""
        self._promise()
        wanted = [message for message in messages if self._matches(message)]
        printed: frozenset[Key] = frozenset()
        if not self.done.done():
            now = [message for message in wanted if self._until is None or message.created_at < self._until]
            lines = [(_key(message), self._line(message)) for message in now[: self._rest]]
            count = self._lines.write(lines)
            printed = frozenset(key for key, _ in lines[:count])
            self._printed |= count > 0
            if self._rest is not None:
                self._rest -= count
                if self._rest == 0:
                    self._end(0)
            if self._lines.error is not None:
                self._fail(self._lines.error)
        if self._keep is not None or self._until is not None:
            self._left.extend(key for key in map(_key, wanted) if key not in printed)

    def _promise(self) -> None:
        """Say once, before the first line, what this stream cannot promise."""
        if not self._promised and self._tail is not None and self._tail.guarantee:
            note(self._tail.guarantee)
            self._promised = True

    def _end(self, code: int) -> None:
        if not self.done.done():
            self.done.set_result(code)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def _matches(self, message: E) -> bool:
        if not self._wanted:
            return True
        shape = self._shape
        aside = {name: shape.aside[name](message) for name in self._wanted.columns & shape.aside.keys()}
        marks = [mark for mark in shape.marks if getattr(message, mark)]
        shown, values = shape.row(message)
        return self._wanted.matches(shown, values=values, marks=marks, aside=aside)

    def _told(self, phase: Phase, detail: str) -> None:
        if phase is Phase.FAILED:
            self._fail(GbtuiError("The tail cannot follow", detail))
        elif phase is Phase.FOLLOWING:
            self._promise()
            if self._broken:
                note("following again")
            self._followed, self._broken = True, False
        elif phase in (Phase.RECONNECTING, Phase.WAITING):
            note(f"{phase.value}: {detail}")
            self._broken = self._followed


def _key(message: Entry) -> Key:
    return Key(message.created_at, message.id)
