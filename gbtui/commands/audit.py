"""`gbtui audit`: who did what, when and to which row; whether the record is whole; what is not on it."""

import argparse
import asyncio
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.audit_list import Recorded

_EXAMPLES: Final = """
examples:
  gbtui audit                                   the newest 50 records
  gbtui audit table:users action:updated        changes of users
  gbtui audit object=0b9c2d1e-… --json          all that was done to one row, with the row before and after
  gbtui audit actor=ann --since yesterday       what one login did
  gbtui audit action:deleted --org acme --csv > deleted.csv
  gbtui audit --follow action:backend           as it happens
  gbtui audit --verify                          whether a record is missing or was changed, month by month
  gbtui audit --seal --read-write               seal every month that has ended; --seal 2026-10: up to that one
columns for filters: at actor action table object changed org person client application reason detail
A word with = is looked up by its index (actor=, object=); with : among the newest 20,000 records of a page.
An empty answer says what is not on record. exit codes of --verify: 0 whole, 1 not.
"""
_LIMIT: Final = 50
_MOST: Final = 200_000
"""Records that are looked through for those a filter leaves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui audit`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("filter", nargs="*", metavar="FILTER", help="print only records that match")
    parser.add_argument("--org", metavar="NAME", help="only of this organization: its slug, id or name")
    parser.add_argument("--since", metavar="TIME", help="from this time on: 10m, 14:10, yesterday 14:10, 2026-11-22 …")
    parser.add_argument("--until", metavar="TIME", help="up to this time")
    parser.add_argument("--limit", metavar="N", type=_number, help=f"at most N records ({_LIMIT})")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one object a line, with the row before and after")
    shape.add_argument("--csv", action="store_true", help="a header and rows")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--follow", action="store_true", help="print new records as they are written")
    way.add_argument("--verify", action="store_true", help="hold the records against their seals")
    way.add_argument(
        "--seal", nargs="?", const="", metavar="MONTH", help="seal the months that have ended, up to MONTH (2026-10)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print records, or say whether they are whole, or seal them."""
    if arguments.verify or arguments.seal is not None:
        from gbtui.commands import audit_chain

        if arguments.filter or arguments.org or arguments.since or arguments.until or arguments.csv:
            raise UsageError("The whole record is meant", "--verify and --seal take no filter")
        return audit_chain.run(arguments)
    if arguments.follow:
        return _follow(arguments)
    asyncio.run(_list(arguments))
    return 0


def _follow(arguments: argparse.Namespace) -> int:
    from gbtui.commands import tail

    if arguments.csv:
        raise UsageError("--csv has an end", "and --follow has none", "write --json")
    arguments.stream, arguments.format, arguments.from_cursor, arguments.last = "audit", None, None, 10
    return tail.run(arguments)


async def _list(arguments: argparse.Namespace) -> None:
    from dataclasses import replace

    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.audit_list import Recorded, audit_page, wish
    from gbtui.domain.scope import home
    from gbtui.domain.tenant_list import scope_of
    from gbtui.filters import parse
    from gbtui.monitor.plain import columns, values
    from gbtui.times import full, parse_end
    from gbtui.times import parse as moment

    now = datetime.now(UTC)
    wanted = parse(" ".join(arguments.filter), columns(Recorded), (), now)
    asked = wish(wanted, now)
    if arguments.since:
        asked = replace(asked, since=moment(arguments.since, now))
        note(f"since {full(asked.since or now)}")
    if arguments.until:
        asked = replace(asked, until=parse_end(arguments.until, now, asked.since or now))
        note(f"until {full(asked.until or now)}")
    if wanted.echo:
        note(f"filter: {wanted.echo}")
    limit = arguments.limit or _LIMIT
    async with opened(looking(arguments.config), note) as place:
        scope = await scope_of(place.database, arguments.org) if arguments.org else home(place.database.facts.access)
        found: list[Recorded] = []
        edge, looked, told = None, 0, tuple[str, ...]()
        while len(found) < limit and looked < _MOST:
            page = await audit_page(place.database, scope, asked, at=edge)
            found += [row for row in page.rows if wanted.matches(values(row), now=now)]
            looked += len(page.rows) or 1
            edge, told = page.behind, page.told
            if edge is None:
                break
        await _print(found[:limit], arguments, place.database)
        for sentence in told:
            note(sentence)
        if not found:
            await _nothing(place.database, asked.table or asked.object)
        elif edge is not None or len(found) > limit:
            note(f"{min(limit, len(found))} records; there are more: --limit N, or --until their oldest")


async def _print(found: "list[Recorded]", arguments: argparse.Namespace, database: "Database") -> None:
    from gbtui.commands.audit_lines import csv_lines, json_lines
    from gbtui.commands.table import table
    from gbtui.monitor.plain import values

    if arguments.json or arguments.csv:
        async for line in (json_lines if arguments.json else csv_lines)(database, found):
            print(line)
        return
    if found:
        for line in table(_SHOWN, [values(row) for row in found]):
            print(line)
    sys.stdout.flush()


_SHOWN: Final = ("at", "actor", "person", "client", "action", "table", "object", "changed", "org", "reason")


async def _nothing(database: "Database", about: str) -> None:
    """What an empty answer does not say: which changes leave no record, and what statistics know of them."""
    from gbtui.monitor.monitor import Monitor
    from gbtui.monitor.platform.unrecorded import of_table

    monitor = Monitor(database)
    try:
        sample = await monitor.once("unrecorded")
    finally:
        await monitor.stop()
    note("no record matches")
    if sample.error is not None:
        note(str(sample.error))
    meant = [row for row in sample.rows if about and about.casefold() in row.table.casefold()]
    for row in meant or [row for row in sample.rows if row.deleted_total and not row.recorded][:5]:
        note(of_table(row))
    quiet = [row.table for row in sample.rows if not row.recorded and row.table.startswith("public.")]
    if quiet:
        note(f"without a trigger: {', '.join(quiet)}")
    for sentence in sample.skipped:
        note(sentence)


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of records")
    return int(text)


def month_of(text: str) -> date | None:
    """The month that is written as 2026-10; None where none is."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise UsageError("Not a month", text, "write it as 2026-10") from None
