"""A user's mail: accounts (never a password), drafts, and folders held against their messages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from gbtui.domain.rooms.room import LAST, NIL, WHOLE, Room, Whole
from gbtui.domain.subject import Subject
from gbtui.redact import cut_at


@dataclass(frozen=True, slots=True)
class MailAccount:
    """A mail account that a user has connected."""

    LATER: ClassVar = ("id", "user_id", "user", "smtp_server", "smtp_port", "created")
    BOUNDED: ClassVar = ("folders", "drafts")

    email_address: str
    active: bool
    """Whether it is synchronized."""
    imap_server: str
    imap_port: int
    smtp_server: str
    smtp_port: int
    folders: int
    """Counted to 1,000."""
    drafts: int
    """Counted to 1,000."""
    changed: datetime
    created: datetime
    id: UUID
    user_id: UUID
    user: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that was not sent yet; its text is read when it is opened."""

    LATER: ClassVar = ("id", "account", "created")

    subject: str = field(metadata=cut_at(160))
    recipients: str = field(metadata=cut_at(300))
    """The first twenty, without copies."""
    recipient_count: int
    """All of them, with copies."""
    attachments: int
    body_bytes: int
    changed: datetime
    account: str | None
    """The account to send it by; none: that is gone."""
    created: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class DraftWhole:
    """All of a draft."""

    recipients: str = field(metadata=cut_at(WHOLE))
    cc: str = field(metadata=cut_at(WHOLE))
    bcc: str = field(metadata=cut_at(WHOLE))
    subject: str = field(metadata=cut_at(WHOLE))
    body: str = field(metadata=cut_at(WHOLE))
    attached: str = field(metadata=cut_at(WHOLE))
    cut: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """A mail folder, and whether what it says of its messages is so."""

    LATER: ClassVar = ("id", "account_id", "account")
    BOUNDED: ClassVar = ("counted", "unread")

    path: str
    state: str
    """agrees, differs, or not counted: it says more than 1,000, and counting stops there."""
    message_count: int
    """Messages that it says it holds."""
    counted: int
    """Messages that are there, counted to 1,000."""
    unread_count: int
    """Unread ones that it says it holds."""
    unread: int
    """Unread ones among those counted."""
    synchronized: datetime
    account: str
    id: UUID
    account_id: UUID

    @property
    def differs(self) -> bool:
        """Its figures are not those of its messages."""
        return self.state == "differs"


def _account(row: Any) -> Subject:
    return Subject(None, "", "account", row.id, row.email_address, (row.user,))


def _id(row: Any, _scope: object) -> tuple[Any, ...]:
    return (row.id,)


MAIL: Final = Room(
    "mail", "a user's mail accounts, never a password", MailAccount, ("user",), ("", NIL),
    lambda row: (row.email_address, row.id), inner=_account, table="public.user_email_accounts", said="mail",
)  # fmt: skip
DRAFTS: Final = Room(
    "drafts", "mails that a user has not sent yet", Draft, ("user",), LAST, lambda row: (row.changed, row.id),
    whole=Whole("general_bots/rooms/drafts_whole", DraftWhole, _id, "draft.viewed"), table="public.email_drafts",
    said="drafts",
)  # fmt: skip
FOLDERS: Final = Room(
    "folders", "mail folders, held against their messages", Folder, ("account", "user"), (NIL, "", NIL),
    lambda row: (row.account_id, row.path, row.id), table="public.email_folders", said="folders",
)  # fmt: skip
