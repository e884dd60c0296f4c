"""`gbtui access`: the roles of the platform, and which person's login has which of them, for which organizations."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from gbtui.commands.migrate_access import may_write
from gbtui.commands.notes import note, print_json
from gbtui.errors import MigrationError, UsageError

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.database.connection import Connection
    from gbtui.database.database import Database
    from gbtui.security.access.binding import Outcome
    from gbtui.security.access.login import Login
    from gbtui.security.access.setup import Failed

_ACTIONS: Final = {
    "init": "make the roles, and grant them what they are for in this database",
    "grant": "give a login a role: gbtui access grant USER ROLE [--org SLUG …]",
    "revoke": "take all of them from a login: gbtui access revoke USER",
    "list": "who has what",
    "explain": "what a login may see and do, by which grant: gbtui access explain USER",
}
_EXAMPLES: Final = """
examples:
  gbtui access init --dry-run                              the SQL that is missing; nothing is run
  gbtui access init --read-write                           run it; again: nothing is missing
  gbtui access grant ann viewer --read-write               ann reads all organizations, without secret columns
  gbtui access grant bob operator --org acme --read-write  bob sees acme alone
  gbtui access grant app app --read-write                  the platform's login: rows by the setting gb.org_id
  gbtui access explain bob
  gbtui access revoke bob --read-write
