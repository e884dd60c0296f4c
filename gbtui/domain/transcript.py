"""The part of a conversation that is held, and what follows from its order: pauses, and how long answers took. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gbtui.domain.conversation import BEGINNING, END, Event, Place

LIMIT: Final = 20_000
"""Events held at most; beyond, those farthest from where one reads are let go and can be read again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An event in its place."""

    event: Event
    pause: float | None
    """Seconds since the event before; None: none is held before it."""
    answer: float | None
    """For the bot's first words after the user's: seconds since the oldest of those. Else None."""


def turns(events: Iterable[Event]) -> list[Turn]:
    """The events (oldest first) with their pauses and answers; clicks neither ask nor answer."""
    made: list[Turn] = []
    before: Event | None = None
    asked: Event | None = None
    for event in events:
        pause = (event.at - before.at).total_seconds() if before else None
        answer = (event.at - asked.at).total_seconds() if asked and event.kind == "bot" else None
        if event.kind == "user":
            asked = asked or event
        elif event.kind == "bot":
            asked = None
        made.append(Turn(event, pause, answer))
        before = event
    return made


class Transcript:
    """A stretch of one conversation without holes, oldest first; it grows at both ends."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.events: list[Event] = []
        self.at_beginning = True
        """Nothing lies before the first event held."""
        self.at_end = True
        """Nothing lay behind the last event held when it was read: new ones belong here."""
        self._limit = limit
        self._known: set[Place] = set()

    def __len__(self) -> int:
        return len(self.events)

    @property
    def first(self) -> Place:
        """Where it begins."""
        return self.events[0].place if self.events else END

    @property
    def last(self) -> Place:
        """Where it ends."""
        return self.events[-1].place if self.events else BEGINNING

    def replace(self, events: Sequence[Event], *, at_beginning: bool, at_end: bool) -> None:
        """Hold another stretch."""
        self.events = list(events)
        self._known = {event.place for event in events}
        self.at_beginning, self.at_end = at_beginning, at_end

    def before(self, page: Sequence[Event], *, more: bool) -> None:
        """The events right before the first; `more` says whether there may be still older ones."""
        self.events[:0] = [event for event in page if event.place not in self._known]
        self._known.update(event.place for event in page)
        self.at_beginning = not more
        over = self.events[self._limit :]
        if over:
            self._known.difference_update(event.place for event in over)
            del self.events[self._limit :]
            self.at_end = False

    def behind(self, page: Sequence[Event], *, more: bool) -> int:
        """The events right behind the last; how many of the oldest were let go for them."""
        self.events += [event for event in page if event.place not in self._known]
        self._known.update(event.place for event in page)
        self.at_end = not more
        return self._trim()

    def merge(self, events: Sequence[Event]) -> tuple[list[Event], bool]:
        """What is new among events read again near the end; and whether all of it stands at the very end.

        A message may be committed later than one that was written after it: then it is not at the end.
        """
        reach = BEGINNING if self.at_beginning else self.first
        new = [event for event in events if event.place not in self._known and event.place > reach]
        tail = not self.events or all(event.place > self.last for event in new)
        self._known.update(event.place for event in new)
        self.events += new
        if not tail:
            self.events.sort(key=lambda event: event.place)
        return new, self._trim() == 0 and tail

    def index(self, place: Place) -> int:
        """Where the first event at or behind a place stands; the length if there is none."""
        return bisect_left(self.events, place, key=lambda event: event.place)

    def _trim(self) -> int:
        over = self.events[: max(0, len(self.events) - self._limit)]
        if over:
            self._known.difference_update(event.place for event in over)
            del self.events[: len(over)]
            self.at_beginning = False
        return len(over)
