"""The console: one app, its connection, and what all its screens share."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, NoColor
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.errors import GbtuiError, RefusedError, UsageError
from gbtui.monitor.finding import Finding
from gbtui.monitor.sample import Sample
from gbtui.monitor.window import LAST, Span, choice
from gbtui.resources import STYLESHEET
from gbtui.text import clean
from gbtui.times import Clock, show
from gbtui.ui import keymap
from gbtui.ui.boundary import CONNECTING
from gbtui.ui.chrome import Foot, Head, Notice
from gbtui.ui.connected import Look, Opener
from gbtui.ui.connecting import Connecting
from gbtui.ui.describe import Describe
from gbtui.ui.entries import Entry, complete
from gbtui.ui.going import Going
from gbtui.ui.headline import headline
from gbtui.ui.help import Keys
from gbtui.ui.lines import Lines
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.places import Place
from gbtui.ui.prompt import Prompt
from gbtui.ui.sql_verbs import recall
from gbtui.ui.themes import THEMES, PlainText
from gbtui.ui.verbs import verbs
from gbtui.ui.widgets.details import Details
from gbtui.ui.widgets.glyphs import ASCII, UNICODE
from gbtui.ui.widgets.live_table import LiveTable
from gbtui.ui.widgets.tail_view import TailView
from gbtui.ui.widgets.tree_view import TreeView
from screens import SCREENS

_W = TypeVar("_W", bound=Widget)

if TYPE_CHECKING:
    # The tail brings the driver with it, which the first picture does not need.
    from gbtui.domain.backends import Verdict
    from gbtui.domain.tail import Figures, Tail
    from gbtui.domain.tail.trend import Trend

RETRY_SECONDS: Final = 2.0
PACES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
SQL_SECONDS: Final = 30.0
_REMEMBERED: Final = 600
"""Seconds of the tail's rate that are kept for its curve."""


