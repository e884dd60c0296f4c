"""`gbtui archive`: what is archived, whether it is whole, putting it back, and asking it without a server."""

import argparse
import asyncio
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.act import may_write
from gbtui.commands.notes import json_line, note
from gbtui.commands.table import table
from gbtui.errors import GbtuiError, UsageError

if TYPE_CHECKING:
    from gbtui.lifecycle.archive.manifest import Manifest
    from gbtui.lifecycle.archive.store import Store

_ACTIONS: Final = {
    "list": "the archives at a place",
    "verify": "[NAME…]: read them whole, and hold every row against the manifest; exit code 1 if one is not",
    "query": "SELECT [NAME…]: ask all or some, through DuckDB; tables messages, clicks, audit, sessions",
    "restore": "NAME: put it back, row for row; what is there stays as it is",
    "make": "messages|clicks --org SLUG: archive a tenant's rows; nothing is removed",
}
_EXAMPLES: Final = """
examples:
  gbtui archive list --at /backup/gbtui
  gbtui archive verify --profile prod                        the profile says where: archive = "/backup/gbtui"
  gbtui archive query "SELECT count(*) FROM messages WHERE message ILIKE '%parcel%'"
  gbtui archive restore message_history_p202501-all-… --profile prod --read-write
  gbtui archive make messages --org acme --until 2026-06-01 --profile prod

list, verify and query need no server. A place is a folder, or
s3://BUCKET/PREFIX?endpoint_override=HOST:PORT&scheme=http&region=NAME; keys come from AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, or as AWS's own tools find them.
"""
_STOPPED: Final = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui archive`."""
    parser.usage = "gbtui archive {" + ",".join(_ACTIONS) + "} [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<8} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument("words", nargs="*", metavar="WORD", help="archives; a SELECT first (query); a kind (make)")
    parser.add_argument("--at", metavar="PLACE", help="where they lie (else the profile's `archive`)")
    parser.add_argument("--org", metavar="SLUG", help="whose rows (make)")
    parser.add_argument("--since", metavar="TIME", help="rows from then on (make)")
    parser.add_argument("--until", metavar="TIME", help="rows before then (make; else now)")
    parser.add_argument("--json", action="store_true", help="objects, one a line")


def run(arguments: argparse.Namespace) -> int:
    """0: well; 1: an archive is not whole; 130: stopped."""
    from gbtui.lifecycle.archive.store import store

    action, words = arguments.action, arguments.words
    where = arguments.at or arguments.config.archive
    if not where:
        raise UsageError("Archives where?", "", "--at FOLDER, or archive = in the profile")
    if action == "restore":
        may_write(arguments.config)
    if len(words) != 1 and action in ("restore", "make"):
        raise UsageError("Which one?", "", f"gbtui archive {action} {'NAME' if action == 'restore' else 'messages'}")
    place = store(where)
    if action == "list":
        return _list(place, as_json=arguments.json)
    if action == "verify":
        return _verify(place, words)
    if action == "query":
        return _query(place, words, as_json=arguments.json)
    return asyncio.run(_restore(arguments, place) if action == "restore" else _make(arguments, place))


def _told(one: "Manifest", *, as_json: bool = False) -> dict[str, Any]:
    times = {name: when and (when.isoformat() if as_json else when.replace(second=0, microsecond=0))
             for name, when in (("oldest", one.oldest), ("newest", one.newest), ("made", one.made_at))}  # fmt: skip
    return {
        "archive": one.name, "kind": one.kind, "tenant": one.organization or "all", "rows": one.data.rows,
        "bytes": one.bytes, **times, "by": one.made_by,
    }  # fmt: skip


def _list(store: "Store", *, as_json: bool) -> int:
    rows, wrong = [], 0
    for name in store.names():
        try:
            rows.append(_told(store.manifest(name), as_json=as_json))
        except GbtuiError as error:
            note(str(error))
            wrong += 1
    if as_json:
        for row in rows:
            print(json_line(row))
    for name in store.unfinished():
        note(f"{name} was never finished: nothing was removed for it, and it may go")
    if as_json:
        return 1 if wrong else 0
    if rows:
        print("\n".join(table(("archive", "kind", "tenant", "rows", "bytes", "oldest", "newest", "made"), rows)))
    else:
        note(f"no archive at {store.where}")
    return 1 if wrong else 0


def _verify(store: "Store", names: list[str]) -> int:
    from gbtui.lifecycle.archive.verifying import verify
    from gbtui.text import plural

    wrong = 0
    for name in names or store.names():
        try:
            one = verify(store, name)
        except GbtuiError as error:
            print(f"✖ {error}", flush=True)
            wrong += 1
        else:
            print(f"  {name}: {plural(one.data.rows, 'row')}, as archived", flush=True)
    note(f"not whole: {plural(wrong, 'archive')}" if wrong else "every archive that was read is whole")
    return 1 if wrong else 0


def _query(store: "Store", words: list[str], *, as_json: bool) -> int:
    from gbtui.lifecycle.archive.querying import query

    if not words:
        raise UsageError("Which question?", "", "gbtui archive query 'SELECT count(*) FROM messages'")
    text, *names = words
    answer = query(store, [store.manifest(name) for name in names or store.names()], text)
    rows = [dict(zip(answer.names, row, strict=True)) for row in answer.rows]
    if as_json:
        for row in rows:
            print(json_line(row))
    elif answer.names:
        print("\n".join(table(tuple(dict.fromkeys(answer.names)), rows)))
    for sentence in answer.told:
        note(sentence)
    if answer.cut:
        note(f"only the first {len(rows):,} rows: LIMIT, or count them")
    return 0


async def _restore(arguments: argparse.Namespace, store: "Store") -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.archive.restoring import restore
    from gbtui.lifecycle.batches import Stopped
    from gbtui.security.audit import Audit
    from gbtui.text import plural

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    async with opened(looking(arguments.config), note) as place:
        audit = Audit(place.database, required=arguments.config.audit == "required")
        for signaled in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signaled, stop.set)
        try:
            done = await restore(place.database, audit, store, arguments.words[0], stop=stop, tell=_Teller())
        except Stopped:
            note("stopped; run it again to go on: what is there stays as it is")
            return _STOPPED
        finally:
            for signaled in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(signaled)
    print(f"{done.manifest.name}: {plural(done.rows, 'row')} put back, each compared with the archive")
    for number, what in (
        (done.there, "were there already"),
        (done.sessions, "sessions were gone and are back, revoked"),
        (done.anonymous, "are anonymous now: their user is gone"),
        (done.homeless, "were left: their bot is gone"),
    ):
        if number:
            note(f"{number:,} {what}")
    return 0


class _Teller:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, sentence: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._told > 2:
            self._told = now
            note(sentence)


async def _make(arguments: argparse.Namespace, store: "Store") -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.things import Kind as What
    from gbtui.domain.things import find
    from gbtui.lifecycle.archive.making import Slice, make
    from gbtui.lifecycle.retention.policy import NEVER, Kind
    from gbtui.times import parse

    if arguments.words[0] not in (Kind.MESSAGES, Kind.CLICKS) or not arguments.org:
        raise UsageError("What?", "messages or clicks of one tenant", "gbtui archive make messages --org SLUG")
    now = datetime.now(UTC)
    since = parse(arguments.since, now).isoformat() if arguments.since else NEVER
    until = (parse(arguments.until, now) if arguments.until else now).isoformat()
    async with opened(looking(arguments.config), note) as place:
        org = await find(place.database, What.ORGANIZATION, arguments.org)
        wanted = Slice(Kind(arguments.words[0]), since, until, org.org_id, org.name)
        print("\n".join(table(("archive", "rows", "bytes"), [_told(await make(place.database, store, wanted))])))
    return 0


__all__ = ["add_arguments", "run"]
