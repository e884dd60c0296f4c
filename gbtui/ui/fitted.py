"""A list whose columns are a record's fields, as wide as its rows need."""

from collections.abc import Collection, Sequence
from typing import Any

from gbtui.monitor.plain import mark_names, marks
from gbtui.monitor.sample import Sample
from gbtui.ui.fields import columns
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.columns import Column


class Fitted(ListScreen):
    """The columns wait for the first rows, and grow when many more have come. A subclass says whose fields."""

    _fitted = 0

    @property
    def record(self) -> type[Any]:
        """The record of its rows."""
        raise NotImplementedError

    def columns(self, rows: Sequence[Any] = ()) -> Sequence[Column[Any]]:
        """The fields, as wide as these rows need."""
        return columns(self.record, rows, self.console.time)

    def mark_names(self) -> Sequence[str]:
        """What is true or not of a record."""
        return mark_names(self.record)

    def marks(self, row: Any) -> Collection[str]:
        """Which of them hold."""
        return marks(row)

    def show(self, sample: Sample[Any]) -> None:
        """New rows; the first ones say how wide the columns are."""
        if sample.rows and not self._fitted:
            self._fitted = len(sample.rows)
            self.table.replace_columns(self.columns(sample.rows))
        elif len(sample.rows) >= 2 * self._fitted > 0:
            self._fitted = len(sample.rows)
            self.table.widen(self.columns(sample.rows))
        super().show(sample)
