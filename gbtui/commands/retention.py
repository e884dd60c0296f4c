"""`gbtui retention`: how long what is kept, what is past that, and removing exactly that."""

import argparse
import asyncio
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.act import may_write
from gbtui.commands.notes import json_line, note
from gbtui.commands.table import table
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.commands.opening import Opened
    from gbtui.domain.things import Named
    from gbtui.lifecycle.retention import Archiving, Kind, Line, Plan

_ACTIONS: Final = {
    "policy": "how long what is kept; with KIND and TIME: set it (forever; default: what an organization has not)",
    "hold": "ORGANIZATION --reason TEXT: nothing of it goes, whatever the policies say",
    "release": "ORGANIZATION: end that",
    "plan": "what is past retention now: rows and bytes by tenant, whole months; nothing is changed",
    "run": "remove exactly that",
}
_EXAMPLES: Final = """
examples:
  gbtui retention policy                                       all policies and holds
  gbtui retention policy messages 2y --read-write              the default of all organizations
  gbtui retention policy messages 90d --org acme --read-write  acme's own; `default` takes it away
  gbtui retention hold acme --reason 'case 4711' --read-write
  gbtui retention plan --json > plan.json                      the first line says of which moment it is
  gbtui retention run --at 2026-11-28T22:00Z --archive /backup --read-write
                                                               the plan of that moment, archived, and no more

kinds: messages, sessions, tokens, clicks, audit, drafts. ctrl+c stops a run behind the batch that runs; run it again.
"""
_STOPPED: Final = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui retention`."""
    parser.usage = "gbtui retention {" + ",".join(_ACTIONS) + "} [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<8} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument("words", nargs="*", metavar="WORD", help="kind and time (policy), organization (hold, release)")
    parser.add_argument("--org", metavar="SLUG", help="of this organization alone (policy)")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why (hold, release)")
    parser.add_argument("--at", metavar="TIME", help="the plan's moment, not later than now (plan, run)")
    parser.add_argument("--kind", metavar="KIND", action="append", help="only this kind; may be repeated (plan, run)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--archive", metavar="PLACE", help="archive first: a folder, s3://… (run; or the profile's)")
    where.add_argument("--no-archive", action="store_true", help="what goes is gone (run)")
    parser.add_argument("--json", action="store_true", help="objects, one a line")


def run(arguments: argparse.Namespace) -> int:
    """0: done, or said; 130: stopped, and to be run again."""
    action, words = arguments.action, arguments.words
    wanted = {"policy": (0, 2), "hold": (1,), "release": (1,)}.get(action, (0,))
    if len(words) not in wanted:
        raise UsageError("Which one?" if len(words) < max(wanted) else "Too many words", "", _usage(action))
    if words or action == "run":
        may_write(arguments.config)
    return asyncio.run(_run(arguments))


def _usage(action: str) -> str:
    return {
        "policy": "gbtui retention policy KIND TIME [--org SLUG]",
        "hold": "gbtui retention hold ORGANIZATION --reason TEXT",
        "release": "gbtui retention release ORGANIZATION",
    }.get(action, f"gbtui retention {action} [--at TIME] [--kind KIND]")


async def _run(arguments: argparse.Namespace) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking

    async with opened(looking(arguments.config), note) as place:
        if arguments.action in ("plan", "run"):
            kinds = _kinds(arguments.kind)
            moment = await _moment(place, arguments.at)
            if arguments.action == "plan":
                return await _plan(place, moment, kinds, as_json=arguments.json)
            return await _remove(place, arguments, moment, kinds)
        if arguments.words:
            print(await _change(place, arguments))
        else:
            await _policies(place, as_json=arguments.json)
        return 0


async def _moment(place: "Opened", text: str | None) -> datetime:
    from gbtui.lifecycle.clock import server_now
    from gbtui.times import parse

    async with place.database.snapshot() as connection:
        now = (await server_now(connection)).astimezone(UTC)
    moment = parse(text, now) if text else now
    if moment > now:
        raise UsageError("--at", f"{text} has not come yet", "what is past retention then is not known now")
    return moment


def _kinds(words: Sequence[str] | None) -> "list[Kind]":
    from gbtui.lifecycle.retention import Kind

    return [_kind(word) for word in words] if words else list(Kind)


def _kind(word: str) -> "Kind":
    from gbtui.lifecycle.retention import Kind

    try:
        return Kind(word)
    except ValueError:
        raise UsageError("Which kind?", f"{word!r} is none", f"there are: {', '.join(Kind)}") from None


async def _change(place: "Opened", arguments: argparse.Namespace) -> str:
    from gbtui.lifecycle.retention import policy
    from gbtui.security.audit import Audit

    audit = Audit(place.database, required=arguments.config.audit == "required")
    if arguments.action == "hold":
        org = await _organization(place, arguments.words[0])
        return await policy.hold(place.database, audit, org, arguments.reason)
    if arguments.action == "release":
        org = await _organization(place, arguments.words[0])
        return await policy.release(place.database, audit, org, arguments.reason)
    kind, length = _kind(arguments.words[0]), arguments.words[1]
    named = await _organization(place, arguments.org) if arguments.org else None
    if length == "default":
        if named is None:
            raise UsageError("Whose?", "`default` takes an organization's own policy away", "--org SLUG")
        return await policy.follow_default(place.database, audit, kind, named)
    return await policy.keep(place.database, audit, kind, named, policy.days(length))


async def _organization(place: "Opened", text: str) -> "Named":
    from gbtui.domain.things import Kind as What
    from gbtui.domain.things import find

    return await find(place.database, What.ORGANIZATION, text)


async def _policies(place: "Opened", *, as_json: bool) -> None:
    from gbtui.lifecycle.retention import policies
    from gbtui.lifecycle.retention.policy import told

    known = await policies(place.database)
    rows: list[dict[str, Any]] = [
        {
            "kind": row.kind,
            "of": row.organization or "all others",
            "kept": row.keep_days if as_json else told(row.keep_days),
            "by": row.actor,
            "since": row.updated_at.isoformat() if as_json else row.updated_at,
        }
        for row in known.rows
    ]
    if as_json:
        for row in rows:
            print(json_line(row))
        for hold in known.holds:
            print(json_line({"held": hold.organization, "reason": hold.reason, "by": hold.actor,
                             "since": hold.placed_at.isoformat()}))  # fmt: skip
        return
    print("\n".join(table(("kind", "of", "kept", "by", "since"), rows)))
    for hold in known.holds:
        print(f"held: {hold.organization}, by {hold.actor}: {hold.reason}")


# --- plan and run ----------------------------------------------------------------------------------------


async def _plan(place: "Opened", moment: datetime, kinds: "list[Kind]", *, as_json: bool) -> int:
    from gbtui.lifecycle.retention import plan

    _print(await plan(place.database, moment, kinds), as_json=as_json)
    return 0


def _print(found: "Plan", *, as_json: bool) -> None:
    from gbtui.text import plural, size

    at = found.at.isoformat()
    if as_json:
        print(json_line({"at": at}))
        for line in found.lines:
            print(json_line(_line(line, as_json=True)))
        for month in found.months:
            print(json_line({"month": month.month.name, "kind": month.kind, "disk_bytes": month.disk}))
    elif found.lines or found.months:
        print(f"past retention at {at}; nothing is changed:")
        names = ("kind", "action", "tenant", "partition", "rows", "bytes", "oldest", "newest")
        print("\n".join(table(names, [_line(line) for line in found.lines])))
        for month in found.months:
            print(f"{month.month.name} goes as a whole: {size(month.disk)} of disk")
        print(f"{plural(found.rows, 'row')}; the same: gbtui retention run --at {at} --read-write")
    else:
        print(f"nothing is past retention at {at}")
    for sentence in found.told:
        note(sentence)


def _line(line: "Line", *, as_json: bool = False) -> dict[str, Any]:
    times = {name: when and (when.isoformat() if as_json else when.replace(second=0, microsecond=0))
             for name, when in (("oldest", line.oldest), ("newest", line.newest))}  # fmt: skip
    return {
        "kind": str(line.kind), "action": line.action, "tenant": line.organization, "partition": line.partition,
        "rows": line.rows, "bytes": line.bytes, **times,
    }  # fmt: skip


def _archive(place: "Opened", arguments: argparse.Namespace, kinds: "list[Kind]") -> "Archiving | None":
    """Where what goes is archived; nobody loses rows for having left out a flag."""
    from gbtui.lifecycle.retention.rows import ARCHIVED

    where = arguments.archive or arguments.config.archive
    if arguments.no_archive or not set(kinds) & set(ARCHIVED):
        return None
    if not where:
        raise UsageError(
            "Archived where?", "messages, clicks and audit records are archived before they go",
            "--archive FOLDER, or archive = in the profile; --no-archive: what goes is gone",
        )  # fmt: skip
    from gbtui.lifecycle.archive.before import Before
    from gbtui.lifecycle.archive.store import store

    return Before(place.database, store(where))


async def _remove(place: "Opened", arguments: argparse.Namespace, moment: datetime, kinds: "list[Kind]") -> int:
    from gbtui.lifecycle import retention
    from gbtui.security.audit import Audit
    from gbtui.text import plural

    audit = Audit(place.database, required=arguments.config.audit == "required")
    reins, archive = retention.Reins(tell=note), _archive(place, arguments, kinds)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, reins.stop.set)
    try:
        done = await retention.run(place.database, audit, moment, kinds, archive=archive, reins=reins)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    for sentence in done.told:
        note(sentence)
    if arguments.json:
        print(json_line({"at": done.at.isoformat(), "run": done.run, "stopped": done.stopped}))
        for line in done.lines:
            print(json_line(_line(line, as_json=True)))
    else:
        if done.lines:
            names = ("kind", "action", "tenant", "partition", "rows")
            print("\n".join(table(names, [_line(one) for one in done.lines])))
        print(f"{plural(done.rows, 'row')}, past retention at {done.at.isoformat()}; on record as run {done.run}")
    if done.stopped:
        note(f"stopped; go on: gbtui retention run --at {done.at.isoformat()} --read-write")
        return _STOPPED
    return 0


__all__ = ["add_arguments", "run"]
