"""The policies as rows of a table: read, set, and made into cut-off times for one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.connection import HARDEN, Connection
from gbtui.database.sql import statement
from gbtui.errors import RefusedError, UsageError
from gbtui.schema.owner import acting_as_owner
from gbtui.security.deed import Deed
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.things import Named
    from gbtui.security.audit import Audit

NEVER: Final = "-infinity"
"""The cut-off of what is kept for ever, or held: nothing is older."""
LONGEST: Final = 36_500
"""Days; gb_meta.retention_policies takes no more."""
_WRITE: Final = f"{HARDEN}; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'"
_UNITS: Final[Mapping[str, int]] = {"d": 1, "w": 7, "y": 365}


class Kind(StrEnum):
    """What is kept; in the order in which a run takes them."""

    TOKENS = "tokens"
    DRAFTS = "drafts"
    SESSIONS = "sessions"
    """Before messages: a session goes when it has no history left, so not in the run that takes its history."""
    CLICKS = "clicks"
    MESSAGES = "messages"
    AUDIT = "audit"


WORDS: Final[Mapping[Kind, str]] = {
    Kind.TOKENS: "login tokens, so long after they expired",
    Kind.DRAFTS: "mail drafts, so long after they were last written",
    Kind.SESSIONS: "sessions, so long after they expired and rested: revoked, deleted once they have no history",
    Kind.CLICKS: "clicks, so long after they were made",
    Kind.MESSAGES: "messages, so long after they were said; whole months where nobody keeps any of it",
    Kind.AUDIT: "audit records, so long after they were written; sealed, and whole months alone",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How long one kind is kept: of an organization, or of all that have no policy of their own (`org_id` None)."""

    kind: str
    org_id: UUID | None
    organization: str
    keep_days: int | None
    """None: for ever."""
    actor: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: nothing of this organization goes."""

    org_id: UUID
    organization: str
    reason: str
    actor: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Of one kind: what is older than these times is past retention. Times as text, `NEVER` among them."""

    default: str
    orgs: tuple[UUID, ...] = ()
    times: tuple[str, ...] = ()
    """One for each of `orgs`, instead of the default."""

    @property
    def latest(self) -> str:
        """The latest of all: behind it nothing is past retention."""
        return max((self.default, *self.times), key=lambda text: "" if text == NEVER else text)

    @property
    def arguments(self) -> tuple[list[UUID], list[str], str]:
        """As the statements take them."""
        return list(self.orgs), list(self.times), self.default

    def of(self, org_id: UUID | None) -> str:
        """The cut-off of one organization, or of what belongs to none."""
        own = dict(zip(self.orgs, self.times, strict=True))
        return own.get(org_id, self.default) if org_id else self.default


@dataclass(frozen=True, slots=True)
class Policies:
    """All of them, as read at one moment."""

    rows: tuple[Policy, ...]
    holds: tuple[Hold, ...] = field(default=())

    def cutoffs(self, kind: Kind, at: datetime) -> Cutoffs:
        """The cut-off times at a moment. A kind without a default is kept for ever."""
        default, own = NEVER, dict[UUID, str]()
        for row in self.rows:
            if row.kind == kind and row.org_id is None:
                default = _before(at, row.keep_days)
            elif row.kind == kind and row.org_id is not None:
                own[row.org_id] = _before(at, row.keep_days)
        own |= {hold.org_id: NEVER for hold in self.holds}
        return Cutoffs(default, tuple(own), tuple(own.values()))


async def policies(database: "Database") -> Policies:
    """Read them. RefusedError where the schema has none, or the login sees only some organizations."""
    if not database.facts.has_platform:
        raise RefusedError("Not in this schema", "there is no retention here")
    if database.facts.access.bound:
        raise RefusedError(
            "Not for this login", f"retention is of all organizations, and it is bound to {database.facts.access.told}"
        )
    rows = await database.rows(Policy, "lifecycle/retention/policies")
    return Policies(tuple(rows), tuple(await database.rows(Hold, "lifecycle/retention/holds")))


