"""`gbtui partitions`: list the months, make those ahead, split, detach, and adopt a plain table."""

import argparse
import asyncio
import signal
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Final

from gbtui.commands.act import may_write
from gbtui.commands.direct import direct, may_be_direct, progress
from gbtui.commands.notes import json_line, note
from gbtui.commands.table import table
from gbtui.errors import GbtuiError, UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.database.connection import Connection
    from gbtui.lifecycle.partitions import Partition

_EXAMPLES: Final = """
examples:
  gbtui partitions                                        every month: bounds, rows, size, state, whether it is closed
  gbtui partitions list --json                            the same for a script
  gbtui partitions make --read-write                      three months ahead; finishes what was left half detached
  gbtui partitions make --months 6 --read-write           six
  gbtui partitions split message_history --from 2025-01 --read-write     months of their own, before old rows come
  gbtui partitions detach message_history_p202501 --read-write           out of the table, whole, and closed
  gbtui partitions adopt message_history --read-write     a plain table becomes the partitioned one, in place

Nobody who writes waits for any of it longer than 100 ms. split and adopt go in steps: ctrl+c stops behind the one that
runs, and the same command goes on there; with --undo it is taken back instead.
"""
_ACTIONS: Final = {
    "list": "every month as it stands (the default)",
    "make": "make the months ahead",
    "split": "divide the partition that is open to the past into months",
    "detach": "take a month out of its table; it stays as a table of its own",
    "adopt": "turn a plain table into the partitioned one",
}
_NAMED: Final = {"split": " TABLE --from YYYY-MM", "detach": " PARTITION", "adopt": " TABLE"}
_STOPPED: Final = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui partitions`."""
    parser.usage = "gbtui partitions [" + "|".join(_ACTIONS) + "] [NAME] [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<7} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", nargs="?", default="list", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the table, or for detach the month as list names it")
    parser.add_argument("--json", action="store_true", help="list: objects, one a line")
    parser.add_argument("--months", type=int, metavar="N", help="make: whole months after this one (3)")
    parser.add_argument("--from", dest="since", type=_month, metavar="YYYY-MM", help="split: the first month")
    parser.add_argument("--undo", action="store_true", help="split, adopt: take back what has not come to its end")


def run(arguments: argparse.Namespace) -> int:
    """0 when it is done; 130: stopped, and the same command goes on."""
    action = arguments.action
    if (arguments.name is not None) != (action in _NAMED):
        raise UsageError("Which one?", "", f"gbtui partitions {action}{_NAMED.get(action, '')}")
    if (arguments.since is not None) != (action == "split" and not arguments.undo):
        raise UsageError("From which month?", "", "gbtui partitions split TABLE --from YYYY-MM")
    if arguments.undo and action not in ("split", "adopt"):
        raise UsageError("--undo", "", "gbtui partitions split|adopt TABLE --undo")
    if arguments.months is not None and (action != "make" or not 0 <= arguments.months <= 24):
        raise UsageError("--months", str(arguments.months), "gbtui partitions make --months N, from 0 to 24")
    if arguments.json and action != "list":
        raise UsageError("--json", "", "gbtui partitions list --json")
    if action != "list":
        may_write(arguments.config)
    return asyncio.run(_run(arguments))


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no month: write YYYY-MM, for example 2025-01") from None


async def _run(arguments: argparse.Namespace) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.batches import Stopped

    async with opened(looking(arguments.config), note) as place:
        if arguments.action == "list":
            return await _list(place, as_json=arguments.json)
        may_be_direct(place)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            async with direct(place) as connection, progress(place, connection):
                return await _do(arguments, connection, stop)
        except Stopped:
            note("stopped; the same command goes on here")
            return _STOPPED
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def _do(arguments: argparse.Namespace, connection: "Connection", stop: asyncio.Event) -> int:
    from gbtui.lifecycle import adopting, partitions

    if arguments.undo:
        if arguments.action == "adopt":
            undone = await adopting.undo_adopt(connection)
        else:
            undone = await partitions.undo_split(connection, _full(arguments.name))
        print("taken back" if undone else "nothing was begun")
        return 0
    if arguments.action == "make":
        months = partitions.MONTHS_AHEAD if arguments.months is None else arguments.months
        done = await partitions.ensure(connection, months)
    elif arguments.action == "detach":
        done = (f"{await partitions.detach(connection, arguments.name)}: detached, whole and closed",)
    elif arguments.action == "split":
        done = await partitions.split_past(connection, _full(arguments.name), arguments.since, tell=note, stop=stop)
    else:
        if _full(arguments.name) != adopting.TABLE:
            raise UsageError("adopt", f"{arguments.name} cannot be adopted", "message_history is the one that can")
        await adopting.adopt(connection, tell=note, stop=stop)
        done = (f"{adopting.TABLE}: partitioned by month",)
    print("\n".join(done) if done else "nothing was missing")
    return 0


def _full(name: str) -> str:
    return name if "." in name else f"public.{name}"


async def _list(place: "Opened", *, as_json: bool) -> int:
    from gbtui.lifecycle.partitions import Partition, PartitionWork
    from gbtui.monitor.plain import plain
    from gbtui.monitor.reach import refused

    if place.database.facts.access.bound:
        raise refused("partitions", place.database.facts.access)
    found = await place.database.rows(Partition, "meta/partition_tables")
    if as_json:
        for one in found:
            print(json_line(plain(one)))
    elif found:
        rows = [_line(one) for one in found]
        print("\n".join(table(tuple(rows[0]), rows)))
    else:
        note("no table is partitioned by month here")
    with suppress(GbtuiError):  # a login that may not see what runs, or a database without our schema
        for row in await place.database.rows(PartitionWork, "meta/works"):
            at = f", at: {row.step}" if row.step else ""
            who = f"process {row.pid} works on it" if row.pid else "it can go on"
            note(f"{row.work} {row.table}, begun {row.started_at:%Y-%m-%d %H:%M}, has not ended{at}; {who}")
    return 0


def _line(one: "Partition") -> dict[str, object]:
    return {
        "partition": one.partition,
        "from": f"{one.lower:%Y-%m-%d}" if one.lower else "the past",
        "before": f"{one.upper:%Y-%m-%d}" if one.upper else None,
        "rows_estimate": one.rows_estimate,
        "total_bytes": one.total_bytes,
        "state": one.state,
        "closed": one.closed,
    }