class Console(Going):
    """Paints first, connects afterwards; goes on when a screen fails; its return code is the process's."""

    CSS_PATH = STYLESHEET
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 6.0
    TITLE = "gbtui"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(keymap.screen_binding(entry.digit, entry.title) for entry in SCREENS if entry.digit),
        *keymap.bindings("before", "slower", "faster", "clock", "redraw"),
        *keymap.bindings("suspend"),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="quit", tooltip="quit at once"),
    ]

    def __init__(self, opener: Opener, look: Look, *, retry_seconds: float = RETRY_SECONDS) -> None:
        for widget in (LiveTable, TailView, TreeView, Details, Prompt, Lines):
            keymap.learn(widget.BINDINGS)
        keymap.check(look.keymap)
        super().__init__()
        self.look = look
        self.span: Span = LAST
        self.clock = Clock.LOCAL
        self.deadline = SQL_SECONDS
        """Seconds that a statement after :sql may run for."""
        self.findings: tuple[Finding, ...] = ()
        self.outcome: tuple[Verdict, ...] = ()
        self.tail_rates: deque[Sample[Figures]] = deque(maxlen=_REMEMBERED)
        self.trend: Trend | None = None
        self.glyphs = ASCII if look.plain else UNICODE
        self.entries: Sequence[Entry] = ()
        self._opener = opener
        self._retry_seconds = retry_seconds
        self._again = asyncio.Event()
        self._filters_of_ours: list[LineFilter] = [NoColor()] * self.no_color + [PlainText()] * look.plain
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = "terminal" if self.no_color else look.theme if look.theme in THEMES else "dark"
        self.animation_level = "none"
        self.set_keymap(look.keymap)
        self.add_mode(CONNECTING, lambda: Connecting(look.target))
        for entry in SCREENS:
            self.add_mode(entry.name, entry.factory)

    async def on_event(self, event: events.Event) -> None:
        """Let a key act before the next one is looked at, so that "/acme" typed or sent at once is not torn apart.

        Textual hands a key to the focused widget, from where it comes back through every parent; meanwhile the
        next key is on its way already.
        """
        key = isinstance(event, events.Key) and not event.is_forwarded and not isinstance(self.focused, Input)
        if key and isinstance(event, events.Key) and await self._check_bindings(event.key):
            return
        await super().on_event(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Ours come last: no colour where NO_COLOR is set, ASCII where the locale knows no more."""
        return [*super().get_line_filters(), *self._filters_of_ours]

    # --- connecting ------------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        """Show where we are going, then go there."""
        await self.switch_mode(CONNECTING)
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._start)

    def _tick(self) -> None:
        if self.connected is not None and self.connected.tail is not None:
            self.tail_rates.append(Sample("tail", (self.connected.tail.figures,), self.now()))
        elif self.connected is not None and self.connected.has_platform():
            self.run_worker(self._complete(), group="platform", exclusive=True, exit_on_error=False)
        self.head()

    async def _complete(self) -> None:
        """The platform's tables have come: follow them, and say so."""
        if self.connected is None or self.connected.complete is None or self.connected.tail is not None:
            return
        whole = await self.connected.complete(self.connected)
        self.connected = replace(
            self.connected,
            tail=whole.tail,
            conversations=whole.conversations,
            searches=whole.searches,
            look_up=whole.look_up,
        )
        if isinstance(self.screen, LiveScreen):
            self.screen.watch_again()
        self.connected.monitor.refresh()
        self.say("the bot platform's tables have come: tail and conversations follow them now")

    def _start(self) -> None:
        self.run_worker(self._connect(), group="server", exclusive=True, exit_on_error=False)

    def _count(self, tail: "Tail") -> None:
        """Count what the one tail delivers, for the small curves of tenants and bots."""
        from gbtui.domain.tail.trend import Trend

        self.trend = Trend()
        tail.subscribe(self.trend)

    async def _connect(self) -> None:
        attempt, began = 0, self.now()
        while self.connected is None:
            attempt += 1
            try:
                self.connected = await self._opener(self._progress)
            except GbtuiError as error:
                final = isinstance(error, (RefusedError, UsageError))
                self._connecting.failed(error, attempt, began, again=not final)
                await self._pause(None if final else self._retry_seconds)
        self.connected.monitor.watch_findings(self._found)
        if self.connected.tail is not None:
            self._count(self.connected.tail)
        self.scope = self.connected.home
        self.entries = self._make_entries()
        if self.connected.sql_line is not None:
            recall()
        self._tick()
        await self.go(Place(self.screens()[0].name), remember=False)
        if self.look.open:
            self.run_line(self.look.open)

    async def _pause(self, seconds: float | None) -> None:
        self._again.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            return

    def _progress(self, sentence: str) -> None:
        self._connecting.say(sentence)

    @property
    def _connecting(self) -> Connecting:
        screen = self.get_screen_stack(CONNECTING)[0]
        assert isinstance(screen, Connecting)
        return screen

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What fails while connecting, and is none of ours, is shown like what is."""
        if event.state is WorkerState.ERROR and isinstance(event.worker.error, Exception):
            self.failed(event.worker.error)
            if self.connected is None:
                error = GbtuiError("connecting failed", f"{type(event.worker.error).__name__}: {event.worker.error}")
                self._connecting.failed(error, 1, self.now(), again=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that means nothing yet is not shown and does nothing."""
        if action in ("screen", "pace", "clock") and self.connected is None:
            return False
        if action == "screen":
            return any(entry.digit == parameters[0] for entry in self.screens())
        if action == "before":
            return self._before is not None
        if action in ("focus_next", "focus_previous"):
            return len(self.screen.focus_chain) > 1
        return True

    # --- what all screens share ------------------------------------------------------------------------

    def _here(self, kind: type[_W]) -> Iterable[_W]:
        """The widgets of a kind on the screen; between two modes there is no screen at all."""
        return self.screen.query(kind) if self.screen_stack else ()

    def say(self, sentence: str, style: str = "") -> None:
        """Say what happened, at the foot of the screen."""
        for foot in self._here(Foot):
            foot.say(clean(sentence), style)

    def head(self) -> None:
        """Bring the head up to date; draws only what changed."""
        for head in self._here(Head):
            head.show(headline(self, self.screen))

    def now(self) -> datetime:
        """This moment; in one place, so that a test can hold it still."""
        return datetime.now(UTC)

    def time(self, moment: datetime | None, now: datetime | None = None) -> str:
        """A moment as this person wants to see times."""
        return "" if moment is None else show(moment, now or self.now(), self.clock)

    def set_scope(self, scope: Scope) -> None:
        """Narrow every screen to a tenant, or to none; a login that is bound to some has no wider scope than these."""
        home = self.connected.home if self.connected else EVERYONE
        asked, scope = scope, home if scope == EVERYONE else scope
        wider = home.org_id is not None and scope.org_id != home.org_id
        if wider or (home != EVERYONE and asked == EVERYONE and self.scope == home):
            self.say(f"this login is bound to {home.label}: there is no wider scope", "warning")
            return
        self.scope = scope
        if isinstance(self.screen, LiveScreen):
            self.screen.watch_again()
        if self.connected and self.connected.monitor.paused:
            self.connected.monitor.refresh()  # held still, the rows of another scope would be awaited for ever
        everyone = f"all that this login is bound to: {home.label}" if home.mine else "all tenants"
        self.say(f"only {scope.label} on every screen; o again: all" if scope.org_id else everyone)
        self.head()

    def set_span(self, span: Span) -> None:
        """Another window for the rates, in every panel; worked out at once from what is kept."""
        self.span = span
        if isinstance(self.screen, LiveScreen):
            self.screen.watch_again()
        self.say(f"rates: {choice(span)}")

    def hold(self) -> None:
        """Hold still, go on."""
        if self.connected:
            monitor = self.connected.monitor
            monitor.paused = not monitor.paused
            self.say("held: nothing is read until p (r reads once)" if monitor.paused else "going on")
            self.head()

    def read_now(self) -> None:
        """Read everything watched at once; while connecting, try again."""
        self._again.set()
        if self.connected:
            self.connected.monitor.refresh()
            # It costs more than a probe and rarely changes: it is asked for only while it says something.
            if self.connected.look_again and self.connected.banner:
                self.attempt(self._look_again(self.connected.look_again))

    async def _look_again(self, ask: Callable[[], Awaitable[str]]) -> None:
        banner = await ask()
        assert self.connected is not None
        self.connected = replace(self.connected, banner=banner)
        for notice in self.screen.query("#banner").results(Notice):
            notice.say(banner, "warning")

    def action_pace(self, step: int) -> None:
        """Poll less or more often."""
        if self.connected:
            monitor = self.connected.monitor
            nearest = min(range(len(PACES)), key=lambda number: abs(PACES[number] - monitor.interval))
            monitor.interval = PACES[min(max(nearest + step, 0), len(PACES) - 1)]
            self.say(f"every {monitor.interval:g} s")
            self.head()

    def action_clock(self) -> None:
        """Local time, UTC, ages."""
        order = list(Clock)
        self.clock = order[(order.index(self.clock) + 1) % len(order)]
        if isinstance(self.screen, LiveScreen):
            self.screen.redraw()
        self.say(f"times: {self.clock.value}")
        self.head()

    def action_interrupt(self) -> None:
        """Copy what the mouse selected; else stop what runs; else say how to quit."""
        selected = self.screen.get_selected_text()
        if selected:
            self.send(selected)
        elif not (isinstance(self.screen, LiveScreen | Describe) and self.screen.interrupt()):
            self.say("nothing runs; q goes back, ctrl+q quits")

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.screen.refresh(layout=True, repaint=True)

    def send(self, text: str) -> None:
        """Copy a text, and say what was sent and how. It is harmless: a paste into a shell must not act either."""
        from gbtui.ui.copying import copy

        text = clean(text, keep="\n\t")

        async def do() -> None:
            self.say(await copy(text, self.copy_to_clipboard))

        self.run_worker(do(), group="copy", exclusive=True)

    def attempt(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that asks the server; what goes wrong is said."""

        async def do() -> None:
            try:
                await work
            except GbtuiError as error:
                self.say(str(error), "warning")

        self.run_worker(do(), group="attempt")

    def show_keys(self) -> None:
        """The keys that work here and now."""
        self.push_screen(Keys(self.screen, self.get_key_display))

    @property
    def banner(self) -> str:
        """What start-up found about the schema."""
        return self.connected.banner if self.connected else ""

    def _found(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        self.head()

    # --- the command line ------------------------------------------------------------------------------

    def _make_entries(self) -> Sequence[Entry]:
        assert self.connected is not None
        taken = {entry.name for entry in SCREENS}
        screens = [self._entry(entry.name, entry.title) for entry in self.screens()]
        probes = self.connected.monitor.probes.values()
        panels = [self._entry(probe.name, probe.title) for probe in probes if probe.name not in taken]
        return (*screens, *verbs(self), *panels)

    def _entry(self, name: str, title: str) -> Entry:
        return Entry(name, title, lambda text: self.open_panel(name, narrow=text), goes=True)

    def completions(self, text: str) -> Sequence[str]:
        """What a line may become."""
        return complete(text, self.entries)
