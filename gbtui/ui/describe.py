"""All there is to say about one row: its fields, what they mean, and the SQL they came from."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from gbtui.resources import QUERIES
from gbtui.text import clean, fit, wrap
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.fields import Clock, heading, meanings, say
from gbtui.ui.lines import Lines
from gbtui.ui.widgets.line_view import Line

if TYPE_CHECKING:
    from gbtui.ui.app import Console

_NAME = 22


class Describe(Screen[None]):
    """One row in full; `y` copies what `advice` says if there is any, else all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "out",
            "back",
            "copy",
            "copy-row",
            "keys",
            out="back",
            back="back",
            copy="copy the advised statement or the message, else all",
            copy_row="copy all",
            foot={"out": "back", "copy": "copy"},
        ),
    ]
    AUTO_FOCUS = "Lines"

    def __init__(self, title: str, row: object, queries: Sequence[str], clock: Clock, *, advised: str = "") -> None:
        super().__init__()
        self.heading = title
        self._row, self._queries, self._clock, self._advised = row, queries, clock, advised

    def compose(self) -> ComposeResult:
        """Head, text, foot."""
        yield Head()
        lines = Lines(id="described")
        lines.can_focus = True
        yield lines
        yield Foot()

    def on_mount(self) -> None:
        """Say all of it."""
        self.console.head()
        self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        """Wrap anew."""
        width = self.size.width - 1
        told = [
            *row_lines(self._row, width, self._clock, explained=not self._advised),
            *sql_lines(self._queries, width),
        ]
        self.query_one(Lines).show(told)

    @property
    def console(self) -> "Console":
        """The app, as what it is."""
        return cast("Console", self.app)

    @property
    def text(self) -> str:
        """All of it, to be copied."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self.query_one(Lines).lines)

    async def action_out(self) -> None:
        """Back."""
        self.console.back(quitting=False)

    async def action_back(self) -> None:
        """Back."""
        self.console.back(quitting=False)

    def action_copy(self) -> None:
        """Copy the advised statement, else all."""
        self.console.send(self._advised or self.text)

    def action_copy_row(self) -> None:
        """Copy all."""
        self.console.send(self.text)

    def action_keys(self) -> None:
        """List the keys."""
        self.console.show_keys()


def row_lines(row: object, width: int, clock: Clock, *, explained: bool = True) -> Iterable[Line]:
    """Every field: its name, its value wrapped, and dimly what it means."""
    yield ()
    told = meanings(type(row)) if explained else {}
    for name, value in _pairs(row):
        texts = wrap(clean(say(name, value, clock), keep="\n"), max(20, width - _NAME - 2)) or [""]
        yield ((f" {fit(heading(name), _NAME)}", "dim"), (texts[0], ""))
        for text in texts[1:]:
            yield ((" " * (_NAME + 1), ""), (text, ""))
        if name in told:
            for text in wrap(told[name], max(20, width - _NAME - 2)):
                yield ((" " * (_NAME + 1), ""), (text, "dim"))


def _pairs(row: object) -> Iterable[tuple[str, Any]]:
    if dataclasses.is_dataclass(row):
        return ((field.name, getattr(row, field.name)) for field in dataclasses.fields(row))
    return row.items() if isinstance(row, Mapping) else (("value", row),)


def sql_lines(names: Sequence[str], width: int) -> Iterable[Line]:
    """The statements behind it, each under its file's name."""
    for name in names:
        path = QUERIES / f"{name}.sql"
        if path.is_file():
            yield ()
            yield ((f" queries/{name}.sql", "bold"),)
            for line in path.read_text(encoding="utf-8").splitlines():
                style = "dim" if line.lstrip().startswith("--") else ""
                for text in wrap(line, width - 3) or [""]:
                    yield ((f"   {text}", style),)


def queries_of(probe: str) -> tuple[str, ...]:
    """The statements that bear a probe's name, by area."""
    return tuple(f"{path.parent.name}/{path.stem}" for path in sorted(Path(QUERIES).glob(f"*/{probe}.sql")))
