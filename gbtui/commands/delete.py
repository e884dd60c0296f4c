"""`gbtui delete`: what would go, and, confirmed by name, delete it in batches that nobody waits for."""

import argparse
import asyncio
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.act import may_write
from gbtui.commands.notes import json_line, note
from gbtui.commands.table import table
from gbtui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.domain.relations.preview import Preview
    from gbtui.domain.things import Named
    from gbtui.lifecycle.deleting import Progress

_KINDS: Final = ("organization", "bot", "user", "session", "collection")
_EXAMPLES: Final = """
examples:
  gbtui delete                                            deletions that have not ended, and those of today
  gbtui delete organization acme                          what would go, table by table; nothing is changed
  gbtui delete organization acme --json                   the same for a script
  gbtui delete organization acme --read-write --yes acme  delete it; ctrl+c stops behind the batch that runs
  gbtui delete organization acme --read-write --resume    go on with one that was stopped
  gbtui delete user ann --grace 30d --reason 'left' --read-write
                                                          soft: off now, deleted in 30 days; --undo takes it back
  gbtui delete --purge --read-write                       delete what is past its grace, and not held
  gbtui delete bot support@acme                           a bot is named by name and organization, or id
  gbtui delete session 0b9c…                              with its messages; `gbtui session end` keeps them

Rows go in small batches, each a transaction of 50 ms or so that waits 100 ms for a lock at most, with pauses between.
A collection goes with its documents. Of a user sessions and messages stay, anonymous.
"""
_EVERY: Final = 2.0
_PLAN_SECONDS: Final = 60.0
_STOPPED: Final = 130
_DAY: Final = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui delete`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("kind", nargs="?", choices=_KINDS, metavar="KIND", help=", ".join(_KINDS))
    parser.add_argument("name", nargs="?", metavar="NAME", help="its slug, name, address or id")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--plan", action="store_true", help="only say what would go (the default)")
    how.add_argument("--yes", metavar="NAME", help="delete it; its name again")
    how.add_argument("--resume", action="store_true", help="go on with a deletion that was stopped")
    how.add_argument("--grace", metavar="TIME", help="soft: switch it off now, delete it so long afterwards (30d)")
    how.add_argument("--undo", action="store_true", help="take a soft delete back, while its time of grace lasts")
    how.add_argument("--purge", action="store_true", help="delete everything whose time of grace is over")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why, for the audit record")
    parser.add_argument("--json", action="store_true", help="objects, one a line")


def run(arguments: argparse.Namespace) -> int:
    """0: said, or deleted; 1: something stops it; 130: stopped, and to be resumed."""
    if arguments.grace is not None or arguments.undo or arguments.purge:
        from gbtui.commands.soft_delete import run as soft

        return soft(arguments)
    if (arguments.kind is None) != (arguments.name is None):
        raise UsageError("Which one?", "", f"gbtui delete {arguments.kind} NAME")
    doing = arguments.yes is not None or arguments.resume
    if doing and arguments.kind is None:
        raise UsageError("Which one?", "", "gbtui delete KIND NAME")
    if doing:
        may_write(arguments.config)
    return asyncio.run(_run(arguments, doing=doing))


async def _run(arguments: argparse.Namespace, *, doing: bool) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.relations.catalog import Catalog
    from gbtui.domain.relations.preview import preview
    from gbtui.domain.things import Kind, find
    from gbtui.lifecycle.orders import FOLLOWS

    async with opened(looking(arguments.config), note) as place:
        if arguments.kind is None:
            return await _list(place, as_json=arguments.json)
        named = await find(place.database, Kind(arguments.kind), arguments.name)
        if arguments.resume:
            await _begun(place, named)
        catalog = Catalog(place.database)
        follows = FOLLOWS.get(named.kind, ())
        seen = await preview(place.database, catalog, named.thing, follows=follows, seconds=_PLAN_SECONDS)
        if not doing:
            _print(named, seen, as_json=arguments.json)
            return 1 if seen.stops else 0
        if arguments.yes is not None and arguments.yes != named.name:
            raise UsageError("Not confirmed", f"--yes {arguments.yes} is not its name", f"--yes {named.name}")
        if seen.stops:
            raise RefusedError("It would be stopped", "; ".join(line.told for line in seen.stops))
        return await _delete(place, arguments, named, seen, catalog)


async def _delete(
    place: "Opened", arguments: argparse.Namespace, named: "Named", seen: "Preview", catalog: Any
) -> int:  # fmt: skip
    from gbtui.domain.relations.preview import Effect
    from gbtui.lifecycle.deleting import Reins, Stopped, delete, deleted_of
    from gbtui.lifecycle.orders import order
    from gbtui.security.audit import Audit

    audit = Audit(place.database, required=arguments.config.audit == "required")
    planned = seen.rows(Effect.DELETED)
    reins = Reins(tell=_Teller(sum(planned.values())))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, reins.stop.set)
    try:
        done = await delete(place.database, audit, catalog, order(named, planned, arguments.reason), reins)
    except Stopped:
        note(f"stopped; go on: gbtui delete {named.kind} {arguments.name} --read-write --resume")
        return _STOPPED
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        if audit.local:
            note(f"audit: local, in {audit.path}: {audit.local}")
    if arguments.json:
        print(json_line({"deleted": str(named.thing.key[0]), "rows": dict(done)}))
    else:
        print(f"{named.title}: deleted, {deleted_of(done):,} rows")
    return 0


class _Teller:
    """Says now and then how far it is."""

    def __init__(self, planned: int) -> None:
        self._planned, self._told = planned, time.monotonic()

    def __call__(self, progress: "Progress") -> None:
        now = time.monotonic()
        if now - self._told < _EVERY:
            return
        self._told = now
        told = f"{progress.gone:,} of {self._planned + progress.before:,} rows"
        told += f"; {progress.waiting}" if progress.waiting else ""
        note(told)


def _print(named: "Named", seen: "Preview", *, as_json: bool) -> None:
    names = ("table", "what", "rows", "columns", "note")
    rows = [
        {
            "table": line.table,
            "what": str(line.effect),
            "rows": line.rows if as_json or line.rows is None else f"{'' if line.exact else '≥ '}{line.rows:,}",
            "columns": list(line.columns) if as_json else ", ".join(line.columns),
            "note": line.note,
        }
        for line in seen.lines
    ]
    if as_json:
        for row, line in zip(rows, seen.lines, strict=True):
            print(json_line({**row, "exact": line.exact, "constraint": line.constraint or None}))
    else:
        print(f"deleting {named.title} would do this; nothing is changed:")
        print("\n".join(table(names, rows)))
    for sentence in seen.notes:
        note(sentence)


async def _begun(place: "Opened", named: "Named") -> None:
    """Refuse to go on with what nobody began."""
    from gbtui.lifecycle.deletion_log import deletions

    if not any(one.thing.key == named.thing.key and one.state == "running" for one in await deletions(place.database)):
        raise UsageError("Nothing to resume", f"no deletion of {named.title} was begun", "--yes NAME begins one")


async def _list(place: "Opened", *, as_json: bool) -> int:
    from gbtui.commands.soft_delete import print_scheduled
    from gbtui.lifecycle.deleting import deleted_of
    from gbtui.lifecycle.deletion_log import deletions

    if not place.database.facts.has_platform:
        raise RefusedError("Not in this schema", "gbtui deletes nothing here")
    rows: Sequence[dict[str, Any]] = [
        {
            "what": f"{one.kind} {one.thing.name or one.thing.key[0]}",
            "is": one.stands,
            "begun": one.started_at,
            "by": one.os_user or one.actor,
            "pid": one.pid,
            "done": deleted_of(one.done),
            "of": sum(one.planned.values()),
            "error": one.error,
        }
        for one in await deletions(place.database, _DAY)
    ]
    if as_json:
        for row in rows:
            print(json_line({**row, "begun": row["begun"].isoformat()}))
    elif rows:
        print("\n".join(table(tuple(rows[0]), rows)))
    else:
        note("nothing is being deleted, and nothing was today")
    await print_scheduled(place, as_json=as_json)
    return 0


__all__ = ["add_arguments", "run"]
