"""A list of what people wrote: that it is read goes on record, where that is required before anything is shown."""

from collections.abc import Iterable
from pathlib import Path

from gbtui.domain.scope import Scope
from gbtui.errors import AuditError
from gbtui.security.deed import Deed
from gbtui.text import clean
from gbtui.ui.list_screen import ListScreen


class Recorded(ListScreen):
    """Each scope it is looked at in leaves one record, and each export one. A subclass says what they hold."""

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._open: set[Scope] = set()
        """What may be shown."""
        self._asked: set[Scope] = set()
        """What is on its way to the record."""
        self._why = ""

    # --- what a subclass says --------------------------------------------------------------------------

    def deed(self) -> Deed | None:
        """That the list is read; None: that needs no record."""
        raise NotImplementedError

    def exported(self, rows: int, form: str) -> Deed | None:
        """That so many rows are written to a file of this form."""
        raise NotImplementedError

    # --- on record -----------------------------------------------------------------------------------------

    def watch_again(self) -> None:
        """Put it on record that what is new here is read."""
        scope = self.scope
        new = self.console.connected is not None and scope not in self._open and not self.outside
        if new and (not self.console.must_record or self.deed() is None):
            self._open.add(scope)
        super().watch_again()
        if new:
            self._record(scope)

    @property
    def _is_open(self) -> bool:
        return self.scope in self._open

    def probes(self) -> Iterable[str]:
        """None before it is on record that the list is read, where that is required."""
        return super().probes() if self._is_open else ()

    def _record(self, scope: Scope) -> None:
        if scope not in self._asked and (deed := self.deed()) is not None:
            self._asked.add(scope)
            self.console.attempt(self._put(scope, deed))

    async def _put(self, scope: Scope, deed: Deed) -> None:
        try:
            await self.console.record(deed)
        except AuditError as error:
            self._why = f"{clean(str(error))}; r tries again"
            self.tell()
            raise
        finally:
            self._asked.discard(scope)
        if scope not in self._open:
            self._open.add(scope)
            self.watch_again()

    def tell(self) -> None:
        """Where nothing may be shown, why."""
        super().tell()
        if not self._is_open and self.console.connected is not None and not self.outside:
            self.table.say(self._why or "putting on record that this is read …", "warning" if self._why else "dim")

    def action_now(self) -> None:
        """Read now; where it was refused, try to put it on record again."""
        if self._is_open:
            super().action_now()
        else:
            self._record(self.scope)

    def export(self, path: Path) -> None:
        """On record, too."""
        self.console.attempt(self._export(path))

    async def _export(self, path: Path) -> None:
        deed = self.exported(len(self.table.marked or self.table.shown_rows), path.suffix)
        if deed is not None:
            await self.console.record(deed)
        super().export(path)
