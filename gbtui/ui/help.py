"""The keys that work where one is, in the order of the keymap."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from gbtui.text import fit
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.lines import Lines
from gbtui.ui.widgets.line_view import Line


class Keys(Screen[None]):
    """Lists what another screen's keys do at this moment."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings("out", "back", "keys", out="back", back="back", keys="back", foot={"out": "back"}),
    ]
    AUTO_FOCUS = "Lines"
    heading = "keys"

    def __init__(self, of: Screen[Any], display: Callable[[Binding], str]) -> None:
        super().__init__()
        self._lines = list(key_lines((item.binding for item in of.active_bindings.values() if item.enabled), display))

    def compose(self) -> ComposeResult:
        """Head, keys, foot."""
        yield Head()
        lines = Lines(id="keys")
        lines.can_focus = True
        yield lines
        yield Foot()

    def on_mount(self) -> None:
        """Show them."""
        self.query_one(Lines).show(self._lines)
        getattr(self.app, "head", lambda: None)()

    async def action_out(self) -> None:
        """Back."""
        self.app.pop_screen()

    async def action_back(self) -> None:
        """Back."""
        self.app.pop_screen()

    async def action_keys(self) -> None:
        """Back: the same key closes what it opened."""
        self.app.pop_screen()


def key_lines(bindings: Iterable[Binding], display: Callable[[Binding], str]) -> Iterable[Line]:
    """One line a meaning, all its keys on the left, under the head of its group."""
    ordered = sorted((binding for binding in bindings if binding.tooltip), key=_order)
    for group, members in groupby(ordered, key=keymap.group):
        yield ()
        yield ((f" {group}", "bold"),)
        for _, same in groupby(members, key=lambda binding: (binding.id, binding.action)):
            several = list(same)
            keys = " ".join(dict.fromkeys(display(binding) for binding in several))
            yield ((f"  {fit(keys, 18)} ", "accent"), (_told(several[0]), ""))


def _order(binding: Binding) -> tuple[int, int]:
    return keymap.GROUPS.index(keymap.group(binding)), keymap.place(binding)


def _told(binding: Binding) -> str:
    """Widgets begin their tooltips with a capital; a list of keys reads better without."""
    told = binding.tooltip
    return told if keymap.group(binding) == keymap.EVERYWHERE else told[:1].lower() + told[1:]
