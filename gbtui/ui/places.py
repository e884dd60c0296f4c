"""Where one can be in the console, and the ways between."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gbtui.domain.rooms.entrances import ROOMS_OF
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import KINDS, Subject
from gbtui.errors import GbtuiError, UsageError
from gbtui.ui.boundary import CONNECTING, Boundary
from gbtui.ui.connected import Connected
from gbtui.ui.live_screen import LiveScreen
from screens import SCREENS, ScreenEntry, panel, room, statement, transcript

_QUIT_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one can be: a screen, and perhaps a panel opened from it."""

    mode: str
    panel: str = ""


class Places(Boundary):
    """An app whose screens are places: by digit, by name, back, and the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.connected: Connected | None = None
        self.scope: Scope = EVERYONE
        self._before: Place | None = None
        self._quit_asked = 0.0

    @property
    def bound(self) -> str:
        """The organizations that this login is bound to, by name; "" where it is bound to none."""
        return self.connected.bound if self.connected else ""

    def absent(self, name: str) -> UsageError | None:
        """Why there is no such place for a login that is bound to some organizations; None if that is not why."""
        from gbtui.monitor.probes import PROBES

        if not self.bound or (name not in PROBES and all(entry.name != name for entry in SCREENS)):
            return None
        return UsageError(name, f"it tells of the whole server, and this login is bound to {self.bound}")

    def screens(self) -> Sequence[ScreenEntry]:
        """Those there are for this login; none before a server answers."""
        if self.connected is None:
            return ()
        return [entry for entry in SCREENS if entry.bound or not self.connected.bound]

    @property
    def place(self) -> Place:
        """Where one is now."""
        panels = [screen for screen in self.screen_stack[1:] if isinstance(screen, LiveScreen)]
        return Place(self.current_mode, panels[-1].place_name if panels else "")

    async def go(self, place: Place, *, remember: bool = True) -> None:
        """Go to a place; what was opened over its screen is closed unless it is the place."""
        before = self.place
        await self.mend()
        await self._unpile()
        if place.mode != self.current_mode:
            await self.switch_mode(place.mode)
            await self._unpile()
        if place.panel and (screen := await self._made(place.panel)):
            await self.push_screen(screen)
        if remember and before != place and before.mode != CONNECTING:
            self._before = before
        self.head()

    async def _made(self, name: str) -> LiveScreen | None:
        """What stands at a place over a screen; None, and said so, if what it is about is not there."""
        kind, _, rest = name.partition(" ")
        if kind not in KINDS or not rest:
            return panel(name)
        key, within = split(kind, rest)
        try:
            return room(await self._named(kind, key), within)
        except GbtuiError as error:
            self.say(str(error), "warning")
            return None

    async def _named(self, kind: str, text: str) -> Subject:
        if self.connected is None or self.connected.rooms is None:
            raise UsageError(f"Which {kind}?", "this database holds no bot platform")
        return await self.connected.rooms.named(kind, text, self.scope)

    async def _unpile(self) -> None:
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    async def action_screen(self, digit: str) -> None:
        """A screen by its digit; on that screen, its top."""
        entry = by_digit(digit)
        if entry is None or entry not in self.screens():
            return
        if self.place == Place(entry.name) and isinstance(self.screen, LiveScreen):
            self.screen.to_top()
        else:
            await self.go(Place(entry.name))

    def open_panel(self, name: str, *, narrow: str = "", subject: str = "") -> None:
        """Open a screen or a probe's table, by name, over what is shown.

        `narrow` is its filter then, and its cursor goes to the row that is about `subject` as soon as that is there.
        """
        self.call_later(self._open, name, narrow, subject)

    async def _open(self, name: str, narrow: str, subject: str) -> None:
        if any(entry.name == name for entry in self.screens()):
            await self.go(Place(name))
        elif self.connected and name in self.connected.monitor.probes:
            self._before = self.place
            await self.push_screen(panel(name))
        else:
            return
        if (narrow or subject) and isinstance(self.screen, LiveScreen):
            self.screen.aim(narrow, subject)

    def open_subject(self, subject: Subject, name: str = "") -> None:
        """Open a room of a thing over what is shown; without a name its page, or the only room it has."""
        self.call_later(self._push, room(subject, name))

    def open_named(self, line: str) -> None:
        """Open what "bot support@acme memories" names: a kind, a thing of it, perhaps one of its rooms."""
        self.call_later(self._open_named, line)

    async def _open_named(self, line: str) -> None:
        if screen := await self._made(line):
            await self._push(screen)

    async def _push(self, screen: LiveScreen) -> None:
        self._before = self.place
        await self.push_screen(screen)

    def open_session(self, session_id: UUID, at: tuple[datetime, UUID] | None = None) -> None:
        """Open a session's conversation over what is shown: at a place in it, or at its end."""
        self._before = self.place
        self.call_later(self.push_screen, transcript(session_id, at))

    def open_search(self, line: str) -> None:
        """Search for what a line of words and flags says; what is found stands over what is shown."""
        self.call_later(self._search, line)

    async def _search(self, line: str) -> None:
        """In the place of another search: going back leads to where one looked from."""
        self._before = self.place
        if isinstance(self.screen, LiveScreen) and self.screen.NAME == "search":
            await self.pop_screen()
        await self.push_screen(panel(f"search {line}".strip()))

    def open_sql(self, text: str) -> None:
        """Run a statement; what it answers stands over what is shown."""
        self.call_later(self._sql, text)

    async def _sql(self, text: str) -> None:
        """In the place of another answer, as a search in that of another search."""
        self._before = self.place
        if isinstance(self.screen, LiveScreen) and self.screen.NAME == "sql":
            await self.pop_screen()
        await self.push_screen(statement(text))

    async def action_before(self) -> None:
        """The place before this one; the same again leads back."""
        if self._before:
            await self.go(self._before)

    def back(self, *, quitting: bool) -> None:
        """Close what was opened over the screen; at the top, ask once more before quitting."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
            self.call_later(self.head)
        elif quitting:
            now = asyncio.get_running_loop().time()
            if now - self._quit_asked < _QUIT_SECONDS or self.connected is None:
                self.exit(0)
            self._quit_asked = now
            self.say("q again quits")

    async def action_quit(self) -> None:
        """Quit at once."""
        self.exit(0)


def split(kind: str, text: str) -> tuple[str, str]:
    """ "support@acme memories": the thing's name, and the room if the last word is one that its kind has."""
    key, _, last = text.strip().rpartition(" ")
    return (key, last) if key and last in ROOMS_OF.get(kind, ()) else (text.strip(), "")


def by_digit(digit: str) -> ScreenEntry | None:
    """The screen that states this digit."""
    return next((entry for entry in SCREENS if entry.digit == digit), None)
