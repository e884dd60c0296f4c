"""`gbtui jobs daemon`: run what is due for ever, across restarts and failovers of the server, until told to end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import ConnectError, GbtuiError, RefusedError

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.lifecycle.jobs.running import Result

AGAIN: Final = (2.0, 60.0)
"""Seconds after which a server that does not answer is tried again: the first time, and at most; doubled in between."""


@asynccontextmanager
async def until_told() -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set: what runs ends after its batch, on record."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def daemon(config: "Config", archive: str = "") -> int:
    """Run what is due until told to end (0). Raised is only what will not pass: a refusal, a missing right."""
    from gbtui.commands.act import may_write
    from gbtui.commands.opening import named
    from gbtui.lifecycle.jobs.due_run import pause

    named(config)
    may_write(config)
    async with until_told() as stop:
        said, wait = "", AGAIN[0]
        while not stop.is_set():
            try:
                await _serve(config, stop, archive)
            except RefusedError:
                raise
            except ConnectError as error:
                said, wait = _once(said, error), min(wait * 2, AGAIN[1])
                await pause(stop, wait)
    note("told to end")
    return 0


async def _serve(config: "Config", stop: asyncio.Event, archive: str) -> None:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.jobs.due_run import keep_running
    from gbtui.security.audit import Audit

    async with opened(looking(config), note) as place:
        note(f"runs what is due on {place.label}")
        audit = Audit(place.database, required=config.audit == "required")
        await keep_running(place.database, audit, stop, note, say=_say, archive=archive)


def _say(result: "Result") -> None:
    note(f"{result.job}: {result.outcome}: {result.told}, {result.seconds:.1f} s")


def _once(said: str, error: GbtuiError) -> str:
    if str(error) != said:
        note(f"{error}; trying again")
    return str(error)
