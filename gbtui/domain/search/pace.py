"""How much is read at a time: as much as takes a moment, whatever the server and its load. Pure."""

from dataclasses import dataclass
from typing import Final

AIM: Final = 0.25
"""Seconds that a slice should take: long enough to get on, short enough to be light and to be stopped."""
_MOST: Final = 4.0
"""How much larger the next slice may be."""


@dataclass(slots=True)
class Pace:
    """The size of the next slice, between `least` and `most`."""

    size: float
    least: float
    most: float

    def took(self, seconds: float) -> None:
        """A slice of this size took so long."""
        self._set(self.size * min(_MOST, max(1 / _MOST, AIM / max(seconds, 0.001))))

    def gave_up(self) -> bool:
        """A slice of this size passed the deadline; False if it was the least there is."""
        if self.size <= self.least:
            return False
        self._set(self.size / 8)
        return True

    def _set(self, size: float) -> None:
        self.size = min(self.most, max(self.least, size))
