"""The audit log as a stream."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from gbtui.domain.tail.names import Names
from gbtui.domain.tail.stream import Stream
from gbtui.redact import JSON, cut_at


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of gb_meta.audit_log: who did what to which row, when and from where.

    `organization` is the slug, "" while unknown. `before`, `after` and `detail` are JSON texts of objects; None where
    there is none, or where it is longer than 16,000 bytes: then `cut` says so. Raw means hostile: draw it through
    text.clean(). `tx` and `late` are as in Message.
    """

    id: UUID
    org_id: UUID | None
    organization: str
    action: str
    object_table: str | None
    object_id: str | None
    actor: str
    os_user: str | None
    application_name: str
    client_addr: str | None
    reason: str | None = field(metadata=cut_at(4000))
    before: str | None = field(metadata=JSON)
    after: str | None = field(metadata=JSON)
    detail: str | None = field(metadata=JSON)
    created_at: datetime
    tx: int
    late: bool
    cut: bool


def _entry(record: asyncpg.Record, names: Names, late: bool) -> AuditEntry:
    return names.shown(AuditEntry(
        id=record["id"],
        org_id=record["org_id"],
        organization=names[record["org_id"]],
        action=record["action"],
        object_table=record["object_table"],
        object_id=record["object_id"],
        actor=record["actor"],
        os_user=record["os_user"],
        application_name=record["application_name"],
        client_addr=record["client_addr"],
        reason=record["reason"],
        before=record["before"],
        after=record["after"],
        detail=record["detail"],
        created_at=record["created_at"],
        tx=int(record["tx"]),
        late=late,
        cut=record["cut"],
    ))  # fmt: skip


AUDIT: Final = Stream(
    table="gb_meta.audit_log",
    poll="meta/audit_poll",
    transaction="meta/audit_transaction",
    backlog="meta/audit_backlog",
    since="meta/audit_since",
    seen="meta/audit_seen",
    again="meta/audit_again",
    scrollback="meta/audit_scrollback",
    entry=_entry,
)
