"""What a person sees: one file a screen. SCREENS is the only list; digit, command, footer and help follow from it."""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from gbtui.domain.subject import Subject
    from gbtui.ui.live_screen import LiveScreen


@dataclass(frozen=True, slots=True)
class ScreenEntry:
    """One screen: its name after ":", its title, the digit it states (or none), and its class as "module:Class"."""

    name: str
    title: str
    digit: str | None
    where: str
    bound: bool = False
    """Whether a login that is bound to some organizations has it: nothing of it tells of the whole server."""

    def factory(self) -> "LiveScreen":
        """Make the screen; its module is imported when it is first needed."""
        module, _, name = self.where.partition(":")
        made: LiveScreen = getattr(import_module(module), name)(self.title)
        return made


SCREENS: Final = (
    ScreenEntry("overview", "Overview", "1", "screens.overview:Overview"),
    ScreenEntry("tenants", "Tenants", "2", "screens.tenants:Tenants", bound=True),
    ScreenEntry("sessions", "Sessions", "3", "screens.sessions:Sessions", bound=True),
    ScreenEntry("tail", "Tail", "4", "screens.tail:TailScreen", bound=True),
    ScreenEntry("activity", "Activity", "5", "screens.activity:Activity"),
    ScreenEntry("locks", "Locks", "6", "screens.locks:Locks"),
    ScreenEntry("queries", "Queries", "7", "screens.queries:Queries"),
    ScreenEntry("tables", "Tables", "8", "screens.tables:Tables"),
    ScreenEntry("indexes", "Indexes", "9", "screens.indexes:Indexes"),
    ScreenEntry("health", "Health", "0", "screens.health:Health", bound=True),
    ScreenEntry("bots", "Bots", None, "screens.bots:Bots", bound=True),
    ScreenEntry("audit", "Audit", None, "screens.audit:Audit"),
    ScreenEntry("forecast", "Forecast", None, "screens.forecast:ForecastScreen"),
    ScreenEntry("jobs", "Jobs", None, "screens.jobs:Jobs"),
)


def room(subject: "Subject", name: str = "") -> "LiveScreen":
    """One room of a subject; without a name its page, or the only room it has."""
    from gbtui.domain.rooms import ROOMS
    from gbtui.domain.rooms.entrances import ROOMS_OF
    from screens.room import Page, RoomScreen

    rooms = ROOMS_OF[subject.kind]
    name = name or (rooms[0] if len(rooms) == 1 else "")
    if not name:
        return Page(subject)
    if name in ROOMS:
        return RoomScreen(ROOMS[name], subject)
    made = next(entry for entry in SCREENS if entry.name == name).factory()
    made.subject = subject
    return made


def panel(name: str) -> "LiveScreen":
    """What can be opened over a screen, by its place's name: the rows of any probe, "session ID" or "search WORDS"."""
    from gbtui.domain.rooms import ROOMS

    if name in ROOMS:
        from screens.room import RoomScreen

        return RoomScreen(ROOMS[name])
    kind, _, key = name.partition(" ")
    if kind == "session":
        return transcript(UUID(key))
    if kind == "search":
        from screens.search import Search

        return Search(key)
    if kind == "sql":
        from screens.sql import SqlResult

        return SqlResult(key)
    from screens.panel import Panel

    return Panel(name)


def statement(text: str) -> "LiveScreen":
    """What a statement answers; it runs when it is first shown."""
    from screens.sql import SqlResult

    return SqlResult(text, begins=True)


def transcript(session_id: UUID, at: tuple[datetime, UUID] | None = None) -> "LiveScreen":
    """A session as a transcript, at a place (time, message id) in it or at its end."""
    from screens.conversation import Conversation

    return Conversation(session_id, at)
