"""The password file (~/.pgpass), read by libpq's rules: first line that fits, `*`, backslash escapes, 0600."""

import re
import stat
from pathlib import Path
from typing import Final

from gbtui.database.target import Host
from gbtui.secret import Secret

_FIELD: Final = re.compile(r"((?:\\.|[^:\\])*):")
_DEFAULT_FOLDERS: Final = frozenset({"", "/tmp", "/var/run/postgresql", "/run/postgresql"})


def problem(path: Path) -> str | None:
    """Why libpq would ignore this file, as a warning; None if it is fine or absent."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if not stat.S_ISREG(mode):
        return f"password file {path} is not a plain file; ignored"
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"password file {path} has group or world access; ignored (chmod 0600 {path})"
    return None


def password(path: Path, host: Host, database: str, user: str) -> Secret | None:
    """The password of the first line that fits, or None. A socket in a default folder counts as localhost."""
    if problem(path):
        return None
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return None
    name = "localhost" if host.is_socket and host.name in _DEFAULT_FOLDERS else host.name
    wanted = (name, str(host.port), database, user)
    for line in lines:
        fields = _fields(line.rstrip("\r"))
        if fields and all(map(_fits, fields[:4], wanted)):
            return Secret(_unescape(fields[4]))
    return None


def _fields(line: str) -> list[str] | None:
    """Host, port, database, user and the rest of the line, escapes still in; None for what is no entry."""
    if not line or line.startswith("#"):
        return None
    fields: list[str] = []
    at = 0
    for _ in range(4):
        match = _FIELD.match(line, at)
        if not match:
            return None
        fields.append(match[1])
        at = match.end()
    return [*fields, line[at:]]


def _fits(field: str, wanted: str) -> bool:
    return field == "*" or _unescape(field) == wanted


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
