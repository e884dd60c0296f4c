"""Going anywhere by what is typed, pasted or given at the start: commands first, else what is called so."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from textual import events

from gbtui.domain.going.asked import asked
from gbtui.domain.going.found import Fit
from gbtui.errors import GbtuiError, UsageError
from gbtui.monitor.window import span_of
from gbtui.text import clean
from gbtui.times import rfc3339
from gbtui.ui import choices
from gbtui.ui.choices import Choice
from gbtui.ui.entries import Entry, find
from gbtui.ui.line import Line, read
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.on_record import OnRecord
from gbtui.ui.prompt import Prompt

if TYPE_CHECKING:
    from gbtui.domain.conversation import Place as Moment
    from gbtui.domain.scope import Scope
    from gbtui.monitor.window import Span

_PAUSE: Final = 0.12
"""Seconds without a key after which is looked for what stands there."""
_NUMBER: Final = re.compile(r"-?\d{1,19}")
"""A pid, or the 64 bits with a sign by which the server calls a statement."""
_PASTED: Final = 400
"""Characters of a paste that are kept."""


class Going(OnRecord):
    """An app with a command line. It asks the server one thing at a time; what was typed last is asked last."""

    scope: "Scope"
    entries: Sequence[Entry]
    time: Callable[..., str]
    set_scope: Callable[["Scope"], None]
    set_span: Callable[["Span"], None]
    attempt: Callable[[Coroutine[Any, Any, None]], None]

    def __init__(self) -> None:
        super().__init__()
        self._wanted: tuple[Prompt, str] | None = None
        self._asking: asyncio.Task[None] | None = None

    # --- while it is typed ---------------------------------------------------------------------------------

    def look_ahead(self, prompt: Prompt, text: str) -> None:
        """Find soon what a line may mean, and offer it."""
        self._wanted = (prompt, text)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._look_on(), name="look-up")

    async def _look_on(self) -> None:
        """Until what was asked last is answered."""
        while self._wanted is not None:
            prompt, text = self._wanted
            await asyncio.sleep(_PAUSE)
            if self._wanted != (prompt, text):
                continue
            offered, remark = await self._offers(text)
            if self._wanted == (prompt, text):
                self._wanted = None
                if prompt.is_attached and prompt.is_open and prompt.mark == ":" and prompt.typed == text:
                    prompt.found(offered, remark)

    async def _offers(self, text: str) -> tuple[Sequence[Choice], str]:
        """What a line may go to. Of a command only what may follow its name, where that is looked up."""
        kind, wanted = self._sought(text)
        if not wanted:
            return (), ""
        try:
            found, remark = await self.called(wanted, kind)
        except GbtuiError as error:
            return (), str(error)
        return found, remark

    def _sought(self, text: str) -> tuple[str, str]:
        """The kind of thing that may follow a command, and the name of it that is looked for."""
        word, space, rest = text.strip().partition(" ")
        entry = next((entry for entry in self.entries if space and word.casefold() in entry.names), None)
        if entry is None:
            return "", text
        return (entry.kind, rest) if entry.kind else ("", "")

    async def called(self, text: str, kind: str = "", *, entered: bool = False) -> tuple[Sequence[Choice], str]:
        """What is called so, the best first, and what was not looked at. Raises the GbtuiError tree.

        Only a line that was `entered` is worth reading the statements for its number; else those read last must do.
        """
        found: list[Choice] = []
        remark = ""
        connected = self.connected
        if connected is None:
            return (), ""
        if not kind:
            found += await self._numbered(text, now=entered)
        if connected.look_up is not None:
            answer = await connected.look_up.find(text, self.scope)
            kept = [one for one in answer.found if kind in ("", one.kind)]
            found += [choices.of_found(one, one.fit(answer.wanted) is Fit.EXACT, self.time) for one in kept]
            more = "more are called so: type on" if answer.more else ""
            remark = "; ".join(filter(None, (answer.remark, more)))
        if not kind and connected.server_names is not None:
            found += [choices.of_relation(one, text.strip()) for one in await connected.server_names.relations(text)]
        return sorted(found, key=lambda choice: not choice.exact), remark

    async def _numbered(self, text: str, *, now: bool) -> Sequence[Choice]:
        """The backend, or else the statement, that has this number."""
        bare = text.strip().removeprefix("pid").strip(" =:#")
        if self.connected is None or _NUMBER.fullmatch(bare) is None:
            return ()
        names, monitor, number = self.connected.server_names, self.connected.monitor, int(bare)
        process = await names.process(number) if names is not None else None
        if process is not None:
            return (choices.of_process(process),)
        sample = monitor.last("queries")
        if now and all(row.query_id != number for row in sample.rows):
            sample = await monitor.once("queries")
        return tuple(choices.of_query(number, row.query or "") for row in sample.rows if row.query_id == number)[:1]

    # --- when it is entered --------------------------------------------------------------------------------

    def run_line(self, text: str) -> None:
        """Do what a line says, or go to what is called so; what is wrong with it is said, not raised."""
        if not text.strip():
            return
        try:
            self._run(text)
        except GbtuiError as error:
            self.say(str(error), "warning")

    def _run(self, text: str, *, found: bool = False) -> None:
        """`found`: it is a line that goes to something, and no name to be looked for."""
        word, _, whole = text.strip().removeprefix(":").strip().partition(" ")
        verb = next((one for one in self.entries if word.casefold() in one.names and not one.goes), None)
        if verb is not None:  # what follows it is its own: a statement may hold what elsewhere is a flag
            verb.run(whole.strip())
            return
        line = read(text)
        try:
            entry, rest = find(line.command, self.entries)
        except UsageError as error:
            if found:
                raise
            if absent := self.absent(line.command):
                raise absent from error
            self.attempt(self._go_to(line, error))
            return
        if not entry.goes:
            entry.run(text.strip().removeprefix(":").strip().partition(" ")[2].strip())
        elif line.bare:
            entry.run(rest)
        else:
            self.attempt(self._go_as_told(line, entry, rest))

    async def _go_as_told(self, line: Line, entry: Entry, rest: str) -> None:
        """Scope and window first, so that nothing else is read in between; filter and row when the place stands."""
        assert self.connected is not None
        if line.scope:
            self.set_scope(await self.connected.organization(line.scope))
        if line.window:
            self.set_span(span_of(line.window))
        entry.run(rest)
        if line.filter or line.row:
            self.call_later(self._aim, line)

    def _aim(self, line: Line) -> None:
        if isinstance(self.screen, LiveScreen):
            self.screen.aim(line.filter, line.row)

    async def _go_to(self, line: Line, unknown: UsageError) -> None:
        """Go to what is called so, if it is one thing; else ask which. If nothing is, a command was meant."""
        if self.connected is None:
            raise unknown
        offered, remark = await self.called(line.command, entered=True)
        best = [choice for choice in offered if choice.exact] or offered
        # What has been one line for long: an organization by its slug.
        best = [choice for choice in best if choice.exact and choice.kind == "organization"] or best
        if len(best) == 1:
            self._run(str(Line(best[0].line, line.scope, line.window, line.row, line.filter)), found=True)
        elif offered:
            self._ask_which(line, offered, remark)
        elif remark:
            raise UsageError(unknown.title, unknown.message, remark)
        else:
            raise unknown

    def _ask_which(self, line: Line, offered: Sequence[Choice], remark: str) -> None:
        for prompt in self.screen.query(Prompt):
            prompt.open(":", line.command)
            prompt.found(offered, remark)
            self._wanted = None

    async def go_to_session(self, name: str, at: "Moment | None") -> None:
        """Open the session with this id, or the one whose id begins so: at a time in it, or at its end."""
        wanted = asked(name)
        if wanted.id is not None:
            self.open_session(wanted.id, at)
            return
        found = (await self.called(name, "session"))[0] if wanted.name else ()
        if not found:
            raise UsageError("session", "write the id of one: session 0b9c…; the list of all is `sessions`")
        if len(found) == 1:
            self.open_session(UUID(found[0].line.partition(" ")[2]), at)
            return
        time = f" at {rfc3339(at[0])}" if at else ""
        self._ask_which(Line(f"session {name}"), [replace(one, line=f"{one.line}{time}") for one in found], "")

    def pasted(self, event: events.Paste) -> None:
        """What is pasted outside an input is typed after ":" and waits there: it runs nothing. One line of it."""
        event.stop()
        lines = [line for text in event.text.splitlines() if (line := " ".join(clean(text).split()))]
        for prompt in self.screen.query(Prompt) if lines else ():
            prompt.open(":", lines[0][:_PASTED])
            if len(lines) > 1:
                self.say(f"the first of {len(lines)} lines that were pasted")
