"""The console itself: what runs when no command is named."""

import argparse
import asyncio
import gc
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from gbtui.config import Config
from gbtui.errors import NoTargetError, UsageError

if TYPE_CHECKING:
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
    importing = asyncio.create_task(asyncio.to_thread(import_module, "gbtui.commands.reading"))
    async with AsyncExitStack() as trying:
        found = await trying.enter_async_context(opened(config, progress))
        readers = await importing
        reading: Connected = await readers.read(found, config, trying, held)
        held.push_async_callback(trying.pop_all().aclose)
    return reading


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
