"""`gbtui delete --grace`, `--undo`, `--purge`: deleted when a time of grace is over, unless it is taken back."""

import argparse
import asyncio
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

from gbtui.commands.act import may_write
from gbtui.commands.notes import json_line, note
from gbtui.commands.table import table
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.lifecycle.soft_delete import SoftDelete

_STOPPED = 130


def run(arguments: argparse.Namespace) -> int:
    """0: done; 1: something that is past its grace stays, and why; 130: stopped."""
    named = arguments.kind is not None and arguments.name is not None
    if named == arguments.purge:
        hint = "gbtui delete --purge" if arguments.purge else "gbtui delete user NAME --grace 30d --reason TEXT"
        raise UsageError("Which one?" if not named else "All of them", "", hint)
    may_write(arguments.config)
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.relations.catalog import Catalog
    from gbtui.domain.things import Kind, find
    from gbtui.lifecycle.soft_delete import SoftDelete
    from gbtui.security.audit import Audit

    async with opened(looking(arguments.config), note) as place:
        audit = Audit(place.database, required=arguments.config.audit == "required")
        soft = SoftDelete(place.database, audit, Catalog(place.database), note)
        if arguments.purge:
            return await _purge(soft, as_json=arguments.json)
        named = await find(place.database, Kind(arguments.kind), arguments.name)
        if arguments.undo:
            print(await soft.undo(named))
        else:
            print(await soft.schedule(named, _grace(arguments.grace), arguments.reason))
    return 0


def _grace(text: str) -> timedelta:
    from gbtui.lifecycle.retention.policy import days

    found = days(text)
    if found is None:
        raise UsageError("How long?", "a time of grace ends", "30d")
    return timedelta(days=found)


async def _purge(soft: "SoftDelete", *, as_json: bool) -> int:
    from gbtui.lifecycle.clock import server_now
    from gbtui.lifecycle.deleting import Reins
    from gbtui.text import plural

    async with soft.database.snapshot() as connection:
        at = await server_now(connection)
    reins, loop = Reins(), asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, reins.stop.set)
    try:
        done = await soft.purge(at, reins)
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
    for what, rows in done.gone.items():
        print(json_line({"deleted": what, "rows": rows}) if as_json else f"{what}: deleted, {plural(rows, 'row')}")
    for what, why in done.kept.items():
        note(f"{what} stays: {why}")
    if not (done.gone or done.kept or done.stopped):
        note("nothing is past its time of grace")
    if done.stopped:
        note("stopped; go on: gbtui delete --purge --read-write")
        return _STOPPED
    return 1 if done.kept else 0


async def print_scheduled(place: "Opened", *, as_json: bool) -> None:
    """What is to be deleted later."""
    from gbtui.lifecycle.soft_delete import scheduled

    rows = [
        {
            "scheduled": f"{one.kind} {one.name or one.key}",
            "after": one.purge_after.isoformat() if as_json else one.purge_after,
            "by": one.actor,
            "reason": one.reason,
            "stays": f"held by {one.held_by}" if one.held_by else "active again" if one.active else "",
        }
        for one in await scheduled(place.database)
    ]
    if as_json:
        for row in rows:
            print(json_line(row))
    elif rows:
        print("\n".join(table(tuple(rows[0]), rows)))


__all__ = ["print_scheduled", "run"]
