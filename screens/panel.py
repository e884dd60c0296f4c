"""Any probe's rows, as columns made from its record; a probe of one row shows its fields one below the other."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.scope import Scope
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Sample
from gbtui.text import count
from gbtui.ui import keymap
from gbtui.ui.describe import Describe
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


_LEFT_OUT: Mapping[str, tuple[str, str, str]] = MappingProxyType({"activity": ("idle", "idle", "connections")})
"""By panel: the probe of what it leaves out, what that is called, and the probe with a field of that name: how many."""


class Panel(Windowed):
    """The table of one probe. Its columns wait for the first rows, which say how wide they must be."""

    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("left-out")]

    def __init__(self, name: str) -> None:
        super().__init__(name.replace("_", " ").capitalize())
        self._probe_name = name
        self._single = False
        self._fitted = 0
        self._all = False

    @property
    def probe(self) -> Probe[Any]:
        """The registry's entry."""
        assert self.console.connected is not None
        return self.console.connected.monitor.probes[self._probe_name]

    def remarks(self) -> list[Run]:
        """How many are left out, or that they are shown; what the panel is about."""
        return [*self._told(), *super().remarks(), (f"  {self.probe.title}", "dim")]

    def _told(self) -> list[Run]:
        if self._probe_name not in _LEFT_OUT or self.console.connected is None:
            return []
        _, kind, counting = _LEFT_OUT[self._probe_name]
        if self._all:
            return [(f"  with the {kind} (i)", "accent")]
        number = getattr(self.console.connected.monitor.last(counting).first, kind, None)
        return [(f"  {kind} left out: {count(number)} (i)", "")] if number is not None else []

    def action_left_out(self) -> None:
        """Show what is left out; again: leave it out."""
        self._all = not self._all
        left_out = _LEFT_OUT[self._probe_name][0]
        if not self._all:
            self.samples.pop(left_out, None)
        self.watch_again()
        self.redraw()
        self.caption()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only where something is left out."""
        return self._probe_name in _LEFT_OUT if action == "left_out" else super().check_action(action, parameters)

    @property
    def place_name(self) -> str:
        """How the app finds back to it."""
        return self._probe_name

    def probes(self) -> Sequence[str]:
        """The one it shows, and the one of what it leaves out while that is wanted."""
        return (self._probe_name, *((_LEFT_OUT[self._probe_name][0],) if self._all else ()))

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
        if self._probe_name in _LEFT_OUT:
            return row.pid  # it stays the same row when it falls idle
        names = getattr(row, "KEY", None) or [name for name in _KEYS if hasattr(row, name)]
        named = tuple(getattr(row, name) for name in names)
        return named or row

    def show(self, sample: Sample[Any]) -> None:
        """Rows as rows; a single one of many fields as fields, unless it is one of several things that bear names."""
        if self._probe_name in _LEFT_OUT:
            self._show_rows([row for name in self.probes() if name in self.samples for row in self.samples[name].rows])
            return
        single = (
            len(sample.rows) == 1
            and len(dataclasses.fields(self.probe.record)) > 5
            and not hasattr(self.probe.record, "KEY")
        )
        if single:
            row = sample.rows[0]
            told = meanings(type(row))
            names = [field.name for field in dataclasses.fields(row)]
            facts = [
                Fact(heading(name), say(name, getattr(row, name), self.console.time), told.get(name, ""))
                for name in names
            ]
        if not self._fitted or single != self._single:
            self._single, self._fitted = single, int(bool(sample.rows))
            self.things = "fields" if single else "rows"
            self.table.replace_columns(_FACTS if single else self._columns(sample.rows))
        self.table.set_rows(facts if single else sample.rows)

    def _show_rows(self, rows: Sequence[Any]) -> None:
        """Rows of several probes; the first ones, and those that come with another probe, say how wide columns are."""
        fitted = len(tuple(self.probes())) if rows else 0
        if fitted != self._fitted:
            self._fitted = fitted
            self.table.replace_columns(self._columns(rows))
        found: dict[Any, Any] = {}
        for row in rows:
            found.setdefault(self.key(row), row)  # one that has just begun to work is in the older sample still idle
        self.table.set_rows([*found.values()])

    def describe(self, row: Any, advised: str = "") -> None:
        """Of a field: the whole row."""
        if isinstance(row, Fact):
            row = self.samples[self._probe_name].first
            self.console.push_screen(Describe(self._probe_name, row, self.queries(), self.console.time))
        else:
            super().describe(row, advised)

    def row_scope(self) -> Scope | None:
        """A row with an org_id belongs to a tenant."""
        row = self.table.cursor_row
        org_id = getattr(row, "org_id", None)
        return Scope(org_id, getattr(row, "organization", "")) if org_id else None
