"""What the console reads by and acts through, made for one open database. Imported once the first picture stands."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gbtui.commands import opening
from gbtui.commands.vault_keys import vault
from gbtui.config import Config
from gbtui.domain.audit_list import change
from gbtui.domain.backends import Backends
from gbtui.domain.conversation import Conversations
from gbtui.domain.explain.explain import Explainer
from gbtui.domain.going.look_up import LookUp
from gbtui.domain.going.server_names import ServerNames
from gbtui.domain.rooms.reading import Rooms
from gbtui.domain.scope import home
from gbtui.domain.search.searches import Searches
from gbtui.domain.sql_line.run import SqlLine
from gbtui.domain.tail import Tail, messages_of
from gbtui.domain.tenant_list import scope_of
from gbtui.lifecycle.hands import Hands
from gbtui.monitor.check import limits
from gbtui.monitor.ignored_file import NAME, IgnoredFile
from gbtui.monitor.monitor import Monitor
from gbtui.security.audit import Audit
from gbtui.security.guard import Guard
from gbtui.security.vault.reveal import Revealer
from gbtui.ui.connected import Connected

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.lifecycle.startup import Banner


async def read(found: "Opened", config: Config, trying: AsyncExitStack, held: AsyncExitStack) -> Connected:
    """Start the one monitor and the one tail on an open database, and hand over all that reads it or acts on it.

    What is started now is stopped with `trying`, what comes later with `held`.
    """
    database = found.database
    audit = Audit(database, required=config.audit == "required")
    monitor = Monitor(
        database, interval=config.refresh, thresholds=limits(config.thresholds),
        ignoring=IgnoredFile(config.file.path.with_name(NAME), found.label),
    )  # fmt: skip
    trying.push_async_callback(monitor.stop)
    platform = _Platform(found, audit, held)
    tail = await platform.tail(trying)
    await monitor.start()

    async def look_again() -> str:
        return told(await opening.look_again(database, config), found.warnings)

    return platform.read_by(
        Connected(
            monitor=monitor,
            label=found.label,
            server=lambda: server_name(found),
            tail=tail,
            demo=found.is_demo,
            read_only=found.read_only,
            redact=database.redact,
            guard=Guard(
                database, read_only=found.read_only, name=typed_name(found, config), always=config.read_only_always
            ),
            backends=Backends(database, audit),
            explainer=Explainer(database, audit),
            sql_line=SqlLine(database),
            audit=audit,
            revealer=Revealer(database, audit, partial(vault, config)),
            change=partial(change, database),
            banner=told(found.banner, found.warnings),
            look_again=look_again,
            has_platform=lambda: database.facts.has_schema is not None,
            complete=platform.complete,
            organization=partial(scope_of, database),
            server_names=ServerNames(database),
            home=monitor.home,
            bound=database.facts.access.told if database.facts.access.bound else "",
            rooms=Rooms(database),
            hands=Hands(database, audit),
            pages={name: partial(probe.pages, database) for name, probe in monitor.probes.items() if probe.pages},
        )
    )


@dataclass(frozen=True, slots=True)
class _Platform:
    """What only a database with the platform's tables has; they may come while the console is open."""

    found: "Opened"
    audit: Audit
    held: AsyncExitStack

    async def tail(self, stack: AsyncExitStack) -> Tail | None:
        """Follow the messages, until the stack is left; None where there are none."""
        database = self.found.database
        if not (schema := database.facts.has_schema):
            return None
        tail = Tail(database, messages_of(schema), scope=home(database.facts.access))
        stack.push_async_callback(tail.stop)
        await tail.start()
        return tail

    def read_by(self, connected: Connected) -> Connected:
        """The same with what reads the platform, where it is there."""
        database = self.found.database
        if not database.facts.has_platform:
            return connected
        return replace(
            connected,
            conversations=Conversations(database),
            searches=Searches(database, self.audit),
            look_up=LookUp(database),
        )

    async def complete(self, connected: Connected) -> Connected:
        """The platform's tables have come: follow and read them."""
        return self.read_by(replace(connected, tail=await self.tail(self.held)))


def told(banner: "Banner", warnings: Iterable[str]) -> str:
    """A banner in one line; a GRANT comes first, because a line that is too long loses its end."""
    parts = (banner.text, banner.advice)
    return "; ".join(filter(None, (*(reversed(parts) if banner.advice.startswith("GRANT ") else parts), *warnings)))


def server_name(found: "Opened") -> str:
    """What the server is now: a standby may have been promoted."""
    facts = found.database.facts
    major, minor = divmod(facts.version_num, 10_000)
    return f"{'standby' if facts.in_recovery else 'primary'} {major}.{minor}"


def typed_name(found: "Opened", config: Config) -> str:
    """What must be typed to unlock: the profile's name, where it is the profile's server; else the database's."""
    profile = config.profile.name if config.profile else ""
    return profile if profile and config.label == profile else found.database.facts.database
