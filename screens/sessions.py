"""Conversations, the one that moved last first; those whose user waits for the bot stand out."""

from collections.abc import Collection, Sequence
from pathlib import Path
from uuid import UUID

from gbtui.domain.scope import Scope
from gbtui.domain.session_list import MARKS, Session
from gbtui.errors import AuditError
from gbtui.security.openings import exported, sessions_viewed
from gbtui.text import age, clean, count
from gbtui.ui.paged import PagedScreen
from gbtui.ui.widgets.columns import Column

_SIGNS = {"user": "‹", "bot": "›"}
_WAITING_LONG = 60.0
"""Seconds a person waits before they think the bot is broken."""


class Sessions(PagedScreen):
    """One row a session."""

    NAME = "sessions"
    PROBES = ("sessions",)
    THINGS = "sessions, newest activity first"
    EMPTY = "no session yet"
    TENANTS = True
    MARKS = tuple(MARKS)
    QUERIES = ("general_bots/sessions",)
    _scoped = False

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._open: set[UUID | None] = set()
        """The tenants (None: all) whose sessions may be shown, with what was said last in them."""
        self._asked: set[UUID | None] = set()
        """For whom that is on its way to the record."""
        self._why = ""

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
        scoped = self.console.scope.org_id is not None
        if scoped != self._scoped:
            shown = {column.id for column in self.table.columns} ^ {"tenant"}
            self.table.set_columns([column for column in self.table.all_columns if column.id in shown])
            self._scoped = scoped
        org_id = self.console.scope.org_id
        new = self.console.connected is not None and org_id not in self._open
        if new and not self.console.must_record:
            self._open.add(org_id)
        super().watch_again()
        if new:
            self._record(org_id)

    # --- on record -----------------------------------------------------------------------------------------

    @property
    def _is_open(self) -> bool:
        return self.console.scope.org_id in self._open

    def probes(self) -> Sequence[str]:
        """None before it is on record that the list is read, where that is required."""
        return self.PROBES if self._is_open else ()

    def _record(self, org_id: UUID | None) -> None:
        if org_id not in self._asked:
            self._asked.add(org_id)
            self.console.attempt(self._put(org_id))

    async def _put(self, org_id: UUID | None) -> None:
        deed = sessions_viewed(org_id, self.narrowed.source, redacted=self.console.redacted)
        try:
            await self.console.record(deed)
        except AuditError as error:
            self._why = f"{clean(str(error))}; r tries again"
            self.tell()
            raise
        finally:
            self._asked.discard(org_id)
        if org_id not in self._open:
            self._open.add(org_id)
            self.watch_again()

    def tell(self) -> None:
        """Where nothing may be shown, why."""
        super().tell()
        if not self._is_open and self.console.connected is not None:
            self.table.say(self._why or "putting on record that this is read …", "warning" if self._why else "dim")

    def action_now(self) -> None:
        """Read now; where it was refused, try to put it on record again."""
        if self._is_open:
            super().action_now()
        else:
            self._record(self.console.scope.org_id)

    def export(self, path: Path) -> None:
        """On record, too."""
        self.console.attempt(self._export(path))

    async def _export(self, path: Path) -> None:
        deed = exported(
            "sessions", self.console.scope.org_id, self.narrowed.source, redacted=self.console.redacted,
            sessions=len(self.table.marked or self.table.shown_rows), form=path.suffix,
        )  # fmt: skip
        await self.console.record(deed)
        super().export(path)

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
