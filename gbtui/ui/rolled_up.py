"""Lists in which partitions stand as one row with their parent: enter shows them one by one, esc all again."""

from collections.abc import Sequence
from typing import Any, Final

from gbtui.monitor.sample import Sample
from gbtui.text import age
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.windowed import Windowed

_OF_NOW: Final = "partitions are told of the newest sample alone"


class RolledUp(Windowed):
    """A row has `schema`, `name`, `partitions`: how many stand behind it."""

    WHOLE_SERVER = True

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._inside: Any = None

    def parts(self, sample: Sample[Any], row: Any) -> Sequence[Any]:
        """What stands behind a row, one by one."""
        raise NotImplementedError

    def key(self, row: Any) -> object:
        """Schema and name."""
        return row.schema, row.name

    def show(self, sample: Sample[Any]) -> None:
        """All rows, or the partitions of the one that was gone into."""
        self.table.set_rows(self.parts(sample, self._inside) if self._inside else sample.rows)

    def enter(self, row: Any) -> None:
        """Into its partitions; what has none is described."""
        sample = self.samples.get(self.counting)
        if row.partitions and self.is_stepped:
            self.console.say(_OF_NOW)
            return
        if not row.partitions or sample is None or not self.parts(sample, row):
            self.describe(row)
            return
        self.narrow("")
        self._go(row, None)

    def action_step(self, step: int) -> None:
        """The sample before, or after; not among partitions."""
        if self._inside:
            self.console.say(_OF_NOW)
        else:
            super().action_step(step)

    def widen(self) -> bool:
        """The filter away; then all tables again, the cursor on the one that was gone into."""
        if super().widen():
            return True
        if self._inside is None:
            return False
        self._go(None, self._inside)
        return True

    def _go(self, inside: Any, to: Any) -> None:
        self._inside = inside
        self.table.clear()
        self.redraw()
        self.table.action_first() if to is None else self.table.go_to(self.key(to))

    def remarks(self) -> list[Run]:
        """Whose partitions they are."""
        told = super().remarks()
        return (
            [(f"  partitions of {full_name(self._inside)}", "accent"), ("  esc: all", "dim"), *told]
            if (self._inside)
            else told
        )

    def ago(self, row: Any, name: str) -> str:
        """How long ago a moment of a row was."""
        at = getattr(row, name)
        return "never" if at is None else age(((self.taken_at or self.console.now()) - at).total_seconds())


def full_name(row: Any) -> str:
    """Its name, with its schema where that is not public."""
    return str(row.name) if row.schema == "public" else f"{row.schema}.{row.name}"
