"""What a search found: messages or documents, each with the words that matched in it; it goes on while one looks."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import on
from textual.worker import Worker

from gbtui.domain.scope import Scope
from gbtui.domain.search.hits import DocumentHit, Hit, words_of
from gbtui.domain.search.search import CANDIDATES, Found, Step, progress, ranked
from gbtui.domain.search.search import Search as Engine
from gbtui.domain.search.searches import table_of
from gbtui.domain.search.wish import Wish, read
from gbtui.errors import GbtuiError, UsageError
from gbtui.security.openings import exported
from gbtui.text import clean, count
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable
from screens.search_columns import document_columns, message_columns

MOST: Final = 5_000
"""Matches held at most: who looks for one among more finds it with more words."""
_HOW: Final = (
    ':search refund   :search "late parcel" --since 7d   :search ref* !thanks   :search --holding 東京   '
    ":search hours --documents"
)


class Search(ListScreen):
    """Opened over the place one comes from; searches when it is first shown, and again in another scope."""

    NAME = "search"
    THINGS = "messages"
    EMPTY = "nothing was found"
    TENANTS = True
    ONCE = True
    QUERIES: ClassVar[Sequence[str]] = ("general_bots/search_messages", "general_bots/search_messages_slice")

    def __init__(self, line: str) -> None:
        self._wish: Wish | None = None
        self._error: GbtuiError | None = None
        try:
            self._wish = read(line)
        except UsageError as error:
            self._error = error
        super().__init__("Search")
        self.things = "documents" if self.documents else self.THINGS
        self._line = line
        self._engine: Engine | None = None
        self._hits: list[Found] = []
        self._step: Step | None = None
        self._work: Worker[None] | None = None
        self._stopped = False
        self._searched: Scope | None = None
        self._at: datetime | None = None

    @property
    def place_name(self) -> str:
        """How the app finds back to it."""
        return f"search {self._line}".strip()

    @property
    def documents(self) -> bool:
        """Whether documents are looked for."""
        return self._wish is not None and self._wish.documents

    @property
    def busy(self) -> bool:
        """Whether it reads."""
        return self._work is not None and not self._work.is_finished

    # --- rows --------------------------------------------------------------------------------------------

    def columns(self) -> Sequence[Column[Any]]:
        """When, whose, who said it, and what; the rank where there is one."""
        made = document_columns if self.documents else message_columns
        return made(self.console, self._score)

    def key(self, row: Found) -> object:
        """Its id."""
        return row.id

    def _score(self, row: Found) -> float:
        return row.score(self._at or self.console.now())

    def row_scope(self) -> Scope | None:
        """The tenant of what is under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if row else None

    def enter(self, row: Found) -> None:
        """The conversation, at this message; a document is opened."""
        if isinstance(row, Hit):
            self.console.open_session(row.session_id, (row.created_at, row.id))
        else:
            self.describe(row)

    def describe(self, row: Any, advised: str = "") -> None:
        """All about a match; of a document its text."""
        if not isinstance(row, DocumentHit):
            super().describe(row, advised)
            return

        async def open_document() -> None:
            connected = self.console.connected
            assert connected is not None
            assert connected.searches is not None
            document = await connected.searches.document(row, self.console.scope)
            if document is None:
                self.console.say("this document is gone")
                return
            queries = ("general_bots/document",)
            screen = Describe(
                clean(row.name), document, queries, self.console.time, advised=document.content, thing=self.thing(row)
            )  # fmt: skip
            self.call_later(self.console.push_screen, screen)

        self.console.attempt(open_document())

    def queries(self) -> Sequence[str]:
        """The statements behind the rows."""
        things = "documents" if self.documents else "messages"
        held = self._engine is not None and self._engine.request.holding
        return (f"general_bots/search_{things}{'_holding' if held else ''}", f"general_bots/search_{things}_slice")

    # --- export ------------------------------------------------------------------------------------------

    def export(self, path: Path) -> None:
        """On record, too."""
        self.console.attempt(self._export(path))

    async def _export(self, path: Path) -> None:
        searched = self._engine.request.scope if self._engine else self.console.scope
        deed = exported(
            "search", searched.org_id, self.narrowed.source, redacted=self.console.redacted,
            search=self._line, matches=len(self.table.marked or self.table.shown_rows), form=path.suffix,
        )  # fmt: skip
        await self.console.record(replace(deed, object_table=table_of(self.documents)))
        super().export(path)

    # --- searching ---------------------------------------------------------------------------------------

    def watch_again(self) -> None:
        """Search when first shown, and when another tenant is looked at."""
        super().watch_again()
        if self.console.connected is not None and self._searched != self.console.scope:
            self.begin()

    def begin(self) -> None:
        """Search from the start."""
        self._stop_work()
        self._searched, self._at = self.console.scope, self.console.now()
        self._engine, self._step, self._stopped = None, None, False
        self._hits = []
        self.table.clear()
        if self._wish is not None and self._wish.text:
            self._error = None
            self._work = self.run_worker(self._begin(self._wish, self.console.scope), group="search", exclusive=True)
        self.tell()

    def action_now(self) -> None:
        """Search again."""
        self.begin()

    async def _begin(self, wish: Wish, scope: Scope) -> None:
        connected = self.console.connected
        assert connected is not None
        try:
            if connected.searches is None:
                raise UsageError("search", "this database holds no messages")
            self._engine = await connected.searches.begin(wish, scope)
        except GbtuiError as error:
            self._error = error
            self.call_later(self.tell)
            return
        await self._read_on(self._engine)

    async def _read_on(self, running: Engine) -> None:
        self._error, self._stopped = None, False
        steps: AsyncIterator[Step] = running.run(CANDIDATES)
        try:
            async for step in steps:
                self._step = step
                self._hits.extend(step.hits)
                self._draw(self._hits if step.hits else None)
        except GbtuiError as error:
            self._error = error
        if running.request.ranked:
            self._draw(ranked(self._hits, self._at or self.console.now()))
        self.call_later(self.tell)

    def _draw(self, hits: Sequence[Found] | None) -> None:
        if hits is not None:
            self.table.set_rows(list(hits))
            self._light()
        self.tell()

    def _light(self) -> None:
        """Light what matched; while narrowed, what that looks for."""
        if not self.narrowed and self._engine is not None:
            self.table.set_search(self._engine.request.sought or words_of(self._hits))

    def narrow(self, text: str) -> None:
        """Show only what a filter leaves of what was found."""
        super().narrow(text)
        self._light()

    @on(LiveTable.PastEnd)
    def _past_end(self) -> None:
        """Down from the last row: search on."""
        running = self._engine
        if running is None or self.busy or running.done:
            return
        if len(self._hits) >= MOST:
            self.console.say(f"{count(MOST)} matches are the most that are held: more words find fewer")
            return
        self._work = self.run_worker(self._read_on(running), group="search", exclusive=True)
        self.tell()

    def interrupt(self) -> bool:
        """Stop reading; what was found stays."""
        if not self.busy:
            return False
        self._stop_work()
        self._stopped = True
        self.console.say("stopped")
        self.tell()
        return True

    def _stop_work(self) -> None:
        if self._work is not None:
            self._work.cancel()
        self._work = None

    # --- what is said ------------------------------------------------------------------------------------

    @property
    def taken_at(self) -> datetime | None:
        """When it began."""
        return self._at

    @property
    def stale(self) -> bool:
        """What was found is of that time, and no older than it says."""
        return False

    def redraw(self) -> None:
        """Another clock."""
        self.table.sync()
        self.tell()

    def tell(self) -> None:
        """How far it has come; why it cannot; in the place of rows while there are none."""
        said, style = self._state()
        notice = self.query_one("#notice", Notice)
        if self._hits:
            notice.say(said, style)
        else:
            self.table.say(said or self.EMPTY, style or "dim")
            notice.say("")
        self.caption()

    def _state(self) -> tuple[str, str]:
        if self._error is not None:
            return clean(str(self._error)), "warning"
        if self._wish is None or not self._wish.text:
            return _HOW, "dim"
        told = self._progress()
        if self.busy:
            return f"searching … {told}  ctrl+c stops".replace("  ", "  " if told else " "), "dim"
        if self._stopped:
            stopped = f"stopped: {told}" if told else "stopped"
            return f"{stopped}; r searches again" + ", down goes on" * bool(self._hits), "dim"
        running = self._engine
        if running is None or self._step is None:
            return "", ""
        remark = f"; {running.request.remark}" if running.request.remark else ""
        if self._step.done:
            return f"{told}{remark}", "dim"
        best = "the best of them first" if running.request.ranked else "newest first"
        return f"{told}, {best}; down goes on{remark}", "dim"

    def _progress(self) -> str:
        if self._engine is None or self._step is None:
            return ""
        back_to = self._step.back_to
        return progress(self._engine, self._step, self.console.time(back_to) if back_to else "")

    def remarks(self) -> list[Run]:
        """What was looked for, in which bounds."""
        running = self._engine
        told = running.request if running else None
        runs: list[Run] = [(f"  {clean(self._wish.text)}", "bold")] if self._wish and self._wish.text else []
        if told is not None:
            where = " of ".join(filter(None, (told.bot, told.scope.label)))
            since = f"since {self.console.time(told.since)}" if told.since else ""
            words = told.language if told.query and told.language != "simple" else ""
            way = "" if told.indexed else "no index"
            runs.append(("  " + ", ".join(clean(part) for part in (where, since, words, way) if part), "dim"))
        return runs
