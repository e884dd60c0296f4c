"""`gbtui advise`: the indexes that the workload asks for, and why there is none for the others."""

import argparse
import asyncio
import dataclasses
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.notes import note
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.monitor.advice.workload.advise import Asked, QueryAdvice
    from gbtui.monitor.advice.workload.reading import Workload

_EXAMPLES: Final = """
examples:
  gbtui advise --profile prod          the indexes that would save most, best first
  gbtui advise --all                   and each statement without advice, with the reason
  gbtui advise --json | jq -r '.advice[].statement'
It reads the statements that took the most time since pg_stat_statements was reset, plans them without running them, and
makes nothing. With the extension hypopg the planner says what an index would save; else that is estimated.
"""
_MOST: Final = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui advise`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="one object: advice, statements, remarks")
    parser.add_argument("--all", action="store_true", help="also the statements without advice, and why")
    parser.add_argument("--limit", metavar="N", type=_number, default=_MOST, help=f"look at N statements ({_MOST})")


def run(arguments: argparse.Namespace) -> int:
    """Read the workload, print the advice."""
    asyncio.run(_advise(arguments))
    return 0


async def _advise(arguments: argparse.Namespace) -> None:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.monitor.advice.workload.reading import read_workload
    from gbtui.monitor.reach import refused

    async with opened(looking(arguments.config), note) as place:
        access = place.database.facts.access
        if access.bound:
            raise refused("advice", access)
        found = await read_workload(place.database, arguments.limit)
        shown = place.database.shown_text
    if arguments.json:
        from gbtui.text import harmless_json

        print(harmless_json(json.dumps(_plain(found, shown), ensure_ascii=False)))
        return
    for remark in found.remarks:
        note(remark)
    for number, advice in enumerate(found.advice, 1):
        for line in _lines(number, advice):
            print(shown(line))
    if not found.advice:
        print("no index is advised")
    for asked in found.statements if arguments.all else ():
        if asked.why:
            print(shown(_line(asked)))


def _lines(number: int, advice: "QueryAdvice") -> Iterator[str]:
    from gbtui.text import clean, duration, percent, plural, size

    how = "by the planner's word (hypopg)" if advice.rests_on == "hypopg" else "estimated"
    yield f"{number}. {clean(advice.statement)}"
    yield (
        f"   saves about {duration(advice.saves_ms)}, {percent(advice.saves_share)} of all, in "
        f"{plural(advice.statements, 'statement')} ({how}); costs about {duration(advice.costs_ms)} of writes and "
        f"{size(advice.size_bytes)}"
    )
    yield f"   {clean(advice.evidence)}"
    yield f"   risk: {clean(advice.risk)}"


def _line(asked: "Asked") -> str:
    from gbtui.text import clean, duration

    text = clean(" ".join(asked.text.split()))
    return f"{duration(asked.total_ms):>9}  {clean(asked.why)}: {text[:120]}"


def _plain(found: "Workload", shown: Any) -> dict[str, Any]:
    advice = [
        {name: shown(value) if isinstance(value, str) else value for name, value in dataclasses.asdict(one).items()}
        for one in found.advice
    ]
    statements = [
        {
            "query_id": asked.query_id, "calls": asked.calls, "total_ms": asked.total_ms, "query": shown(asked.text),
            "why": shown(asked.why) or None,
        }
        for asked in found.statements
    ]  # fmt: skip
    return {"advice": advice, "statements": statements, "remarks": list(found.remarks)}


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise UsageError("--limit", f"{text!r} is no number from 1 to 1000")
    return int(text)
