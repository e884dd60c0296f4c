"""Every key of the console, in the order in which help lists them. One key has one meaning wherever it works."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from textual.binding import Binding

from gbtui.errors import UsageError

EVERYWHERE: Final = "Everywhere"
LISTS: Final = "Lists"
TEXT: Final = "Text"
BACKENDS: Final = "Where the row is a backend"
GROUPS: Final = (EVERYWHERE, LISTS, BACKENDS, TEXT)


@dataclass(frozen=True, slots=True)
class Key:
    """A key, the action behind it, what the footer calls it and what help says of it."""

    id: str
    """The name by which a profile's [keymap] changes it."""
    keys: str
    """Textual's names, comma-separated."""
    action: str
    label: str
    """For the footer; "" keeps it out of there."""
    tooltip: str
    group: str = EVERYWHERE


_SCREENS: Final = tuple(
    Key(f"screen-{digit}", digit, f"app.screen('{digit}')", "", "") for digit in ("1", "2", "3", "4", *"567890")
)

KEYS: Final[tuple[Key, ...]] = (
    *_SCREENS,
    Key("command", "colon,ctrl+p", "command", "go", "go or do: any screen, panel, tenant or command"),
    Key("filter", "slash", "filter", "narrow", "narrow what is shown; empty: all"),
    Key("next-match", "n", "next_match", "", "next match"),
    Key("previous-match", "N", "previous_match", "", "previous match"),
    Key("out", "escape", "out", "", "one step out: close the input, widen, go back"),
    Key("back", "q", "back", "", "go back, the filter kept; at the top: again quits"),
    Key("before", "backspace", "app.before", "", "the place before this one, and back again"),
    Key("scope", "o", "scope", "this tenant", "only this row's tenant, on every screen; again: all"),
    Key("explain", "e", "explain", "explain", "its plan: generic, nothing is executed; :analyze runs it", BACKENDS),
    Key("cancel", "C", "cancel_backend", "cancel", "cancel what this backend, or the marked ones, run", BACKENDS),
    Key("terminate", "K", "terminate_backend", "terminate", "end this backend, or the marked ones", BACKENDS),
    Key("time", "t", "time", "time", "the window of rates; in text: jump to a time"),
    Key("step-back", "comma", "step(-1)", "", "the one before"),
    Key("step-on", "full_stop", "step(1)", "", "the one after"),
    Key("hold", "p", "hold", "hold", "hold still, go on"),
    Key("now", "r", "now", "", "read now"),
    Key("slower", "plus,equals_sign", "app.pace(1)", "", "poll less often"),
    Key("faster", "minus", "app.pace(-1)", "", "poll more often"),
    Key("clock", "u", "app.clock", "", "clock: local, UTC, relative"),
    Key("wrap", "w", "wrap", "wrap", "wrap long text"),
    Key("describe", "d", "describe", "why", "describe: all fields, the evidence, the SQL behind it"),
    Key("copy", "y", "copy", "", "copy the cell, message or advised statement"),
    Key("copy-row", "Y", "copy_row", "", "copy the row, or the marked rows"),
    Key("export", "x", "export", "export", "export what is shown to a file"),
    Key("left-out", "i", "left_out", "", "show what is left out, by kind; again: leave it out", LISTS),
    Key("columns", "c", "columns", "", "choose columns", LISTS),
    Key("next-part", "tab", "app.focus_next", "", "next part of the screen"),
    Key("previous-part", "shift+tab", "app.focus_previous", "", "previous part of the screen"),
    Key("keys", "question_mark", "keys", "keys", "what works here and now"),
    Key("interrupt", "ctrl+c", "app.interrupt", "", "stop what runs; copy a mouse selection"),
    Key("redraw", "ctrl+l", "app.redraw", "", "draw the screen anew"),
    Key("suspend", "ctrl+z", "app.suspend_process", "", "suspend to the shell"),
    Key("quit", "ctrl+q", "app.quit", "", "quit at once"),
)
_BY_ID: Final = {key.id: key for key in KEYS}
_WIDGET_IDS: Final[set[str]] = set()


def bindings(*ids: str, foot: Mapping[str, str] = MappingProxyType({}), **tooltips: str) -> list[Binding]:
    """The bindings of these keys, as a screen or the app declares them.

    `tooltips` says by id (with _ for -) what a key means here more exactly than everywhere; `foot` gives a key
    another label in the foot, or one where it usually has none.
    """
    return [
        _binding(_BY_ID[name], tooltips.get(name.replace("-", "_"), ""), foot.get(name, _BY_ID[name].label))
        for name in ids
    ]


def screen_binding(digit: str, title: str) -> Binding:
    """The binding of a screen's digit."""
    return _binding(_BY_ID[f"screen-{digit}"], title, "")


def place(binding: Binding) -> int:
    """Where a binding stands in help and footer; keys of widgets come after those of every place."""
    return _ORDER.get(binding.id or "", len(_ORDER))


def group(binding: Binding) -> str:
    """Under which head help lists a binding."""
    key = _BY_ID.get(binding.id or "")
    return key.group if key else LISTS


def learn(widget_bindings: Iterable[object]) -> None:
    """Let the keys of a widget class be known, so that a profile may change them too."""
    _WIDGET_IDS.update(binding.id for binding in widget_bindings if isinstance(binding, Binding) and binding.id)


def check(keymap: Mapping[str, str]) -> None:
    """Refuse a profile's keymap that names what is not there."""
    known = set(_BY_ID) | _WIDGET_IDS
    unknown = sorted(set(keymap) - known)
    if unknown:
        raise UsageError("keymap", f"no key is called {unknown[0]!r}", f"there are: {', '.join(sorted(known))}")
    for name, keys in keymap.items():
        if not keys.strip(" ,"):
            raise UsageError("keymap", f"{name} has no key", 'write for example: hold = "space"')


def _binding(key: Key, tooltip: str, label: str) -> Binding:
    told = tooltip or key.tooltip
    return Binding(key.keys, key.action, label or told, show=bool(label), id=key.id, tooltip=told)


_ORDER: Final = {key.id: number for number, key in enumerate(KEYS)}
