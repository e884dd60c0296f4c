"""Messages of all conversations as they are written."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.relations.thing import Thing
from gbtui.domain.scope import Scope
from gbtui.domain.tail import Message, Phase
from gbtui.errors import GbtuiError, UsageError
from gbtui.security.openings import exported
from gbtui.text import clean, count, rate
from gbtui.ui import keymap
from gbtui.ui.choose_columns import ChooseColumns
from gbtui.ui.describe import Describe
from gbtui.ui.list_screen import Caption
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.marked_tail import MarkedTail
from gbtui.ui.widgets.tail_view import TailView
from screens.tail_filter import TailFilter


class TailScreen(TailFilter):
    """What it says of itself, and what can be done with a message."""

    NAME = "tail"
    TENANTS = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "filter",
            "next-match",
            "previous-match",
            "time",
            "wrap",
            "describe",
            "copy",
            "copy-row",
            "export",
            "columns",
            time="jump to a time",
            copy="copy the message's text",
            copy_row="copy the message with its time and names, or the marked ones",
        ),
    ]
    _followed = True

    def body(self) -> ComposeResult:
        """Caption and lines."""
        yield Caption()
        yield MarkedTail(empty="no message yet")

    # --- caption -----------------------------------------------------------------------------------------

    @on(TailView.Changed)
    def _moved(self) -> None:
        """While it follows, the caption's clock is enough; a reader who stopped wants to see at once what is new."""
        if not self.view.following or not self._followed:
            self.caption()
        self._followed = self.view.following

    def caption(self) -> None:
        """Following or held, how many are new, the filter, what the buffer let go."""
        if not self.is_current or self.tail is None:
            return
        view, figures = self.view, self.tail.figures
        if view.following and not self.tail.live:
            phase = Phase.WAITING if self.silent else self.tail.state.phase
            runs: list[Run] = [(f" {phase.value}", "warning")]
        elif view.following:
            runs = [(" following", "bold"), (f"  {rate(figures.rate)} msg/s", "")]
        else:
            held = "held" if view.held else "stopped here"
            runs = [(f" {held}", "warning"), (f"  {count(view.new_count)} new", "bold"), ("  G follows", "dim")]
        if figures.age_p99 is not None and view.following and not self.stale:
            runs.append((f"  on screen within {figures.age_p99:.1f} s (p99)", "dim"))
        runs.append((f"  {count(view.buffered)} kept", "dim"))
        if self.busy and view.following:
            runs[1:] = [(f"  {int(self.per_second)} lines/s are too many to read", "warning"),
                        ("  o tenant  / narrow", "accent")]  # fmt: skip
        if view.marked:
            runs.append((f"  {count(len(view.marked))} marked", "bold"))
        if view.scrolled_out:
            runs.append((f", {count(view.scrolled_out)} let go", "dim"))
        if self.narrowed:
            runs += [("  /", "accent"), (clean(self.narrowed.source), "accent"),
                     (f"  {count(len(view.shown_lines))} shown", ""), ("  esc: all", "dim")]  # fmt: skip
        self.query_one(Caption).show(runs)

    def to_top(self) -> None:
        """The top of a tail is its newest line."""
        self.view.follow()

    # --- messages ----------------------------------------------------------------------------------------

    @property
    def message(self) -> Message | None:
        """The message under the cursor."""
        line = self.view.cursor_line
        return line.data if line and isinstance(line.data, Message) else None

    def row_scope(self) -> Scope | None:
        """The tenant of the message under the cursor."""
        message = self.message
        return Scope(message.org_id, message.organization) if message and message.org_id else None

    def action_hold(self) -> None:
        """Hold the lines still, go on; polling of probes is not touched here."""
        if self.view.following:
            self.view.hold()
        else:
            self.view.follow()

    def action_wrap(self) -> None:
        """Wrap long messages, or cut them."""
        self.view.set_wrap(not self.view.wrap)

    @on(TailView.Opened)
    def _enter(self) -> None:
        """The conversation, at this message; where conversations cannot be read, all of the message."""
        if self.console.connected is not None and self.console.connected.conversations is None:
            self.action_describe()
        elif self.message is not None:
            self.console.open_session(self.message.session_id, (self.message.created_at, self.message.id))

    def action_describe(self) -> None:
        """All of a message."""
        message = self.message
        if message is not None and self.tail is not None:
            queries = (self.tail.query,)
            self.console.push_screen(
                Describe(
                    "message", message, queries, self.console.time, advised=message.message, thing=self.described
                )
            )  # fmt: skip

    @property
    def described(self) -> Thing | None:
        """The message under the cursor."""
        from gbtui.domain.things import of_row

        return of_row(self.message)

    def action_copy(self) -> None:
        """Copy the message's text."""
        if self.message is not None:
            self.console.send(clean(self.message.message, keep="\n\t"))

    def action_copy_row(self) -> None:
        """Copy the message with its time and names; the marked ones, if there are any."""
        lines = self.view.marked or [line for line in (self.view.cursor_line,) if line is not None]
        texts = [clean(f"{line.prefix.strip()} {line.mark} {line.text}", keep="\n\t") for line in lines]
        if texts:
            self.console.send("\n".join(texts))

    def action_columns(self) -> None:
        """Choose what stands before the text."""
        self.console.push_screen(ChooseColumns(self.columns))

    # --- export ------------------------------------------------------------------------------------------

    def export_name(self) -> str:
        """A name with the moment in it."""
        return f"gbtui-tail-{self.console.now().astimezone():%Y%m%d-%H%M%S}.json"

    def action_export(self) -> None:
        """Offer a file name; its ending chooses the form."""
        self.query_one(Prompt).open(":", f"export {self.export_name()}")

    def export(self, path: Path) -> None:
        """Write the marked messages, else those shown."""
        messages = [line.data for line in self.view.marked or self.view.shown_lines if line.data is not None]
        if not messages:
            raise UsageError("export", "nothing is shown")
        self.console.attempt(self._export(path, messages))

    async def _export(self, path: Path, messages: Sequence[object]) -> None:
        from gbtui.ui.export import write

        deed = exported(
            "tail", self.console.scope.org_id, self.wanted, redacted=self.console.redacted,
            messages=len(messages), form=path.suffix,
        )  # fmt: skip
        await self.console.record(deed)
        try:
            written = write(path, messages)
        except GbtuiError as error:
            self.console.say(str(error), "warning")
        else:
            self.console.say(f"wrote {count(len(messages))} messages to {written}")
