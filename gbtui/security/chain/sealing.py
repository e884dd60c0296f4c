"""Sealing months that have ended, in their order."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from gbtui import __version__
from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.errors import UsageError
from gbtui.security.chain.link import START, Digest, bounds, digests, fold
from gbtui.security.deed import Deed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbtui.security.audit import Audit


async def seal(connection: Connection, audit: "Audit", until: date | None = None) -> "list[tuple[date, int, bytes]]":
    """Seal every month that has ended and is not sealed yet, up to `until`, each in a transaction of its own.

    Returns month, records and the end of the chain of each. A month of which a transaction may still commit records
    is not sealed: UsageError. The seal itself is on record, in its transaction.
    """

    async def ask(name: str, *arguments: object) -> "Sequence[Any]":
        return await connection.fetch(statement(name).text, *arguments)

    if until is not None and bounds(until)[1] > datetime.now(UTC):
        raise UsageError("Not sealed", f"{until:%Y-%m} has not ended: its records are still being written")
    sealed = []
    for row in await ask("meta/audit_unsealed"):
        month: date = row["month"]
        if not row["ended"] or (until is not None and month > until):
            break
        if busy := await ask("meta/audit_writers", month):
            pids = ", ".join(str(found["pid"] or "a prepared transaction") for found in busy)
            raise UsageError("Not sealed", f"records of {month:%Y-%m} may still be committed by {pids}", "try again")
        async with connection.transaction(isolation="repeatable_read"):
            seals = await ask("meta/audit_seals")
            link: bytes = seals[-1]["chain"] if seals else START
            part, records = 0, 0
            async for found in digests(ask, month):
                part += 1
                records += len(found)
                link = await _write(connection, month, part, link, found)
            if not part:
                link = await _write(connection, month, 1, link, [])
            detail = {"month": f"{month:%Y-%m}", "records": records, "chain": link.hex()}
            await audit.within(connection, Deed("audit.sealed", "gb_meta.audit_log", f"{month:%Y-%m}", detail=detail))
        sealed.append((month, records, link))
    return sealed


async def _write(connection: Connection, month: date, part: int, previous: bytes, found: "list[Digest]") -> bytes:
    chain = fold(previous, (each.digest for each in found))
    times = (found[0].at, found[-1].at) if found else (None, None)
    await connection.execute(
        statement("meta/write/audit_seal").text, month, part, len(found), *times, previous, chain,
        [each.id for each in found], b"".join(each.digest for each in found), __version__,
    )  # fmt: skip
    return chain