def days(text: str) -> int | None:
    """`90d`, `12w`, `2y` or a number in days; None: `forever`. UsageError for anything else."""
    word = text.strip().lower()
    if word in ("forever", "for-ever"):
        return None
    number, unit = (word[:-1], word[-1]) if word[-1:] in _UNITS else (word, "d")
    if not number.isdecimal() or not 1 <= int(number) * _UNITS[unit] <= LONGEST:
        raise UsageError("How long?", f"{text!r} is no length of time", "write 90d, 12w, 2y or forever")
    return int(number) * _UNITS[unit]


def told(keep_days: int | None) -> str:
    """In words."""
    return "for ever" if keep_days is None else plural(keep_days, "day")


async def keep(database: "Database", audit: "Audit", kind: Kind, org: "Named | None", keep_days: int | None) -> str:
    """Set a policy, on record; what holds now, in a sentence. Raises the GbtuiError tree."""
    async with database.writing() as connection, acting_as_owner(connection), connection.transaction():
        await connection.execute(_WRITE)
        org_id = UUID(org.key) if org else None
        row = await connection.fetchrow(statement("lifecycle/retention/policy_set").text, org_id, kind, keep_days)
        assert row is not None
        before = {"kept": told(row["keep_days"])} if row["there"] else None
        await _record(
            audit, connection, "retention.policy_set", org, kind, before=before, after={"kept": told(keep_days)}
        )
    return f"{kind} of {org.name if org else 'all others'} are kept {told(keep_days)}"


async def follow_default(database: "Database", audit: "Audit", kind: Kind, org: "Named") -> str:
    """Take an organization's own policy away, on record."""
    async with database.writing() as connection, acting_as_owner(connection), connection.transaction():
        await connection.execute(_WRITE)
        row = await connection.fetchrow(statement("lifecycle/retention/policy_clear").text, UUID(org.key), kind)
        if row is None:
            return f"{kind} of {org.name} follow the default already"
        await _record(audit, connection, "retention.policy_cleared", org, kind, before={"kept": told(row["keep_days"])})
    return f"{kind} of {org.name} follow the default again"


async def hold(database: "Database", audit: "Audit", org: "Named", reason: str) -> str:
    """Place a legal hold, on record with its reason."""
    if not reason.strip():
        raise UsageError("Why?", "whoever finds the hold later will want to know", "--reason TEXT")
    async with database.writing() as connection, acting_as_owner(connection), connection.transaction():
        await connection.execute(_WRITE)
        placed = await connection.fetch(statement("lifecycle/retention/hold_place").text, UUID(org.key), reason.strip())
        if not placed:
            return f"{org.title} is held already"
        await audit.within(connection, _deed("retention.hold_placed", org, reason.strip()))
    return f"{org.title} is held: nothing of it goes, and it cannot be deleted"


async def release(database: "Database", audit: "Audit", org: "Named", reason: str = "") -> str:
    """End a legal hold, on record."""
    async with database.writing() as connection, acting_as_owner(connection), connection.transaction():
        await connection.execute(_WRITE)
        if not await connection.fetch(statement("lifecycle/retention/hold_release").text, UUID(org.key)):
            return f"{org.title} is not held"
        await audit.within(connection, _deed("retention.hold_released", org, reason))
    return f"{org.title} is held no more: its retention holds again"


async def _record(
    audit: "Audit", connection: Connection, action: str, org: "Named | None", kind: Kind, *,
    before: Mapping[str, object] | None = None, after: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    org_id = UUID(org.key) if org else None
    deed = Deed(action, "gb_meta.retention_policies", kind, org_id, detail={"organization": org.name if org else ""},
                before=before, after=after)  # fmt: skip
    await audit.within(connection, deed)


def _deed(action: str, org: "Named", reason: str) -> Deed:
    return Deed(action, "gb_meta.legal_holds", org.key, UUID(org.key), reason or None, detail={"name": org.name})


def _before(at: datetime, keep_days: int | None) -> str:
    return NEVER if keep_days is None else (at.astimezone(UTC) - timedelta(days=keep_days)).isoformat()
