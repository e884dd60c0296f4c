"""One thing that is looked at (an organization, a bot, a user, a collection, a mail account); its lists are rooms."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gbtui.domain.scope import Scope

KINDS: Final = ("tenant", "bot", "user", "collection", "account")
"""What a subject may be; each is the word by which `:` and the commands name it."""


@dataclass(frozen=True, slots=True)
class Subject(Scope):
    """A scope that is narrower than an organization: everything is about one thing.

    `org_id` and `label` are its organization's; of a user and a mail account those within which they are looked at.
    `above` names what it belongs to, from the outside in.
    """

    kind: str = "tenant"
    key: UUID | str = ""
    name: str = ""
    above: tuple[str, ...] = ()
    about: str = ""
    """What else is known of it, in a few words."""

    @property
    def where(self) -> tuple[str, ...]:
        """The statement variant of its kind; of a user within an organization also that."""
        if self.kind == "tenant":
            return ("org",)
        return (self.kind, "inside") if self.is_inside else (self.kind,)

    @property
    def arguments(self) -> tuple[UUID | str, ...]:
        """Its key, and for a user the organization."""
        return (self.key, self.org_id) if self.is_inside and self.org_id else (self.key,)

    @property
    def is_inside(self) -> bool:
        """Whether only a part of it is looked at: what a user has in one organization."""
        return self.kind == "user" and self.org_id is not None

    @property
    def trail(self) -> tuple[str, ...]:
        """How the head names the place: from the outside in."""
        return (*self.above, self.name)

    @property
    def place(self) -> str:
        """How `:` names it."""
        return f"{self.kind} {self.key}"


def tenant(org_id: UUID, slug: str) -> Subject:
    """An organization as a subject."""
    return Subject(org_id, slug, "tenant", org_id, slug)


def bot(org_id: UUID, slug: str, bot_id: UUID, name: str) -> Subject:
    """A bot as a subject."""
    return Subject(org_id, slug, "bot", bot_id, name, (slug,))


def user(user_id: UUID, name: str, about: str = "") -> Subject:
    """A user as a subject, of no organization."""
    return Subject(None, "", "user", user_id, name, (), about)


def kind_of(scope: Scope) -> str:
    """What a scope narrows to: a kind of KINDS, or "" for everyone."""
    if isinstance(scope, Subject):
        return scope.kind
    return "tenant" if scope.org_id is not None else ""
