"""Conversations, the one that moved last first; those whose user waits for the bot stand out."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from textual.timer import Timer

from gbtui.domain.scope import Scope
from gbtui.domain.session_list import ANY, MARKS, Session, Wish, wish
from gbtui.filters import Filter, parse
from gbtui.security.deed import Deed
from gbtui.security.openings import exported, sessions_viewed
from gbtui.text import age, count
from gbtui.times import full
from gbtui.ui.paged import PagedScreen
from gbtui.ui.prompt import Prompt
from gbtui.ui.recorded import Recorded
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run

_SIGNS = {"user": "‹", "bot": "›"}
_WAITING_LONG = 60.0
"""Seconds a person waits before they think the bot is broken."""
_TYPING: Final = 0.3
"""Seconds without a key after which the server is asked for what was typed so far."""


class Sessions(Recorded, PagedScreen):
    """One row a session."""

    NAME = "sessions"
    PROBES = ("sessions",)
    THINGS = "sessions, newest activity first"
    EMPTY = "no session yet"
    TENANTS = True
    MARKS = tuple(MARKS)
    QUERIES = ("general_bots/sessions_by_activity", "general_bots/sessions")
    _scoped = False

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._wish = ANY
        self._asking: Timer | None = None

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
            Column("at", "at", 8, lambda row: app.time(row.at) if row.at else "", "right", sort=lambda row: row.at,
                   help="the message nearest to the time asked for", shown=False),
        )  # fmt: skip

    # --- what the server is asked -------------------------------------------------------------------------

    @property
    def asked(self) -> Wish | None:
        """What the filter asks of the server, so that it looks through all sessions."""
        return self._wish or None

    def narrow(self, text: str) -> None:
        """Narrow what is here at once; then the server, which knows all sessions."""
        now = self.taken_at or self.console.now()
        asked = wish(parse(text, [column.id for column in self.table.all_columns], self.mark_names(), now), now)
        super().narrow(text)
        if self._asking is not None:
            self._asking.stop()
        if self.query_one(Prompt).is_open:
            self._asking = self.set_timer(_TYPING, lambda: self._ask(asked))
        else:
            self._ask(asked)

    def _ask(self, asked: Wish) -> None:
        if asked == self._wish:
            return
        if (asked.at is None) != (self._wish.at is None):
            self._show_column("at", shown=asked.at is not None)
            self.table.clear()  # what is here has no word near that time
        self._wish = asked
        self.things = f"sessions, {_order(asked)}"
        self.watch_again()
        self.caption()

    def _keep(self, wanted: Filter) -> Callable[[Any], bool]:
        return super()._keep(wanted.without("at"))  # the server found them by it

    def _show_column(self, name: str, *, shown: bool) -> None:
        ids = {column.id for column in self.table.columns} - {name} | ({name} if shown else set())
        self.table.set_columns([column for column in self.table.all_columns if column.id in ids])

    def watch_again(self) -> None:
        """Under one tenant its name says nothing: the messages get the room."""
        scoped = self.scope.org_id is not None
        if scoped != self._scoped:
            self._show_column("tenant", shown=not scoped)
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

    def tell(self) -> None:
        """Where nothing was found, what was looked for."""
        super().tell()
        sample = self.samples.get("sessions")
        if self._wish and sample and sample.taken_at and not sample.error and not (sample.rows or sample.skipped):
            self.table.say(f"no session {_meaning(self._wish)}")

    def remarks(self) -> list[Run]:
        """Around which time it was looked."""
        told = super().remarks()
        return [*told, (f"  around {full(self._wish.at)}", "dim")] if self._wish.at else told

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
        """The conversation: at the message that was asked for by its time, else at its end."""
        self.console.open_session(row.id, (row.at, row.at_message) if row.at and row.at_message else None)


def _meaning(asked: Wish) -> str:
    """What was asked, where nothing is so."""
    if asked.at is not None:
        return f"has a message within a quarter of an hour of {full(asked.at)}"
    return "of all is so"


def _order(asked: Wish) -> str:
    """What stands first."""
    if asked.at is not None:
        return "nearest word first"
    if "waiting" in asked.marks and not asked.user:
        return "latest word first"
    if "expiring" in asked.marks and not asked.user:
        return "next to end first"
    return "newest activity first"
