"""People and what is theirs: memberships, preferences, login tokens (never a token)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from gbtui.domain import subject
from gbtui.domain.rooms.room import LAST, LONG, NIL, WHOLE, Room, Whole
from gbtui.domain.scope import Scope
from gbtui.redact import cut_at


@dataclass(frozen=True, slots=True)
class User:
    """An account of a person."""

    LATER: ClassVar = ("id", "created")
    BOUNDED: ClassVar = ("sessions",)

    name: str
    email: str
    active: bool
    """Whether the person may log in."""
    sessions: int
    """Counted to 1,000; under a tenant those there."""
    last_session: datetime | None
    """Last activity in any of them."""
    organizations: tuple[str, ...]
    """Of which it is a member, ten at most; under a tenant only that one."""
    created: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Membership:
    """An organization that a user is a member of."""

    LATER: ClassVar = ("org_id",)
    BOUNDED: ClassVar = ("sessions",)

    organization: str
    name: str
    role: str
    """owner, admin, operator or member."""
    sessions: int
    """The user's sessions there, counted to 1,000."""
    since: datetime
    org_id: UUID


@dataclass(frozen=True, slots=True)
class Preference:
    """What a user has chosen."""

    LATER: ClassVar = ("secret",)
    MASKED: ClassVar = ("value",)

    key: str
    value: str = field(metadata=cut_at(LONG))
    """Its first 200 characters; nothing of a secret."""
    length_bytes: int
    """How long it is."""
    secret: bool
    """Its name says so (token, password, secret, key, credential …): not shown."""
    changed: datetime
    """When any of them was last changed: they are stored together."""


@dataclass(frozen=True, slots=True)
class PreferenceWhole:
    """The value as it is."""

    value: str = field(metadata=cut_at(WHOLE))
    cut: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class LoginToken:
    """A token that logs a user in, once. The token itself is never read."""

    state: str
    """valid, used or expired."""
    expires: datetime
    created: datetime
    id: UUID

    @property
    def valid(self) -> bool:
        """It can still be used."""
        return self.state == "valid"

    @property
    def used(self) -> bool:
        """It was used."""
        return self.state == "used"

    @property
    def expired(self) -> bool:
        """Its time is over, and it was not used."""
        return self.state == "expired"


def _preference(row: Preference, scope: Scope) -> tuple[Any, ...]:
    return (scope.arguments[0], row.key)


def _user(row: User) -> subject.Subject:
    return subject.user(row.id, row.name, row.email if row.active else f"{row.email}, not active")


_SEEN: Final = Room(
    "users", "people seen in an organization", User, ("tenant",), (NIL,), lambda row: (row.id,), file="users_seen",
    inner=_user, table="public.users",
)  # fmt: skip
"""By id, because nobody keeps an organization's people in the order of their names."""
USERS: Final = Room(
    "users", "people: accounts, memberships, sessions", User, ("", "tenant"), ("",), lambda row: (row.name,),
    inner=_user, narrowed=_SEEN, table="public.users",
)  # fmt: skip
ORGANIZATIONS: Final = Room(
    "organizations", "organizations that a user is a member of", Membership, ("user",), (NIL,),
    lambda row: (row.org_id,), inner=lambda row: subject.tenant(row.org_id, row.organization),
    table="public.organization_members",
)  # fmt: skip
PREFERENCES: Final = Room(
    "preferences", "what a user has chosen", Preference, ("user",), ("",), lambda row: (row.key,),
    whole=Whole("general_bots/rooms/preferences_whole", PreferenceWhole, _preference),
    table="public.user_preferences", said="preferences",
)  # fmt: skip
TOKENS: Final = Room(
    "tokens", "a user's login tokens: valid, used or expired, never the token", LoginToken, ("user",), LAST,
    lambda row: (row.created, row.id), table="public.user_login_tokens",
)  # fmt: skip
