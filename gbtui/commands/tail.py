"""`gbtui tail`: the conversations as they happen, one line a message."""

import argparse
import asyncio
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.notes import note
from gbtui.commands.on_record import on_record
from gbtui.commands.opening import opened
from gbtui.commands.tail_lines import SHAPES, Shape
from gbtui.commands.tail_printer import Printer
from gbtui.database.database import Database
from gbtui.domain.scope import Scope, home
from gbtui.domain.tail import Follower
from gbtui.domain.tail.bookmark import Bookmark
from gbtui.domain.tail.dated_reader import NO_CURSOR, DatedReader
from gbtui.domain.tail.session import Session
from gbtui.domain.tail.stream import MESSAGES, messages_of
from gbtui.domain.tenant_list import scope_of
from gbtui.errors import UsageError
from gbtui.filters import Filter
from gbtui.filters import parse as parse_filter
from gbtui.security.deed import Deed
from gbtui.security.openings import tail_opened
from gbtui.times import full, parse, parse_end

if TYPE_CHECKING:
    from gbtui.domain.tail.cursor_file import CursorFile

_EXAMPLES: Final = """
one line a message: time, organization/bot, session, "<" from the user or ">" from the bot, user, text
examples:
  gbtui tail                                everything, after the last ten messages
  gbtui tail --org acme sender:user         what the users of one organization say
  gbtui tail 'bot:support !"thank you"'     of the bots called support, but not the thanks
  gbtui tail --since 10m --json > file      from ten minutes ago on, one object a line
  gbtui tail --json length>500 | jq .message  long messages, as jq reads them
  gbtui tail --from-cursor pos --json >> file   go on where the last run was stopped
  gbtui tail --since 14:00 --until 14:10 --format '{time} {user}: {text}'
  gbtui tail --stream audit action:delete   who deletes what
columns for filters: org bot user session sender text length script at; marks: is:late is:cut
of the audit log: org action table object actor person client reason detail at
Every message committed after the start is printed once. What the server cannot vouch for is said on stderr.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui tail`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("filter", nargs="*", metavar="FILTER", help="print only messages that match")
    parser.add_argument("--stream", choices=SHAPES, default="messages", help="what to follow (messages)")
    parser.add_argument("--org", metavar="NAME", help="only this organization: its slug, id or name")
    parser.add_argument("--since", metavar="TIME", help="begin at this time: 10m, 14:10, yesterday 14:10, 2026-11-22 …")
    parser.add_argument("--until", metavar="TIME", help="end at this time: in 10m, 14:10, 2026-11-22 14:10 …")
    parser.add_argument("--last", metavar="N", type=_number, default=10, help="begin with so many older messages (10)")
    parser.add_argument("--limit", metavar="N", type=_number, help="stop after N messages")
    parser.add_argument(
        "--from-cursor",
        metavar="FILE",
        type=Path,
        help="go on from the place kept in FILE, and keep it there; --since and --last count while it is missing",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object a line")
    form.add_argument(
        "--format",
        metavar="TEMPLATE",
        help="lines of your own: {time} {organization} {bot} {user} {session} {sender} {text} {id} …",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print messages until the limit or the end (0), until interrupted (130), or told to end (143)."""
    return asyncio.run(_tail(arguments))


async def _tail(arguments: argparse.Namespace) -> int:
    shape = SHAPES[arguments.stream]
    wanted = parse_filter(" ".join(arguments.filter), shape.columns, shape.marks)
    line = _line(arguments, shape)
    since, until = _times(arguments, datetime.now(UTC))
    async with opened(arguments.config, note) as place:
        scope = await scope_of(place.database, arguments.org) if arguments.org else home(place.database.facts.access)
        stream = messages_of(place.database.facts.has_schema) if shape.stream is MESSAGES else shape.stream
        cursor = _cursor(arguments.from_cursor, scope, wanted.source)
        if cursor is not None and stream.reader is DatedReader:
            raise UsageError("No cursor can be kept", NO_CURSOR)
        bookmark = await _bookmark(cursor, place.database, stream.table)
        if bookmark is None:
            _announce("since", since)
        _announce("until", until)
        if wanted.echo:
            note(f"filter: {wanted.echo}")
        if arguments.stream == "messages":
            await on_record(place.database, arguments.config, _deed(arguments, scope, wanted, since, until))
        printer = Printer(
            shape, line, wanted, limit=arguments.limit, until=until, keep=cursor.write if cursor else None
        )
        tail = Follower(
            place.database,
            stream,
            scope=scope,
            ring=1,
            backlog=arguments.last,
            since=since,
            bookmark=bookmark,
            accepted=printer.accepted,
        )
        printer.listen(tail)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, printer.stop)
        await tail.start()
        try:
            return await printer.done
        finally:
            await tail.stop()
            printer.finish()


def _deed(
    arguments: argparse.Namespace, scope: Scope, wanted: Filter, since: datetime | None, until: datetime | None
) -> Deed:
    return tail_opened(
        scope.org_id, wanted.source, redacted=arguments.config.redact, command="gbtui tail", since=since, until=until,
        last=arguments.last, from_cursor=arguments.from_cursor is not None,
    )  # fmt: skip


def _line(arguments: argparse.Namespace, shape: Shape[Any]) -> Callable[[Any], str]:
    if arguments.format is not None:
        return shape.by_template(arguments.format)
    if arguments.json:
        return shape.json
    # The whole id only where it is of use: it tells a line that a killed run repeats from a new one.
    return lambda entry: shape.text(entry, arguments.from_cursor is not None)


def _times(arguments: argparse.Namespace, now: datetime) -> tuple[datetime | None, datetime | None]:
    since = parse(arguments.since, now) if arguments.since else None
    until = parse_end(arguments.until, now, since or now) if arguments.until else None
    if since is not None and until is not None and until <= since:
        raise UsageError("Nothing to print", f"--until {full(until)} is not behind --since {full(since)}")
    if until is not None and until <= now and since is None and not arguments.from_cursor:
        raise UsageError("Nothing to print", f"--until {full(until)} has passed", "say --since, too; or in 10m")
    return since, until


def _cursor(path: Path | None, scope: Scope, source: str) -> "CursorFile | None":
    if path is None:
        return None
    from gbtui.domain.tail.cursor_file import CursorFile

    return CursorFile(path, scope.org_id, source)


async def _bookmark(cursor: "CursorFile | None", database: Database, table: str) -> Bookmark | None:
    """What the cursor's file holds, if that may be used here: told before anything is followed."""
    if cursor is None or (bookmark := cursor.read()) is None:
        return None
    session = await Session.open(database)
    try:
        place = await session.place(table)
    finally:
        session.terminate()
    if why := place.refuses(bookmark.place):
        raise UsageError("The cursor cannot be used here", why)
    return bookmark


def _announce(word: str, moment: datetime | None) -> None:
    """A time in full, before it is used."""
    if moment is not None:
        note(f"{word} {full(moment)}")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of messages")
    return int(text)
