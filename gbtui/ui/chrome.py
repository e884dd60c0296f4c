"""The lines around every screen: the head, the notice under it, and the foot."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.color import Color, ColorParseError

from gbtui.text import cells, fit
from gbtui.ui import keymap
from gbtui.ui.widgets.line_view import Line, LineView, Run
from gbtui.ui.widgets.status_bar import CLOCK_WIDTH, Clock


@dataclass(frozen=True, slots=True)
class Fact:
    """A word of the head; those of the least `weight` go first where there is no room."""

    text: str
    style: str = ""
    weight: int = 9
    clock: bool = False
    """The plain time, which ticks at the right edge."""


@dataclass(frozen=True, slots=True)
class Headline:
    """All the head says: whose server, where in the console, how the server stands."""

    profile: str = ""
    kind: str = "profile"
    """ "demo", "marked" (by `colour`) or "profile": the block behind the profile's name."""
    crumbs: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    colour: str | None = None


class Head(LineView):
    """Profile and place on the left, the server's state on the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--demo", "line--profile"}
    DEFAULT_CSS = """
    Head {
        height: 1;
        background: $panel;
        Clock { width: 10; padding-right: 1; }
        .line--profile { text-style: bold; }
        .line--demo { background: $primary; color: $background; text-style: bold; }
    }
    Head:ansi {
        text-style: none;
        .line--demo { background: ansi_blue; color: ansi_bright_white; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="head")
        self._headline = Headline()
        self._clock = Clock()

    def compose(self) -> ComposeResult:
        """The clock is a widget of its own: a second that changes nothing else costs its cells, not the line."""
        yield self._clock

    def show(self, headline: Headline) -> None:
        """Say this; only what changed is drawn."""
        self._headline = headline
        time = next((fact.text for fact in headline.facts if fact.clock), "")
        self._clock.display = bool(time)
        self._clock.show(time)
        self.sync()

    def style_of(self, names: str) -> Style:
        """The profile's own colour is no theme's: black or white on it, whichever can be read."""
        if names != "marked" or not self._headline.colour:
            return super().style_of(names)
        try:
            colour = Color.parse(self._headline.colour)
        except ColorParseError:
            return super().style_of("profile")
        written = colour.get_contrast_text(1.0)
        return self.rich_style + Style(color=written.rich_color, bgcolor=colour.rich_color, bold=True)

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """What fits: facts of little weight go first."""
        told = self._headline
        width -= CLOCK_WIDTH + 1 if self._clock.display else 0
        name = told.profile if cells(told.profile) <= width // 4 else fit(told.profile, width // 4)
        left: list[Run] = [(f" {name} ", told.kind)] if name else []
        facts = [fact for fact in told.facts if not fact.clock]
        firm = sum(cells(fact.text) + 3 for fact in facts if fact.weight >= _FIRM)
        crumbs = way(told.crumbs, width - cells(name) - 2 - firm, self.glyphs.more)
        for number, crumb in enumerate(crumbs):
            left += [(" ▸ " if left else " ", "dim"), (crumb, "bold" if number == len(crumbs) - 1 else "")]
        room = width - sum(cells(text) for text, _ in left) - 3
        while facts and sum(cells(fact.text) + 3 for fact in facts) - 3 > room:
            facts.remove(min(facts, key=lambda fact: fact.weight))
        right: list[Run] = []
        for fact in facts:
            right += [(" · ", "")] * bool(right) + [(fact.text, fact.style)]
        used = sum(cells(text) for text, _ in (*left, *right))
        end = " ·" if right and self._clock.display else " "
        return [(*left, (" " * max(1, width - used - len(end)), ""), *right, (end, ""))]


_FIRM: Final = 7
"""Facts of this weight or more do not give way to a long way that led here."""


def way(crumbs: Sequence[str], room: int, more: str) -> Sequence[str]:
    """The way that led to a place; one that is too long loses what is behind its beginning, never the place itself."""
    kept, left = list(crumbs), list(crumbs)
    while len(kept) > 2 and sum(cells(crumb) + 3 for crumb in left) > room:
        del kept[1]
        left = [kept[0], more, *kept[1:]]
    return left


_MORE: Final = " … :notice"
"""Where the whole of a notice is to be read."""


def short(text: str, room: int) -> str:
    """The clauses of a text that fit, if they fill half the room; else as much of it as fits."""
    ends = [found.start() for found in re.finditer(r"[;:.,] ", text) if cells(text[: found.start()]) <= room]
    if ends and cells(text[: ends[-1]]) >= room // 2:
        return text[: ends[-1]]
    return fit(text, room, more="").rstrip()


class Notice(LineView):
    """What must be said about a screen's data: reading, stale, denied, failed, left out. Gone when all is well.

    What is longer than the line is told by its first clauses; `:notice` shows it whole.
    """

    DEFAULT_CSS = """
    Notice { height: 1; display: none; }
    Notice.said { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = ""
        self._named = ""

    def say(self, text: str, style: str = "") -> None:
        """Show one sentence; "" hides the line."""
        self.text, self._named = text, style
        self.set_class(bool(text), "said")
        self.sync()

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """The sentence, or the clauses of it that fit."""
        room = width - 2 - cells(_MORE)
        if cells(self.text) <= width - 1 or room < 20:
            return [((fit(f" {self.text}", width), self._named),)]
        return [((f" {short(self.text, room)}", self._named), (_MORE, "accent"))]


class Foot(LineView):
    """The keys that work here; for a few seconds, what just happened."""

    DEFAULT_CSS = """
    Foot { height: 1; background: $panel; color: $text-muted; }
    Foot:ansi { color: ansi_default; }
    """
    SECONDS: ClassVar = 6.0

    def __init__(self) -> None:
        super().__init__(id="foot")
        self._keys: tuple[tuple[str, str], ...] = ()
        self.said: tuple[str, str] | None = None

    def on_mount(self) -> None:
        """Follow what the screen's focus and state allow."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.call_later(self.learn))
        self.call_after_refresh(self.learn)

    def learn(self) -> None:
        """Read the keys that work here and now."""
        if self.is_mounted and self.screen.is_current:
            self._keys = tuple(footing(self.screen.active_bindings.values(), self.app.get_key_display))
            self.sync()

    def say(self, text: str, style: str = "") -> None:
        """Show what happened, for a while."""
        said = self.said = (text, style)
        self.sync()
        self.set_timer(self.SECONDS, lambda: self._forget(said))

    def _forget(self, said: tuple[str, str]) -> None:
        if self.said is said:
            self.said = None
            self.sync()

    def compose_lines(self, width: int, height: int) -> Sequence[Line]:
        """The sentence of the moment, else the keys that fit."""
        if self.said:
            return [((fit(f" {self.said[0]}", width), self.said[1] or "bold"),)]
        runs: list[Run] = [(" ", "")]
        room = width - 1
        for key, label in self._keys:
            room -= cells(key) + cells(label) + 3
            if room < -2:
                break
            runs += [(key, "accent"), (f" {label}  ", "")]
        return [tuple(runs)]


def footing(active: Iterable[ActiveBinding], display: Callable[[Binding], str]) -> Iterable[tuple[str, str]]:
    """Keys and their labels in the order of the keymap; the way to help stands in front, where it always fits."""
    shown = sorted((item.binding for item in active if item.enabled), key=keymap.place)
    help_key = next((binding for binding in shown if binding.id == "keys"), None)
    if help_key:
        yield display(help_key), help_key.description
    labels = [binding for binding in shown if binding.show and binding is not help_key]
    digits = [display(binding) for binding in shown if (binding.id or "").startswith("screen-")]
    if digits:
        yield span(digits), "screens"
    seen: set[str] = set()
    for binding in labels:
        if binding.action not in seen:
            seen.add(binding.action)
            yield display(binding), binding.description


def span(digits: Sequence[str]) -> str:
    """`1-4,0` for 1 2 3 4 0."""
    numbers = sorted(digit for digit in digits if digit.isdigit() and digit != "0")
    run = bool(numbers) and [int(digit) for digit in numbers] == list(range(int(numbers[0]), int(numbers[-1]) + 1))
    parts = [f"{numbers[0]}-{numbers[-1]}"] if run and len(numbers) > 2 else numbers
    return ",".join([*parts, *(digit for digit in digits if digit not in numbers)])
