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
    """The newest `limit` lines, numbered as they came; older ones scroll out and are counted.

    Beside them it keeps lines that a reader looks at while new ones come (`pin`), and history that was put before
    the oldest line (`prepend`, with lower numbers), until `trim`. So there may be gaps in what it holds.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.first = 0
        """The lowest number of the newest lines; what is kept beside them has lower ones."""
        self.end = 0
        """The number the next line gets."""
        self.scrolled_out = 0
        """Lines that came and are no longer among the newest."""
        self.shown: list[int] = []
        """The numbers of all lines that pass the filter, in order."""
        self._lines: dict[int, TailLine] = {}
        self._pinned = range(0)
        self._older = range(0)
        self._filter: Callable[[TailLine], bool] | None = None

    def __len__(self) -> int:
        return self.end - self.first

    def __getitem__(self, number: int) -> TailLine:
        return self._lines[number]

    @property
    def all_lines(self) -> list[TailLine]:
        """Every line that is held, in order."""
        return [self._lines[number] for number in sorted(self._lines)]

    def append(self, lines: Iterable[TailLine]) -> None:
        """Put lines after the newest."""
        start = self.end
        for line in lines:
            self._lines[self.end] = line
            self.end += 1
        self.shown.extend(self._passing(range(start, self.end)))
        over = len(self) - self.limit
        if over > 0:
            self.first += over
            self.scrolled_out += over
            self._let_go(range(self.first - over, self.first))

    def prepend(self, lines: Sequence[TailLine]) -> None:
        """Put older lines, oldest first, before the oldest there is; at most `limit` such are kept, the oldest."""
        kept = self._kept()
        lowest = kept[0] if kept else self.first
        start = lowest - len(lines)
        self._lines.update(zip(range(start, lowest), lines, strict=True))
        self.shown[:0] = self._passing(range(start, lowest))
        end = kept[-1] + 1 if kept else self.first
        self._older = range(start, min(end, start + self.limit))
        self._let_go(kept)

    def clear(self) -> None:
        """Forget every line; numbers go on."""
        self.first = self.end
        self.shown, self._lines, self._pinned, self._older = [], {}, range(0), range(0)

    def remake(self, make: Callable[[TailLine], TailLine], numbers: Iterable[int] | None = None) -> None:
        """Put another line (of the same key) in the place of each, or of those with these numbers."""
        for number in list(self._lines) if numbers is None else numbers:
            if number in self._lines:
                self._lines[number] = make(self._lines[number])

    def narrow(self, keep: Callable[[TailLine], bool] | None) -> None:
        """Show only the lines that `keep` accepts (None: all), old and new."""
        self._filter = keep
        self.shown = self._passing(sorted(self._lines))

    def pin(self, first: int, last: int) -> None:
        """Keep the lines from number `first` to `last`; of those pinned before, none that ought to have gone."""
        before, self._pinned = self._pinned, range(first, last + 1)
        if before != self._pinned and before.start < self.first:
            self._let_go(self._kept())

    def trim(self) -> None:
        """Keep the newest lines alone."""
        self._pinned = self._older = range(0)
        self._let_go(self._kept())

    def index(self, number: int) -> int:
        """Where `number`, or the next that is shown, stands in `shown`; the last if none follows."""
        return min(bisect_left(self.shown, number), max(0, len(self.shown) - 1))

    def from_index(self, index: int, step: int, wanted: Callable[[TailLine], bool]) -> TailLine | None:
        """The first line shown behind an index (`step` 1), or before it (-1), that is wanted."""
        indexes = range(index + step, len(self.shown) if step > 0 else -1, step)
        return next((line for at in indexes if wanted(line := self._lines[self.shown[at]])), None)

    def missing_after(self, number: int) -> int:
        """How many lines scrolled out between this shown one and the next."""
        if number >= self.first:
            return 0
        at = bisect_left(self.shown, number + 1)
        end = min(self.shown[at], self.first) if at < len(self.shown) else self.first
        return 0 if end == number + 1 else end - number - 1 - sum(number < kept < end for kept in self._kept())

    def _passing(self, numbers: Iterable[int]) -> list[int]:
        keep = self._filter
        return list(numbers) if keep is None else [n for n in numbers if keep(self._lines[n])]

    def _kept(self) -> list[int]:
        """The numbers of what is kept beside the newest lines, in order."""
        return sorted(n for n in self._lines if n < self.first) if len(self._lines) > len(self) else []

    def _let_go(self, numbers: Iterable[int]) -> None:
        """Forget those of the numbers that are neither pinned nor history."""
        for number in numbers:
            if number not in self._pinned and number not in self._older:
                self._lines.pop(number, None)
        at = bisect_left(self.shown, self.first)
        self.shown[:at] = [n for n in self.shown[:at] if n in self._lines]
