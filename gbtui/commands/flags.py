"""The flags that every command shares: which server, which profile, which way to behave."""

import argparse
from typing import Final

# Flags with a value, by every spelling: where a command line is searched for its command, their values are skipped.
_VALUED: Final = (
    (("--dsn",), "DSN", "a libpq connection string or URI, or embedded: for the demo server on this machine"),
    (("-h", "--host"), "HOST", "host or socket folder"),
    (("-p", "--port"), "PORT", "port"),
    (("-U", "--username"), "USER", "user to connect as"),
    (("-d", "--dbname"), "DBNAME", "database, or a connection string as in psql"),
)
_SETTINGS: Final = (
    (("--profile",), "NAME", "a server described in the configuration file"),
    (("--config",), "FILE", "the configuration file"),
    (("--data-dir",), "DIR", "where the embedded server keeps its data"),
    (("--pool-size",), "N", "connections at most (10)"),
)
VALUED: Final = frozenset(name for names, _, _ in (*_VALUED, *_SETTINGS) for name in names) | {"--open"}


def add_console(parser: argparse.ArgumentParser) -> None:
    """How the console is drawn and driven; here, so that help needs nothing of the console."""
    group = parser.add_argument_group("console")
    group.add_argument("--theme", metavar="NAME", help="dark, light or terminal (the terminal's own colours)")
    group.add_argument("--refresh", metavar="S", help="seconds between two polls (1)")
    group.add_argument("--open", metavar="LINE", help="where to begin, as after `:` (`:link` copies such a line)")
    group.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Add the shared flags. -h is the host as in psql, so help is --help alone."""
    connection = parser.add_argument_group("which server")
    for names, metavar, text in _VALUED:
        connection.add_argument(*names, metavar=metavar, help=text)
    connection.add_argument("-W", "--password", action="store_true", default=None, help="ask for the password first")
    settings = parser.add_argument_group("how")
    for names, metavar, text in _SETTINGS:
        # `config` is the loaded Config's place in the arguments.
        settings.add_argument(*names, metavar=metavar, help=text, dest="config_file" if "--config" in names else None)
    access = settings.add_mutually_exclusive_group()
    access.add_argument(
        "--read-only", dest="read_only", action="store_true", default=None, help="write nothing (the default)"
    )
    access.add_argument(
        "--read-write", dest="read_only", action="store_false", help="allow writing, after asking each time"
    )
    settings.add_argument(
        "--no-migrate",
        dest="migrate",
        action="store_const",
        const="check",
        help="apply nothing at start-up, only say what is pending",
    )
    settings.add_argument(
        "--redact",
        action="store_true",
        default=None,
        help="mask e-mail addresses, telephone and card numbers in all that is shown, printed, copied and exported",
    )
    settings.add_argument("--help", action="help", help="show this text")
