"""How long from a key to a list's rows on the screen: the console itself, at 120x40, on a database of some size."""

import asyncio
from contextlib import AsyncExitStack
from time import perf_counter
from typing import Any, Final

from textual import events

from gbtui.commands.console import connected, look
from gbtui.config import load
from gbtui.ui.app import Console
from gbtui.ui.widgets.live_table import LiveTable
from screens.overview import Overview

PLACES: Final = {
    "tenants": "2", "sessions": "3", "sessions is:anonymous": ":sessions is:anonymous\r", "bots": ":bots\r",
    "users": ":users\r",
}  # fmt: skip
"""Lists, and what is typed for them."""
_PATIENCE: Final = 20.0
_NAMES: Final = {":": "colon", "\r": "enter", " ": "space"}


async def painted(dsn: str) -> dict[str, float]:
    """Milliseconds from the last key typed until rows of each list are drawn; the first time it is opened.

    It begins when the Overview has its tenants: who opens the console reads that first.
    """
    config = load({"dsn": dsn}, {})
    found = {}
    async with AsyncExitStack() as held:
        app = Console(lambda progress: connected(config, held, progress), look(config))
        async with app.run_test(size=(120, 40)):
            await _until(lambda: app.connected is not None and bool(app.screen_stack))
            await _until(lambda: any(one.rows for one in app.screen.query("#tenants").results(LiveTable)))
            for name, keys in PLACES.items():
                await _until(lambda: isinstance(app.screen, Overview) and _at_rest(app))
                for key in keys[:-1]:
                    _type(app, key)
                    await asyncio.sleep(0.02)
                began = perf_counter()
                _type(app, keys[-1])
                await _until(lambda: not isinstance(app.screen, Overview) and _drawn(app))
                found[name] = 1000 * (perf_counter() - began)
                _type(app, "1")
    return found


def _type(app: Console, key: str) -> None:
    app.post_message(events.Key(_NAMES.get(key, key), key))


def _at_rest(app: Console) -> bool:
    return not any(pump._message_queue.qsize() for pump in (app, app.screen) if pump._message_queue is not None)


def _drawn(app: Any) -> bool:
    """Whether the first row of the screen's list is on the screen."""
    table = next(iter(app.screen.query("#list")), None)
    rows = table.shown_rows if table is not None else ()
    if not rows:
        return False
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return sum(bool(line) for line in lines) > min(len(rows), 30)


async def _until(condition: Any) -> None:
    deadline = perf_counter() + _PATIENCE
    while not condition():
        if perf_counter() > deadline:
            raise TimeoutError(f"not true within {_PATIENCE:g} s: {condition}")
        await asyncio.sleep(0.002)
