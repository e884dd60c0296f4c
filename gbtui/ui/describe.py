"""All there is to say about one row: its fields, what they mean, and the SQL they came from."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from gbtui.resources import QUERIES
from gbtui.text import clean
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.fields import Clock, heading, meanings, say, tell
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.details import Details, Field
from gbtui.ui.widgets.tree_view import TreeView

if TYPE_CHECKING:
    from gbtui.domain.relations.thing import Thing
    from gbtui.ui.app import Console


class Describe(Screen[None]):
    """One row in full; `y` copies what `advised` says if there is any, else all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "command", "filter", "next-match", "previous-match", "out", "back", "wrap", "copy", "copy-row", "keys",
            "next-part", "previous-part", "step-back", "step-on",
            step_back="the row before", step_on="the row after",
            out="all lines again, then back", back="back", filter="only the fields that hold a text",
            copy="copy the advised statement or the message, else all", copy_row="copy all",
            foot={"out": "back", "copy": "copy"},
        ),
    ]  # fmt: skip
    AUTO_FOCUS = "Details"

    def __init__(
        self, title: str, row: object, queries: Sequence[str], clock: Clock, *, advised: str = "",
        more: Mapping[str, object] | None = None, thing: "Thing | None" = None,
        beside: Callable[[int], None] | None = None, lead: Sequence[Field] = (),
        explained: bool | None = None,
    ) -> None:  # fmt: skip
        """`lead`: what stands before the row's fields. `more`: texts that belong to the row beside its fields. `thing`:
        the row of the database that it is; what is around that is shown below. `beside` describes the row before (-1)
        or after (1) in its place. `explained`: whether meanings are told; if not said, where nothing is advised.
        """
        super().__init__()
        self.thing = thing
        self._beside = beside
        self.heading = title
        told = [
            *lead,
            *fields(more or {}, clock),
            *fields(row, clock, explained=not advised if explained is None else explained),
        ]
        self._told = [*told, *statements(queries)]
        self._advised = advised
        self._narrowed = False

    def compose(self) -> ComposeResult:
        """Head, text, foot."""
        yield Head()
        yield Details(self._told, id="described")
        if self.thing is not None and self.console.connected and self.console.connected.hands is not None:
            from gbtui.ui.related import Related

            yield Related(self.thing, id="related")
        yield Prompt()
        yield Foot()

    def on_mount(self) -> None:
        """Name the place."""
        self.console.head()
        self.query_one(Prompt).completer = self.console.completions

    @property
    def console(self) -> "Console":
        """The app, as what it is."""
        return cast("Console", self.app)

    @property
    def details(self) -> Details:
        """The fields."""
        return self.query_one(Details)

    @property
    def text(self) -> str:
        """All of it, to be copied."""
        lines = [f"{field.label}\t{field.value}" if field.label and field.value else field.label or field.value
                 for field in self._told]  # fmt: skip
        around = [line for tree in self.query("#related").results(TreeView) for line in tree.lines]
        return clean("\n".join([*lines, *around]), keep="\n\t")

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted waits after ":"."""
        self.console.pasted(event)

    def action_command(self) -> None:
        """Open the command line."""
        self.query_one(Prompt).open(":")

    def action_filter(self) -> None:
        """Look for a text."""
        self.query_one(Prompt).open("/")

    @on(Prompt.Changed)
    def _typing(self, message: Prompt.Changed) -> None:
        if message.mark == "/":
            self._narrow(message.text)
        elif message.mark == ":":
            self.console.look_ahead(self.query_one(Prompt), message.text)

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        if message.mark == ":":
            self.console.run_line(message.text)

    @on(Prompt.Left)
    def _left(self, message: Prompt.Left) -> None:
        if message.mark == "/":
            self._widen()

    def _narrow(self, text: str) -> None:
        """Only fields that hold the text; it stays lit up when all are shown again."""
        wanted = text.casefold()
        self._narrowed = bool(text)
        self.details.set_search(re.compile(re.escape(text), re.IGNORECASE) if text else None)
        self.details.set_filter((lambda field: wanted in f"{field.label} {field.value}".casefold()) if text else None)

    def _widen(self) -> None:
        self._narrowed = False
        self.details.set_filter(None)

    def action_next_match(self) -> None:
        """The next line with the text."""
        if not self.details.next_match():
            self.console.say("no match further down")

    def action_previous_match(self) -> None:
        """The line before with the text."""
        if not self.details.previous_match():
            self.console.say("no match further up")

    def action_wrap(self) -> None:
        """Wrap long values, or cut them."""
        self.details.set_wrap(not self.details.wrap)

    async def action_out(self) -> None:
        """All lines again; then back."""
        if self._narrowed:
            self._widen()
        else:
            self.console.back(quitting=False)

    async def action_back(self) -> None:
        """Back."""
        self.console.back(quitting=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The rows beside it are known where it was opened from a list."""
        return self._beside is not None if action == "step" else super().check_action(action, parameters)

    def action_step(self, step: int) -> None:
        """The row before or after."""
        if self._beside is not None:
            self._beside(step)

    def interrupt(self) -> bool:
        """Stop what runs here; False if nothing does."""
        return False

    def action_copy(self) -> None:
        """Copy the advised statement, else all."""
        self.console.send(self._advised or self.text)

    def action_copy_row(self) -> None:
        """Copy all."""
        self.console.send(self.text)

    def action_keys(self) -> None:
        """List the keys."""
        self.console.show_keys()


def fields(row: object, clock: Clock, *, explained: bool = True) -> Iterable[Field]:
    """Every field: its name, its value, and dimly what it means."""
    told = meanings(type(row)) if explained else {}
    for name, value in _pairs(row, clock):
        yield Field(heading(name), clean(value, keep="\n"))
        if name in told:
            yield Field("", told[name], "dim")


def _pairs(row: object, clock: Clock) -> Iterable[tuple[str, str]]:
    if dataclasses.is_dataclass(row):
        return ((field.name, tell(row, field.name, clock)) for field in dataclasses.fields(row))
    pairs: Iterable[tuple[str, Any]] = row.items() if isinstance(row, Mapping) else (("value", row),)
    return ((name, say(name, value, clock)) for name, value in pairs)


def statements(names: Sequence[str]) -> Iterable[Field]:
    """The statements behind it, each under its file's name."""
    for name in names:
        path = QUERIES / f"{name}.sql"
        if path.is_file():
            yield Field(f"queries/{name}.sql", heading=True)
            yield Field("", path.read_text(encoding="utf-8").rstrip())


def queries_of(probe: str) -> tuple[str, ...]:
    """The statements that bear a probe's name, alone or in front, by area."""
    found = {path for name in (probe, f"{probe}_*") for path in Path(QUERIES).glob(f"*/{name}.sql")}
    return tuple(f"{path.parent.name}/{path.stem}" for path in sorted(found))