roles: app, viewer, monitor, operator, dba (gb_app …). Grants are on record: gbtui tail audit. docs/access.md has all.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui access`."""
    parser.usage = "gbtui access {" + ",".join(_ACTIONS) + "} [USER] [ROLE] [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<8} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument("user", nargs="?", metavar="USER", help="a login of the server (grant, revoke, explain)")
    parser.add_argument("role", nargs="?", metavar="ROLE", help="app, viewer, monitor, operator or dba (grant)")
    parser.add_argument(
        "--org", metavar="SLUG", action="append", default=[], help="this organization only; again for more (grant)"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the SQL, run nothing (init)")
    parser.add_argument("--keep-owner", action="store_true", help="leave the tables to who owns them (init)")
    parser.add_argument("--json", action="store_true", help="an array of objects (list, explain)")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; 1 where something of it could not be done, or a wall is broken."""
    wanted = {"grant": 2, "revoke": 1, "explain": 1}.get(arguments.action, 0)
    given = [word for word in (arguments.user, arguments.role) if word is not None]
    if len(given) != wanted:
        raise UsageError(f"gbtui access {arguments.action}", _ACTIONS[arguments.action])
    if arguments.org and arguments.action != "grant":
        raise UsageError("--org goes with grant", "", "gbtui access grant USER ROLE --org SLUG")
    return asyncio.run({"init": _init, "list": _list, "explain": _explain}.get(arguments.action, _change)(arguments))


# --- init ------------------------------------------------------------------------------------------------


async def _init(arguments: argparse.Namespace) -> int:
    """Print each statement; run it unless this is a rehearsal. What fails is what this login lacks."""
    from gbtui.commands.migrate_access import connected
    from gbtui.schema.owner import acting_as_owner
    from gbtui.security.access import setup

    if not arguments.dry_run:
        may_write(arguments.config)
    failed: list[setup.Failed] = []
    async with connected(arguments.config, "inspect" if arguments.dry_run else "write") as (connection, _):
        await _refuse_foreign(connection)
        server = await setup.look(connection)
        roles = setup.role_steps(server)
        failed += await _carry_out(connection, roles, arguments)
        owned = [] if arguments.keep_owner else await setup.owner_steps(connection, server)
        failed += await _carry_out(connection, owned, arguments)
        if server.built:
            async with acting_as_owner(connection):
                failed += await _carry_out(connection, ["SELECT gb_meta.apply_access()"], arguments)
        else:
            note("grants and policies come with the schema: gbtui migrate up")
        outside = await setup.outsiders(connection)
    if not (roles or owned):
        note("roles, memberships and ownership are as they should be")
    for role in server.odd:
        note(f"{role} can log in, make roles or bypass row-level security: it should not")
    if outside:
        note(f"row-level security hides all rows from {', '.join(outside)}: grant gb_app (the platform) or gb_viewer")
    for one in failed:
        note(f"{server.user} may not: {one.sql}: {one.why}")
    return 1 if failed else 0


async def _carry_out(connection: "Connection", steps: list[str], arguments: argparse.Namespace) -> "list[Failed]":
    from gbtui.security.access import setup

    for sql in steps:
        print(f"{sql};", flush=True)
    return [] if arguments.dry_run else await setup.run(connection, steps)


async def _refuse_foreign(connection: "Connection") -> None:
    """A database that others built is not ours to wall."""
    from gbtui.resources import migrations
    from gbtui.schema import source
    from gbtui.schema.status import Standing, read_status

    status = await read_status(connection, source.read(migrations("core")))
    if status.standing is Standing.FOREIGN:
        raise MigrationError("Not built by gbtui", f"database {status.facts.database}", status.why_foreign)


# --- logins ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def _database(config: "Config") -> "AsyncIterator[Database]":
    """The database, with the tables that bind logins in it."""
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking

    async with opened(looking(config), note) as place:
        found = await place.database.fetch("meta/access_built")
        if not found[0]["built"]:
            where = place.database.facts.database
            raise UsageError("No logins are kept here", where, "gbtui migrate up builds what keeps them")
        yield place.database


async def _change(arguments: argparse.Namespace) -> int:
    """grant and revoke."""
    from gbtui.security.access import binding
    from gbtui.security.access.roles import GRANTED, named
    from gbtui.security.audit import Audit

    may_write(arguments.config)
    role = named(arguments.role) if arguments.role else None
    if arguments.action == "grant" and role is None:
        raise UsageError("No such role", arguments.role, f"there are: {', '.join(GRANTED)}")
    async with _database(arguments.config) as database:
        audit = Audit(database, required=arguments.config.audit == "required")
        async with database.writing() as connection:
            if role is not None:
                outcome = await binding.grant(connection, audit, arguments.user, role, arguments.org)
            else:
                outcome = await binding.revoke(connection, audit, arguments.user)
    _tell(outcome)
    return 0


def _tell(outcome: "Outcome") -> None:
    from gbtui.security.access.login import sentences

    for sql in outcome.sql:
        print(f"{sql};")
    for remark in outcome.remarks:
        note(remark)
    print("\n".join(sentences(outcome.login)))


async def _list(arguments: argparse.Namespace) -> int:
    """Every login with a role, one a line; those of former logins last."""
    from gbtui.commands.table import table
    from gbtui.security.access import binding

    async with _database(arguments.config) as database, database.snapshot() as connection:
        logins = await binding.all_logins(connection)
        gone = await binding.gone(connection)
    rows = [_row(login) for login in logins]
    rows += [{"login": name, "roles": "", "organizations": "", "remark": "gone"} for name in gone]
    if arguments.json:
        print_json(rows)
    elif rows:
        print("\n".join(table(tuple(rows[0]), rows)))
    else:
        print("no login has a role: gbtui access grant USER ROLE")
    return 0


def _row(login: "Login") -> dict[str, object]:
    ours = [role for role in login.has if role.startswith("gb_")]
    where = ", ".join(login.organizations) or "none" if login.bound else "all" if login.reads else ""
    remark = "made anew since" if login.stale else "; ".join(login.breaches) if login.bound else ""
    return {"login": login.login, "roles": ", ".join(ours), "organizations": where, "remark": remark}


async def _explain(arguments: argparse.Namespace) -> int:
    """In words; 1 where it is bound and something breaks that."""
    from gbtui.security.access import binding
    from gbtui.security.access.login import sentences

    async with _database(arguments.config) as database, database.snapshot() as connection:
        login = await binding.read(connection, arguments.user)
    if arguments.json:
        print_json([{**_row(login), "says": sentences(login), "breaches": list(login.breaches) if login.bound else []}])
    else:
        print("\n".join(sentences(login)))
    return 1 if login.bound and login.breaches else 0
