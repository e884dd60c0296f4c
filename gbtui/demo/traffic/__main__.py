"""The process that makes traffic: `python -m gbtui.demo.traffic`, its orders on standard input (process.py)."""

import asyncio
import contextlib
import json
import sys

from gbtui.demo.traffic.drive import Traffic
from gbtui.errors import GbtuiError


async def main() -> int:
    """Make traffic until the time is over, standard input is closed, or the server is gone."""
    orders = json.loads(sys.stdin.buffer.readline())
    seconds = orders.pop("seconds")
    work = asyncio.create_task(Traffic(**orders).run(seconds))
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
