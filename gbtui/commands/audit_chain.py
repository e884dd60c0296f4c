"""`gbtui audit --seal` and `--verify`."""

import argparse
import asyncio

from gbtui.commands.audit import month_of
from gbtui.commands.notes import json_line, note
from gbtui.commands.opening import opened
from gbtui.commands.show import looking
from gbtui.security.audit import Audit
from gbtui.security.chain import seal, verify
from gbtui.text import plural


def run(arguments: argparse.Namespace) -> int:
    """Seal what has ended, or hold the records against their seals."""
    return asyncio.run(_verify(arguments) if arguments.verify else _seal(arguments))


async def _seal(arguments: argparse.Namespace) -> int:
    until = month_of(arguments.seal)
    async with opened(arguments.config, note) as place:
        audit = Audit(place.database, required=True)
        async with place.database.writing() as connection:
            sealed = await seal(connection, audit, until)
    for month, records, chain in sealed:
        if arguments.json:
            print(json_line({"month": f"{month:%Y-%m}", "records": records, "chain": chain.hex()}))
        else:
            print(f"{month:%Y-%m}  {plural(records, 'record')}  chain {chain.hex()}")
    note("keep the end of the chain outside the database, too" if sealed else "every month that has ended is sealed")
    return 0


async def _verify(arguments: argparse.Namespace) -> int:
    wrong = 0
    async with opened(looking(arguments.config), note) as place:
        async for verdict in verify(place.database):
            wrong += verdict.wrong
            if arguments.json:
                print(json_line({"about": verdict.about, "wrong": verdict.wrong, "told": verdict.told}))
            else:
                print(f"{'✖' if verdict.wrong else ' '} {verdict.about}: {verdict.told}".rstrip(), flush=True)
    note(f"not whole: {plural(wrong, 'finding')}" if wrong else "no sealed record is missing, changed or added")
    return 1 if wrong else 0
