"""Ending what a backend does, or the backend: exactly the one that was meant, on record, and with what came of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.database.sql import identifier, statement
from gbtui.errors import AuditError, DeniedError, GbtuiError
from gbtui.security.audit import Audit, Deed

if TYPE_CHECKING:
    from gbtui.database.database import Database

LOOKS: Final = (1.0, 5.0)
"""Seconds after the act when is looked what came of it."""
_TEXT: Final = 300

Key = tuple[int, datetime]
"""Pid and backend start: a pid alone may be another's by now."""


class Act(StrEnum):
    """What can be done to a backend."""

    CANCEL = "cancel"
    TERMINATE = "terminate"


class Outcome(StrEnum):
    """What came of it."""

    GONE = "gone"
    STILL_RUNNING = "still running"
    REFUSED = "refused"
    UNKNOWN = "not known"
    """The server was lost on the way."""


@dataclass(frozen=True, slots=True)
class Target:
    """A backend as it was when somebody wanted to end it."""

    pid: int
    backend_start: datetime
    kind: str
    database: str
    user: str
    application: str
    client: str
    state: str
    transaction_age: float | None
    """Seconds since its transaction began; None outside one."""
    state_age: float | None
    query_start: datetime | None
    needs: str
    """What the right to end it asks for: a role to be granted, "superuser", or "" where we have it."""
    query: str

    @property
    def key(self) -> Key:
        """What names it."""
        return self.pid, self.backend_start


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an act for one backend."""

    pid: int
    outcome: Outcome
    why: str = ""
    """What else there is to say: why it was refused, what it does now."""


class Backends:
    """Acts on backends of one server; everything is put on record before it is done."""

    def __init__(self, database: "Database", audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def look(self, keys: Sequence[Key]) -> list[Target]:
        """Those of the backends that are still there, as they are now."""
        return await self._database.rows(Target, "server/act/backends", *_arrays(keys), _TEXT)

    async def refused(self, act: Act, keys: Sequence[Key], why: str) -> None:
        """Put an attempt on record that the console did not allow."""
        await self._audit.write(*(_deed(f"backend.{act}.refused", key, {}, reason=why) for key in keys))

    async def end(
        self, act: Act, targets: Sequence[Target], *, tenants: Mapping[int, str], looks: Sequence[float] = LOOKS
    ) -> AsyncIterator[tuple[float, list[Verdict]]]:
        """Act, then say after a while, and again later, what became of each: (seconds, verdicts).

        Ends early when nothing runs any more. AuditError: it could not be recorded, and nothing was done.
        """
        await self._audit.write(*(_record(act, target, tenants.get(target.pid, "")) for target in targets))
        known = {
            target.pid: Verdict(target.pid, Outcome.REFUSED, self.right(target)) for target in targets if target.needs
        }
        allowed = [target for target in targets if not target.needs]
        sent: dict[int, _Sent] = {}
        try:
            sent = await self._send(act, allowed)
        except GbtuiError as error:
            outcome = Outcome.REFUSED if isinstance(error, DeniedError) else Outcome.UNKNOWN
            known.update((target.pid, Verdict(target.pid, outcome, _why(error))) for target in allowed)
        waited = 0.0
        verdicts: list[Verdict] = []
        for seconds in looks:
            await asyncio.sleep(seconds - waited)
            waited = seconds
            verdicts = await self._verdicts(act, targets, sent, known)
            yield seconds, verdicts
            if all(verdict.outcome in (Outcome.GONE, Outcome.REFUSED) for verdict in verdicts):
                break
        try:
            await self._audit.write(*map(partial(_outcome, act), targets, verdicts))
        except AuditError as error:
            raise AuditError("Done, but what came of it is not on record", error.message, error.hint) from error

    async def _verdicts(
        self, act: Act, targets: Sequence[Target], sent: "Mapping[int, _Sent]", known: Mapping[int, Verdict]
    ) -> list[Verdict]:
        """What has become of each by now; a server that does not say is no reason to stop looking."""
        try:
            now = {target.key: target for target in await self.look([target.key for target in targets])}
        except GbtuiError as error:
            return [known.get(target.pid) or Verdict(target.pid, Outcome.UNKNOWN, _why(error)) for target in targets]
        return [
            known.get(target.pid) or judge(act, target.pid, sent.get(target.pid), now.get(target.key))
            for target in targets
        ]

    def right(self, target: Target) -> str:
        """What is missing to end it, as a GRANT where there is one."""
        if target.needs == "superuser":
            return "it is a superuser's or the server's own: only a superuser may"
        return f"missing GRANT {target.needs} TO {identifier(self._database.facts.user)}"

    async def _send(self, act: Act, targets: Sequence[Target]) -> "dict[int, _Sent]":
        """Signal those that are still who they were; not tried twice: a second cancel could meet another statement."""
        if not targets:
            return {}
        wanted = statement(f"server/act/{act}")
        async with self._database.snapshot() as connection:
            rows = await connection.fetch(wanted.text, *_arrays([target.key for target in targets]))
        return {row["pid"]: _Sent(row["state"] or "", row["query_start"], row["sent"]) for row in rows}


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a backend was doing when the signal went out."""

    state: str
    query_start: datetime | None
    sent: bool


