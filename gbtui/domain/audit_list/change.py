"""What a deed did to its row: column by column, before and after."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbtui.domain.audit_list.record import Recorded
from gbtui.redact import cut_at

if TYPE_CHECKING:
    from gbtui.database.database import Database

_CUT = 4000


@dataclass(frozen=True, slots=True)
class Changed:
    """One column; None: it is not there, or null. Texts are cut at 4,000 characters: then `cut` says so."""

    field: str
    before: str | None = dataclasses.field(metadata=cut_at(_CUT))
    after: str | None = dataclasses.field(metadata=cut_at(_CUT))
    cut: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A record with its row: the columns that changed first, then the others. Secret ones are not there."""

    record: Recorded
    columns: tuple[Changed, ...]


async def change(database: "Database", record: Recorded) -> Change:
    """What a record says of its row."""
    return Change(record, tuple(await database.rows(Changed, "meta/audit_change", record.id, record.at)))
