"""The tail as the console sees it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.tail.events import Figures, Listener, Message, Phase, State

if TYPE_CHECKING:
    from gbtui.database.database import Database


class Tail:
    """Follows message_history; one poll serves every listener.

    One a console. Listeners are called in the event loop, in the order of their subscription, and must not block.
    """

    def __init__(
        self, database: "Database", *, scope: Scope = EVERYONE, ring: int = 10_000, backlog: int = 200
    ) -> None:
        self.database = database
        self.scope = scope
        self.state = State(Phase.STOPPED)
        self._listeners: dict[int, Listener] = {}

    async def start(self) -> None:
        """Begin to follow; returns at once, the state tells the rest."""

    async def stop(self) -> None:
        """Stop following and close the connection."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` the state, what the ring holds (as a backlog batch), and everything from now on.

        Returns the function that ends the subscription.
        """
        number = max(self._listeners, default=0) + 1
        self._listeners[number] = listener
        listener(self.state)
        return lambda: void(self._listeners.pop(number, None))

    @property
    def messages(self) -> tuple[Message, ...]:
        """What the ring holds, oldest first."""
        return ()

    @property
    def let_go(self) -> int:
        """How many delivered messages the ring no longer holds."""
        return 0

    @property
    def messages_per_second(self) -> float:
        """Messages delivered a second, over the last ten seconds."""
        return self.figures.rate

    @property
    def figures(self) -> Figures:
        """Rate, latency and counters of the poll."""
        return Figures(0.0, None, None, 0.0, 0.0, 0, 0, 0, 0)


def void(_: object) -> None:
    """Drop a value."""
