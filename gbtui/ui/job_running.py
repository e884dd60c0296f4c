"""`:job NAME` runs a background job from the screen of jobs; ctrl+c ends it behind its batch. Not in read-only."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gbtui.errors import UsageError
from gbtui.ui.entries import Entry
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.unlocking import why_locked
from gbtui.ui.widgets.confirm import YES, Confirm

if TYPE_CHECKING:
    from gbtui.lifecycle.hands import Hands
    from gbtui.lifecycle.jobs.job import Job
    from gbtui.ui.app import Console


def entries(app: "Console") -> Iterable[Entry]:
    """The command, bound to an app."""
    yield Entry("job", "run the background job under the cursor, or: job sessions", partial(_job, app), _names,
                listed=lambda: isinstance(app.screen, RunsJobs) and not why_locked(app))  # fmt: skip


class RunsJobs(ListScreen):
    """A list from which jobs are run, one at a time."""

    _ending: asyncio.Event | None = None

    def interrupt(self) -> bool:
        """Let the job that runs end behind its batch."""
        if self._ending is None:
            return super().interrupt()
        self._ending.set()
        self.console.say("it ends behind its batch; what is done stays done")
        return True

    async def run_job(self, hands: "Hands", job: "Job") -> None:
        """Run it, and say what came of it."""
        from gbtui.lifecycle.jobs.running import Outcome, run

        self._ending = asyncio.Event()
        self.console.say(f"job {job.name} runs; ctrl+c ends it behind its batch")
        try:
            done = await run(hands.database, hands.audit, job, stop=self._ending, tell=self.console.say)
        finally:
            self._ending = None
        well = done.outcome is Outcome.DONE
        self.console.say(f"job {job.name}: {done.outcome}: {done.told}", "ok" if well else "warning")
        self.console.read_now()

    @property
    def is_busy(self) -> bool:
        """Whether one runs from here."""
        return self._ending is not None


def _names() -> Sequence[str]:
    from gbtui.lifecycle.jobs.registry import JOBS

    return tuple(JOBS)


def _job(app: "Console", text: str) -> None:
    from gbtui.lifecycle.jobs.registry import named

    screen = app.screen
    if not isinstance(screen, RunsJobs):
        raise UsageError("job", "jobs are run from their screen", ":jobs")
    if locked := why_locked(app):
        raise UsageError("job", locked)
    hands = app.connected.hands if app.connected else None
    if hands is None:
        raise UsageError("job", "there is nothing to act on here")
    if screen.is_busy:
        raise UsageError("job", "one runs already", "ctrl+c ends it behind its batch")
    row = screen.table.cursor_row
    job = named(text or (row.job if row is not None else ""))

    def answered(yes: bool | None) -> None:
        if yes and not (locked := why_locked(app)):
            app.attempt(screen.run_job(hands, job))
        elif yes:
            app.say(locked, "warning")

    facts = (f"It will {job.title}. On record.",)
    app.push_screen(Confirm(f"Run the job {job.name} now?", facts=facts, word=YES), answered)
