"""What is past retention at one moment, exactly: rows and bytes by tenant, whole months; nothing is changed.

A run makes the same plan for the same moment and does that. Counting reads what would go, so it may take as long as
reading it; what could not be counted in time is said to be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.database.sql import Statement, identifier
from gbtui.errors import DeadlineError, DeniedError, LockedError, UsageError
from gbtui.lifecycle.retention.policy import NEVER, Cutoffs, Hold, Kind, Policies, policies
from gbtui.security.chain.link import bounds

if TYPE_CHECKING:
    from gbtui.database.database import Database

SECONDS: Final = 60.0
"""Each count is given up after so many seconds."""
TABLES: Final = {
    Kind.TOKENS: "public.user_login_tokens",
    Kind.DRAFTS: "public.email_drafts",
    Kind.SESSIONS: "public.user_sessions",
    Kind.CLICKS: "public.clicks",
    Kind.MESSAGES: "public.message_history",
    Kind.AUDIT: "gb_meta.audit_log",
}
DELETE, REVOKE, DROP = "delete", "revoke", "drop"


@dataclass(frozen=True, slots=True)
class Month:
    """A monthly partition."""

    oid: int
    name: str
    month: date
    attached: bool
    first: bool = False
    """Whether it is the oldest, which is open to the past."""

    @property
    def since(self) -> str:
        """Its first moment, as text."""
        return NEVER if self.first else bounds(self.month)[0].isoformat()

    @property
    def end(self) -> datetime:
        """The first moment behind it."""
        return bounds(self.month)[1]

    @property
    def until(self) -> str:
        """The first moment behind it, as text."""
        return self.end.isoformat()


@dataclass(frozen=True, slots=True)
class Line:
    """What happens to some rows of one table: of one tenant, or of people, who belong to none."""

    kind: Kind
    action: str
    """delete; revoke: the row stays and its token proves nothing; drop: it goes with its partition."""
    table: str
    partition: str
    """The month they are in, where the table has months."""
    org_id: UUID | None
    organization: str
    rows: int | None
    """None: not counted in time."""
    bytes: int | None
    """Of the rows themselves, without indexes."""
    oldest: datetime | None
    newest: datetime | None
    since: str = field(default=NEVER, repr=False)
    until: str = field(default=NEVER, repr=False)
    """Only what is older than this."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A whole month that goes."""

    kind: Kind
    month: Month
    disk: int | None
    """Bytes on disk with its indexes, given back at once."""
    sealed: bool = True
    """Of audit records: whether the month is sealed already; a run seals it first."""
    empty: bool = False
    remade: bool = False
    """Whether an empty month takes its place, because an older one stays."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes at a moment."""

    at: datetime
    lines: tuple[Line, ...]
    months: tuple[Dropped, ...]
    holds: tuple[Hold, ...]
    told: tuple[str, ...] = ()
    """What was left out, and why."""

    @property
    def rows(self) -> int:
        """All rows, as far as they were counted."""
        return sum(line.rows or 0 for line in self.lines)


async def plan(
    database: "Database", at: datetime, kinds: Sequence[Kind] = tuple(Kind), *, seconds: float = SECONDS,
    known: Policies | None = None,
) -> Plan:  # fmt: skip
    """The plan for a moment. Raises UsageError for one without a time zone, and the GbtuiError tree."""
    if at.tzinfo is None:
        raise UsageError("Which moment?", "a time zone is needed", "2026-11-28T22:00Z")
    known = known or await policies(database)
    making = _Plan(database, known, at.astimezone(UTC), seconds)
    for kind in [kind for kind in Kind if kind in kinds]:
        cutoffs = known.cutoffs(kind, at)
        if cutoffs.latest != NEVER:
            await making.add(kind, cutoffs)
    if hidden := [hold.organization for hold in known.holds]:
        making.told.append(f"held, so nothing of theirs goes: {', '.join(hidden)}")
    return Plan(making.at, tuple(making.lines), tuple(making.months), known.holds, tuple(making.told))


