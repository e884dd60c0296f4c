"""`gbtui config`: the settings in force and where each came from; secrets are masked."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from gbtui.commands.notes import print_json
from gbtui.config import Config
from gbtui.database import dsn
from gbtui.secret import MASK, Secret
from gbtui.text import clean

_SERVER: Final = (
    "label", "read_only", "migrate", "create", "pooled", "redact", "audit", "passwords", "vault", "rescue_dsn",
    "pgbouncer", "data_dir",
)  # fmt: skip
_SETTINGS: Final = (*_SERVER, "pool_size", "refresh", "theme", "thresholds", "archive", "capacity", "keymap")

_EXAMPLES: Final = """
examples:
  gbtui config                              what is in force here, and which flag, variable or file says so
  gbtui config --profile prod               the same for a server of the configuration file
  gbtui config -h db.example.com --json     for a script: which host, sslmode and passfile would be used

No server is asked. Passwords are shown as ****.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting: what it is, and who said so. `value` is text, number, yes or no, a table, or nothing."""

    section: str
    name: str
    value: Any
    source: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui config`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="one array of objects: section, name, value, source")


def run(arguments: argparse.Namespace) -> int:
    """Print the settings."""
    entries = [*_settings(arguments.config), *_connection(arguments.config)]
    if arguments.json:
        print_json(map(asdict, entries))
        return 0
    width = max(len(entry.name) for entry in entries)
    values = [clean(_told(entry.value)) for entry in entries]
    across = min(max(map(len, values)), 40)
    section = ""
    for entry, value in zip(entries, values, strict=True):
        if entry.section != section:
            section = entry.section
            print(section)
        print(f"  {entry.name:<{width}}  {value:<{across}}  {clean(entry.source)}")
    return 0


def _settings(config: Config) -> Iterator[Entry]:
    yield Entry("settings", "file", str(config.file.path), "read" if config.file.path.exists() else "not there")
    yield Entry("settings", "profile", config.profile.name if config.profile else None, "")
    for name in _SETTINGS:
        yield Entry("settings", name, _plain(getattr(config, name)), config.sources.get(name, ""))


def _connection(config: Config) -> Iterator[Entry]:
    if config.is_embedded:
        yield Entry("connection", "server", "embedded:", "the demo on this machine")
        return
    if not config.is_named:
        yield Entry("connection", "server", None, "no server is named")
        return
    target = dsn.resolve(config.connection, os.environ)
    for name, value in target.parameters.items():
        yield Entry("connection", name, value, target.sources[name])
    yield Entry("connection", "hosts", [str(host) for host in target.hosts], "in the order they are tried")
    for host in target.hosts:
        if "sslmode" not in target.parameters:
            yield Entry("connection", "sslmode", target.tls.mode_for(host), f"default for {host}")
    if "dbname" not in target.parameters:
        yield Entry("connection", "dbname", target.database, "default: the user's name")
    if "user" not in target.parameters:
        yield Entry("connection", "user", target.user, "default: the system's user")
    if target.passfile and "passfile" not in target.parameters:
        yield Entry("connection", "passfile", str(target.passfile), "default")


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return dict(value) if hasattr(value, "items") else str(value)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={each}" for key, each in value.items()) or "-"
    return "-" if value in (None, "") else str(value)
