"""`gbtui sql`: run one statement, read-only, cut on the server; all of it only to a file, under a size."""

import argparse
import asyncio
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.sql_line.result import Answer
    from gbtui.domain.sql_line.wish import Wish

_EXAMPLES: Final = """
examples:
  gbtui sql 'SELECT slug, created_at FROM organizations ORDER BY 2 DESC'
  gbtui sql 'TABLE bots' --json | jq -r '.[].name'
  gbtui sql - < statement.sql
  gbtui sql 'SELECT * FROM message_history' --output all.csv --most 2GB --deadline 10m
One statement that reads: SELECT, WITH, VALUES, TABLE, SHOW, EXPLAIN. It runs in a read-only transaction with the
rights of the login, and goes on record. Printed are at most 1,000 rows, of each value 4,000 characters; what is
more is said on stderr.
"""
_MOST: Final = "100MB"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui sql`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("statement", metavar="STATEMENT", help="the statement; - reads it from stdin")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one array of objects, values as texts, NULL as null")
    shape.add_argument("--csv", action="store_true", help="CSV with a head")
    parser.add_argument("--deadline", metavar="TIME", default="30s", help="how long it may run (30s)")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write all rows to a new file: .csv or .json")
    parser.add_argument("--most", metavar="SIZE", default=_MOST, help=f"how large that file may become ({_MOST})")


def run(arguments: argparse.Namespace) -> int:
    """Run it, and print or write what it answers."""
    from gbtui.domain.sql_line.stream import bytes_of
    from gbtui.domain.sql_line.wish import read
    from gbtui.times import seconds

    text = sys.stdin.read() if arguments.statement == "-" else arguments.statement
    deadline, most = seconds(arguments.deadline), bytes_of(arguments.most)
    if not deadline:
        raise UsageError("--deadline", f"{arguments.deadline!r} is no length of time", "write for example 2m")
    if most is None:
        raise UsageError("--most", f"{arguments.most!r} is no size", "write for example 100MB")
    asyncio.run(_run(read(text), arguments, deadline, most))
    return 0


async def _run(wish: "Wish", arguments: argparse.Namespace, deadline: float, most: int) -> None:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.sql_line.run import SqlLine
    from gbtui.security.audit import Audit
    from gbtui.security.openings import sql_exported, sql_run

    async with opened(looking(arguments.config), note) as place:
        audit = Audit(place.database, required=arguments.config.audit == "required")
        masked, command = place.database.redact, "gbtui sql"
        if arguments.output is None:
            await audit.write(sql_run(wish.on_record, redacted=masked, command=command))
            _print(await SqlLine(place.database).run(wish, deadline), arguments)
        else:
            form = arguments.output.suffix
            deed = sql_exported(wish.on_record, redacted=masked, command=command, form=form, most=most)
            await audit.write(deed)
            await _write(place.database, wish, arguments.output, most=most, deadline=deadline)
        if audit.local:
            note(f"audit: local, in {audit.path}: {audit.local}")


async def _write(database: "Database", wish: "Wish", path: Path, *, most: int, deadline: float) -> None:
    from gbtui.domain.sql_line.stream import stream
    from gbtui.text import plural, size

    path = await asyncio.to_thread(lambda: path.expanduser().absolute())
    written = await stream(database, wish, path, most=most, seconds=deadline, progress=lambda _rows, _held: None)
    end = "" if written.whole else f"; the next row would make it larger than {size(most)}: --most"
    note(f"wrote {plural(written.rows, 'row')}, {size(written.bytes)}, to {written.path}{end}")


def _print(answer: "Answer", arguments: argparse.Namespace) -> None:
    """As a table, CSV or JSON; what there is besides on stderr."""
    from gbtui.commands.table import table
    from gbtui.domain.sql_line.stream import unique
    from gbtui.monitor.plain import field
    from gbtui.text import harmless_json, plural

    names = unique([column.name for column in answer.columns])
    rows = [[None if value is None else value.text for value in row.values] for row in answer.rows]
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    if arguments.json:
        print(harmless_json(json.dumps(objects, ensure_ascii=False)))
    elif arguments.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([field(value) for value in row] for row in rows)
    elif names:
        for line in table(names, [{name: _said(value) for name, value in one.items()} for one in objects]):
            print(line)
    note(f"{plural(len(rows), 'row')} in {answer.seconds:.2f} s, as {answer.user}")
    if answer.more:
        note(f"{answer.more}: --output FILE writes all")
    if cut := sum(value is not None and value.more for row in answer.rows for value in row.values):
        note(f"{plural(cut, 'value')} cut at 4,000 characters")


def _said(value: str | None) -> str:
    return "NULL" if value is None else value or '""'
