"""The process that makes traffic: `python -m gbtui.demo.traffic`, its orders on standard input (process.py)."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from gbtui.database import dsn
from gbtui.demo.traffic.drive import Traffic
from gbtui.demo.traffic.process import Orders
from gbtui.errors import GbtuiError


async def main() -> int:
    """Make traffic until the time is over, standard input is closed, or the server is gone."""
    orders = Orders.read(sys.stdin.buffer.readline())
    target = dsn.resolve(orders.sources, os.environ if orders.environment else {})
    folder = Path(orders.folder) if orders.folder else None
    work = asyncio.create_task(Traffic(target, orders.rate, orders.seed, folder=folder).run(orders.seconds))
    loop = asyncio.get_running_loop()

    def closed() -> None:  # nothing more is ever written there: readable means closed
        loop.remove_reader(sys.stdin.fileno())
        work.cancel()

    loop.add_reader(sys.stdin.fileno(), closed)
    with contextlib.suppress(asyncio.CancelledError, GbtuiError):
        await work
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
