"""Any room of an organization, a bot, a user or a collection; and their pages, which list their rooms."""

from collections.abc import Collection, Sequence
from typing import Any

from textual.app import ComposeResult

from gbtui.domain.relations.thing import Thing
from gbtui.domain.rooms.entrances import Entrance
from gbtui.domain.rooms.room import WHOLE, Room, completed, rest
from gbtui.domain.scope import Scope
from gbtui.domain.subject import Subject
from gbtui.domain.things import in_room, of_subject
from gbtui.security.deed import Deed
from gbtui.security.openings import list_exported, list_viewed, text_viewed
from gbtui.text import clean, count, fit
from gbtui.ui.caption import Caption
from gbtui.ui.describe import Describe
from gbtui.ui.fitted import Fitted
from gbtui.ui.paged import PagedScreen
from gbtui.ui.recorded import Recorded
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable


class RoomScreen(Recorded, Fitted, PagedScreen):
    """One list. Which it is, is said by the room; whose, by the subject: without one, by the console's scope."""

    TENANTS = True

    def __init__(self, room: Room, subject: Subject | None = None) -> None:
        super().__init__(room.name.capitalize())
        self.room = room
        self.subject = subject
        self.things = room.name

    def body(self) -> ComposeResult:
        """Caption and table."""
        yield Caption()
        yield LiveTable(self.columns(), key=self.key, empty=f"no {self.room.name} here", id="list")

    @property
    def list_name(self) -> str:
        """Its pages go by the room's name."""
        return self.room.name

    @property
    def place_name(self) -> str:
        """ "bot 4c1e… memories", as `:` takes it."""
        return f"{self.subject.place} {self.room.name}" if self.subject else self.room.name

    @property
    def trail(self) -> tuple[str, ...]:
        """Everyone's list belongs to nothing that was looked at before."""
        return super().trail or (self.heading,)

    @property
    def record(self) -> type[Any]:
        """The room's."""
        return self.room.record

    def probes(self) -> Sequence[str]:
        """The one of the room's name."""
        return [self.room.name] if self._is_open else []

    def key(self, row: Any) -> Any:
        """Its place, which is its own."""
        return self.room.place(row)

    def queries(self) -> Sequence[str]:
        """The room's statement."""
        return (f"general_bots/rooms/{self.room.file or self.room.name}",)

    def remarks(self) -> list[Run]:
        """What is in here."""
        return [*super().remarks(), (f"  {self.room.title}", "dim")]

    def row_scope(self) -> Scope | None:
        """The tenant of the row under the cursor, else of what it is a room of."""
        row: Any = self.table.cursor_row
        if getattr(row, "org_id", None) is not None:
            return Scope(row.org_id, row.organization)
        subject = self.subject
        return Scope(subject.org_id, subject.label) if subject and subject.org_id else None

    # --- going in ------------------------------------------------------------------------------------------

    def enter(self, row: Any) -> None:
        """Into what the row is, where that has rooms; a leaf is described."""
        if self.room.inner is not None:
            self.console.open_subject(self.room.inner(row))
        else:
            self.describe(row)

    def describe(self, row: Any, advised: str = "") -> None:
        """All of a row, with its texts in full."""
        if self.room.whole is None:
            super().describe(row, advised)
        else:
            self.console.attempt(self._described(row))

    async def _described(self, row: Any) -> None:
        connected, whole = self.console.connected, self.room.whole
        if connected is None or connected.rooms is None or whole is None:
            return
        if whole.said:
            whose = (self.room.table, row.id, self._of, self.scope.org_id)
            await self.console.record(text_viewed(whole.said, *whose, redacted=self.console.redacted))
        more = await connected.rooms.whole(self.room, row, self.scope)
        if more is None:
            self.console.say("this is gone")
            return
        queries = (*self.queries(), whole.statement)
        title = fit(str(self.table.columns[0].text(row)), 24).strip()
        texts = rest(row, more) | ({"cut": f"only the first {count(WHOLE)} characters are read"} if more.cut else {})
        await self.console.push_screen(
            Describe(
                clean(title),
                completed(row, more),
                queries,
                self.console.time,
                more=texts,
                thing=self.thing(row),
                beside=self.describe_beside,
            )
        )

    def thing(self, row: Any) -> Thing | None:
        """The row of the room's table; of a membership the organization."""
        return in_room(self.room, row)

    # --- on record -----------------------------------------------------------------------------------------

    def deed(self) -> Deed | None:
        """Where the room holds what is somebody's own."""
        if not self.room.said or not self.room.fits(self.scope):
            return None
        told = (self.room.said, self.room.table, self._of, self.scope.org_id, self.narrowed.source)
        return list_viewed(*told, redacted=self.console.redacted)

    def exported(self, rows: int, form: str) -> Deed | None:
        """The same for a file."""
        if not self.room.said:
            return None
        told = (self.room.said, self.room.table, self._of, self.scope.org_id, self.narrowed.source)
        return list_exported(*told, redacted=self.console.redacted, rows=rows, form=form)

    @property
    def _of(self) -> str | None:
        return self.subject.place if self.subject else None


class Page(Fitted):
    """What a subject has: one line a room."""

    NAME = "rooms"
    PROBES = ("rooms",)
    THINGS = "rooms"
    TENANTS = True
    STEPS = False

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject.name)
        self.subject = subject

    @property
    def place_name(self) -> str:
        """ "bot 4c1e…"."""
        assert self.subject is not None
        return self.subject.place

    @property
    def trail(self) -> tuple[str, ...]:
        """The subject itself."""
        assert self.subject is not None
        return self.subject.trail

    @property
    def record(self) -> type[Any]:
        """One line a room."""
        return Entrance

    def key(self, row: Entrance) -> object:
        """The room's name."""
        return row.room

    def marks(self, row: Any) -> Collection[str]:
        """None."""
        return ()

    def queries(self) -> Sequence[str]:
        """Those that count."""
        row = self.table.cursor_row
        return (f"general_bots/rooms/count_{row.room}",) if row else ()

    def remarks(self) -> list[Run]:
        """What it is."""
        assert self.subject is not None
        about = f"  {self.subject.about}" if self.subject.about else ""
        return [*super().remarks(), (f"  of {self.subject.kind} {self.subject.name}", "bold"), (about, "")]

    def thing(self, row: Any) -> Thing | None:
        """What it is the page of."""
        return of_subject(self.subject) if self.subject else None

    def row_scope(self) -> Scope | None:
        """Its organization."""
        subject = self.subject
        return Scope(subject.org_id, subject.label) if subject and subject.org_id else None

    def enter(self, row: Entrance) -> None:
        """Into the room."""
        assert self.subject is not None
        self.console.open_subject(self.subject, row.room)
