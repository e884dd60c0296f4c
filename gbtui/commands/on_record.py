"""Openings of what people wrote by commands: on record before the first line is printed."""

from gbtui.commands.notes import note
from gbtui.config import Config
from gbtui.database.database import Database
from gbtui.errors import AuditError
from gbtui.security.audit import Audit
from gbtui.security.deed import Deed


async def on_record(database: Database, config: Config, deed: Deed) -> None:
    """Record it; AuditError where the profile requires that and the database does not take it.

    Otherwise it goes on, and says on stderr where the record lies, or that there is none.
    """
    audit = Audit(database, required=config.audit == "required")
    try:
        await audit.write(deed)
    except AuditError as error:
        if audit.required:
            raise
        note(f"not on record: {error.message or error.title}")
        return
    if audit.local:
        note(f"audit: local, in {audit.path}: {audit.local}")
