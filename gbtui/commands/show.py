"""`gbtui show`: any probe, printed for people or for scripts."""

import argparse
import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands import whose
from gbtui.commands.notes import json_line, note, print_json
from gbtui.commands.table import listing, table
from gbtui.commands.whose import ONE
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.domain.scope import Scope
    from gbtui.monitor.monitor import Monitor
    from gbtui.monitor.probe import Probe
    from gbtui.monitor.sample import Sample
    from gbtui.monitor.window import Span

_EXAMPLES: Final = """
examples:
  gbtui show                                       what can be shown
  gbtui show tables --limit 10                     the ten largest tables
  gbtui show activity 'state:idle state_age>5m'    narrowed, as with / in the console
  gbtui show sessions --org acme is:waiting        of one organization, found among all of its sessions
  gbtui show sessions 'at:"yesterday 14:10" bot:support'
                                                   with a message within a quarter of an hour of it
  gbtui show memories --bot support@acme           what a bot, a user, a collection has
  gbtui show tokens --user ann@example.org is:valid
  gbtui show locks --json                          one array of objects, for a script
  gbtui show noisy --window 30s                    which tenant it is: looks on for half a minute
  gbtui show rates --json --watch 5                one object a line, every five seconds
  gbtui show rates --window 1m                     read twice, a minute apart; `--window reset`: since the reset
  gbtui show databases --csv > databases.csv
In JSON and CSV bytes and seconds are plain numbers, times are RFC 3339 in UTC. What was left out is said on stderr.
In CSV a text that a spreadsheet would take for a formula has a ' in front; in JSON it has none.
"""
_RATE_SECONDS: Final = 1.0
_SHORTEST: Final = 0.5
_SAMPLED: Final = 10.0
"""Seconds that are looked at where shares rest on samples …"""
_EVERY: Final = 0.2
"""… and how far these are apart."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui show`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("name", nargs="?", metavar="NAME", help="the probe; without it: the list of probes")
    parser.add_argument("filter", nargs="*", metavar="FILTER", help="print only rows that match")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_const", const="json", dest="shape", help="an array of objects")
    shape.add_argument("--csv", action="store_const", const="csv", dest="shape", help="a header and rows")
    parser.add_argument("--watch", metavar="S", type=_seconds, help="again every S seconds, until interrupted")
    parser.add_argument("--limit", metavar="N", type=_number, help="at most N rows")
    parser.add_argument(
        "--window", metavar="SPAN", type=_window, help="what rates reach back to: 30s, 5m (it waits so long), reset"
    )
    parser.add_argument("--org", metavar="NAME", help="only this organization: its slug, id or name")
    whose.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list of probes, or one probe once or until interrupted."""
    from gbtui.monitor.probes import PROBES

    if arguments.name is None:
        _print_probes(list(PROBES.values()), arguments.shape)
        return 0
    probe = PROBES.get(arguments.name)
    if probe is None:
        raise UsageError("No such probe", arguments.name, f"there are: {', '.join(PROBES)}")
    chosen = [name for name in ("org", *ONE) if getattr(arguments, name)]
    if chosen and not probe.scoped:
        what = "organization" if chosen[0] == "org" else chosen[0]
        raise UsageError(f"No {what} can be chosen", f"{probe.name} tells of the whole server")
    if arguments.window and probe.over is None:
        rates = ", ".join(name for name, one in PROBES.items() if one.over)
        raise UsageError("No window can be chosen", f"{probe.name} has no rates over one", f"these have: {rates}")
    if probe.over and not probe.deltas and arguments.window is None:
        arguments.window = _window("reset")
    asyncio.run(_show(arguments, probe))
    return 0


async def _show(arguments: argparse.Namespace, probe: "Probe[Any]") -> None:
    from gbtui.commands.narrowing import Narrowing
    from gbtui.commands.on_record import on_record
    from gbtui.commands.opening import opened
    from gbtui.monitor.check import limits
    from gbtui.monitor.monitor import Monitor
    from gbtui.monitor.reach import refused

    narrowing = Narrowing(probe, " ".join(arguments.filter), arguments.limit)
    async with opened(looking(arguments.config), note) as place:
        monitor = Monitor(place.database, thresholds=limits(arguments.config.thresholds))
        if probe.name not in monitor.probes:
            raise refused(probe.name, place.database.facts.access)
        scope = await whose.scope(place.database, arguments, probe.name)
        if deed := whose.opening(probe.name, scope, " ".join(arguments.filter), redacted=arguments.config.redact):
            await on_record(place.database, arguments.config, deed)
        printer = Printer(probe, arguments.shape, arguments.watch is not None, arguments.window)
        try:
            reading = Readings(monitor, probe, scope, arguments.watch, arguments.window, narrowing.wish)

            async def take(sample: "Sample[Any]") -> None:
                printer.take(*await narrowing.narrowed(sample, place.database, scope))

            await reading.run(take)
        finally:
            await monitor.stop()


