"""When an app under test is at rest: nothing is left that its event loop could run now.

Textual's own measure looks at the processor's time: 20 ms at least after every key, and on a busy machine, where a
process waits for its turn, it takes waiting for rest.
"""

import asyncio
import time
from typing import Final

import textual.app
import textual.pilot

_ROUNDS: Final = 4
"""Turns of the loop in which nobody else had anything to do; a message goes from queue to queue in one or two."""


async def at_rest(min_sleep: float = 0, max_sleep: float = 10) -> None:
    """Wait until the loop has been idle for some turns; `max_sleep` seconds at most."""
    loop = asyncio.get_running_loop()
    ready = loop._ready  # type: ignore[attr-defined]  # no public way tells it
    deadline, quiet = time.monotonic() + max_sleep, 0
    while quiet < _ROUNDS and time.monotonic() < deadline:
        # Not 0: what a thread or a socket has for the loop is heard as well.
        await asyncio.sleep(0.001 if quiet == _ROUNDS // 2 else 0)
        quiet = 0 if ready else quiet + 1


def install() -> None:
    """Let every pilot wait this way."""
    for module in (textual.app, textual.pilot):
        module.wait_for_idle = at_rest  # type: ignore[attr-defined]
