"""The base of every screen that shows what probes find: it watches while visible, and tells how good its data is."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import Subject
from gbtui.errors import DeniedError, UsageError
from gbtui.monitor.finding import Finding
from gbtui.monitor.sample import Sample
from gbtui.monitor.window import LAST, Span
from gbtui.text import age, clean
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head, Notice
from gbtui.ui.line import Line
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.cell_update import CellCompositor

if TYPE_CHECKING:
    from gbtui.domain.relations.thing import Thing
    from gbtui.monitor.monitor import Watch
    from gbtui.ui.app import Console


@dataclass
class Sampled(Message):
    """A probe was read in a scope; only the newest counts."""

    sample: Sample[Any]
    scope: Scope
    asked: Hashable = None

    def can_replace(self, message: Message) -> bool:
        """A newer sample of the same probe makes an older one worthless."""
        return isinstance(message, Sampled) and message.sample.probe == self.sample.probe


class LiveScreen(Screen[None]):
    """One place of the console. A subclass names its probes, composes its body and shows samples."""

    NAME: ClassVar = ""
    PROBES: ClassVar[tuple[str, ...]] = ()
    TENANTS: ClassVar = False
    """Whether what is under the cursor may belong to a tenant: then `o` narrows to it."""
    WHOLE_SERVER: ClassVar = False
    """Whether what it shows knows no tenant, so that a scope does not narrow it."""
    ONCE: ClassVar = False
    """Whether it is read once, when it is asked for: then its age is no fault."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings("command", "out", "back", "scope", "hold", "now", "keys"),
        # Textual's Screen has these keys too; ours say what they do.
        *keymap.bindings("next-part", "previous-part", "interrupt"),
    ]
    AUTO_FOCUS = "LiveTable, TailView"

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self.subject: Subject | None = None
        """The one thing it is about; None: whatever the console is narrowed to."""
        self._compositor = CellCompositor()
        self.heading = title or self.NAME.capitalize()
        self.samples: dict[str, Sample[Any]] = {}
        self._samples_of: Scope = EVERYONE
        self._watches: list[Watch] = []

    @property
    def console(self) -> "Console":
        """The app, as what it is."""
        return cast("Console", self.app)

    @property
    def place_name(self) -> str:
        """How the app finds back to it."""
        return f"{self.subject.place} {self.NAME}" if self.subject else self.NAME

    @property
    def trail(self) -> tuple[str, ...]:
        """How the head names the place; (): by its heading, behind the places that led here."""
        return (*self.subject.trail, self.heading) if self.subject else ()

    @property
    def scope(self) -> Scope:
        """What is looked at here: its subject, as far as that lies in what the console is narrowed to."""
        if self.subject is None:
            return self.console.scope
        if self.subject.org_id is None and self.console.scope.org_id is not None:
            return replace(self.subject, org_id=self.console.scope.org_id, label=self.console.scope.label)
        return self.subject

    @property
    def outside(self) -> str:
        """Why nothing may be shown: its subject belongs to another tenant than the chosen one; "" if it does not."""
        chosen = self.console.scope
        if self.subject is None or None in (self.subject.org_id, chosen.org_id) or self.subject.org_id == chosen.org_id:
            return ""
        return f"{self.subject.name} is {self.subject.label}'s; chosen is only {chosen.label} (o: all)"

    # --- what a subclass says --------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The widgets between notice and foot."""
        raise NotImplementedError

    def show(self, sample: Sample[Any]) -> None:
        """Draw a new sample of one of the probes."""
        raise NotImplementedError

    def probes(self) -> Iterable[str]:
        """The probes to watch while visible."""
        return self.PROBES

    @property
    def span(self) -> Span:
        """The window of the rates it shows."""
        return LAST

    @property
    def asked(self) -> Hashable:
        """What is asked of the server beside the scope, where a probe's list can be narrowed there; None: nothing."""
        return None

    def row_scope(self) -> Scope | None:
        """The tenant that what is under the cursor belongs to."""
        return None

    def finding(self) -> Finding | None:
        """The finding that what is under the cursor is, or has."""
        return None

    def to_top(self) -> None:
        """What the screen's own digit does on it."""

    def widen(self) -> bool:
        """Undo what narrows the screen by itself (a filter); False if nothing does."""
        return False

    def aim(self, narrow: str, subject: str) -> None:
        """Show what somebody was led here for: a filter, and the row that is about `subject`."""

    def here(self) -> Line:
        """The line that leads back here: the place, its filter, the row under the cursor."""
        return Line(self.place_name)

    def holds(self, sample: Sample[Any]) -> bool:
        """Whether a new sample is not to be drawn now, because an older one is looked at."""
        return False

    def forget(self) -> None:
        """Keep nothing of what was shown: it is of another scope."""

    def arrived(self, sample: Sample[Any]) -> None:
        """A new sample has been drawn."""

    def filter_offers(self, text: str) -> Sequence[str]:
        """The whole lines that a filter may become by completing its last word."""
        return ()

    def empty(self) -> None:
        """Take away what the samples brought: they were of another scope."""

    def redraw(self) -> None:
        """Draw again what is known: another clock was chosen."""
        for sample in self.samples.values():
            if sample.taken_at:
                self.show(sample)

    @property
    def described(self) -> "Thing | None":
        """The row of the platform's tables that is under the cursor, where this is no list."""
        return None

    def interrupt(self) -> bool:
        """Stop what runs here (a search, an export); False if nothing does."""
        return False

    def export_name(self) -> str:
        """A name for the file that `export` would write."""
        return ""

    def export(self, path: Path) -> None:
        """Write what is shown to a file."""
        raise UsageError("export", "there is nothing to export here")

    # --- life ----------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Head, notice, body, and at the bottom the foot or the prompt."""
        yield Head()
        yield Notice(id="banner")
        yield from self.body()
        yield Notice(id="notice")
        yield Prompt()
        yield Foot()

    @on(events.ScreenResume)
    def _came(self) -> None:
        self.query_one("#banner", Notice).say(self.console.banner, "warning")
        self.watch_again()
        self.console.head()
        self.query_one(Foot).learn()
        prompt = self.query_one(Prompt)
        prompt.completer, prompt.filter_completer = self.console.completions, self.filter_offers

    @on(events.ScreenSuspend)
    def _let_go(self) -> None:
        for watch in self._watches:
            watch.close()
        self._watches.clear()

    def on_unmount(self) -> None:
        """Let go of the probes."""
        self._let_go()

    def watch_again(self) -> None:
        """Watch the probes in the scope of now; what was shown of another scope goes, whenever new rows come."""
        self._let_go()
        connected, scope = self.console.connected, self.scope
        if connected is None:
            return
        if scope != self._samples_of:
            self._samples_of = scope
            self.samples.clear()
            self.forget()
            self.empty()
        if self.outside:
            self.samples.clear()
            self.empty()
        asked = self.asked

        def hear(sample: Sample[Any]) -> None:
            self.post_message(Sampled(sample, scope, asked))

        for name in self.probes() if not self.outside else ():
            if name not in connected.monitor.probes:
                continue  # it tells of the whole server, and this login is bound to some tenants
            self._watches.append(connected.monitor.watch(name, hear, scope, self.span, asked))
        self.tell()

    @on(Sampled)
    def _sampled(self, message: Sampled) -> None:
        sample = message.sample
        if (message.scope, message.asked) != (self._samples_of, self.asked):  # on its way while another was chosen
            return
        if self.holds(sample):
            self.tell()
            self.console.head()
            return
        self.samples[sample.probe] = sample
        try:
            if sample.taken_at is not None:
                self.show(sample)
                self.arrived(sample)
        except Exception as error:  # the app's error boundary: a screen that fails says so and tries the next sample
            self.console.failed(error)
        self.tell()
        self.console.head()

    # --- how good the data is --------------------------------------------------------------------------

    def tell(self) -> None:
        """Say in the notice what is not as it should be."""
        told = [found for name in self.probes() if (found := self.state(name))]
        worst = max(told, key=lambda pair: _WEIGHT[pair[1]], default=("", ""))
        self.query_one("#notice", Notice).say(*worst)

    def state(self, name: str) -> tuple[str, str] | None:
        """What must be said about one probe's data, and how loudly; None if all is well."""
        sample = self.samples.get(name) or Sample(name)
        return state(sample, self.console.now(), several=len(tuple(self.probes())) > 1)

    @property
    def taken_at(self) -> datetime | None:
        """How old what is shown is: the newest sample's time."""
        times = [sample.taken_at for sample in self.samples.values() if sample.taken_at]
        return max(times, default=None)

    @property
    def stale(self) -> bool:
        """Whether any of what is shown is older than it should be."""
        return any(sample.error for sample in self.samples.values())

    # --- keys ------------------------------------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted waits after ":"."""
        self.console.pasted(event)

    def action_command(self) -> None:
        """Open the command line."""
        self.query_one(Prompt).open(":")

    @on(Prompt.Submitted)
    def _line_entered(self, message: Prompt.Submitted) -> None:
        if message.mark == ":":
            self.console.run_line(message.text)

    @on(Prompt.Changed)
    def _line_changed(self, message: Prompt.Changed) -> None:
        if message.mark == ":":
            self.console.look_ahead(self.query_one(Prompt), message.text)

    def action_out(self) -> None:
        """One step out: widen, then back."""
        if not self.widen():
            self.console.back(quitting=False)

    async def action_back(self) -> None:
        """Back at once."""
        self.console.back(quitting=True)

    def action_hold(self) -> None:
        """Hold still, go on."""
        self.console.hold()

    def action_now(self) -> None:
        """Read at once."""
        self.console.read_now()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that means nothing here is not shown and does nothing."""
        return self.TENANTS if action == "scope" else True

    def action_scope(self) -> None:
        """Only the tenant of the row under the cursor, on every screen; again: all."""
        if self.console.scope.org_id is not None:
            self.console.set_scope(EVERYONE)
        elif (scope := self.row_scope()) is not None:
            self.console.set_scope(scope)
        else:
            self.console.say("nothing here belongs to a tenant")

    def action_keys(self) -> None:
        """List the keys that work here."""
        self.console.show_keys()


_WEIGHT = {"": 0, "dim": 1, "ok": 2, "accent": 3, "warning": 4, "critical": 5}


def state(sample: Sample[Any], now: datetime, *, several: bool = False) -> tuple[str, str] | None:
    """What a sample's state is in one sentence, with its style; None when its rows are good and complete."""
    about = f"{sample.probe}: " if several else ""
    if sample.error is None:
        if sample.taken_at is None:
            return f"{about}reading …", "dim"
        return (f"{about}{'; '.join(sample.skipped)}", "dim") if sample.skipped else None
    error = sample.error
    if isinstance(error, DeniedError):
        # The room is the GRANT's: what the server says behind it names the probe or the table.
        return denied(error) if error.hint.startswith("GRANT ") else f"{about}{denied(error)}", "warning"
    if sample.taken_at is None:
        return f"{about}{clean(str(error))}; trying again", "critical"
    old = age((now - sample.taken_at).total_seconds())
    return f"{about}stale, {old} old: {clean(str(error))}; trying again", "warning"


def nothing(sample: Sample[Any]) -> str:
    """Why a good sample has no rows, where the probe says so; "" if it has some or says nothing."""
    bare = sample.taken_at is not None and sample.error is None and not sample.rows
    return clean("; ".join(sample.skipped)) if bare else ""


def denied(error: DeniedError) -> str:
    """What is denied; the GRANT that is missing comes first, because a line that is too long loses its end."""
    said, hint = clean(error.message or error.title), clean(error.hint)
    return f"missing {hint} · {said}" if hint.startswith("GRANT ") else f"denied: {said}. {hint}"


def void(_: object) -> None:
    """Throw a value away where a call must return nothing."""