@dataclass(frozen=True, slots=True)
class Readings:
    """A probe read once, or again and again; one of rates is read twice before it has any."""

    monitor: "Monitor"
    probe: "Probe[Any]"
    scope: "Scope"
    every: float | None
    span: "Span | None"
    wish: Any = None

    async def run(self, take: "Callable[[Sample[Any]], Awaitable[None]]") -> None:
        """Hand each sample to `take`."""
        from gbtui.monitor.window import LAST, OPENED, RESET

        loop = asyncio.get_running_loop()
        span = self.span or (OPENED if self.probe.sampled else LAST)
        if self.probe.sampled:
            await self._sample()
        elif (self.probe.deltas or self.span) and self.span != RESET:
            await self.monitor.once(self.probe.name, self.scope)
            await asyncio.sleep(self._first_wait)
        while True:
            began = loop.time()
            await take(await self.monitor.once(self.probe.name, self.scope, span, self.wish))
            if self.every is None:
                return
            await asyncio.sleep(max(0.0, began + self.every - loop.time()))

    async def _sample(self) -> None:
        """Look at what backends do for as long as the window is, or ten seconds."""
        loop = asyncio.get_running_loop()
        seconds = self.span.seconds if self.span and _SHORTEST <= self.span.seconds < float("inf") else _SAMPLED
        note(f"looking for {seconds:g} s at whose statements run")
        until = loop.time() + seconds
        while loop.time() < until:
            await self.monitor.once("activity")
            await self.monitor.once("callers" if self.probe.name == "callers" else "load")
            await asyncio.sleep(_EVERY)

    @property
    def _first_wait(self) -> float:
        """Seconds to the second reading: as long as the window, unless it may grow while watching."""
        if self.every is not None:
            return min(self.every, _RATE_SECONDS)
        known = self.span is not None and _SHORTEST <= self.span.seconds < float("inf")
        return self.span.seconds if self.span and known else _RATE_SECONDS


class Printer:
    """Writes samples in one shape: a table for people, JSON or CSV for scripts."""

    def __init__(self, probe: "Probe[Any]", shape: str | None, watching: bool, span: "Span | None" = None) -> None:
        self._probe = probe
        self._span = span
        self._shape = shape
        self._watching = watching
        self._began = False

    def take(self, sample: "Sample[Any]", rows: Sequence[Any]) -> None:
        """Print one sample. Its error is raised, but while watching: then it is noted, and the next is awaited."""
        from gbtui.monitor.window import told

        if sample.error is not None:
            if not self._watching:
                raise sample.error
            note(str(sample.error))
            return
        {"json": self._json, "csv": self._csv, None: self._text}[self._shape](rows)
        if self._span is not None:
            note(f"window: {told(self._span, sample.window)}")
        for sentence in sample.skipped:
            note(sentence)
        self._began = True
        sys.stdout.flush()

    def _json(self, rows: Sequence[Any]) -> None:
        from gbtui.monitor.plain import plain

        objects = [plain(row) for row in rows]
        if self._watching:
            for one in objects:
                print(json_line(one))
        else:
            print_json(objects)

    def _csv(self, rows: Sequence[Any]) -> None:
        from gbtui.monitor.plain import columns, field, plain

        writer = csv.writer(sys.stdout, lineterminator="\n")
        if not self._began:
            writer.writerow(columns(self._probe.record))
        for row in rows:
            writer.writerow(map(field, plain(row).values()))

    def _text(self, rows: Sequence[Any]) -> None:
        from gbtui.monitor.plain import columns, told

        if self._watching:
            print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z")
        one = len(rows) == 1 and not self._watching
        names = columns(self._probe.record)
        lines = listing(told(rows[0])) if one else table(names, [told(row) for row in rows])
        print("\n".join(lines) if rows else "nothing here")


def looking(config: "Config") -> "Config":
    """The settings of a command that only looks: it never migrates somebody's server on the way."""
    return config if config.is_embedded else replace(config, migrate="off")


def _print_probes(probes: "Sequence[Probe[Any]]", shape: str | None) -> None:
    from gbtui.monitor.plain import columns

    rows = [
        {"name": p.name, "title": p.title, "interval": p.interval, "privilege": p.privilege, "scoped": p.scoped}
        for p in probes
    ]
    if shape == "json":
        full = [row | {"fields": list(columns(probe.record))} for row, probe in zip(rows, probes, strict=True)]
        print_json(full)
    elif shape == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        print("\n".join(f"{probe.name:<13} {probe.title}" for probe in probes))


def _seconds(word: str) -> float:
    from gbtui.filters import quantity

    found = quantity(word)
    if found is None or found < _SHORTEST:
        raise argparse.ArgumentTypeError(f"{word!r} is no span of at least {_SHORTEST:g} s: write 5, 0.5 or 1m")
    return found


def _window(word: str) -> "Span":
    from gbtui.monitor.window import span_of

    try:
        return span_of(word)
    except UsageError as error:
        raise argparse.ArgumentTypeError(f"{error.message}: {error.hint}") from None


def _number(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no number of rows")
    return int(word)
