"""One row of a statement's answer in full: each value with its type and length, long ones read on in pieces."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from gbtui.domain.sql_line.cutting import CHARACTERS
from gbtui.errors import UsageError
from gbtui.text import clean, count, plural
from gbtui.ui import keymap
from gbtui.ui.describe import Describe
from gbtui.ui.statement_fields import statement_fields
from gbtui.ui.widgets.details import Field

if TYPE_CHECKING:
    from gbtui.domain.sql_line.result import Answer, Piece, Row, Value
    from gbtui.domain.sql_line.wish import Wish


class RowView(Describe):
    """`d` on a long value reads on; `y` copies the value under the cursor as far as it was read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "describe", describe="read on in the long value under the cursor", foot={"describe": "read on"}
        ),
    ]

    def __init__(self, wish: "Wish", answer: "Answer", row: "Row", clock: Callable[..., str]) -> None:
        super().__init__(f"row {row.number + 1}", {}, (), clock)
        self._wish, self._answer, self._row = wish, answer, row
        self._pieces: dict[int, Piece] = {}
        self._told = list(self._fields())

    def on_mount(self) -> None:
        """Name the place, show the row."""
        super().on_mount()
        self._show()

    def _show(self) -> None:
        self._told = list(self._fields())
        self.details.set_fields(self._told)

    @property
    def _column(self) -> int | None:
        """The column (from 0) under the cursor."""
        field = self.details.cursor_field
        index = next((at for at, one in enumerate(self._told) if one is field), None)
        heads = [at for at, one in enumerate(self._told) if one.heading]
        found = sum(at <= index for at in heads) - 1 if index is not None else -1
        return found if 0 <= found < len(self._answer.columns) else None

    def action_describe(self) -> None:
        """The next piece of the value under the cursor; behind the last one its beginning again."""
        column = self._column
        value = self._row.values[column] if column is not None else None
        if column is None or value is None or not value.more:
            self.console.say("nothing more of this value: it is all there")
            return
        held = self._pieces.get(column)
        start = 1 if held is not None and held.end >= held.length else held.end + 1 if held else CHARACTERS + 1
        self.console.attempt(self._read(column, start))

    async def _read(self, column: int, start: int) -> None:
        line = self.console.connected.sql_line if self.console.connected else None
        if line is None:
            raise UsageError("sql", "there is no server to ask")
        self.console.say("reading on …")
        self._pieces[column] = await line.piece(
            self._wish, len(self._answer.columns), self._row, column, start, seconds=self.console.deadline
        )
        self.console.say("")
        self._show()

    def action_copy(self) -> None:
        """The value under the cursor, as far as it was read; elsewhere all."""
        column = self._column
        value = self._row.values[column] if column is not None else None
        self.console.send(self._shown(column, value) if column is not None and value is not None else self.text)

    def _shown(self, column: int, value: "Value") -> str:
        piece = self._pieces.get(column)
        return clean(piece.text if piece else value.text, keep="\n\t")

    def _fields(self) -> Iterator[Field]:
        for number, (named, value) in enumerate(zip(self._answer.columns, self._row.values, strict=True)):
            told = "NULL" if value is None else self._length(number, value)
            yield Field(f"{named.name or '(no name)'}  {named.type}, {told}", heading=True)
            if value is not None:
                yield Field(
                    "", self._shown(number, value) if value.length else "(empty)", "" if value.length else "dim"
                )
        yield from statement_fields(clean(self._wish.text, keep="\n"))

    def _length(self, number: int, value: "Value") -> str:
        if not value.more:
            return plural(value.length, "character")
        piece = self._pieces.get(number)
        start, end = (piece.start, piece.end) if piece else (1, CHARACTERS)
        return f"{count(start)} to {count(end)} of {value.length:,} characters; d reads on"
