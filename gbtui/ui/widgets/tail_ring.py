"""The buffer of a tail: the newest lines, numbered as they came, and what a filter leaves of them."""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TailLine:
    """One line as the screen formatted it; text may be anything, it is cleaned when drawn.

    `prefix` (time, tenant …) stays when the text scrolls sideways or wraps; `mark` is a sign or a short word for
    the sender. `data` is whatever the screen wants to find here again.
    """

    key: Hashable
    prefix: str
    mark: str
    text: str
    prefix_style: str = "dim"
    mark_style: str = ""
    style: str = ""
    data: object = None


class Ring:
    """The newest `limit` lines, numbered without gaps; older ones scroll out and are counted.

    Lines that a reader looks at while new ones come are pinned: they stay although their turn to go has come.
    History put before the first line gets lower numbers, and room of its own until `trim`.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.first = 0
        """The lowest number in the buffer, pinned lines apart."""
        self.end = 0
        """The number the next line gets."""
        self.scrolled_out = 0
        """Lines that came and are not in the buffer any more."""
        self.shown: list[int] = []
        """The numbers of the lines that pass the filter, pinned ones included, in order."""
        self._lines: dict[int, TailLine] = {}
        self._history = 0
        self._pinned = range(0)
        self._filter: Callable[[TailLine], bool] | None = None

    def __len__(self) -> int:
        return self.end - self.first

    def __getitem__(self, number: int) -> TailLine:
        return self._lines[number]

    def append(self, lines: Iterable[TailLine]) -> None:
        """Put lines after the newest."""
        keep, start = self._filter, self.end
        for line in lines:
            self._lines[self.end] = line
            self.end += 1
        new = range(start, self.end)
        self.shown.extend(new if keep is None else [n for n in new if keep(self._lines[n])])
        self._evict()

    def prepend(self, lines: Sequence[TailLine]) -> None:
        """Put older lines, oldest first, before the oldest in the buffer."""
        self.unpin()
        start = self.first - len(lines)
        self._lines.update(zip(range(start, self.first), lines, strict=True))
        older = range(start, self.first)
        keep = self._filter
        self.shown[:0] = older if keep is None else [n for n in older if keep(self._lines[n])]
        self.scrolled_out = max(0, self.scrolled_out - len(lines))
        self.first, self._history = start, min(self._history + len(lines), self.limit)

    def clear(self) -> None:
        """Forget every line; numbers go on."""
        self.first = self.end
        self.shown, self._lines, self._pinned, self._history = [], {}, range(0), 0

    def narrow(self, keep: Callable[[TailLine], bool] | None) -> None:
        """Show only the lines that `keep` accepts (None: all), old and new."""
        self._filter = keep
        numbers = sorted(self._lines)
        self.shown = numbers if keep is None else [n for n in numbers if keep(self._lines[n])]

    def pin(self, first: int, last: int) -> None:
        """Keep the lines from number `first` to `last`, and no others that ought to have gone."""
        if range(first, last + 1) != self._pinned:
            self._pinned = range(first, last + 1)
            self._drop_overdue()

    def unpin(self) -> None:
        """Keep no line beyond its turn."""
        self.pin(0, -1)

    def trim(self) -> None:
        """Give up the room for history, and every pin."""
        self._history = 0
        self.unpin()
        self._evict()

    def index(self, number: int) -> int:
        """Where `number`, or the next that is shown, stands in `shown`; one before the end if none follows."""
        return min(bisect_left(self.shown, number), max(0, len(self.shown) - 1))

    def missing_after(self, number: int) -> int:
        """How many lines scrolled out right after this shown one: none but after the last that was kept by a pin."""
        if number >= self.first:
            return 0
        at = bisect_left(self.shown, number + 1)
        last_kept = at == len(self.shown) or self.shown[at] >= self.first
        return self.first - number - 1 if last_kept else 0

    def _evict(self) -> None:
        """Let go of the oldest lines beyond the limit."""
        over = len(self) - self.limit - self._history
        if over > 0:
            self.first += over
            self.scrolled_out += over
            self._drop_overdue(range(self.first - over, self.first))

    def _drop_overdue(self, numbers: Iterable[int] | None = None) -> None:
        """Forget lines below `first` that are not pinned."""
        at = bisect_left(self.shown, self.first)
        self.shown[:at] = [n for n in self.shown[:at] if n in self._pinned]
        overdue = numbers if numbers is not None else [n for n in self._lines if n < self.first]
        for number in overdue:
            if number not in self._pinned:
                self._lines.pop(number, None)
