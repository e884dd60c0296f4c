"""The configuration file: settings for all servers, and servers by name. What it does not know it refuses.

theme = "gbtui-dark"
refresh = 1.0

[profiles.prod]
dsn = "host=db.example.com dbname=app user=watch"
colour = "red"
read_only = "always"

[profiles.prod.thresholds]
connections = 0.9
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gbtui.config.capacity import sizes
from gbtui.config.secrets import PasswordRules, VaultKeys, password_rules, vault_keys
from gbtui.errors import UsageError
from gbtui.secret import Secret

_PASSWORD: Final = re.compile(r"password(?!s\b)|://[^/@\s]*:[^/@\s]+@")
MIGRATE: Final = ("auto", "check", "off")
AUDIT: Final = ("on", "required")


@dataclass(frozen=True, slots=True)
class Profile:
    """What the file says of one server. None and empty: it says nothing."""

    name: str
    dsn: Secret | None = None
    colour: str | None = None  # a name or #rrggbb; marks production so that it cannot be mistaken
    read_only: bool | str | None = None  # True, False, or "always": no flag loosens it
    pooled: bool | None = None  # behind a transaction-mode pooler
    create: bool | None = None  # an empty database may be built at start-up
    audit: str | None = None  # "required": what cannot be recorded in the database is not done
    rescue_dsn: Secret | None = None  # tried when the server has no free slot
    pgbouncer: Secret | None = None  # the DSN of pgbouncer's console
    nodes: Mapping[str, Secret] = field(default_factory=dict)  # other nodes of the same cluster, by name
    archive: str | None = None  # where what goes by retention is archived: a folder, or s3://BUCKET/PREFIX
    capacity: Mapping[str, float] | None = None  # bytes that its disks hold: data, wal, a tablespace's name
    passwords: PasswordRules | None = None  # how they are hashed, which are refused
    vault: VaultKeys | None = None  # where the keys of encrypted columns are
    settings: Mapping[str, Any] = field(default_factory=dict)  # of the settings below, those that are set


@dataclass(frozen=True, slots=True)
class File:
    """The whole file; an absent one is empty."""

    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read(path: Path, *, must_exist: bool) -> File:
    """Read and check the file; UsageError names the file and the key that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if must_exist:
            raise UsageError("No such configuration file", str(path)) from None
        return File(path)
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError("Cannot read the configuration file", f"{path}: {exc}") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise UsageError("Wrong configuration file", f"{path}: {exc}") from None
    profiles = table.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(entry, dict) for entry in profiles.values()):
        raise UsageError("Wrong configuration file", f"{path}: profiles are tables: [profiles.NAME]")
    settings = _checked(table, SETTINGS, path, "")
    return File(
        path,
        MappingProxyType(settings),
        MappingProxyType({name: _profile(name, entry, path) for name, entry in profiles.items()}),
        _warnings(path, text),
    )


def _profile(name: str, table: dict[str, Any], path: Path) -> Profile:
    values = _checked(table, {**_PROFILE, **SETTINGS}, path, f"profiles.{name}.")
    own = {key: value for key, value in values.items() if key in _PROFILE}
    rest = {key: value for key, value in values.items() if key not in _PROFILE}
    return Profile(name, settings=MappingProxyType(rest), **own)


def _checked(table: dict[str, Any], known: Mapping[str, "_Check"], path: Path, prefix: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise UsageError("Wrong configuration file", f"{path}: {prefix}{key} is not a setting", _near(key, known))
        try:
            made[key] = known[key](value)
        except ValueError as exc:
            raise UsageError("Wrong configuration file", f"{path}: {prefix}{key} must be {exc}") from None
    return made


def _near(key: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known))}"


def _warnings(path: Path, text: str) -> tuple[str, ...]:
    if _PASSWORD.search(text) and path.stat().st_mode & 0o077:
        return (f"{path} seems to hold a password and others may read it (chmod 0600 {path})",)
    return ()


# --- checks: each returns the value or raises ValueError(what it must be) --------------------------------

_Check = Callable[[Any], Any]


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text")
    return value


def flag(value: Any) -> bool:
    """true or false."""
    if value is True or value is False:
        return bool(value)
    raise ValueError("true or false")


def seconds(value: Any) -> float:
    """A number of seconds between a quarter and an hour."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.25 <= value <= 3600:
        raise ValueError("a number of seconds from 0.25 to 3600")
    return float(value)


def pool_size(value: Any) -> int:
    """How many connections at most."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise ValueError("a whole number from 1 to 100")
    return value


def migrate(value: Any) -> str:
    """What start-up does with pending migrations."""
    if value not in MIGRATE:
        raise ValueError("auto, check or off")
    return str(value)


def _secret(value: Any) -> Secret:
    return Secret(text(value))


def _read_only(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    if value == "always":
        return "always"
    raise ValueError('true, false or "always"')


def _audit(value: Any) -> str:
    if value not in AUDIT:
        raise ValueError("on or required")
    return str(value)


def _secrets(value: Any) -> Mapping[str, Secret]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError("a table of names and DSNs")
    return MappingProxyType({name: _secret(dsn) for name, dsn in value.items()})


def _numbers(value: Any) -> Mapping[str, float | str]:
    if not isinstance(value, dict) or not all(map(_is_limit, value.values())):
        raise ValueError("a table of names and limits")
    return MappingProxyType(dict(value))


def _is_limit(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int | float) and type(value) is not bool and isfinite(value))


def _texts(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError("a table of names and keys")
    return MappingProxyType(dict(value))


# For all servers at the top of the file, or in one profile, which is stronger.
SETTINGS: Final[Mapping[str, _Check]] = {
    "refresh": seconds,
    "pool_size": pool_size,
    "theme": text,
    "migrate": migrate,
    "redact": flag,
    "thresholds": _numbers,
    "keymap": _texts,
}
_PROFILE: Final[dict[str, _Check]] = {
    "dsn": _secret,
    "colour": text,
    "read_only": _read_only,
    "pooled": flag,
    "create": flag,
    "audit": _audit,
    "rescue_dsn": _secret,
    "pgbouncer": _secret,
    "nodes": _secrets,
    "archive": text,
    "capacity": sizes,
    "passwords": password_rules,
    "vault": vault_keys,
}
