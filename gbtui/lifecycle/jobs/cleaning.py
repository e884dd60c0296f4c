"""Cleaning up: expired sessions revoked, orphaned associations deleted, unused documents listed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.lifecycle.jobs.job import Counts, Run
from gbtui.lifecycle.jobs.paging import Page, all_pages
from gbtui.security.deed import Deed
from gbtui.text import clean

UNUSED: Final = timedelta(days=90)
"""A collection that no session used for so long counts as unused."""
_OVERLAP: Final = timedelta(days=1)
"""Sessions that somebody held when they were passed are looked at again by the next runs, so far back."""
_LISTED: Final = 20
"""Unused collections that are named."""
_BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)


async def revoke_expired(run: Run) -> Counts:
    """Put a tombstone in the place of each expired session's token. The session stays, and all that was said in it.

    It begins where the last run ended, so old sessions are not read again.
    """
    batches = await run.batches("public.user_sessions")
    text = statement("lifecycle/jobs/sessions_expired").text

    async def step(connection: Connection, limit: int, at: datetime) -> Page[datetime]:
        found = await connection.fetchrow(text, at, run.now, limit)
        assert found is not None
        rows: int = found["revoked"]
        if rows:
            await run.audit.within(connection, Deed("session.expired", "public.user_sessions", detail={"rows": rows}))
        return Page(rows, rows, found["until"] or at)

    done = await all_pages(batches, step, _from(run.before))
    run.notes["until"] = run.now.isoformat()
    return {"sessions": done}


def _from(before: Mapping[str, object]) -> datetime:
    try:
        return datetime.fromisoformat(str(before["until"])) - _OVERLAP
    except (KeyError, ValueError, OverflowError):
        return _BEGINNING


async def remove_orphans(run: Run) -> Counts:
    """Delete associations of what is not there.

    Foreign keys keep them away; where these were off (a restore with triggers disabled, logical replication) some may
    have come.
    """
    knowledge = await _orphans(run, "public.user_kb_associations", "lifecycle/jobs/orphans_knowledge")
    tools = await _orphans(run, "public.session_tool_associations", "lifecycle/jobs/orphans_tools")
    return {"collection links": knowledge, "tool links": tools}


async def _orphans(run: Run, table: str, name: str) -> int:
    batches = await run.batches(table)
    text = statement(name).text

    async def step(connection: Connection, limit: int, at: str) -> Page[str]:
        found = await connection.fetchrow(text, at, limit)
        assert found is not None
        gone: int = found["gone"]
        if gone:
            deed = Deed("association.removed", table, detail={"rows": gone, "why": "orphaned"})
            await run.audit.within(connection, deed)
        return Page(gone, found["looked"], found["last"] or at)

    return await all_pages(batches, step, "")


async def list_unused(run: Run) -> Counts:
    """Count the documents that no session used for three months, and name the largest collections of them.

    Nothing is deleted: somebody has to review them.
    """
    text = statement("lifecycle/jobs/documents_unused").text
    async with run.connection.transaction(isolation="repeatable_read", readonly=True):
        await run.connection.execute("SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '100ms'")
        found = await run.connection.fetch(text, run.now - UNUSED, _LISTED)
    if not found:
        return {"documents": 0}
    run.notes["unused"] = [_collection(row) for row in found]
    run.notes["bytes"] = found[0]["all_bytes"]
    return {"documents": found[0]["all_documents"], "collections": found[0]["all_collections"]}


def _collection(row: Any) -> dict[str, object]:
    names = {name: clean(row[name]) for name in ("organization", "bot", "collection")}
    return {**names, "documents": row["documents"], "bytes": row["bytes"]}
