"""The entry: parse first, import what the command needs, tell every failure in one sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from gbtui import __version__
from gbtui.commands import COMMANDS, CONSOLE
from gbtui.commands.flags import VALUED, add_console, add_shared
from gbtui.commands.notes import note
from gbtui.errors import GbtuiError, UsageError

_INTERRUPTED: Final = 130
_UNKNOWN: Final = 3
_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE, as a shell reports it

_EXAMPLES: Final = """
examples:
  gbtui                                      choose a server, or open the one that PG* names
  gbtui postgresql://me@db.example.com/app   open the console on a server
  gbtui -h db.example.com -U me -d app       the same, as in psql
  gbtui service=app                          a service of ~/.pg_service.conf
  gbtui --profile prod                       a server described in the configuration file
  gbtui --dsn embedded:                      the demo server on this machine
  gbtui --profile prod --open ':session 4c1e0b2a at 14:10'
                                             begin in any place that `:` can name
  gbtui show                                 what can be printed
  gbtui show activity --json                 one probe, for a script
  gbtui tail --json                          conversations as they happen, one object a line
  gbtui migrate plan                         the SQL that is pending, and what it would lock
  gbtui config                               the settings in force and where each came from

A remote server must prove who it is (sslmode=verify-full) unless an sslmode is named anywhere.
exit codes: 0 well, 1 failed, 2 wrongly called, 3 no server named, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    words = list(argv) if argv is not None else _typed()
    try:
        code = _run(words)
        sys.stdout.flush()
    except GbtuiError as exc:
        note(str(exc))
        return _UNKNOWN if _is_verdict(words) else exc.exit_code
    except SystemExit as exc:  # argparse has said what is wrong
        if exc.code == UsageError.exit_code and _is_verdict(words):
            return _UNKNOWN
        raise
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`gbtui tail | head`): say nothing, also not at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return code


def _typed() -> list[str]:
    """The words of this program's own command line, which shows no password afterwards."""
    if "password" not in (line := " ".join(sys.argv[1:])) and "@" not in line and "GBTUI_WORDS_FROM" not in os.environ:
        return sys.argv[1:]
    from gbtui.commands.hidden import words

    return words(sys.argv[1:])


def _run(words: list[str]) -> int:
    at = _command_at(words)
    name = words[at] if at is not None else ""
    if name not in COMMANDS:
        return _console(words)
    module = import_module(COMMANDS[name][0])
    parser = _parser(f"gbtui {name}", COMMANDS[name][1].capitalize() + ".")
    module.add_arguments(parser)
    add_shared(parser)
    assert at is not None
    rest = words[:at] + words[at + 1 :]
    # Intermixed: a filter's words may stand behind flags, too.
    return _call(module.run, parser.parse_intermixed_args(rest), name)


def _console(words: list[str]) -> int:
    parser = _parser("gbtui", "A console for the PostgreSQL under a bot platform: conversations, tenants, health.")
    parser.usage = "gbtui [DSN] [flags]\n       gbtui COMMAND [flags]"
    parser.epilog = "commands:\n" + "".join(f"  {n:<12} {text}\n" for n, (_, text) in COMMANDS.items()) + _EXAMPLES
    parser.add_argument("--version", action="version", version=f"gbtui {__version__}")
    parser.add_argument("target", nargs="?", metavar="DSN", help="a libpq connection string or URI")
    add_shared(parser)
    add_console(parser)
    wants_text = {"--help", "--version"} & set(words)
    if wants_text:
        parser.parse_args([sorted(wants_text)[0]])
    arguments = parser.parse_args(words)
    if arguments.target is not None:
        _check_word(arguments.target)
    return _call(import_module(CONSOLE).run, arguments, "")


def _parser(prog: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=description,
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _call(run: object, arguments: argparse.Namespace, name: str) -> int:
    from gbtui.config import load

    assert callable(run)
    arguments.command = name
    if arguments.password:
        from getpass import getpass

        from gbtui.secret import Secret

        arguments.typed_password = Secret(getpass())
    arguments.config = load(arguments, os.environ)
    return int(run(arguments))


def _is_verdict(words: Sequence[str]) -> bool:
    """Whether the exit code is a monitoring plugin's: then 2 means critical, and a wrong call must not say so."""
    at = _command_at(words)
    return at is not None and words[at] == "check"


def _command_at(words: Sequence[str]) -> int | None:
    """Where the first word stands that is neither a flag nor a shared flag's value."""
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word in VALUED:
            skip = True
        elif not word.startswith("-"):
            return at
    return None


def _check_word(word: str) -> None:
    """A lone word that is no connection string is a mistyped command, not a server."""
    if "=" in word or "://" in word or word == "embedded:":
        return
    import re
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=2)
    shown = word if re.fullmatch(r"[\w.-]{1,64}", word) else ""  # a mistyped connection string may hold a password
    hint = (
        f"did you mean {' or '.join(near)}?"
        if near
        else f"a database is named by -d {shown or 'NAME'}, a profile by --profile {shown or 'NAME'}"
    )
    raise UsageError("Neither a command nor a connection string", shown, hint)


if __name__ == "__main__":
    sys.exit(main())
