"""`gbtui user`: make accounts, set and verify passwords, close and open accounts, log users out."""

import argparse
import asyncio
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.commands.secret_input import add_source, password
from gbtui.errors import RefusedError, UsageError
from gbtui.text import plural

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.secret import Secret
    from gbtui.security.accounts import Account, Accounts

_ACTIONS: Final = {
    "add": "make a user who may log in; --email is its address",
    "passwd": "set another password; who is logged in is logged out",
    "verify": "whether this is the user's password; the exit code is 0 or 1",
    "deactivate": "nobody logs in as this user; who is logged in is logged out",
    "activate": "let the user log in again",
    "revoke": "log the user out everywhere; it may log in again",
}
_WITH_PASSWORD: Final = ("add", "passwd", "verify")
_EXAMPLES: Final = """
examples:
  gbtui user add ann --email ann@example.com --read-write     asks for the password, twice
  gbtui user passwd ann --read-write --file new-password      from a file that only you may read
  pass show ann | gbtui user verify ann --stdin               from another program
  gbtui user deactivate ann@example.com --read-write          a user is named by name, address or id

A password never stands on a command line. It has 12 characters at least; a profile may name a list of others that are
refused, and how dear a hash is: passwords = { memory = 65536, passes = 3, lanes = 4, refused = "FILE" }.
Each deed is on record. verify makes a hash anew that is cheaper than the profile asks for, with --read-write.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui user`."""
    parser.usage = "gbtui user {" + ",".join(_ACTIONS) + "} USER [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<10} {what}\n" for name, what in _ACTIONS.items()) + _EXAMPLES
    parser.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help="see below")
    parser.add_argument("user", metavar="USER", help="the user's name, address or id")
    parser.add_argument("--email", metavar="ADDRESS", help="the new user's address (add)")
    add_source(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code is 0, or 1 where a password does not match."""
    action, config = arguments.action, arguments.config
    if (arguments.email is None) == (action == "add"):
        raise UsageError("--email goes with add", "", "gbtui user add NAME --email ADDRESS")
    if action == "revoke":
        from gbtui.commands.act import act, may_write

        may_write(config)
        asyncio.run(act(config, "user", action, arguments.user))
        return 0
    if action not in _WITH_PASSWORD and (arguments.stdin or arguments.file):
        raise UsageError(f"{action} needs no password", "", "leave --stdin and --file out")
    if action != "verify" and config.read_only:
        hint = "" if config.read_only_always else "add --read-write, or read_only = false to the profile"
        raise RefusedError("Read-only", "nothing was changed", hint)
    if action not in _WITH_PASSWORD:
        from gbtui.commands.act import act

        asyncio.run(act(config, "user", action, arguments.user))
        return 0
    return asyncio.run(_run(config, arguments, password(arguments, twice=action != "verify")))


async def _run(config: "Config", arguments: argparse.Namespace, secret: "Secret") -> int:
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.security.accounts import Accounts
    from gbtui.security.audit import Audit
    from gbtui.security.passwords import Passwords

    with Passwords(config.passwords) as passwords:
        async with opened(looking(config), note) as place:
            audit = Audit(place.database, required=config.audit == "required")
            code = await _act(Accounts(place.database, audit, passwords), arguments, secret)
            if audit.local:
                note(f"audit: local, in {audit.path}: {audit.local}")
    return code


async def _act(accounts: "Accounts", arguments: argparse.Namespace, secret: "Secret") -> int:
    if arguments.action == "add":
        user = await accounts.add(arguments.user, arguments.email, secret)
        print(f"{user.username}: made, id {user.id}")
        return 0
    user = await accounts.find(arguments.user)
    if arguments.action == "verify":
        return await _verify(accounts, user, secret)
    gone = await accounts.set_password(user, secret)
    ended = f"{plural(gone.sessions, 'session')} and {plural(gone.logins, 'login token')} revoked"
    print(f"{user.username}: another password; {ended}")
    return 0


async def _verify(accounts: "Accounts", user: "Account", secret: "Secret") -> int:
    verdict = await accounts.verify(user, secret)
    if verdict.unreadable:
        raise UsageError("The stored hash cannot be used", f"{user.username}: {verdict.unreadable}")
    told = "this is the password" if verdict.matches else "this is not the password"
    print(f"{user.username}: {told}" + ("" if user.active else "; the account is not active"))
    return 0 if verdict.matches else 1
