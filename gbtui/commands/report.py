"""`gbtui report`: the server's state as one page for a ticket."""

import argparse
import asyncio
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.commands.show import looking
from gbtui.errors import ConnectError, UsageError

if TYPE_CHECKING:
    from gbtui.config import Config

_EXAMPLES: Final = """
examples:
  gbtui report --profile prod                       one page of Markdown
  gbtui report --profile prod --output ticket.md    to a file
Verdict, findings with what to do, what changed, and the foremost rows of activity, locks and tables; no section
without something to say. Texts of statements and messages, people and addresses are left out.
exit codes: 0 written, 1 written, but the server cannot be reached, 2 wrongly called, 3 no server named
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui report`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--output", metavar="FILE", type=Path, help="write there instead of to the terminal")


def run(arguments: argparse.Namespace) -> int:
    """Write the page; 1 if there was no server to write of."""
    from gbtui.commands.report_page import unreachable

    code = 0
    try:
        page = asyncio.run(_page(arguments.config))
    except ConnectError as error:
        code = error.exit_code
        page = unreachable(arguments.config.label or "a server", error, datetime.now(UTC))
    _write(page, arguments.output)
    return code


async def _page(config: "Config") -> str:
    from gbtui.commands.check import look
    from gbtui.commands.opening import opened
    from gbtui.commands.report_page import page
    from gbtui.commands.report_sections import SECTIONS
    from gbtui.monitor.check import limits
    from gbtui.monitor.checks import CHECKS
    from gbtui.monitor.ignored_file import NAME, IgnoredFile
    from gbtui.monitor.monitor import Monitor
    from gbtui.monitor.reach import judgeable

    thresholds = limits(config.thresholds)
    async with opened(looking(config), note) as place:
        ignoring = IgnoredFile(config.file.path.with_name(NAME), place.label)
        monitor = Monitor(place.database, thresholds=thresholds, ignoring=ignoring)
        try:
            named = ("connectivity", "connections", *(section.probe for section in SECTIONS))
            wanted = [name for name in dict.fromkeys(named) if name in monitor.probes]
            rates = [name for name in wanted if monitor.probes[name].over]
            await asyncio.gather(*(monitor.once(name) for name in rates))  # theirs begins here
            verdict = await look(monitor, judgeable(CHECKS, monitor.probes))
            await asyncio.gather(*(monitor.once(name) for name in wanted))
        finally:
            await monitor.stop()
        samples = {name: monitor.last(name) for name in monitor.probes}
        return page(
            place.label, replace(verdict, findings=monitor.findings, aside=monitor.aside), samples, datetime.now(UTC)
        )


def _write(page: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(page)
        return
    try:
        # For its owner's eyes: it tells of people's statements.
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as written:
            written.write(page)
    except OSError as error:
        raise UsageError("The report cannot be written there", f"{output}: {error.strerror}") from error
    note(f"written to {os.fspath(output)}")
