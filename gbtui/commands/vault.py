"""`gbtui vault`: make and change keys, seal values anew, and prove that all of them open."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.notes import note, print_json
from gbtui.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.database.database import Database
    from gbtui.security.audit import Audit
    from gbtui.security.vault.keyring import Keyring
    from gbtui.security.vault.master import Master
    from gbtui.security.vault.store import Store
    from gbtui.security.vault.tally import Tally

_ACTIONS: Final = {
    "init": "make the first data key; --generate makes the master key's file as well",
    "rotate": "another data key for what is sealed from now on; --master-file: wrap all by another master key",
    "reencrypt": "seal every value anew under the active key, beside a platform that goes on",
    "check": "open every value and say what does not; exit code 1 if any",
}
_EVERY: Final = 2.0  # seconds between two words of progress
_EXAMPLES: Final = """
examples:
  gbtui vault init --profile prod --read-write --generate
  gbtui vault check --profile prod                           counts by key, and what does not open
  gbtui vault rotate --profile prod --read-write             then: gbtui vault reencrypt
  gbtui vault reencrypt --profile prod --read-write          may be stopped and started again at any time
  gbtui vault rotate --profile prod --read-write --master-file new.key --generate

The profile says where the master key is: vault = { file = "FILE" }, { command = ["pass", "show", "gbtui"] } or
{ env = "NAME" }, and with v1_keys = "FILE" where the keys of values are that the Rust server has sealed.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui vault`."""
    parser.usage = "gbtui vault {" + ",".join(_ACTIONS) + "} [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<9} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument(
        "--generate", action="store_true", help="make the master key's file first, which must not exist"
    )
    parser.add_argument("--master-file", metavar="FILE", type=Path, help="the master key that is to take over (rotate)")
    parser.add_argument("--pause", metavar="S", type=float, default=0.05, help="seconds between two batches (0.05)")
    parser.add_argument("--json", action="store_true", help="one object a column (check, reencrypt)")


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code is 0, or 1 where a value does not open or was left."""
    action, config = arguments.action, arguments.config
    if arguments.generate and action not in ("init", "rotate"):
        raise UsageError("--generate goes with init and rotate")
    if arguments.master_file and action != "rotate":
        raise UsageError("--master-file goes with rotate", "", "the profile says where the master key is")
    if arguments.generate and action == "rotate" and not arguments.master_file:
        raise UsageError(
            "--generate makes a master key", "rotate makes a data key", "name its file: --master-file FILE"
        )
    if not 0 <= arguments.pause <= 60:
        raise UsageError("--pause", "seconds from 0 to 60")
    if action != "check" and config.read_only:
        hint = "" if config.read_only_always else "add --read-write, or read_only = false to the profile"
        raise RefusedError("Read-only", "nothing was changed", hint)
    return asyncio.run(_run(config, arguments))


@dataclass(frozen=True, slots=True)
class _Work:
    """What an action works with."""

    config: "Config"
    arguments: argparse.Namespace
    database: "Database"
    audit: "Audit"
    store: "Store"


async def _run(config: "Config", arguments: argparse.Namespace) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.security.audit import Audit
    from gbtui.security.vault.store import Store

    acts: dict[str, Callable[[_Work], Awaitable[int]]] = {
        "init": _init,
        "rotate": _rotate,
        "reencrypt": _values,
        "check": _values,
    }
    async with opened(looking(config), note) as place:
        audit = Audit(place.database, required=config.audit == "required")
        work = _Work(config, arguments, place.database, audit, Store(place.database, audit))
        code = await acts[arguments.action](work)
        if audit.local:
            note(f"audit: local, in {audit.path}: {audit.local}")
    return code


async def _init(work: _Work) -> int:
    from gbtui.security.vault import master as key

    if work.arguments.generate:
        if await work.store.keys():  # it says so; a master key that wraps none of them would only confuse
            raise UsageError("The vault has a key", "no master key was made")
        master = await asyncio.to_thread(key.generate, work.config.vault)
        assert work.config.vault is not None
        _made(work.config.vault.file, master)
    else:
        master = await _master(work.config)
    print(f"data key {await work.store.init(master)} is active, wrapped by master key {master.fingerprint}")
    return 0


async def _rotate(work: _Work) -> int:
    master = await _master(work.config)
    if not work.arguments.master_file:
        print(f"data key {await work.store.rotate(master)} is active; gbtui vault reencrypt brings the values to it")
        return 0
    from gbtui.config.secrets import VaultKeys
    from gbtui.security.vault import master as key

    source = VaultKeys(file=work.arguments.master_file.expanduser().absolute())
    other = await asyncio.to_thread(key.generate if work.arguments.generate else _read, source)
    if work.arguments.generate:
        _made(source.file, other)
    done = await work.store.rewrap(master, other)
    print(f"data keys: {done} wrapped by master key {other.fingerprint}; the profile must name it now: {source.file}")
    return 0


async def _values(work: _Work) -> int:
    """Check, or seal anew, every registered column."""
    from gbtui.commands.vault_keys import vault
    from gbtui.security.deed import Deed
    from gbtui.security.vault.columns import COLUMNS
    from gbtui.security.vault.reading import check
    from gbtui.security.vault.reencrypt import Reencryption

    keys = await asyncio.to_thread(vault, work.config, await work.store.keys())
    if not keys.keys.active_id:
        raise UsageError("The vault has no key", "", "gbtui vault init makes the first")
    broken = await asyncio.to_thread(_broken, keys.keys)
    pause, tallies = work.arguments.pause, []
    for column in COLUMNS:
        if work.arguments.action == "check":
            await work.audit.write(Deed("vault.checked", column.table, detail={"column": column.name}))
            tallies.append(await check(work.database, keys, column, pause=pause, told=_Progress()))
        else:
            run = Reencryption(work.database, keys, work.audit, column, pause=pause)
            tallies.append(await run.run(_Progress()))
    if work.arguments.json:
        print_json(map(_object, tallies))
    else:
        for tally in tallies:
            print("\n".join(lines(tally, keys.keys.active_id)))
    for sentence in broken:
        note(sentence)
    return int(bool(broken) or any(tally.faults or tally.left for tally in tallies))


def _broken(keys: "Keyring") -> list[str]:
    """Which data keys are damaged, also one that nothing asks for today. VaultError: the master key is another one."""
    from gbtui.errors import Fault, VaultError

    found = []
    for key_id in keys.ids:
        try:
            keys.key(key_id)
        except VaultError as error:
            if error.fault is Fault.WRONG:
                raise
            found.append(str(error))
    return found


def lines(tally: "Tally", active: str) -> list[str]:
    """What was found in one column, for a person: counts, then each fault with its rows."""
    from gbtui.text import count, plural

    told = [f"{tally.column}: {plural(tally.read, 'value')}, {count(tally.current)} sealed under {active} already"]
    if tally.sealed:
        told.append(f"  {count(tally.sealed)} sealed anew")
    told += [f"  {count(number)} under {key}" for key, number in sorted(tally.keys.items()) if key != active]
    if tally.left:
        told.append(f"  {count(tally.left)} left: changed or held by others meanwhile; run it again")
    for fault, number in sorted(tally.faults.items()):
        rows = ", ".join(tally.named[fault]) + (", …" if number > len(tally.named[fault]) else "")
        told.append(f"  {count(number)} not opened, left as they are: {fault}: rows {rows}")
        told.append(f"    {tally.why[fault]}")
    return told


class _Progress:
    """Says every two seconds how far it is."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, tally: "Tally") -> None:
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            note(f"{tally.column}: {tally.read} read, {tally.sealed} sealed anew")


def _object(tally: "Tally") -> dict[str, Any]:
    rows = {str(fault): keys for fault, keys in tally.named.items()}
    return {**tally.detail(), "keys": tally.keys, "rows": rows}


async def _master(config: "Config") -> "Master":
    from gbtui.commands.vault_keys import master

    return await asyncio.to_thread(master, config)


def _read(source: Any) -> "Master":
    from gbtui.security.vault import master

    return master.read(source, {})


def _made(path: "Path | None", master: "Master") -> None:
    note(f"master key {master.fingerprint} is in {path}: keep a copy apart from the database and its backups;")
    note("without it nothing that is sealed can ever be read again")
