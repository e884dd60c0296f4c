"""What a delete would do, and, where this console may act, the delete itself with how far it is."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from gbtui.errors import GbtuiError
from gbtui.text import clean, count, percent
from gbtui.ui import keymap
from gbtui.ui.describe import Describe
from gbtui.ui.unlocking import why_locked
from gbtui.ui.widgets.confirm import Confirm
from gbtui.ui.widgets.details import Field

if TYPE_CHECKING:
    from gbtui.domain.relations.preview import Line, Preview
    from gbtui.domain.things import Named
    from gbtui.lifecycle.deleting import Progress, Reins
    from gbtui.lifecycle.hands import Hands
    from gbtui.ui.app import Console


class Deleting(Describe):
    """Counts first; then, if that is `meant`, asks and deletes; `ctrl+c` or `esc` stops it behind a batch."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings("interrupt", interrupt="stop behind the batch that runs; it can be resumed")
    ]

    def __init__(self, console: "Console", hands: "Hands", named: "Named", *, meant: bool) -> None:
        super().__init__(f"delete {named.name}" if meant else f"preview {named.name}", {}, (), console.time)
        self._hands, self._named, self._meant = hands, named, meant
        self._seen: Preview | None = None
        self._done: Mapping[str, int] = {}
        self._before = 0
        self._reins: Reins | None = None
        self._state = "counting …"
        self._style = "dim"

    def on_mount(self) -> None:
        """Begin to count."""
        super().on_mount()
        self._show()
        self.run_worker(self._count(), exit_on_error=False)

    def on_unmount(self) -> None:
        """Who goes elsewhere stops it."""
        self.interrupt()

    # --- counting, asking ----------------------------------------------------------------------------------

    async def _count(self) -> None:
        try:
            self._seen = await self._hands.preview(self._named)
        except GbtuiError as error:
            self._say(clean(str(error)), "warning")
            return
        if self._seen.stops:
            self._say("it would be stopped; nothing is changed", "warning")
        else:
            self._say("nothing is changed", "dim")
            if self._meant:
                self._ask(self._seen)

    def _ask(self, seen: "Preview") -> None:
        named = self._named
        facts = [
            "In small batches that nobody waits for; ctrl+c or esc stops behind a batch, :delete goes on. On record.",
            *(seen.notes if len(seen.notes) <= 1 else [f"{len(seen.notes)} notes stand in the list behind this"]),
        ]
        warnings = [] if seen.exact else ["not all could be counted: there may be more"]
        word, targets = named.name or named.key, [line.told for line in seen.lines]
        question = Confirm(f"Delete {named.title}?", targets, facts=facts, warnings=warnings, word=word)

        def answered(yes: bool | None) -> None:
            if not yes:
                return
            if locked := why_locked(self.console):  # the ten minutes were over while the question stood there
                self._say(locked, "warning")
                return
            # The app's and not this screen's: leaving it must end it behind a batch, not in one.
            self.console.run_worker(self._delete(seen), group="deletion", exit_on_error=False)

        self.console.push_screen(question, answered)

    # --- deleting ------------------------------------------------------------------------------------------

    async def _delete(self, seen: "Preview") -> None:
        from gbtui.lifecycle.deleting import Reins, Stopped

        reins = self._reins = Reins(asyncio.Event(), self._progress)
        self._say("deleting; ctrl+c or esc stops", "warning")
        try:
            self._done = await self._hands.delete(self._named, seen, reins)
        except Stopped:
            self._say(f"stopped; :delete {self._named.kind} {self._named.name} goes on", "warning")
        except GbtuiError as error:
            self._say(clean(str(error)), "critical")
        else:
            self._say(f"{self._named.title} is deleted", "ok")
        finally:
            self._reins = None
            self.console.read_now()

    def _progress(self, progress: "Progress") -> None:
        self._done, self._before = progress.done, progress.before
        stopping = "stopping behind this batch" if self._reins and self._reins.stop.is_set() else ""
        self._say(stopping or progress.waiting or "deleting; ctrl+c or esc stops", "warning")

    def interrupt(self) -> bool:
        """Stop behind the batch that runs; False if nothing does."""
        if self._reins is None:
            return False
        self._reins.stop.set()
        return True

    async def action_out(self) -> None:
        """Stop it; where nothing runs, one step out."""
        if not self.interrupt():
            await super().action_out()

    async def action_back(self) -> None:
        """Stop it; where nothing runs, back."""
        if not self.interrupt():
            await super().action_back()

    # --- drawing -------------------------------------------------------------------------------------------

    def _say(self, sentence: str, style: str) -> None:
        self._state, self._style = sentence, style
        if self.is_mounted:
            self._show()
        else:
            self.console.say(sentence, style)

    def _show(self) -> None:
        self._told = list(self._fields())
        self.details.set_fields(self._told)

    def _fields(self) -> Iterable[Field]:
        from gbtui.lifecycle.deleting import deleted_of

        yield Field(f"delete {self._named.title}: {self._state}", heading=True)
        if self._seen is None:
            return
        planned = sum(self._seen.rows(_deleted()).values()) + self._before
        gone = deleted_of(self._done)
        if self._done:
            yield Field(
                "rows", f"{count(gone)} of {count(planned)}, {percent(min(1.0, gone / max(planned, 1)))}", "bold"
            )
        for line in self._seen.lines:
            yield Field(line.table, self._line(line), "warning" if line in self._seen.stops else "")
        for note in self._seen.notes:
            yield Field("", note, "dim")
        yield Field("counted", self.console.time(self._seen.taken_at), "dim")

    def _line(self, line: "Line") -> str:
        from gbtui.lifecycle.deleting import set_name

        told = line.told.partition(line.table)[2].lstrip(": ")
        name = line.table if line.effect == "deleted" else set_name(line.table, line.columns)
        done = self._done.get(name)
        return told if done is None else f"{told}; {count(done)} done"


def _deleted() -> "Effect":
    from gbtui.domain.relations.preview import Effect

    return Effect.DELETED


if TYPE_CHECKING:
    from gbtui.domain.relations.preview import Effect
