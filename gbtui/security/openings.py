"""What is put on record when somebody opens what people wrote: one record an opening, with its filter.

Which of them there are is said in docs/privacy.md. None holds a message; the filter is what its reader typed.
"""

from uuid import UUID

from gbtui.security.deed import Deed

MESSAGES = "public.message_history"
SESSIONS = "public.user_sessions"
_TEXT = 4_000
"""Characters of a statement that go on record."""


def tail_opened(org_id: UUID | None, wanted: str, *, redacted: bool, **more: object) -> Deed:
    """The messages of a tenant, or of all, as they come; `more`: how a command was called."""
    return _opening("tail.opened", MESSAGES, None, org_id, {"filter": wanted, "redacted": redacted, **more})


def history_read(org_id: UUID | None, wanted: str, *, redacted: bool, **more: object) -> Deed:
    """Older messages than those that were there: paged to, or jumped to."""
    return _opening("history.read", MESSAGES, None, org_id, {"filter": wanted, "redacted": redacted, **more})


def sessions_viewed(org_id: UUID | None, wanted: str, *, redacted: bool, **more: object) -> Deed:
    """The list of sessions, which shows how the last message of each begins."""
    return _opening("sessions.viewed", SESSIONS, None, org_id, {"filter": wanted, "redacted": redacted, **more})


def conversation_viewed(session_id: UUID, org_id: UUID, *, redacted: bool, **more: object) -> Deed:
    """One session's transcript."""
    return _opening("conversation.viewed", SESSIONS, str(session_id), org_id, {"redacted": redacted, **more})


def exported(what: str, org_id: UUID | None, wanted: str, *, redacted: bool, **more: object) -> Deed:
    """Texts written to a file: of a conversation (`more` has its session), of the tail, of sessions, of a search."""
    return _opening(f"{what}.exported", MESSAGES, None, org_id, {"filter": wanted, "redacted": redacted, **more})


def list_viewed(
    what: str, table: str, of: str | None, org_id: UUID | None, wanted: str, *, redacted: bool, **more: object
) -> Deed:  # fmt: skip
    """A list of what is somebody's own: a user's drafts, preferences, mail; what a bot remembers. `of`: whose."""
    return _opening(f"{what}.viewed", table, of, org_id, {"filter": wanted, "redacted": redacted, **more})


def list_exported(
    what: str, table: str, of: str | None, org_id: UUID | None, wanted: str, *, redacted: bool, **more: object
) -> Deed:  # fmt: skip
    """The same, written to a file."""
    return _opening(f"{what}.exported", table, of, org_id, {"filter": wanted, "redacted": redacted, **more})


def text_viewed(action: str, table: str, key: object, of: str | None, org_id: UUID | None, *, redacted: bool) -> Deed:
    """One text of such a list in full."""
    return _opening(action, table, str(key), org_id, {"redacted": redacted, "of": of})


def sql_run(statement: str, *, redacted: bool, **more: object) -> Deed:
    """A statement that somebody typed, before it runs; `statement` as it may stand on record."""
    return _opening("sql.run", None, None, None, {"statement": statement[:_TEXT], "redacted": redacted, **more})


def sql_exported(statement: str, *, redacted: bool, **more: object) -> Deed:
    """All that it answers, written to a file."""
    return _opening("sql.exported", None, None, None, {"statement": statement[:_TEXT], "redacted": redacted, **more})


def _opening(action: str, table: str | None, key: str | None, org_id: UUID | None, detail: dict[str, object]) -> Deed:
    told = {name: value for name, value in detail.items() if name == "redacted" or value not in (None, "", False)}
    return Deed(action, table, key, org_id, detail=told)