class _Plan:
    def __init__(self, database: "Database", known: Policies, at: datetime, seconds: float) -> None:
        self._database, self._known, self.at, self._seconds = database, known, at, seconds
        self.lines: list[Line] = []
        self.months: list[Dropped] = []
        self.told: list[str] = []

    async def add(self, kind: Kind, cutoffs: Cutoffs) -> None:
        """All of one kind."""
        if kind is Kind.MESSAGES:
            await self._messages(cutoffs)
        elif kind is Kind.AUDIT:
            await self._audit(cutoffs)
        else:
            found = await self._ask(kind, f"lifecycle/retention/{kind}_due", *cutoffs.arguments, cutoffs.latest)
            for row in found or ():
                action = REVOKE if row.get("history") else DELETE
                until = cutoffs.of(row["org_id"]) if "org_id" in row else cutoffs.latest
                self.lines.append(_line(kind, action, row, until=until))

    async def _messages(self, cutoffs: Cutoffs) -> None:
        from_oldest = True
        for month in await self._months_of(Kind.MESSAGES):
            if not month.first and month.since >= cutoffs.latest:
                return
            ask = (*cutoffs.arguments, month.since, month.until)
            found = await self._ask(Kind.MESSAGES, "lifecycle/retention/messages_due", *ask)
            if found is None:
                from_oldest = False
                continue
            kept = await self._ask(Kind.MESSAGES, "lifecycle/retention/messages_kept", *ask)
            whole = kept == [] and await self._whole(Kind.MESSAGES, month, found, cutoffs, from_oldest=from_oldest)
            self._put(Kind.MESSAGES, month, found, DROP if whole else DELETE, cutoffs)
            from_oldest = from_oldest and whole

    async def _audit(self, cutoffs: Cutoffs) -> None:
        from_oldest = True
        months = {month.oid: month for month in await self._months_of(Kind.AUDIT)}
        for due in await self._database.fetch("lifecycle/retention/audit_due", cutoffs.latest):
            if (month := months.get(due["oid"])) is None:
                continue  # being detached
            found = await self._ask(Kind.AUDIT, "lifecycle/retention/audit_counts", month.since, month.until)
            keepers = [row["organization"] for row in found or () if cutoffs.of(row["org_id"]) < month.until]
            if keepers:
                self.told.append(f"audit records of {month.month:%Y-%m} stay: {', '.join(keepers)} keeps them")
            whole = (
                found is not None
                and not keepers
                and await self._whole(Kind.AUDIT, month, found, cutoffs, from_oldest=from_oldest, sealed=due["sealed"])
            )
            if whole:
                self._put(Kind.AUDIT, month, found or (), DROP, cutoffs)
            from_oldest = from_oldest and whole

    async def _whole(
        self,
        kind: Kind,
        month: Month,
        rows: Sequence[object],
        cutoffs: Cutoffs,
        *,
        from_oldest: bool,
        sealed: bool = True,
    ) -> bool:
        """Let a month go of which nobody keeps any. An empty one goes only with all that are older, or a gap remains.

        One that has rows leaves an empty month behind where an older one stays, for the same reason.
        """
        if not rows and not (from_oldest and cutoffs.default >= month.until):
            return False
        self.months.append(
            Dropped(kind, month, await self._disk(month), sealed=sealed, empty=not rows, remade=not from_oldest)
        )
        return True

    async def _left(self, kind: Kind, month: Month) -> None:
        """A month that an interrupted run has detached: a run goes on with it."""
        rows = await self._database.fetch(counts_of(kind, month.name), timeout=self._seconds)
        for row in rows:
            self.lines.append(_line(kind, DROP, dict(row), month, month.until))
        self.months.append(Dropped(kind, month, await self._disk(month)))
        self.told.append(f"{month.name} was detached by a run that was interrupted; a run goes on with it")

    async def _months_of(self, kind: Kind) -> list[Month]:
        """The partitions of a table, oldest first; those that an interrupted run has detached are put down already."""
        found = [Month(**dict(row)) for row in await self._database.fetch("lifecycle/retention/months", TABLES[kind])]
        first = next((month.month for month in found if month.attached), None)
        months = [replace(one, first=first is None or one.month <= first) for one in found]
        for one in months:
            if not one.attached:
                await self._left(kind, one)
        return [one for one in months if one.attached]

    async def _disk(self, month: Month) -> int | None:
        """Its bytes on disk; None while it is locked away."""
        try:
            (row,) = await self._database.fetch("lifecycle/retention/month_bytes", month.oid)
        except LockedError:
            return None
        bytes_: int | None = row["bytes"]
        return bytes_

    async def _ask(self, kind: Kind, name: str, *arguments: object) -> list[dict[str, Any]] | None:
        """The rows; None: not in time, or not allowed, which is told."""
        try:
            return [dict(row) for row in await self._database.fetch(name, *arguments, timeout=self._seconds)]
        except DeadlineError:
            self.told.append(f"{kind} were not counted within {self._seconds:g} s, so they are not in this plan")
            return None
        except DeniedError as error:
            self.told.append(f"{kind} are not in this plan: {error.message or error.title}")
            return None

    def _put(self, kind: Kind, month: Month, rows: Sequence[dict[str, Any]], action: str, cutoffs: Cutoffs) -> None:
        for row in rows:
            until = min(cutoffs.of(row["org_id"]), month.until)
            self.lines.append(_line(kind, action, row, month, until))


def counts_of(kind: Kind, partition: str) -> Statement:
    """Rows of a partition by organization, whether it is attached or not."""
    text = (
        "SELECT p.org_id, coalesce((SELECT o.slug FROM public.organizations o WHERE o.org_id = p.org_id), '')"  # noqa: S608
        " AS organization, count(*) AS rows, sum(pg_column_size(p.*))::bigint AS bytes, min(p.created_at) AS oldest,"
        f" max(p.created_at) AS newest FROM gb_part.{identifier(partition)} p"
        " GROUP BY p.org_id ORDER BY organization, p.org_id"
    )
    return Statement(f"lifecycle/retention/counts of {kind}", text, {"privilege": "none"})


def _line(kind: Kind, action: str, row: dict[str, Any], month: Month | None = None, until: str = NEVER) -> Line:
    return Line(
        kind, action, TABLES[kind], month.name if month else "", row.get("org_id"), row.get("organization") or "",
        row["rows"], row["bytes"], row["oldest"], row["newest"], month.since if month else NEVER, until,
    )  # fmt: skip
