"""What a job is, and what it gets when it runs."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from gbtui.database.connection import Connection
from gbtui.database.sql import statement
from gbtui.lifecycle.batches import Batches, Tell

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit

NO_ARCHIVE: Final = "-"
"""In the place of an archive: what goes by retention need not be archived before."""

Counts: TypeAlias = Mapping[str, int]
"""What a run did, in the words of its table or thing: {"sessions": 12}. What is 0 is left out where people read it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. `connection` may write, is in no transaction, and holds the job's lock: use no other to write.

    Its statements end after five seconds unless the work says otherwise in its transaction.
    """

    database: "Database"
    connection: Connection
    audit: "Audit"
    now: datetime
    """The moment that counts as now (UTC): by the server's clock, or what a test says."""
    stop: asyncio.Event
    """Set when the run is to end soon; `batches()` raises Stopped then."""
    tell: Tell
    """Hears of what is waited for."""
    before: Mapping[str, object]
    """What the last run that was done has left in `notes`."""
    archive: str = ""
    """Where what goes by retention is archived before: a folder, s3://…, or NO_ARCHIVE; "": nobody said."""
    notes: dict[str, object] = field(default_factory=dict)
    """What is kept with the record of this run besides its counts: as JSON knows it, no secrets, no long lists."""

    async def batches(self, *tables: str) -> Batches:
        """For much work on many rows of these tables ("public.clicks"): small transactions that give way to others."""
        found = await self.connection.fetch(statement("lifecycle/jobs/oids").text, list(tables))
        return Batches(self.connection, [row["oid"] for row in found], stop=self.stop, tell=self.tell)


Work: TypeAlias = Callable[[Run], Awaitable[Counts]]
"""Does it; the GbtuiError tree, or what the driver raises, where it cannot. Begun again, it goes on."""


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the registry."""

    name: str
    title: str
    """What it does, in a few words."""
    schedule: str
    """Cron text, read in UTC unless somebody sets another zone."""
    work: Work
    sql: str = ""
    """The statement that does the same inside the server, for pg_cron; "": it is more than SQL."""

    @property
    def lock(self) -> int:
        """The key of its advisory lock."""
        digest = hashlib.sha256(f"gbtui.job\0{self.name}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)
