"""What the app is given once a server answers, and what it is told before."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gbtui.domain.scope import EVERYONE, Scope
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.domain.audit_list import Change, Recorded
    from gbtui.domain.backends import Backends
    from gbtui.domain.conversation import Conversations
    from gbtui.domain.explain.explain import Explainer
    from gbtui.domain.going.look_up import LookUp
    from gbtui.domain.going.server_names import ServerNames
    from gbtui.domain.rooms.reading import Rooms
    from gbtui.domain.search.searches import Searches
    from gbtui.domain.sql_line.run import SqlLine
    from gbtui.domain.tail import Tail
    from gbtui.lifecycle.hands import Hands
    from gbtui.monitor.monitor import Monitor
    from gbtui.security.audit import Audit
    from gbtui.security.guard import Guard
    from gbtui.security.vault.reveal import Revealer
    from gbtui.ui.paged import Page

Progress = Callable[[str], None]


async def _no_organization(text: str) -> Scope:
    raise UsageError("org", f"no organization is called {text!r}")


@dataclass(frozen=True, slots=True)
class Connected:
    """A server that answers: the one monitor and the one tail of the console, and how its head names it."""

    monitor: "Monitor"
    label: str
    """The profile's name, or the database's."""
    server: Callable[[], str]
    """What it is now, as "primary 18.6"; asked again and again, because it may change."""
    tail: "Tail | None" = None
    """None where the server holds no messages."""
    demo: bool = False
    read_only: bool = True
    """Whether it was opened so; `guard` knows whether it is now."""
    guard: "Guard | None" = None
    """Whether this console may act now; None: as `read_only` says."""
    change: "Callable[[Recorded], Awaitable[Change]] | None" = None
    """Reads what an audit record says of its row; None only where there is no server behind."""
    backends: "Backends | None" = None
    """Ends backends; None only where there is no server behind."""
    sql_line: "SqlLine | None" = None
    """Runs statements that are typed; None only where there is no server behind."""
    explainer: "Explainer | None" = None
    """Asks for plans; None only where there is no server behind."""
    redact: bool = False
    """Whether addresses and numbers of people are masked in all that is shown."""
    audit: "Audit | None" = None
    """Puts on record what is done here; None only where there is no server behind."""
    revealer: "Revealer | None" = None
    """Reveals sealed values; None only where there is no server behind."""
    banner: str = ""
    """What start-up found about the schema; "" when there is nothing to say."""
    look_again: Callable[[], Awaitable[str]] | None = None
    """The banner as it would be now: a right may have been granted, a migration applied."""
    has_platform: Callable[[], bool] = lambda: False
    """Whether the bot platform's tables are there now; they may come while the console is open."""
    complete: "Callable[[Connected], Awaitable[Connected]] | None" = None
    """The same with a tail and conversations, once the platform's tables have come."""
    organization: Callable[[str], Awaitable[Scope]] = field(default=_no_organization)
    """The organization that a text names; raises UsageError."""
    conversations: "Conversations | None" = None
    """Reads single conversations; None where the server holds none."""
    hands: "Hands | None" = None
    """Sees relations and acts on things; None: there is no server."""
    rooms: "Rooms | None" = None
    """Finds organizations, bots, users and collections by name, and reads what they have; None: there is no server."""
    look_up: "LookUp | None" = None
    """Finds what is called so; None where the server holds no platform."""
    server_names: "ServerNames | None" = None
    """Finds tables, indexes and backends; None only where there is no server behind."""
    searches: "Searches | None" = None
    """Begins searches; None where the server holds no messages."""
    home: Scope = EVERYONE
    """The widest scope that this login has."""
    bound: str = ""
    """The organizations that it is bound to, by name; "" where it is bound to none."""
    pages: "Mapping[str, Page]" = field(default_factory=dict)
    """By a list's name: reads what is behind its first page."""


Opener = Callable[[Progress], Awaitable[Connected]]
"""Opens the server, telling what takes long; raises the GbtuiError tree. Closing is its owner's business."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the console behaves for this person and profile."""

    target: str
    """What is being connected to, for the first line on the screen."""
    label: str = ""
    theme: str = "dark"
    keymap: dict[str, str] = field(default_factory=dict)
    demo: bool = False
    colour: str | None = None
    """The mark of the profile: a colour's name or #rrggbb, behind its name."""
    plain: bool = False
    """Draw in ASCII."""
    open: str = ""
    """The line that is run once the server answers: where to begin."""
    opens: str = "gbtui"
    """The command that opens this console, without any secret: what `:link` begins with."""
