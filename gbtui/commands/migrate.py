"""`gbtui migrate`: see, apply, take back, rehearse and prove migrations."""

import argparse
import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.migrate_access import confirmed, connected, may_migrate, may_write, options
from gbtui.commands.notes import note, print_json, say
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.schema.lint import Finding
    from gbtui.schema.options import Applied
    from gbtui.schema.plan import Step
    from gbtui.schema.source import Migration

_ACTIONS: Final = {
    "status": "what is applied, pending, unknown or changed",
    "plan": "the SQL that is pending, what it would lock, rewrite and lose",
    "up": "apply what is pending",
    "down": "take back the newest",
    "redo": "take back the newest and apply it again",
    "verify": "prove on a scratch database that up, down, up gives an identical schema",
    "lint": "judge the DDL of all migrations; no server is asked",
    "new": "make the folder of a new migration: gbtui migrate new NAME",
}
_TERMINATED: Final = 143  # 128 + SIGTERM, as a shell reports it
_EXAMPLES: Final = """
examples:
  gbtui migrate status                             of the server that PG* or the profile names
  gbtui migrate status --check                     exit code 1 unless everything is applied and unchanged
  gbtui migrate plan --read-write                  rehearse what is pending (rolled back): locks, rewrites
  gbtui migrate plan --down --read-write           the same for taking back the newest
  gbtui migrate up --read-write                    apply it
  gbtui migrate up --read-write --init             build the schema in an empty database
  gbtui migrate down --read-write --confirm NAME   take back the newest; NAME is the database's
  gbtui migrate verify --dsn embedded:             prove all round trips on the server of this machine
  gbtui migrate lint --source migrations/core      what would lock, rewrite or lose, and what ages badly
  gbtui migrate new add_bot_labels --source migrations/core
Migrations are Diesel's: VERSION_NAME/up.sql and down.sql, recorded in __diesel_schema_migrations.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui migrate`."""
    parser.usage = "gbtui migrate {" + ",".join(_ACTIONS) + "} [NAME] [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<8} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the new migration's name (new)")
    parser.add_argument("--json", action="store_true", help="one array of objects")
    parser.add_argument("--to", metavar="V", help="up to and with version V; down: until V is the newest")
    parser.add_argument("--steps", metavar="N", type=int, help="how many to take back (down; 1)")
    parser.add_argument("--down", action="store_true", help="the plan of taking back (plan)")
    parser.add_argument("--init", action="store_true", help="build the schema in an empty database (up)")
    parser.add_argument("--confirm", metavar="NAME", help="the database's name: yes, this one may lose data")
    parser.add_argument("--check", action="store_true", help="exit code 1 if anything is pending or changed (status)")
    parser.add_argument("--source", metavar="DIR", type=Path, help="a Diesel folder instead of the platform's")
    parser.add_argument("--no-transaction", action="store_true", help="a statement that must run outside one (new)")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; the exit code is 0, or 1 where a check, a plan or a proof found something."""
    if (arguments.name is not None) != (arguments.action == "new"):
        raise UsageError("NAME goes with new", "", "gbtui migrate new NAME makes a migration's folder")
    if arguments.action in {"new", "lint"}:
        return _new(arguments) if arguments.action == "new" else _lint(arguments)
    actions: dict[str, Callable[[argparse.Namespace], Coroutine[Any, Any, int]]] = {
        "status": _status,
        "plan": _plan,
        "up": _up,
        "down": _down,
        "redo": _down,
        "verify": _verify,
    }
    return asyncio.run(_to_the_end(actions[arguments.action](arguments)))


async def _to_the_end(action: Coroutine[Any, Any, int]) -> int:
    """SIGTERM ends it as an interrupt does: rolled back, the scratch database dropped."""
    task = asyncio.current_task()
    assert task is not None  # this is a coroutine of asyncio.run
    terminated = False

    def stop() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        return await action
    except asyncio.CancelledError:
        if terminated:
            return _TERMINATED
        raise


def _migrations(arguments: argparse.Namespace) -> "tuple[Migration, ...]":
    from gbtui.resources import migrations
    from gbtui.schema import source

    return source.read(arguments.source or migrations("core"))


def _to(arguments: argparse.Namespace, known: "Sequence[Migration]") -> str | None:
    """The version that --to means; a folder's name will do."""
    from gbtui.schema.source import version_of

    if arguments.to is None:
        return None
    version = version_of(arguments.to)
    if version not in {m.version for m in known} and not (arguments.action == "down" and version == "0"):
        newest = known[-1].version if known else "none"
        raise UsageError("No such version", arguments.to, f"the newest here is {newest}")
    return version


