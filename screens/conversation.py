"""One session as a transcript: what was said and clicked, how long answers took, and what comes while it is open."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType

from gbtui.domain.reader import MOST_EXPORTED, Reader
from gbtui.domain.relations.thing import Thing
from gbtui.domain.things import of_row as of_event
from gbtui.domain.transcript import Turn, turns
from gbtui.domain.transcript_text import FORMS, said
from gbtui.errors import GbtuiError, UsageError
from gbtui.security.openings import exported
from gbtui.text import clean, count, plural
from gbtui.ui import keymap
from gbtui.ui.describe import Describe
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.tail_view import TailView
from screens.conversation_walk import ConversationWalk
from screens.transcript_lines import fields

_QUERIES: Final = ("general_bots/session_events",)
_SESSION: Final = ("general_bots/session_head", "general_bots/session_beside")


class Conversation(ConversationWalk):
    """Opened over the place one comes from: its end, or what stands around a place in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings(
            "filter", "next-match", "previous-match", "time", "step-back", "step-on", "wrap", "describe", "copy",
            "copy-row", "export",
            filter="find: only what matches; esc: all, the cursor on the match", time="jump to a time",
            step_back="this user's session before", step_on="this user's session after",
            describe="all of this message", copy="copy the message",
            copy_row="copy the message with its time and name, or the marked ones",
            export="export the marked messages, what is shown, or the whole conversation",
            foot={"filter": "find", "describe": "all of it", "step-back": "session before", "step-on": "after"},
        ),
    ]  # fmt: skip

    # --- messages ----------------------------------------------------------------------------------------

    def _chosen(self) -> list[Turn]:
        """The marked turns in their order, those the filter hides too; else the one under the cursor."""
        assert self.reader is not None
        marked = set(self.view.marked)
        chosen = [turn for turn in turns(self.reader.transcript.events) if turn.event.place in marked]
        return chosen or [turn for turn in (self.turn,) if turn is not None]

    @property
    def described(self) -> Thing | None:
        """The session."""
        from gbtui.domain.things import of_row

        return of_row(self.reader.head) if self.reader is not None else None

    @on(TailView.Opened)
    def action_describe(self) -> None:
        """All of a message; between messages, of the session."""
        turn, reader = self.turn, self.reader
        if reader is None or reader.head is None:
            return
        if turn is None:
            self.console.push_screen(
                Describe("session", reader.head, _SESSION, self.console.time, thing=self.described)
            )  # fmt: skip
            return

        async def describe() -> None:
            event = turn.event
            try:
                event = (await reader.whole(turn)).event
            except GbtuiError as error:  # the part that is held is better than nothing
                self.console.say(str(error), "warning")
            screen = Describe(
                "message", fields(turn, event), _QUERIES, self.console.time, advised=event.text, thing=of_event(event)
            )  # fmt: skip
            self.call_later(self.console.push_screen, screen)

        self.ask(describe)

    def action_copy(self) -> None:
        """Copy the message's whole text."""
        turn, reader = self.turn, self.reader
        if turn is None or reader is None:
            return

        async def copy() -> None:
            self.console.send(clean((await reader.whole(turn)).event.text, keep="\n\t"))

        self.ask(copy)

    def action_copy_row(self) -> None:
        """Copy the marked messages, else the one under the cursor, with times and names."""
        reader = self.reader
        if reader is None or reader.head is None or not (chosen := self._chosen()):
            return
        head = reader.head

        async def copy() -> None:
            self.console.send("\n".join([said(await reader.whole(turn), head) for turn in chosen]))

        self.ask(copy)

    # --- export ------------------------------------------------------------------------------------------

    def export_name(self) -> str:
        """A name with the session and the moment in it; no text of a tenant's."""
        return f"gbtui-session-{str(self.session_id)[:8]}-{self.console.now().astimezone():%Y%m%d-%H%M%S}.md"

    def action_export(self) -> None:
        """Offer a file name; its ending chooses the form."""
        self.query_one(Prompt).open(":", f"export {self.export_name()}")

    def export(self, path: Path) -> None:
        """Write the marked messages, else those found, else the whole conversation, with their whole texts."""
        reader = self.reader
        if reader is None or reader.head is None:
            raise UsageError("export", "nothing is shown")
        if path.suffix.lower() not in FORMS:
            raise UsageError("export", f"{path.name} ends in none of {', '.join(FORMS)}")
        wanted: Sequence[Turn] | None = None
        if self.view.marked:
            wanted = self._chosen()
        elif self.narrowed:
            wanted = [line.data for line in self.view.shown_lines if isinstance(line.data, Turn)]
        self.ask(lambda: self._export(reader, path, wanted), "exporting")

    async def _export(self, reader: Reader, path: Path, wanted: Sequence[Turn] | None) -> None:
        from gbtui.ui.export import private

        assert reader.head is not None
        self.caption()
        deed = exported(
            "conversation", reader.head.org_id, self.narrowed.source, redacted=self.console.redacted,
            session=reader.session_id, events=len(wanted) if wanted is not None else "all", form=path.suffix,
        )  # fmt: skip
        await self.console.record(deed)
        more = False
        if wanted is None:
            wanted, more = await reader.all_turns()
        else:
            wanted = [await reader.whole(turn) for turn in wanted]
        written = private(path, FORMS[path.suffix.lower()](reader.head, wanted))
        end = f", the first {count(MOST_EXPORTED)}" if more else ""
        self.console.say(f"wrote {plural(len(wanted), 'event')}{end} to {written}")
