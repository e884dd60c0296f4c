"""Where a command takes a password from: a prompt, stdin or a file; never an argument, which anybody sees in `ps`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from gbtui.errors import UsageError
from gbtui.secret import Secret

_MOST: Final = 1 << 16
"""Characters of a line on stdin: nobody waits for an endless one."""


def add_source(parser: argparse.ArgumentParser) -> None:
    """The flags that say where the password comes from; without them it is asked for."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--stdin", action="store_true", help="the password is the first line of stdin")
    source.add_argument("--file", metavar="FILE", type=Path, help="the password is the first line of FILE (mode 0600)")


def password(arguments: argparse.Namespace, *, twice: bool) -> Secret:
    """The password. `twice`: asked for again, as nobody sees what is typed. UsageError: there is none to be had."""
    if arguments.file is not None:
        from gbtui.security import private_file

        held = private_file.read(arguments.file.expanduser(), "the password's file")
        return Secret(_first_line(held.decode(errors="surrogateescape")))
    if arguments.stdin:
        if sys.stdin.isatty():
            raise UsageError("stdin is this terminal", "", "without --stdin the password is asked for, unseen")
        return Secret(_first_line(sys.stdin.readline(_MOST)))
    return _asked(twice=twice)


def _asked(*, twice: bool) -> Secret:
    from getpass import getpass

    if not sys.stdin.isatty():
        raise UsageError("No terminal to ask at", "", "--stdin or --file FILE say where the password comes from")
    try:
        first = Secret(getpass("Password: "))
        if twice and Secret(getpass("Again: ")) != first:
            raise UsageError("Not the same password twice", "nothing was changed")
    except EOFError:
        raise UsageError("No password", "nothing was changed") from None
    return first


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].removesuffix("\r")
