"""What a view tells its screen."""

from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget


@dataclass
class Told(Message):
    """Something about `view`, by which handlers select it."""

    view: Widget

    @property
    def control(self) -> Widget:
        """The view, for selectors of handlers."""
        return self.view


@dataclass
class Latest(Told):
    """Something of which only the newest counts: many before anyone looked are one."""

    def can_replace(self, message: Message) -> bool:
        """The same, of the same view."""
        return type(message) is type(self) and isinstance(message, Told) and message.view is self.view
