"""`gbtui jobs`: the background jobs: run them, list them, when they ran, when they run."""

import argparse
import asyncio
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.notes import note, print_json
from gbtui.errors import DeniedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbtui.commands.opening import Opened
    from gbtui.lifecycle.jobs.running import Result

_ACTIONS: Final = {
    "list": "each job, its last run and when it is due",
    "history": "the runs that are on record, newest first; NAME: of one job",
    "run": "run what is due (for cron or a systemd timer); NAME: run it now, due or not",
    "daemon": "run what is due, until told to end",
    "schedule": "let pg_cron run those that are nothing but SQL: --pg-cron; --remove: no more",
    "set": "change when a job runs: --schedule, --zone, --off, --on, --default",
}
_EXAMPLES: Final = """
examples:
  gbtui jobs                                              how each job stands
  gbtui jobs run --profile prod --read-write              what is due, once: every five minutes by cron
  gbtui jobs run sessions --read-write                    one job now
  gbtui jobs history partitions --limit 5
  gbtui jobs daemon --profile prod --read-write           where there is neither cron nor systemd
  gbtui jobs set statistics --schedule '0 4 * * *' --zone Europe/Berlin --read-write
  gbtui jobs set documents --off --read-write
However many run them, each job is run by one at a time, and once for each time that its schedule names.
The exit code of run is 1 if a job failed. docs/jobs.md has units for systemd and lines for cron.
"""
_LIST: Final = ("job", "stands", "last_run", "took_ms", "result", "next_run", "what")
_HISTORY: Final = ("job", "state", "started_at", "took_ms", "result", "actor", "host")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui jobs`."""
    parser.usage = "gbtui jobs {" + ",".join(_ACTIONS) + "} [NAME …] [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<8} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", nargs="?", choices=list(_ACTIONS), default="list", metavar="ACTION", help="see below")
    parser.add_argument("names", nargs="*", metavar="NAME", help="jobs (run, history, set)")
    parser.add_argument("--json", action="store_true", help="one array of objects (list, history)")
    parser.add_argument("--limit", metavar="N", type=int, default=30, help="at most N runs (history; 30)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--archive", metavar="PLACE", help="where what goes by retention is archived (run, daemon)")
    where.add_argument("--no-archive", action="store_true", help="what goes by retention is gone (run, daemon)")
    parser.add_argument("--schedule", metavar="CRON", help="five fields or an @word, as cron has them (set)")
    parser.add_argument("--zone", metavar="ZONE", help="the time zone that the schedule is read in (set; UTC)")
    parser.add_argument("--pg-cron", action="store_true", help="by the extension pg_cron of this database (schedule)")
    parser.add_argument("--remove", action="store_true", help="pg_cron runs none of them any more (schedule)")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--off", action="store_true", help="it runs only when it is asked for by name (set)")
    switch.add_argument("--on", action="store_true", help="it runs by itself (set)")
    switch.add_argument("--default", action="store_true", help="as gbtui says (set)")


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code is 0, or 1 where a job failed."""
    from gbtui.lifecycle.jobs.registry import named

    for name in arguments.names:
        named(name)
    changes = any((arguments.schedule, arguments.zone, arguments.off, arguments.on, arguments.default))
    if changes != (arguments.action == "set"):
        title = "That goes with set" if changes else "Nothing to set"
        raise UsageError(title, "", "gbtui jobs set NAME --schedule CRON")
    if arguments.action == "daemon":
        from gbtui.commands.jobs_daemon import daemon

        _wants(arguments, 0)
        return asyncio.run(daemon(arguments.config, _archive(arguments)))
    actions = {"list": _list, "history": _history, "run": _run, "set": _set, "schedule": _schedule}
    return asyncio.run(actions[arguments.action](arguments))


def _archive(arguments: argparse.Namespace) -> str:
    from gbtui.lifecycle.jobs.job import NO_ARCHIVE

    return NO_ARCHIVE if arguments.no_archive else arguments.archive or arguments.config.archive


def _wants(arguments: argparse.Namespace, names: int) -> None:
    if len(arguments.names) != names:
        told = "no name" if not names else "one name"
        raise UsageError(f"{arguments.action} takes {told}", " ".join(arguments.names))


async def _list(arguments: argparse.Namespace) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.jobs.registry import JOBS
    from gbtui.lifecycle.jobs.standing import NEVER, row_of, standings

    _wants(arguments, 0)
    jobs = list(JOBS.values())
    async with opened(looking(arguments.config), note) as place:
        await _may_be_told(place)
        found = await standings(place.database, jobs)
    rows = [row_of(job, one, one.now) for job, one in zip(jobs, found, strict=True)]
    _print(rows, _LIST, arguments)
    if not any(row.last_run for row in rows):
        note(NEVER)
    return 0


async def _may_be_told(place: "Opened") -> None:
    """DeniedError for who sees no run, or not all: every job would look as if it had never run."""
    from gbtui.monitor.platform.jobs import why_not
    from gbtui.monitor.reach import refused
    from gbtui.monitor.sample import ABSENT

    if place.database.facts.access.bound:
        raise refused("jobs", place.database.facts.access)
    if why := await why_not(place.database):
        raise DeniedError("No jobs are told of here", why.removeprefix(ABSENT))


async def _history(arguments: argparse.Namespace) -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.jobs.registry import JOBS
    from gbtui.lifecycle.jobs.standing import runs

    if arguments.limit < 1:
        raise UsageError("--limit", "a number from 1 on")
    async with opened(looking(arguments.config), note) as place:
        await _may_be_told(place)
        rows = await runs(place.database, arguments.names or list(JOBS), arguments.limit)
    _print(rows, _HISTORY, arguments)
    return 0


def _print(rows: "Sequence[Any]", names: "Sequence[str]", arguments: argparse.Namespace) -> None:
    from gbtui.commands.table import table
    from gbtui.monitor.plain import plain

    if arguments.json:
        print_json(map(plain, rows))
        return
    told = [{field.name: getattr(row, field.name) for field in fields(row)} for row in rows]
    for row in told:
        row["result"] = row["error"] or row["result"]
    print("\n".join(table(names, told)) if rows else "no run is on record")


async def _run(arguments: argparse.Namespace) -> int:
    from gbtui.commands.act import may_write
    from gbtui.commands.jobs_daemon import until_told
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.jobs.due_run import run_due
    from gbtui.lifecycle.jobs.registry import named
    from gbtui.lifecycle.jobs.running import Outcome, run
    from gbtui.security.audit import Audit

    may_write(arguments.config)
    failed = 0
    async with opened(looking(arguments.config), note) as place, until_told() as stop:
        audit, archive = Audit(place.database, required=arguments.config.audit == "required"), _archive(arguments)
        if not arguments.names:
            results = [each async for each in run_due(place.database, audit, stop, note, say=_say, archive=archive)]
            if not results:
                print("nothing is due")
        else:
            results = []
            for name in arguments.names:
                if not stop.is_set():
                    results.append(await run(place.database, audit, named(name), stop=stop, tell=note, archive=archive))
                    _say(results[-1])
        failed = sum(each.outcome is Outcome.FAILED for each in results)
    return 1 if failed else 0


def _say(result: "Result") -> None:
    took = f", {result.seconds:.1f} s" if result.seconds else ""
    print(f"{result.job}: {result.outcome}: {result.told}{took}", flush=True)


async def _set(arguments: argparse.Namespace) -> int:
    from gbtui.commands.act import may_write
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.jobs.registry import named
    from gbtui.lifecycle.jobs.settings import change, reset
    from gbtui.lifecycle.jobs.standing import row_of, standings

    _wants(arguments, 1)
    may_write(arguments.config)
    job = named(arguments.names[0])
    active = False if arguments.off else True if arguments.on else None
    async with opened(looking(arguments.config), note) as place:
        if arguments.default:
            await reset(place.database, job)
        else:
            await change(place.database, job, arguments.schedule, arguments.zone, active)
        (found,) = await standings(place.database, [job])
    row = row_of(job, found, found.now)
    due = f"; next {_at(row.next_run)}" if row.next_run else ""
    print(f"{job.name}: {'off' if not found.active else row.what}{due}")
    return 0


async def _schedule(arguments: argparse.Namespace) -> int:
    from gbtui.commands.act import may_write
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.lifecycle.jobs import pg_cron
    from gbtui.security.audit import Audit

    _wants(arguments, 0)
    if arguments.pg_cron == arguments.remove:
        raise UsageError("By what?", "", "gbtui jobs schedule --pg-cron, or --remove")
    may_write(arguments.config)
    async with opened(looking(arguments.config), note) as place:
        audit = Audit(place.database, required=arguments.config.audit == "required")
        print("\n".join(await (pg_cron.remove if arguments.remove else pg_cron.schedule)(place.database, audit)))
    return 0


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
