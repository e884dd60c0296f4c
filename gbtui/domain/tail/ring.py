"""The last messages, and how many were let go."""

from collections import deque
from collections.abc import Iterable
from typing import Generic

from gbtui.domain.tail.events import E


class Ring(Generic[E]):
    """A bounded buffer in the order of delivery."""

    def __init__(self, capacity: int) -> None:
        self._messages: deque[E] = deque(maxlen=capacity)
        self.total = 0

    def extend(self, messages: Iterable[E]) -> None:
        """Take in messages; the oldest make room."""
        for message in messages:
            self._messages.append(message)
            self.total += 1

    @property
    def messages(self) -> tuple[E, ...]:
        """What is held, oldest first."""
        return tuple(self._messages)

    @property
    def let_go(self) -> int:
        """How many messages made room for others."""
        return self.total - len(self._messages)
