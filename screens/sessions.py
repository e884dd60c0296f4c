"""Conversations, the one that moved last first; those whose user waits for the bot stand out."""

from collections.abc import Collection, Sequence

from gbtui.domain.scope import Scope
from gbtui.domain.session_list import MARKS, Session
from gbtui.security.deed import Deed
from gbtui.security.openings import exported, sessions_viewed
from gbtui.text import age, count
from gbtui.ui.paged import PagedScreen
from gbtui.ui.recorded import Recorded
from gbtui.ui.widgets.columns import Column

_SIGNS = {"user": "‹", "bot": "›"}
_WAITING_LONG = 60.0
"""Seconds a person waits before they think the bot is broken."""


class Sessions(Recorded, PagedScreen):
    """One row a session."""

    NAME = "sessions"
    PROBES = ("sessions",)
    THINGS = "sessions, newest activity first"
    EMPTY = "no session yet"
    TENANTS = True
    MARKS = tuple(MARKS)
    QUERIES = ("general_bots/sessions",)
    _scoped = False

    def columns(self) -> Sequence[Column[Session]]:
        """Whose it is, who waits, what was said last."""
        app = self.console
        return (
            Column("tenant", "tenant", 12, lambda row: row.organization),
            Column("bot", "bot", 10, lambda row: row.bot),
            Column("user", "user", 12, lambda row: row.user or "anonymous",
                   style=lambda row: "" if row.user else "dim"),
            Column("last", "last", 8, lambda row: app.time(row.last_activity), "right",
                   sort=lambda row: row.last_activity, help="last activity"),
            Column("waits", "waits", 5, lambda row: age(self.waited(row)) if row.waiting_since else "", "right",
                   sort=self.waited, style=self._waiting, help="how long the user has waited for the bot",
                   plain=self.waited),
            Column("messages", "msgs", 5, lambda row: count(row.messages) + "+" * (row.messages >= 1000), "right",
                   sort=lambda row: row.messages, help="messages, counted to 1,000"),
            Column("text", "last message", 0, lambda row: f"{_SIGNS.get(row.last_sender, ' ')} {row.last_text}",
                   help="the start of it; ‹ by the user, › by the bot"),
            Column("sender", "spoke", 5, lambda row: row.last_sender, help="who spoke last", shown=False),
            Column("started", "started", 14, lambda row: app.time(row.started), sort=lambda row: row.started,
                   shown=False),
            Column("expires", "expires", 14, lambda row: app.time(row.expires), sort=lambda row: row.expires,
                   shown=False),
            Column("id", "id", 36, lambda row: str(row.id), shown=False),
        )  # fmt: skip

    def watch_again(self) -> None:
        """Under one tenant its name says nothing: the messages get the room."""
        scoped = self.scope.org_id is not None
        if scoped != self._scoped:
            shown = {column.id for column in self.table.columns} ^ {"tenant"}
            self.table.set_columns([column for column in self.table.all_columns if column.id in shown])
            self._scoped = scoped
        super().watch_again()

    def deed(self) -> Deed:
        """That the list is read, which shows how the last message of each session begins."""
        redacted, of = self.console.redacted, self.subject.place if self.subject else None
        return sessions_viewed(self.scope.org_id, self.narrowed.source, redacted=redacted, of=of)

    def exported(self, rows: int, form: str) -> Deed:
        """That it was written to a file."""
        redacted, of = self.console.redacted, self.subject.place if self.subject else None
        told = {"sessions": rows, "form": form, "of": of}
        return exported("sessions", self.scope.org_id, self.narrowed.source, redacted=redacted, **told)

    # --- rows ----------------------------------------------------------------------------------------------

    def waited(self, row: Session) -> float | None:
        """Seconds its user has waited, at the time of the sample."""
        now = self.taken_at or self.console.now()
        return (now - row.waiting_since).total_seconds() if row.waiting_since else None

    def _waiting(self, row: Session) -> str:
        return "warning" if "waiting" in self.marks(row) and (self.waited(row) or 0) >= _WAITING_LONG else "dim"

    def marks(self, row: Session) -> Collection[str]:
        """What `is:` asks for."""
        return row.marks(self.taken_at or self.console.now())

    def key(self, row: Session) -> object:
        """Its id."""
        return row.id

    def row_scope(self) -> Scope | None:
        """The tenant of the session under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if row else None

    def enter(self, row: Session) -> None:
        """The conversation, at its end."""
        self.console.open_session(row.id)
