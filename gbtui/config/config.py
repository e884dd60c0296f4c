"""Settings: flags > environment > profile file > defaults, and where each came from.

The connection has an order of its own: command line > the profile named on it > PGSERVICE's entry >
PG* variables > defaults. This module only collects the places; database/dsn.py makes one target of them.
"""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from platformdirs import user_config_path

from gbtui.config import connection, profiles
from gbtui.config.connection import ConnectionSource
from gbtui.config.merge import Merge
from gbtui.config.profiles import File, Profile
from gbtui.config.secrets import PasswordRules, VaultKeys
from gbtui.errors import UsageError
from gbtui.secret import Secret

# Any of these names a server or a database; PGPASSWORD or PGSSLMODE alone do not.
_NAMING: Final = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE")


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force. `sources` says of each where it came from."""

    connection: tuple[ConnectionSource, ...]
    """The places that name a server, strongest first; empty: PG* variables alone, or nothing."""
    is_named: bool
    """Whether a server is named anywhere, PG* variables included."""
    is_embedded: bool
    """Whether the server is the demo on this machine, which is started if need be."""
    label: str
    """What titles call the server: DEMO, the profile's name, or "" (then host and database say it)."""
    profile: Profile | None
    """The profile in force."""
    file: File
    """The configuration file, with all profiles; a choice is made from them."""
    read_only: bool
    """Whether this console may not write."""
    read_only_always: bool
    """Whether nothing in the console may change `read_only`."""
    refresh: float
    """Seconds between two polls."""
    pool_size: int
    """Connections at most."""
    theme: str
    """The theme's name, "" for the default."""
    migrate: str
    """What start-up does with pending migrations: auto, check or off."""
    create: bool
    """Whether start-up may build the schema in an empty database."""
    pooled: bool
    """Whether a transaction-mode pooler is known to be in between."""
    redact: bool
    """Whether addresses and numbers of people are masked."""
    thresholds: Mapping[str, float | str]
    """Limits of the checks that differ from their defaults."""
    keymap: Mapping[str, str]
    """Action id -> keys that differ from the defaults."""
    audit: str
    """Where records of what is done must go: "on", the database or else a file; "required", the database."""
    rescue_dsn: Secret | None
    """The way in when the server has no free slot."""
    pgbouncer: Secret | None
    """The DSN of pgbouncer's console."""
    archive: str
    """Where archives lie, "": nothing says so. Of the profile's own server alone."""
    capacity: Mapping[str, float]
    """Bytes that the server's disks hold, by place; of the profile's own server alone."""
    nodes: Mapping[str, Secret]
    """DSNs of other nodes of the same cluster, by name; of the profile's own server alone."""
    passwords: PasswordRules
    """How users' passwords are hashed, and which are refused."""
    vault: VaultKeys | None
    """Where the keys of encrypted columns are; None: nothing says so. Of the profile's own server alone."""
    data_dir: Path | None
    """The embedded server's folder, None for the user's data folder."""
    sources: Mapping[str, str]
    """Setting -> where its value came from."""

    @property
    def colour(self) -> str | None:
        """The mark of the profile in force."""
        return self.profile.colour if self.profile else None


def load(flags: Namespace | Mapping[str, Any], environ: Mapping[str, str], file: Path | None = None) -> Config:
    """Put the settings together; UsageError says which place is wrong.

    `flags` are the parsed arguments, absent ones None. `file` replaces the file that --config,
    GBTUI_CONFIG or the user's configuration folder name.
    """
    given = {k: v for k, v in (flags if isinstance(flags, Mapping) else vars(flags)).items() if v is not None}
    path, must_exist = _file(given, environ, file)
    settings = profiles.read(path, must_exist=must_exist)
    line = connection.command_line(given)
    profile, origin = connection.profile_in_force(given, environ, settings, named=line is not None)
    places = connection.places(line, profile, origin, given, environ)
    is_embedded = bool(places) and connection.is_embedded(places[0])
    typed = (connection.typed(given["typed_password"].reveal()),) if "typed_password" in given else ()
    merge = Merge(given, environ, settings, profile)
    return Config(
        connection=() if is_embedded else (*typed, *places),
        is_named=bool(places) or any(environ.get(name) for name in _NAMING),
        is_embedded=is_embedded,
        label=connection.label(profile, places, embedded=is_embedded),
        profile=profile,
        file=settings,
        read_only=_read_only(merge, profile, is_embedded),
        read_only_always=profile is not None and profile.read_only == "always",
        refresh=merge.setting("refresh", 1.0, float),
        pool_size=merge.setting("pool_size", 10, int),
        theme=merge.setting("theme", "", str),
        migrate=merge.setting("migrate", "auto", str),
        create=merge.of_profile("create", default=False),
        pooled=merge.of_profile("pooled", default=False),
        redact=merge.any_says("redact"),
        thresholds=merge.table("thresholds"),
        keymap=merge.table("keymap"),
        audit=merge.of_profile("audit", default="on"),
        rescue_dsn=merge.of_profile("rescue_dsn", default=None),
        pgbouncer=merge.of_profile("pgbouncer", default=None),
        archive="" if connection.overruled(places) else merge.of_profile("archive", default=""),
        capacity={} if connection.overruled(places) else merge.of_profile("capacity", default={}),
        nodes={} if connection.overruled(places) or is_embedded else merge.of_profile("nodes", default={}),
        passwords=merge.of_profile("passwords", default=PasswordRules()),
        vault=None if connection.overruled(places) else merge.of_profile("vault", default=None),
        data_dir=merge.data_dir(),
        sources=MappingProxyType(merge.sources),
    )


def _file(given: Mapping[str, Any], environ: Mapping[str, str], file: Path | None) -> tuple[Path, bool]:
    named = given.get("config_file") or environ.get("GBTUI_CONFIG")
    if file or named:
        return (file or Path(str(named)).expanduser()), True
    return user_config_path("gbtui") / "config.toml", False


def _read_only(merge: Merge, profile: Profile | None, is_embedded: bool) -> bool:
    """On for every server but the embedded one; "always" in the profile is stronger than any flag."""
    asked = merge.flag("read_only")
    if profile and profile.read_only == "always":
        if asked is False:
            raise UsageError("Read-only", f'profile {profile.name} says read_only = "always"')
        return bool(merge.of_profile("read_only", default=True))
    if asked is not None:
        return asked
    return bool(merge.of_profile("read_only", default=not is_embedded))
