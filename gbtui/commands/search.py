"""`gbtui search`: find messages and documents by their words."""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.domain.search.search import Found, Search, Step
    from gbtui.domain.search.wish import Wish

_EXAMPLES: Final = """
words:
  refund late            both, anywhere in a message     "refund late"   one behind the other
  refund or return       either                          !refund         without it
  ref*                   what begins so                  --holding TEXT  this very text, also inside words
examples:
  gbtui search refund --org acme                  the last 24 h of one organization
  gbtui search '"late parcel"' --bot support@acme --since 7d
  gbtui search Bestellungen --language de         finds Bestellung, too
  gbtui search 東京 --org acme --since 2d
  gbtui search opening hours --documents --org acme
  gbtui search refund --json | jq .snippet
  gbtui search --build-index                      what an index would cost; with --read-write: build it
Without an index a search reads, newest first, what --org, --bot, --session and --since bound; with one it needs no
bounds, and the newest 500 matches are ranked. Each search is put on record. One line, or object, a match.
"""
_EVERY: Final = 1.0  # seconds between two words of progress
_LIMIT: Final = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui search`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("words", nargs="*", metavar="WORD", help="what to look for")
    parser.add_argument("--org", metavar="NAME", default="", help="only this organization: its slug, id or name")
    parser.add_argument("--bot", metavar="NAME@ORG", default="", help="only this bot")
    parser.add_argument("--session", metavar="ID", default="", help="only this session")
    parser.add_argument("--since", metavar="TIME", default="", help="from this time on: 10m, yesterday 14:10 …")
    parser.add_argument("--until", metavar="TIME", default="", help="before this time")
    parser.add_argument("--language", metavar="NAME", default="", help="whose forms of a word are one: german, de …")
    parser.add_argument("--documents", action="store_true", help="in documents of the knowledge base, not in messages")
    parser.add_argument("--holding", action="store_true", help="look for the text as it stands, not for words")
    parser.add_argument("--words", dest="as_words", action="store_true", help="look for words, whatever the script")
    parser.add_argument("--limit", metavar="N", type=_number, default=_LIMIT, help=f"at most N matches ({_LIMIT})")
    parser.add_argument("--json", action="store_true", help="one object a line")
    index = parser.add_mutually_exclusive_group()
    index.add_argument("--build-index", action="store_true", help="build the search's indexes for --language (simple)")
    index.add_argument("--drop-index", action="store_true", help="drop them")


def run(arguments: argparse.Namespace) -> int:
    """Search, or build or drop the indexes."""
    if arguments.build_index or arguments.drop_index:
        from gbtui.commands import search_index

        if arguments.words:
            raise UsageError("An index is of every word", f"what is {' '.join(arguments.words)} for?")
        return search_index.run(arguments)
    if not arguments.words:
        raise UsageError("Nothing to search for", "", 'write words: gbtui search refund "late parcel"')
    asyncio.run(_search(arguments))
    return 0


async def _search(arguments: argparse.Namespace) -> None:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.scope import home
    from gbtui.domain.search.searches import Searches
    from gbtui.security.audit import Audit

    async with opened(looking(arguments.config), note) as place:
        audit = Audit(place.database, required=arguments.config.audit == "required")
        found = await Searches(place.database, audit).begin(_wish(arguments), home(place.database.facts.access))
        if audit.local:
            note(f"audit: local, in {audit.path}: {audit.local}")
        _announce(found)
        await _print(found, arguments)


def _wish(arguments: argparse.Namespace) -> "Wish":
    from gbtui.domain.search.wish import Wish

    return Wish(
        text=" ".join(arguments.words),
        org=arguments.org,
        bot=arguments.bot,
        session=arguments.session,
        since=arguments.since,
        until=arguments.until,
        language=arguments.language,
        documents=arguments.documents,
        holding=arguments.holding,
        words=arguments.as_words,
    )


def _announce(found: "Search") -> None:
    """What bounds it and what was chosen for the person, before anything is read."""
    from gbtui.times import full

    told = found.request
    where = " of ".join(filter(None, (told.bot, told.scope.label)))
    parts = [f"in {where}"] * bool(where)
    parts += [f"since {full(told.since)}"] if told.since else []
    parts += [f"until {full(told.until)}"] if told.until else []
    parts += [f"words as {told.language} has them"] if told.query and told.language != "simple" else []
    parts += [told.remark] if told.remark else []
    parts += ["without an index"] if not told.indexed and not told.remark else []
    if parts:
        note(", ".join(parts))


async def _print(found: "Search", arguments: argparse.Namespace) -> None:
    """The best of the newest when they are known, or each as it is found, newest first."""
    from gbtui.commands.search_lines import line, objects
    from gbtui.domain.search.search import CANDIDATES, ranked

    shape = objects if arguments.json else line
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    held: list[Found] = []
    last: Step | None = None
    told = monotonic()

    def put(one: "Found") -> None:
        print(shape(one, colour), flush=True)

    try:
        async for step in found.run(CANDIDATES if found.request.ranked else arguments.limit):
            last = step
            held.extend(step.hits)
            if not found.request.ranked:
                for one in step.hits:
                    put(one)
            if monotonic() >= told + _EVERY:
                told = monotonic()
                note(_progress(found, step))
        for one in ranked(held, datetime.now(UTC))[: arguments.limit] if found.request.ranked else ():
            put(one)
    except asyncio.CancelledError:
        note(f"stopped; {_progress(found, last)}" if last else "stopped")
        raise
    if last is not None:
        note(_ended(found, last, arguments.limit))


def _progress(found: "Search", step: "Step") -> str:
    from gbtui.domain.search.search import progress
    from gbtui.times import full

    return progress(found, step, full(step.back_to) if step.back_to else "")


def _ended(found: "Search", step: "Step", limit: int) -> str:
    """What was read, and what was not."""
    told = _progress(found, step)
    if found.request.ranked and found.found > limit:
        told += f"; the best {limit} of them are printed"
    if step.done:
        return told
    from gbtui.times import rfc3339

    # A microsecond later: others may be of the same time, and once more is better than never.
    more = f": older ones with --until {rfc3339(step.back_to + timedelta(microseconds=1))}" if step.back_to else ""
    return f"{told}; there may be more{more}"


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of matches")
    return int(text)