async def _status(arguments: argparse.Namespace) -> int:
    from gbtui.commands import migrate_report as report
    from gbtui.schema.status import Standing, read_status

    async with connected(arguments.config, "inspect") as (connection, _):
        status = await read_status(connection, _migrations(arguments))
    if arguments.json:
        print_json(report.status_object(entry, status.standing) for entry in status.entries)
    else:
        print("\n".join(report.status_lines(status)))
    settled = status.standing is Standing.OURS and not status.pending and not status.drifted
    return 1 if arguments.check and not settled else 0


async def _up(arguments: argparse.Namespace) -> int:
    from gbtui.schema import runner
    from gbtui.schema.status import read_status

    may_write(arguments.config)
    known = _migrations(arguments)
    to = _to(arguments, known)
    async with connected(arguments.config, "write") as (connection, _):
        status = await read_status(connection, known)
        may_migrate(status, arguments)
        if status.pending and not status.facts.is_owner:
            note(f"new objects will belong to {status.facts.role}; the schema's owner is {status.facts.owner}")
        for entry in status.drifted:
            note(f"{entry.name}: {' and '.join(entry.drifted)} changed since it was applied")
        ahead = [m for m in status.pending if to is None or m.version.encode() <= to.encode()]
        if destructive := [m.name for m in ahead if "destructive" in m.marks]:
            confirmed(status, arguments, f"{', '.join(destructive)} would lose data (gbtui migrate plan tells which)")
        applied = await runner.up(connection, known, to=to, options=options())
    _tell(applied, ["up"] * len(applied), arguments, "nothing is pending")
    return 0


async def _down(arguments: argparse.Namespace) -> int:
    """down and redo: tell the losses, then do it if the database's name was given."""
    from gbtui.schema import plan, runner
    from gbtui.schema.status import read_status

    may_write(arguments.config)
    known = _migrations(arguments)
    to, steps = _to(arguments, known), arguments.steps or 1
    async with connected(arguments.config, "write") as (connection, _):
        status = await read_status(connection, known)
        may_migrate(status, arguments)
        have = [entry.version for entry in status.entries if entry.run_on]
        redo = arguments.action == "redo"
        ahead = runner.to_revert(known, have, steps=1 if redo else steps, to=None if redo else to)
        _say_losses(await plan.rehearse(connection, ahead, down=True))
        confirmed(status, arguments, f"{arguments.action} takes back {', '.join(m.name for m in ahead) or 'nothing'}")
        if redo:
            done = await runner.redo(connection, known, options=options())
        else:
            done = await runner.down(connection, known, steps=steps, to=to, options=options())
    directions = ["down", "up"] if redo else ["down"] * len(done)
    _tell(done, directions[: len(done)], arguments, "nothing to take back")
    return 0


def _say_losses(steps: "Sequence[Step]") -> None:
    from gbtui.commands import migrate_report as report

    for step in steps:
        say(f"{step.migration.name}:")
        if step.error or step.note:
            say(f"  {step.error or step.note}; what it would lose is not known")
        elif not any(loss.rows for loss in step.losses):
            say("  loses no rows")
        for loss in step.losses:
            if loss.rows:
                say(f"  loses {report.loss_line(loss)}")


