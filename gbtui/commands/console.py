"""The console itself: what runs when no command is named."""

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from gbtui.config import Config
from gbtui.errors import NoTargetError, UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.lifecycle.startup import Banner
    from gbtui.ui.connected import Connected, Look, Progress


def run(arguments: argparse.Namespace) -> int:
    """Open the console; the exit code is the app's."""
    config: Config = arguments.config
    line = getattr(arguments, "open", None)
    if line is not None:
        os.environ.setdefault("ESCDELAY", "300")  # as below: what reads the line imports Textual
        from gbtui.ui.first_line import checked

        checked(line)
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not config.is_named:
        if not at_terminal:
            raise NoTargetError("No server is named", "", "name one: gbtui --dsn DSN, --profile NAME or PGHOST")
        from gbtui.commands.choosing import choose

        config = choose(arguments, config)
    if not config.is_embedded:
        from gbtui.database.dsn import resolve

        resolve(config.connection, os.environ)  # what is written wrong is told before anything is drawn
    if not at_terminal:
        raise UsageError("The console needs a terminal", "", "for scripts: gbtui show, gbtui check, gbtui tail")
    return asyncio.run(show(config, mouse=not getattr(arguments, "no_mouse", False), line=line or ""))


async def show(config: Config, *, mouse: bool = True, line: str = "") -> int:
    """Draw first, connect afterwards; what was opened is closed once the terminal is given back."""
    # An arrow key torn by a slow line must not act as escape; read by Textual when it is imported.
    os.environ.setdefault("ESCDELAY", "300")
    # Importing makes a few hundred thousand objects that stay: looking through them again and again costs a fifth of
    # the start. Looked for is garbage once a server was reached, and then never among these.
    gc.disable()
    from gbtui.ui.app import Console
    from gbtui.ui.ending import end_on_signals

    async with AsyncExitStack() as held:

        async def opener(progress: "Progress") -> "Connected":
            try:
                return await connected(config, held, progress)
            finally:
                gc.freeze()
                gc.enable()

        app = Console(opener, replace(look(config), open=line))
        end_on_signals(app)
        await app.run_async(mouse=mouse)
        await app.recorded()
        return app.return_value if app.return_value is not None else app.return_code or 0


async def connected(config: Config, held: AsyncExitStack, progress: "Progress") -> "Connected":
    """Open the database; start the one monitor and the one tail on it."""
    from gbtui.commands.opening import opened

    # While the server is on its way, what will read it is imported.
    importing = asyncio.create_task(asyncio.to_thread(_import_readers))
    async with AsyncExitStack() as trying:
        found = await trying.enter_async_context(opened(config, progress))
        await importing
        reading = await _read(found, config, trying, held)
        held.push_async_callback(trying.pop_all().aclose)
    return reading


def _import_readers() -> None:
    for name in ("gbtui.domain.conversation", "gbtui.domain.tail", "gbtui.monitor.monitor"):
        import_module(name)


async def _read(found: "Opened", config: Config, trying: AsyncExitStack, held: AsyncExitStack) -> "Connected":
    """The monitor and the tail of an open database; what comes later is closed with all that is held."""
    from gbtui.commands import opening
    from gbtui.commands.vault_keys import vault
    from gbtui.domain.audit_list import change
    from gbtui.domain.backends import Backends
    from gbtui.domain.conversation import Conversations
    from gbtui.domain.going.look_up import LookUp
    from gbtui.domain.going.server_names import ServerNames
    from gbtui.domain.rooms.reading import Rooms
    from gbtui.domain.scope import home
    from gbtui.domain.search.searches import Searches
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

    database = found.database

    async def look_again() -> str:
        return told(await opening.look_again(database, config), found.warnings)

    async def started(stack: AsyncExitStack) -> Tail | None:
        schema = database.facts.has_schema
        if not schema:
            return None
        tail = Tail(database, messages_of(schema), scope=home(database.facts.access))
        stack.push_async_callback(tail.stop)
        await tail.start()
        return tail

    async def complete(connected: Connected) -> Connected:
        return replace(
            connected, tail=await started(held), conversations=talks(), searches=searches(), look_up=look_up()
        )

    def talks() -> Conversations | None:
        return Conversations(database) if database.facts.has_platform else None

    def searches() -> Searches | None:
        return Searches(database, audit) if database.facts.has_platform else None

    def look_up() -> LookUp | None:
        return LookUp(database) if database.facts.has_platform else None

    rooms = Rooms(database)
    audit = Audit(database, required=config.audit == "required")
    ignoring = IgnoredFile(config.file.path.with_name(NAME), found.label)
    monitor = Monitor(database, interval=config.refresh, thresholds=limits(config.thresholds), ignoring=ignoring)
    trying.push_async_callback(monitor.stop)
    tail = await started(trying)
    await monitor.start()
    return Connected(
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
        audit=audit,
        revealer=Revealer(database, audit, partial(vault, config)),
        change=partial(change, database),
        banner=told(found.banner, found.warnings),
        look_again=look_again,
        has_platform=lambda: database.facts.has_schema is not None,
        complete=complete,
        organization=lambda text: scope_of(database, text),
        conversations=talks(),
        look_up=look_up(),
        server_names=ServerNames(database),
        searches=searches(),
        home=monitor.home,
        bound=database.facts.access.told if database.facts.access.bound else "",
        rooms=rooms,
        hands=Hands(database, audit),
        pages={
            **{name: partial(probe.pages, database) for name, probe in monitor.probes.items() if probe.pages},
        },
    )


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


def look(config: Config) -> "Look":
    """How the console is to look, before anything answers."""
    from gbtui.commands.reopening import command
    from gbtui.database.dsn import resolve
    from gbtui.ui.connected import Look
    from gbtui.ui.themes import ascii_only

    demo = "the demo server on this machine"
    target = demo if config.is_embedded else config.label or resolve(config.connection, os.environ).label
    return Look(
        target=target,
        label=config.label,
        theme=config.theme or "dark",
        keymap=dict(config.keymap),
        demo=config.is_embedded,
        colour=config.colour,
        plain=ascii_only(),
        opens=command(config),
    )