def judge(act: Act, pid: int, sent: _Sent | None, now: Target | None) -> Verdict:
    """What became of one backend: before the act (None: it was not there any more) and now."""
    if sent is None:
        return Verdict(pid, Outcome.GONE, "it had ended before: nothing was done")
    if now is None:
        return Verdict(pid, Outcome.GONE)
    if act is Act.TERMINATE:
        return Verdict(pid, Outcome.STILL_RUNNING, "it ends as soon as it can be interrupted")
    if sent.state.startswith("idle"):
        return Verdict(pid, Outcome.STILL_RUNNING, f"it was {sent.state}: there was nothing to cancel")
    if now.state != "active":
        return Verdict(pid, Outcome.GONE, f"its statement; it is {now.state} now")
    if now.query_start != sent.query_start:
        return Verdict(pid, Outcome.GONE, "its statement; it runs another now")
    return Verdict(pid, Outcome.STILL_RUNNING, "it cannot be interrupted yet")


def _arrays(keys: Sequence[Key]) -> tuple[list[int], list[datetime]]:
    return [pid for pid, _ in keys], [start for _, start in keys]


def _record(act: Act, target: Target, tenant: str) -> Deed:
    """Who is meant and what it did; not its statement, in which people's texts and passwords may stand."""
    told = {
        "user": target.user, "application": target.application, "database": target.database, "client": target.client,
        "kind": target.kind, "state": target.state, "transaction_age": target.transaction_age, "tenant": tenant,
    }  # fmt: skip
    return _deed(f"backend.{act}", target.key, told, org_id=_organization(tenant))


def _deed(
    action: str, key: Key, told: Mapping[str, object], *, reason: str | None = None, org_id: UUID | None = None
) -> Deed:
    pid, start = key
    return Deed(action, "pg_stat_activity", str(pid), org_id, reason, {"pid": pid, "backend_start": start, **told})


def _outcome(act: Act, target: Target, verdict: Verdict) -> Deed:
    return _deed(f"backend.{act}.outcome", target.key, {"outcome": verdict.outcome, "why": verdict.why})


def _organization(tenant: str) -> UUID | None:
    try:
        return UUID(tenant)
    except ValueError:
        return None


def _why(error: GbtuiError) -> str:
    if isinstance(error, DeniedError) and error.hint:
        return f"{error.message} ({error.hint})"
    return error.message or error.title


__all__ = ["LOOKS", "Act", "AuditError", "Backends", "Key", "Outcome", "Target", "Verdict", "judge"]
