"""One audit record as lists show it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gbtui.redact import JSON, cut_at


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is on record of one deed, but for the row before and after."""

    at: datetime
    """When, by the server's clock."""
    actor: str
    """The database login, by the server; also of one that has taken another role."""
    action: str
    """What was done: row.updated, conversation.viewed, backend.cancel …"""
    table: str
    """The table of the row concerned; "": none."""
    object: str
    """The key of the row concerned; "": none."""
    changed: tuple[str, ...]
    """Of an update, the columns that it changed; secret ones are named, and nothing more."""
    org: str
    """The organization's slug; "" where none is concerned, or it is gone."""
    person: str
    """The user of the operating system, as the client told."""
    client: str
    """The client's address, by the server; "": a local socket."""
    application: str
    """The connection's application_name, as the client told."""
    reason: str = field(metadata=cut_at(500))
    """Why, where a reason was asked for."""
    detail: str = field(metadata=JSON)
    """What else belongs to it, as JSON; "{}" where that is more than 2,000 bytes."""
    org_id: UUID | None
    id: UUID
    tx: str
    """The transaction: records that share it are of one deed."""
