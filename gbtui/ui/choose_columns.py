"""Choosing which columns a table shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from gbtui.ui.app import Console


@dataclass(frozen=True, slots=True)
class Choice:
    """A column, and whether it is shown."""

    column: Column[Any]
    shown: bool


_COLUMNS: Sequence[Column[Choice]] = (
    Column("shown", "", 3, lambda choice: "yes" if choice.shown else "", style=lambda _: "ok"),
    Column("column", "column", 18, lambda choice: choice.column.title or choice.column.id),
    Column("help", "", 0, lambda choice: choice.column.help, style=lambda _: "dim"),
)


class Columned(Protocol):
    """What has columns to choose from: a table, a tail."""

    @property
    def columns(self) -> Sequence[Column[Any]]:
        """Those shown."""

    @property
    def all_columns(self) -> Sequence[Column[Any]]:
        """All there are."""

    def set_columns(self, columns: Sequence[Column[Any]]) -> None:
        """Show these."""


class ChooseColumns(Screen[None]):
    """Every column of a table; `space` shows or hides one, and the table behind follows at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "toggle_column", "show or hide", id="columns-toggle", tooltip="show or hide"),
        *keymap.bindings("out", "back", "keys", out="back", back="back", foot={"out": "back"}),
    ]
    AUTO_FOCUS = "LiveTable"
    heading = "columns"

    def __init__(self, table: Columned) -> None:
        super().__init__()
        self._of = table

    def compose(self) -> ComposeResult:
        """Head, columns, foot."""
        yield Head()
        yield _Choices(_COLUMNS, key=lambda choice: choice.column.id, id="list")
        yield Foot()

    def on_mount(self) -> None:
        """Show them."""
        cast("Console", self.app).head()
        self._show()

    def _show(self) -> None:
        shown = {column.id for column in self._of.columns}
        choices = [Choice(column, column.id in shown) for column in self._of.all_columns]
        self.query_one("#list", LiveTable).set_rows(choices)

    @on(LiveTable.Opened)
    def action_toggle_column(self) -> None:
        """Show or hide the column under the cursor; one always stays."""
        choice: Choice | None = self.query_one("#list", LiveTable).cursor_row
        if choice is None:
            return
        shown = {column.id for column in self._of.columns} ^ {choice.column.id}
        if shown:
            self._of.set_columns([column for column in self._of.all_columns if column.id in shown])
            self._show()

    async def action_out(self) -> None:
        """Back."""
        cast("Console", self.app).back(quitting=False)

    async def action_back(self) -> None:
        """Back."""
        cast("Console", self.app).back(quitting=False)

    def action_keys(self) -> None:
        """List the keys."""
        cast("Console", self.app).show_keys()


class _Choices(LiveTable[Choice], inherit_bindings=False):
    """Moves only: marking and sorting mean nothing here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in LiveTable.BINDINGS
        if isinstance(binding, Binding) and binding.action in ("up", "down", "page_up", "page_down", "first", "last")
    ]
