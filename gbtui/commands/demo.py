"""`gbtui demo`: prepare the demo server on this machine, fill it, let traffic run, open the console on it.

Where it writes: the embedded server, whatever profile, PG* or GBTUI_DSN say. Another server must be told twice:
by a connection string or flags on the command line, and by its database's name in --yes-write-to.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbtui.config import EMBEDDED, Config, ConnectionSource, load
from gbtui.errors import UsageError
from gbtui.secret import Secret

if TYPE_CHECKING:
    from gbtui.database.target import Target

_EXAMPLES: Final = """
examples:
  gbtui demo                          the console on sample data: 10,000 messages, loaded once
  gbtui demo --traffic 20             the same, with 20 messages a second and what goes wrong beside them
  gbtui demo --size large --fresh     throw the demo's data away; 10,000 organizations, 10 million messages
  gbtui demo --traffic 50 --seconds 60 --no-console
                                      only the traffic, for a minute
  gbtui demo --traffic 5 --dsn postgresql://me@/scratch --yes-write-to scratch
                                      on a server of one's own: named twice, because it is written to

The demo runs on the embedded server, whatever a profile or PG* variables name; its traffic stops with the console.
"""
_NAMING: Final = ("host", "port", "username", "dbname")
_MOST_RATE: Final = 2_000.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui demo`."""
    parser.epilog = _EXAMPLES
    group = parser.add_argument_group("demo")
    group.add_argument("--size", choices=("small", "medium", "large"), help="10 k, 1 M or 10 M messages (small)")
    group.add_argument("--seed", metavar="N", type=int, default=1, help="the same data and traffic for the same N (1)")
    group.add_argument("--fresh", action="store_true", help="throw the demo's data away first")
    group.add_argument("--traffic", metavar="RATE", type=_rate, help="messages a second, written live")
    group.add_argument("--seconds", metavar="N", type=_seconds, help="stop the traffic after N seconds")
    group.add_argument("--no-console", action="store_true", help="open no console")
    group.add_argument("--yes-write-to", metavar="NAME", help="the database's name, if not the embedded server's")


def run(arguments: argparse.Namespace) -> int:
    """Prepare, then the console, or traffic until it is over, or nothing more."""
    config = _target(arguments)
    if not arguments.no_console and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The console needs a terminal", "", "--no-console prepares and drives the demo without one")
    if not config.is_embedded:
        return _go_on(arguments, config, list(config.connection), None)
    from gbtui.demo.embedded import EmbeddedServer

    server = EmbeddedServer(config.data_dir)
    with _said() as say:
        dsn = server.start(say)
    try:
        return _go_on(arguments, config, [ConnectionSource("the embedded server", Secret(dsn))], server.home)
    finally:
        server.stop()


def _target(arguments: argparse.Namespace) -> Config:
    """The embedded server's settings; or those given, if --yes-write-to is there too (compared once connected)."""
    config: Config = arguments.config
    named = [f"--{name}" for name in _NAMING if getattr(arguments, name, None)]
    if arguments.dsn and arguments.dsn.strip() != EMBEDDED:
        named.append("--dsn")
    if arguments.profile:
        raise UsageError(
            "The demo takes no profile", arguments.profile, "leave it out: the demo has a server of its own"
        )
    if not named:
        return load({**vars(arguments), "dsn": EMBEDDED}, os.environ)
    if not arguments.yes_write_to:
        raise UsageError(
            "The demo writes to its own server only",
            f"{', '.join(named)} names another one",
            "leave it out, or add --yes-write-to and that database's name",
        )
    if arguments.fresh:
        raise UsageError("Only the demo's own data can be thrown away", "--fresh is for the embedded server")
    # A database that is named here is not looked for on a server that only GBTUI_DSN or PGHOST names.
    told = tuple(replace(source, closed=True) for source in config.connection if not source.closed)
    return replace(config, connection=told)


def _go_on(arguments: argparse.Namespace, config: Config, sources: list[ConnectionSource], folder: Path | None) -> int:
    """With the server there: fill it, then do what was asked."""
    from gbtui.database import dsn
    from gbtui.demo.prepare import prepare
    from gbtui.demo.traffic.process import Orders, TrafficProcess

    environment = not config.is_embedded
    target = dsn.resolve(sources, os.environ if environment else {})
    with _said() as say:
        asyncio.run(
            prepare(
                target,
                embedded=config.is_embedded,
                confirmed=arguments.yes_write_to,
                size=arguments.size,
                seed=arguments.seed,
                fresh=arguments.fresh,
                progress=say,
            )
        )
    if not arguments.no_console:
        rate, home = arguments.traffic or 0.0, str(folder) if folder else None
        orders = Orders(sources, environment, rate, arguments.seed, arguments.seconds, home)
        with TrafficProcess(orders) if arguments.traffic else contextlib.nullcontext():
            return _console(config)
    if arguments.traffic:
        return asyncio.run(_traffic(arguments, target, folder))
    opens = "The demo is ready: gbtui --dsn embedded: opens it." if config.is_embedded else "The sample data is loaded."
    print(opens, file=sys.stderr)
    return 0


def _console(config: Config) -> int:
    from gbtui.commands import console

    return asyncio.run(console.show(config))


async def _traffic(arguments: argparse.Namespace, target: "Target", folder: Path | None) -> int:
    """Traffic in this process, until its time is over or it is interrupted; then what it did."""
    from gbtui.demo.traffic.drive import Traffic

    traffic = Traffic(target, arguments.traffic, arguments.seed, folder=folder)
    work = asyncio.current_task()
    assert work is not None
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, work.cancel)
    until = f"for {arguments.seconds:g} s" if arguments.seconds else "until ctrl+c"
    print(f"gbtui: {arguments.traffic:g} messages a second {until}", file=sys.stderr)
    started = time.monotonic()
    with contextlib.suppress(asyncio.CancelledError):
        await traffic.run(arguments.seconds)
    done = traffic.done
    print(
        f"gbtui: {done.messages:,} messages in {done.sessions:,} new sessions, {done.troubles} troubles,"
        f" {done.failed} failed, in {time.monotonic() - started:.0f} s",
        file=sys.stderr,
    )
    return 0


@contextlib.contextmanager
def _said() -> "Iterator[Say]":
    """One line on stderr that says what is being done; on a terminal it is written over and gone at the end."""
    say = Say()
    try:
        yield say
    finally:
        say.end()


class Say:
    """Progress on stderr: one changing line on a terminal, else a line whenever the step changes."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = ""

    def __call__(self, text: str) -> None:
        """Show this step; what follows a colon (a share, a time) may change often."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1  # a line that wraps could not be taken back
            sys.stderr.write("\r\x1b[K" + f"gbtui: {text}"[:width])
        elif text.partition(":")[0] != self._last:
            sys.stderr.write(f"gbtui: {text}\n")
        self._last = text.partition(":")[0]
        sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._terminal and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _rate(text: str) -> float:
    return _number(text, _MOST_RATE, "messages a second")


def _seconds(text: str) -> float:
    return _number(text, 10 * 365 * 86_400.0, "seconds")


def _number(text: str, most: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of {what} from above 0 to {most:,.0f}")
    return value
