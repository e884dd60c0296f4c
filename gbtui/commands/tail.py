"""`gbtui tail`: the conversations as they happen, one line a message."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Final

from gbtui.commands.notes import note
from gbtui.commands.opening import opened
from gbtui.domain.scope import EVERYONE
from gbtui.domain.tail import Batch, Gap, Message, Phase, State, Tail, TailEvent
from gbtui.domain.tenant_list import scope_of
from gbtui.errors import GbtuiError
from gbtui.filters import Filter
from gbtui.filters import parse as parse_filter
from gbtui.text import clean, harmless_json
from gbtui.times import full, parse, rfc3339

_EXAMPLES: Final = """
one line a message: time, organization/bot, session, "<" from the user or ">" from the bot, user, text
examples:
  gbtui tail                                everything, after the last ten messages
  gbtui tail --org acme sender:user         what the users of one organization say
  gbtui tail 'bot:support !"thank you"'     of the bots called support, but not the thanks
  gbtui tail --since 10m --json > file      from ten minutes ago on, one object a line
  gbtui tail --json length>500 | jq .message  long messages, as jq reads them
columns for filters: org bot user session sender text length at; marks: is:late
Every message committed after the start is printed once. What the server cannot vouch for is said on stderr.
"""

COLUMNS: Final = ("org", "bot", "user", "session", "sender", "text", "length", "at")
MARKS: Final = ("late",)
_ARROWS: Final = {"user": "<", "bot": ">"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui tail`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("filter", nargs="*", metavar="FILTER", help="print only messages that match")
    parser.add_argument("--org", metavar="NAME", help="only this organization: its slug, id or name")
    parser.add_argument("--since", metavar="TIME", help="begin at this time: 10m, 14:10, yesterday 14:10, 2026-11-22 …")
    parser.add_argument("--last", metavar="N", type=_number, default=10, help="begin with so many older messages (10)")
    parser.add_argument("--limit", metavar="N", type=_number, help="stop after N messages")
    parser.add_argument("--json", action="store_true", help="one object a line")


def run(arguments: argparse.Namespace) -> int:
    """Print messages until interrupted (130, or 143 when told to end), or until the limit."""
    return asyncio.run(_tail(arguments))


async def _tail(arguments: argparse.Namespace) -> int:
    wanted = parse_filter(" ".join(arguments.filter), COLUMNS, MARKS)
    since = parse(arguments.since, datetime.now(UTC)) if arguments.since else None
    if since is not None:
        note(f"since {full(since)}")
    async with opened(arguments.config, note) as place:
        scope = await scope_of(place.database, arguments.org) if arguments.org else EVERYONE
        printer = Printer(as_json if arguments.json else as_text, wanted, arguments.limit)
        tail = Tail(place.database, scope=scope, ring=1, backlog=arguments.last, since=since)
        tail.subscribe(printer)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, printer.stop)
        await tail.start()
        try:
            return await printer.done
        finally:
            await tail.stop()


class _StoppedError(Exception):
    """A signal came while a write was waiting."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Printer:
    """Prints what the tail delivers, a batch at a time and never part of a line; `done` ends with the exit code.

    It carries the error if printing or following became impossible.
    """

    def __init__(self, line: Callable[[Message], str], wanted: Filter, limit: int | None) -> None:
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[int] = self._loop.create_future()
        self._line = line
        self._wanted = wanted
        self._left = limit
        self._followed = False
        self._writing = False

    def stop(self, number: int, _frame: object) -> None:
        """The handler of signals: end at once, also out of a write that waits for a slow reader."""
        if self._writing:
            raise _StoppedError(number)
        self._loop.call_soon_threadsafe(self._end, 128 + number)

    def __call__(self, event: TailEvent) -> None:
        """Take one event of the tail."""
        if self.done.done():
            return
        try:
            match event:
                case Batch(messages):
                    self._print(messages)
                case Gap(before, after, reason):
                    note(f"gap between transactions {before} and {after}: {reason}")
                case State(phase, detail):
                    self._told(phase, detail)
        except _StoppedError as stopped:
            # What still waits in the buffer must not hold up the exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._end(128 + stopped.number)
        except (GbtuiError, OSError) as error:
            self.done.set_exception(error)

    def _print(self, messages: tuple[Message, ...]) -> None:
        chosen = [message for message in messages if self._matches(message)]
        if self._left is not None:
            chosen = chosen[: self._left]
            self._left -= len(chosen)
        if chosen:
            text = "".join(f"{self._line(message)}\n" for message in chosen)
            self._writing = True
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            finally:
                self._writing = False
        if self._left == 0:
            self._end(0)

    def _end(self, code: int) -> None:
        if not self.done.done():
            self.done.set_result(code)

    def _matches(self, message: Message) -> bool:
        if not self._wanted:
            return True
        marks = ("late",) if message.late else ()
        return self._wanted.matches(row(message), marks=marks)

    def _told(self, phase: Phase, detail: str) -> None:
        if phase is Phase.FAILED:
            raise GbtuiError("The tail cannot follow", detail)
        if phase is Phase.FOLLOWING and self._followed:
            note("following again")
        elif phase in (Phase.RECONNECTING, Phase.WAITING):
            note(f"{phase.value}: {detail}")
        self._followed |= phase is Phase.FOLLOWING


def row(message: Message) -> dict[str, object]:
    """A message as a filter sees it."""
    return {
        "org": message.organization,
        "bot": message.bot,
        "user": message.user,
        "session": str(message.session_id),
        "sender": message.sender,
        "text": message.message,
        "length": message.length,
        "at": message.created_at,
    }


def as_text(message: Message) -> str:
    """One line for people; nothing in it can move the cursor or change a colour."""
    at = message.created_at.astimezone()
    when = f"{at:%H:%M:%S}" if at.date() == datetime.now(at.tzinfo).date() else f"{at:%Y-%m-%d %H:%M:%S}"
    arrow = _ARROWS.get(message.sender, "?")
    more = f" … ({message.length:,} characters)" if message.cut else ""
    who = f"{message.organization}/{message.bot}"
    return f"{when} {who} {str(message.session_id)[:8]} {arrow} {message.user or '-'}: {clean(message.message)}{more}"


def as_json(message: Message) -> str:
    """One object: the record's field names, times in RFC 3339 UTC, the text as it is stored (cut at 4000)."""
    return harmless_json(_ENCODER.encode({name: getattr(message, name) for name in _FIELDS}))


def _plain(value: object) -> str:
    """What JSON has no form for."""
    return rfc3339(value) if isinstance(value, datetime) else str(value)


_FIELDS: Final = tuple(field.name for field in fields(Message))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=_plain)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of messages")
    return int(text)
