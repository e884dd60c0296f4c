"""Beginning searches: what is asked for is understood, put on record, and only then read."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gbtui.database.sql import statement
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.search.hits import DocumentHit
from gbtui.domain.search.request import request
from gbtui.domain.search.search import Search, search
from gbtui.domain.search.standing import TABLES
from gbtui.domain.search.wish import Wish
from gbtui.redact import JSON, MEASURED, cut_at
from gbtui.security.deed import Deed
from gbtui.security.openings import SESSIONS

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit


def table_of(documents: bool) -> str:
    """The table that is searched, as records name it."""
    return f"public.{TABLES[documents]}"


@dataclass(frozen=True, slots=True)
class Document:
    """A document with the first 20,000 characters of its text; `metadata` is JSON."""

    id: str
    name: str
    content: str = field(metadata={**MEASURED, **cut_at(20_000)})
    length: int
    metadata: str = field(metadata=JSON)
    indexed: bool
    created_at: datetime
    updated_at: datetime


class Searches:
    """Searches of one server. To search, and to open a document, are audited acts: one record each, before the deed."""

    def __init__(self, database: "Database", audit: "Audit") -> None:
        self._database = database
        self._audit = audit

    async def begin(self, wish: Wish, scope: Scope = EVERYONE) -> Search:
        """A search that may run, on record; nothing of it is read yet. Raises the GbtuiError tree."""
        made = await request(self._database, wish, scope)
        action = "documents.searched" if made.documents else "messages.searched"
        session = str(made.session_id) if made.session_id else None
        table = SESSIONS if session else table_of(made.documents)
        detail = {"search": made.text, **made.bounds(), "redacted": self._database.redact}
        await self._audit.write(Deed(action, table, session, made.scope.org_id, detail=detail))
        return search(self._database, made)

    async def document(self, found: DocumentHit, scope: Scope = EVERYONE) -> Document | None:
        """A document that was found, with its text; None if it is gone, or not in the scope."""
        masks = {"redacted": self._database.redact}
        await self._audit.write(Deed("document.viewed", table_of(True), found.id, found.org_id, detail=masks))
        chosen = statement("general_bots/document", where=scope.where)
        documents = await self._database.rows(Document, chosen, found.id, *scope.arguments)
        return documents[0] if documents else None
