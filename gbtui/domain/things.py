"""What can be named, described and acted on: organizations, bots, users, sessions, collections; and by which name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.domain.relations.thing import Thing
from gbtui.errors import RefusedError, UsageError
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.rooms.room import Room
    from gbtui.domain.subject import Subject


class Kind(StrEnum):
    """What a thing is."""

    ORGANIZATION = "organization"
    BOT = "bot"
    USER = "user"
    SESSION = "session"
    COLLECTION = "collection"

    @property
    def table(self) -> str:
        """Where its rows are."""
        return _TABLES[self]


_TABLES = {
    Kind.ORGANIZATION: "organizations",
    Kind.BOT: "bots",
    Kind.USER: "users",
    Kind.SESSION: "user_sessions",
    Kind.COLLECTION: "kb_collections",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that was found."""

    kind: Kind
    key: str
    name: str
    org_id: UUID | None
    organization: str
    """The slug; "" for what belongs to none."""

    @property
    def thing(self) -> Thing:
        """The row that it is."""
        return Thing("public", self.kind.table, (self.key,), self.name)

    @property
    def title(self) -> str:
        """In words: bot support@acme."""
        inside = f"@{self.organization}" if self.kind in (Kind.BOT, Kind.COLLECTION) and self.organization else ""
        return f"{self.kind} {self.name}{inside}"


async def find(database: "Database", kind: Kind, text: str) -> Named:
    """The one thing of a kind that a text names. UsageError if there is none, or more than one."""
    if database.facts.has_schema != "general_bots":
        raise RefusedError("Not in this schema", f"there is no {kind} that gbtui could act on here")
    if database.shown_text(text) != text:
        raise UsageError(f"Which {kind}?", "it is not looked for by what is masked here", "name its id")
    found = await database.fetch(f"general_bots/things/{kind}", text.strip())
    if len(found) == 1:
        row = found[0]
        name = database.shown_text(clean(row["name"]))
        return Named(kind, row["key"], name, row["org_id"], clean(row["organization"]))
    what = f"several are called so: {text}" if found else f"none is called so: {text}"
    raise UsageError(f"Which {kind}?", what, "name its id" if found else "")


_ROWS: Final = {
    "Tenant": ("organizations", "org_id"),
    "Membership": ("organizations", "org_id"),
    "Bot": ("bots", "id"),
    "User": ("users", "id"),
    "Session": ("user_sessions", "id"),
    "Conversation": ("user_sessions", "id"),
    "Message": ("message_history", "id", "created_at"),
    "Hit": ("message_history", "id", "created_at"),
    "Event": ("message_history", "id", "at"),
    "DocumentHit": ("kb_documents", "id"),
}
"""By the records of this room: the table whose row one is, and the fields that hold its key."""
_SUBJECTS: Final = {
    "tenant": "organizations",
    "bot": "bots",
    "user": "users",
    "collection": "kb_collections",
    "account": "user_email_accounts",
}


def of_row(row: object) -> Thing | None:
    """The row of the platform's tables that a record stands for; None: it stands for none."""
    table, *names = _ROWS.get(type(row).__name__, ("",))
    if not table or not type(row).__module__.startswith("gbtui.domain") or getattr(row, "kind", "") == "click":
        return None
    return Thing("public", table, tuple(str(getattr(row, name)) for name in names))


def in_room(room: "Room", row: object) -> Thing | None:
    """The same for a row of a room."""
    key = getattr(row, "id", None)
    schema, _, table = room.table.partition(".")
    return of_row(row) or (Thing(schema, table, (str(key),)) if key is not None and table else None)


def of_subject(subject: "Subject") -> Thing | None:
    """The row that a subject is."""
    table = _SUBJECTS.get(subject.kind)
    return Thing("public", table, (str(subject.key),), subject.name) if table else None
