"""What can be named, described and acted on: organizations, bots, users, sessions, collections; and by which name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from gbtui.domain.relations.preview import Thing
from gbtui.errors import RefusedError, UsageError
from gbtui.text import clean

if TYPE_CHECKING:
    from gbtui.database.database import Database


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
