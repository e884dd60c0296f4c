"""What stands before the text of a line of the tail: columns to choose from."""

from collections.abc import Callable, Sequence
from datetime import datetime

from gbtui.domain.tail import Message
from gbtui.text import count, fit
from gbtui.ui.widgets.columns import Column
from gbtui.writing import script


def who(message: Message) -> str:
    """The name of the one who speaks."""
    return (message.user or "anonymous") if message.sender == "user" else message.bot


class TailColumns:
    """The columns shown, in their order; `changed` is called when others are chosen."""

    def __init__(self, time: Callable[[datetime], str], changed: Callable[[], None]) -> None:
        self._changed = changed
        self.all_columns: Sequence[Column[Message]] = (
            Column("time", "time", 8, lambda message: "late " * message.late + time(message.created_at),
                   help="when it was written"),
            Column("tenant", "tenant", 12, lambda message: message.organization, help="the organization's slug"),
            Column("who", "who", 14, who, help="the name of the one who speaks"),
            Column("bot", "bot", 12, lambda message: message.bot, shown=False),
            Column("user", "user", 14, lambda message: message.user, shown=False),
            Column("session", "session", 8, lambda message: str(message.session_id), shown=False,
                   help="the first digits of the session's id"),
            Column("length", "length", 6, lambda message: count(message.length), "right", shown=False,
                   help="characters of the whole message"),
            Column("script", "script", 8, lambda message: script(message.message), shown=False,
                   help="what the text is written in: Latin, Cyrillic, Han …; mixed"),
        )  # fmt: skip
        self.columns: Sequence[Column[Message]] = tuple(column for column in self.all_columns if column.shown)

    def set_columns(self, columns: Sequence[Column[Message]]) -> None:
        """Show these."""
        self.columns = tuple(columns)
        self._changed()

    def prefix(self, message: Message, *, scoped: bool) -> str:
        """A message's cells; under one tenant its name says nothing."""
        shown = [column for column in self.columns if not (scoped and column.id == "tenant")]
        more = {"session": ""}
        cells = [
            fit(column.text(message), column.width, column.align, more=more.get(column.id, "…")) for column in shown
        ]
        return " " + " ".join(cells)
