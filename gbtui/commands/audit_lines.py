"""Audit records for scripts: as `gbtui tail --stream audit --json` prints them, and as CSV."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final

from gbtui.commands.tail_lines import SHAPES
from gbtui.domain.audit_list import Recorded
from gbtui.domain.tail.audit import AUDIT, AuditEntry
from gbtui.domain.tail.names import Names
from gbtui.monitor.plain import columns, field, plain

if TYPE_CHECKING:
    from gbtui.database.database import Database

_TOGETHER: Final = 100
"""Records whose rows before and after are read at once."""


async def _whole(database: "Database", found: Sequence[Recorded]) -> AsyncIterator[AuditEntry]:
    """The same records with the row before and after."""
    names = Names(database)
    for at in range(0, len(found), _TOGETHER):
        some = found[at : at + _TOGETHER]
        rows = await database.fetch(AUDIT.again, [each.id for each in some], [each.at for each in some])
        await names.learn(rows)
        by_id = {row["id"]: AUDIT.entry(row, names, False) for row in rows}
        for each in some:
            if each.id in by_id:
                yield by_id[each.id]


async def json_lines(database: "Database", found: Sequence[Recorded]) -> AsyncIterator[str]:
    """One object a line."""
    async for entry in _whole(database, found):
        yield SHAPES["audit"].json(entry)


async def csv_lines(database: "Database", found: Sequence[Recorded]) -> AsyncIterator[str]:
    """A header and rows; before, after and detail as JSON."""
    yield _row(columns(AuditEntry))
    async for entry in _whole(database, found):
        yield _row([field(value) for value in plain(entry).values()])


def _row(values: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue()