async def _plan(arguments: argparse.Namespace) -> int:
    from gbtui.commands import migrate_report as report
    from gbtui.schema import plan, runner
    from gbtui.schema.status import Standing, read_status

    known = _migrations(arguments)
    to = _to(arguments, known)
    config = arguments.config
    async with connected(config, "inspect" if config.read_only else "write") as (connection, _):
        status = await read_status(connection, known)
        if arguments.down:
            have = [entry.version for entry in status.entries if entry.run_on]
            ahead = runner.to_revert(known, have, steps=arguments.steps or 1, to=to)
        else:
            ahead = [m for m in status.pending if to is None or m.version.encode() <= to.encode()]
        if status.standing in {Standing.FOREIGN, Standing.NEWER}:
            steps = plan.by_text(ahead, down=arguments.down, note="not rehearsed: this database is not touched")
        elif config.read_only or not status.facts.may_migrate:
            why = "read-only (--read-write rehearses it)" if config.read_only else "this role does not own the schema"
            steps = plan.by_text(ahead, down=arguments.down, note=f"read from the text, not rehearsed: {why}")
        else:
            steps = await plan.rehearse(connection, ahead, down=arguments.down)
    direction = "down" if arguments.down else "up"
    remarks = _remarks([] if arguments.down else ahead)
    told = [(step, direction, remarks.get(step.migration.name, ())) for step in steps]
    if arguments.json:
        print_json(report.step_object(*each) for each in told)
    else:
        print("\n".join(line for each in told for line in report.step_lines(*each)) or "nothing is pending")
    return 1 if any(step.error or (step.migration.problems and direction == "up") for step in steps) else 0


def _remarks(migrations: "Sequence[Migration]") -> "dict[str, tuple[Finding, ...]]":
    """What the linter says of each, by name; nothing where it is not installed."""
    try:
        from gbtui.schema.lint import lint
    except ImportError:
        return {}
    found = lint(migrations)
    return {m.name: tuple(finding for finding in found if finding.migration == m.name) for m in migrations}


async def _verify(arguments: argparse.Namespace) -> int:
    from gbtui.commands import migrate_report as report
    from gbtui.database.connection import connect
    from gbtui.schema.verify import verify

    may_write(arguments.config)
    known = _migrations(arguments)
    async with connected(arguments.config, "write") as (connection, target):
        proofs = await verify(
            connection,
            lambda name: connect(target.with_database(name), purpose="write", statement_timeout=0.0),
            known,
            options(),
        )
    if arguments.json:
        print_json(map(report.proof_object, proofs))
    else:
        print("\n".join(report.proof_lines(proofs)))
    return 1 if any(proof.problems for proof in proofs) else 0


def _tell(done: "Sequence[Applied]", directions: Sequence[str], arguments: argparse.Namespace, nothing: str) -> None:
    from gbtui.commands import migrate_report as report

    pairs = list(zip(done, directions, strict=True))
    if arguments.json:
        print_json(report.applied_object(each, direction) for each, direction in pairs)
    else:
        print("\n".join(report.applied_line(each, direction) for each, direction in pairs) or nothing)


def _lint(arguments: argparse.Namespace) -> int:
    from gbtui.commands import migrate_report as report

    try:
        from gbtui.schema.lint import lint
    except ImportError as error:
        raise UsageError("The linter is not installed", str(error), "pip install 'gbtui[lint]'") from error
    found = lint(_migrations(arguments))
    if arguments.json:
        print_json(asdict(finding) for finding in found)
    else:
        print("\n".join(map(report.lint_line, found)) or "nothing to remark on")
    return 1 if any(finding.severity == "danger" for finding in found) else 0


def _new(arguments: argparse.Namespace) -> int:
    from gbtui.schema import new, source

    folder = arguments.source or Path("migrations/core")
    if not folder.is_dir():
        raise UsageError("No folder of migrations here", str(folder), "name it: --source DIR")
    made = new.create(
        folder,
        arguments.name,
        source.read(folder),
        datetime.now(UTC),
        transaction=not arguments.no_transaction,
    )
    if arguments.json:
        print_json([{"version": source.version_of(made.name), "name": made.name, "path": str(made)}])
    else:
        print(made)
    return 0
