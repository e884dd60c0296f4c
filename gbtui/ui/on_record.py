"""Openings of what people wrote go on record: meanwhile, or where the profile requires it, before anything is shown."""

import asyncio

from gbtui.errors import GbtuiError
from gbtui.security.deed import Deed
from gbtui.text import clean
from gbtui.ui.places import Places


class OnRecord(Places):
    """An app that leaves records. With `audit = "required"` they come first; else nobody waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self._records: set[asyncio.Task[None]] = set()

    @property
    def must_record(self) -> bool:
        """Whether what cannot be recorded in the database must not be shown."""
        audit = self.connected.audit if self.connected else None
        return audit is not None and audit.required

    @property
    def redacted(self) -> bool:
        """Whether addresses and numbers of people are masked."""
        return self.connected is not None and self.connected.redact

    async def record(self, deed: Deed) -> None:
        """Put a deed on record: when this returns if that is required, else soon. AuditError: it must not be done."""
        audit = self.connected.audit if self.connected else None
        if audit is None:
            return
        if audit.required:
            await audit.write(deed)
            return
        task = asyncio.create_task(self._write(deed), name="record")
        self._records.add(task)
        task.add_done_callback(self._records.discard)

    async def _write(self, deed: Deed) -> None:
        assert self.connected is not None
        assert self.connected.audit is not None
        try:
            await self.connected.audit.write(deed)
        except GbtuiError as error:  # neither the database nor the file takes it: reading goes on, and says so
            if self.is_running:
                self.say(f"not on record: {clean(error.message or error.title)}", "warning")
        if self.is_running:
            self.head()

    async def recorded(self) -> None:
        """All that is on its way to the record is there; the last deed of a console that is closed, too."""
        if self._records:
            await asyncio.gather(*self._records, return_exceptions=True)
