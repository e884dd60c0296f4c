"""Any probe's rows, as columns made from its record; a probe of one row shows its fields one below the other."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult

from gbtui.domain.scope import Scope
from gbtui.monitor.plain import mark_names, marks
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Sample
from gbtui.text import clean
from gbtui.ui.acting import Acting
from gbtui.ui.describe import Describe
from gbtui.ui.explaining import Explaining
from gbtui.ui.fields import columns, heading, meanings, say
from gbtui.ui.list_screen import Caption
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.windowed import Windowed


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of the only row."""

    name: str
    value: str
    meaning: str


_FACTS: Sequence[Column[Fact]] = (
    Column("name", "field", 28, lambda fact: fact.name, style=lambda _: "dim"),
    Column("value", "value", 26, lambda fact: fact.value, align="right"),
    Column("meaning", "", 0, lambda fact: fact.meaning, style=lambda _: "dim"),
)
_KEYS = ("pid", "gid", "name", "version", "schema", "table", "id", "user", "application", "database", "client", "state")
"""Fields that name a row through refreshes, as far as a record has them; a record may say KEY instead."""


class Panel(Acting, Explaining, Windowed):
    """The table of one probe. Its columns wait for the first rows, which say how wide they must be."""

    def __init__(self, name: str) -> None:
        super().__init__(name.replace("_", " ").capitalize())
        self._probe_name = name
        self._single = False
        self._fitted = 0

    @property
    def probe(self) -> Probe[Any]:
        """The registry's entry."""
        assert self.console.connected is not None
        return self.console.connected.monitor.probes[self._probe_name]

    def remarks(self) -> list[Run]:
        """What the panel is about."""
        return [*super().remarks(), (f"  {self.probe.title}", "dim")]

    @property
    def place_name(self) -> str:
        """How the app finds back to it."""
        return self._probe_name

    def probes(self) -> Sequence[str]:
        """The one it shows."""
        return (self._probe_name,)

    def body(self) -> ComposeResult:
        """The caption; the table comes with the first rows."""
        yield Caption()
        yield LiveTable(self._columns(()), key=self.key, id="list")

    def _columns(self, rows: Sequence[Any]) -> Sequence[Column[Any]]:
        return columns(self.probe.record, rows, self.console.time)

    def key(self, row: Any) -> Any:
        """What names a row."""
        if isinstance(row, Fact):
            return row.name
        names = getattr(row, "KEY", None) or [name for name in _KEYS if hasattr(row, name)]
        named = tuple(getattr(row, name) for name in names)
        return named or row

    def mark_names(self) -> Sequence[str]:
        """What is true or not of a record."""
        return () if self._single else mark_names(self.probe.record)

    def marks(self, row: Any) -> Collection[str]:
        """Which of them hold."""
        return () if isinstance(row, Fact) else marks(row)

    def show(self, sample: Sample[Any]) -> None:
        """Rows as rows; a single one of many fields as fields, unless it is one of several things that bear names."""
        single = (
            len(sample.rows) == 1
            and len(dataclasses.fields(self.probe.record)) > 5
            and not hasattr(self.probe.record, "KEY")
        )
        if single:
            row = sample.rows[0]
            told = meanings(type(row))
            facts = [
                Fact(heading(name), say(name, getattr(row, name), self.console.time), told.get(name, ""))
                for name in (field.name for field in dataclasses.fields(row))
            ]
        if not self._fitted or single != self._single:
            self._single, self._fitted = single, len(sample.rows)
            self.things = "fields" if single else "rows"
            self.table.replace_columns(_FACTS if single else self._columns(sample.rows))
        elif not single and len(sample.rows) >= 2 * self._fitted:
            self._fitted = len(sample.rows)
            self.table.widen(self._columns(sample.rows))
        self.table.set_rows(facts if single else sample.rows)

    def describe(self, row: Any, advised: str = "") -> None:
        """Of a field: the whole row."""
        if isinstance(row, Fact):
            row = self.samples[self._probe_name].first
            self.console.push_screen(Describe(self._probe_name, row, self.queries(), self.console.time))
        else:
            super().describe(row, advised)

    def action_copy(self) -> None:
        """The statement that the row advises, where it does; else the cell."""
        advised = getattr(self.table.cursor_row, "statement", "")
        if advised:
            self.console.send(clean(advised, keep="\n"))
        else:
            super().action_copy()

    def row_scope(self) -> Scope | None:
        """A row with an org_id belongs to a tenant."""
        row = self.table.cursor_row
        org_id = getattr(row, "org_id", None)
        return Scope(org_id, getattr(row, "organization", "")) if org_id else None
