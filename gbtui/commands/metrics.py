"""`gbtui metrics`: figures and findings for monitoring systems that scrape, from the probes of the console."""

import argparse
import asyncio
import ipaddress
import re
import signal
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.commands.show import looking
from gbtui.errors import ConnectError, GbtuiError, RefusedError, UsageError

if TYPE_CHECKING:
    from gbtui.commands.scraping import Endpoint
    from gbtui.config import Config

_LOOPBACK: Final = "127.0.0.1"
_PORT: Final = 9817
_AGAIN: Final = 5.0
"""Seconds between two attempts to reach a server that was not there at the start."""
_EXAMPLES: Final = f"""
examples:
  gbtui metrics --profile prod                    at http://{_LOOPBACK}:{_PORT}/metrics
  gbtui metrics --listen {_LOOPBACK}:9000          at another port
  gbtui metrics --listen 10.0.0.5:{_PORT}           for other machines too: there is no password
A scrape asks the server nothing: it gets what the probes found at their own pace, each with its age.
Runs until interrupted or told to end (SIGTERM).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui metrics`."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--listen",
        metavar="[ADDRESS:]PORT",
        type=address,
        default=(_LOOPBACK, _PORT),
        help=f"where to listen ({_LOOPBACK}:{_PORT}); without an address only this machine is served",
    )


def address(word: str) -> tuple[str, int]:
    """ "9000", "127.0.0.1:9000", "[::1]:9000" or "name:9000"; port 0 takes any that is free."""
    found = re.fullmatch(r"(?:(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):)?(\d{1,5})", word)
    if found is None or int(found[3]) > 65535:
        raise argparse.ArgumentTypeError(f"{word!r} is no address and port: write 9000, 127.0.0.1:9000 or [::1]:9000")
    return found[1] or found[2] or _LOOPBACK, int(found[3])


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end (0)."""
    from gbtui.monitor.check import limits

    config = looking(arguments.config)
    thresholds = limits(config.thresholds)
    asyncio.run(_serve(config, thresholds, *arguments.listen))
    return 0


async def _serve(config: "Config", thresholds: dict[str, float], host: str, port: int) -> None:
    from gbtui.commands.opening import named
    from gbtui.commands.scraping import Endpoint

    named(config)
    endpoint = Endpoint(asyncio.get_running_loop())
    try:
        taken = await asyncio.to_thread(endpoint.start, host, port)
    except OSError as error:
        raise UsageError("Cannot listen there", f"{host}:{port}: {error.strerror or error}") from error
    note(f"listening at http://{f'[{host}]' if ':' in host else host}:{taken}/metrics{_reach(host)}")
    try:
        await _until_told(_watch(config, thresholds, endpoint))
    finally:
        await asyncio.to_thread(endpoint.stop)


def _reach(host: str) -> str:
    """A warning where others than this machine are served."""
    try:
        private = ipaddress.ip_address(host).is_loopback
    except ValueError:
        private = host == "localhost"
    return "" if private else ", and whoever reaches this address reads it"


async def _until_told(work: Coroutine[None, None, None]) -> None:
    """Do the work until SIGINT or SIGTERM; its own failure is raised."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _watch(config: "Config", thresholds: dict[str, float], endpoint: "Endpoint") -> None:
    """Watch the server for ever; one that cannot be reached yet is tried again, and meanwhile said to be down."""
    said = ""
    while True:
        try:
            await _watch_opened(config, thresholds, endpoint)
        except RefusedError:
            raise  # trying again will not help
        except ConnectError as error:
            said = _once(said, error)
        await asyncio.sleep(_AGAIN)


def _once(said: str, error: GbtuiError) -> str:
    if str(error) != said:
        note(f"{error}; trying again every {_AGAIN:g} s")
    return str(error)


async def _watch_opened(config: "Config", thresholds: dict[str, float], endpoint: "Endpoint") -> None:
    from gbtui.commands.opening import opened
    from gbtui.monitor.checks import CHECKS
    from gbtui.monitor.ignored_file import NAME, IgnoredFile
    from gbtui.monitor.metrics.expose import EXPOSED, points
    from gbtui.monitor.monitor import Monitor
    from gbtui.monitor.reach import judgeable

    async with opened(config, note) as place:
        ignoring = IgnoredFile(config.file.path.with_name(NAME), place.label)
        monitor = Monitor(place.database, thresholds=thresholds, ignoring=ignoring)
        await monitor.start()
        for name in EXPOSED:
            if name in monitor.probes:
                monitor.watch(name, _nothing)
        checks = judgeable(CHECKS, monitor.probes)
        endpoint.tells = lambda: points(monitor, checks, datetime.now(UTC))
        try:
            await asyncio.Event().wait()
        finally:
            await monitor.stop()


def _nothing(_sample: object) -> None:
    """Watching is enough: the samples are kept."""
