"""The places that name a server: command line, profile, GBTUI_DSN. What they say is read in database/dsn.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from gbtui.config.profiles import File, Profile
from gbtui.errors import UsageError
from gbtui.secret import Secret

EMBEDDED: Final = "embedded:"
_COMMAND_LINE: Final = "command line"


@dataclass(frozen=True, slots=True)
class ConnectionSource:
    """One place that says something about the connection; the first place in a list is the strongest.

    `parameters` are libpq's names from single flags. `closed`: no PG* variable may complete the
    server (host, address, port) that this place names.
    """

    origin: str
    dsn: Secret | None = None
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    closed: bool = False


def command_line(given: Mapping[str, Any]) -> ConnectionSource | None:
    """What the command line says of the server; None if nothing."""
    dsns = [given[name] for name in ("target", "dsn") if given.get(name)]
    parameters = {
        parameter: given[name]
        for name, parameter in (("host", "host"), ("port", "port"), ("username", "user"), ("dbname", "dbname"))
        if given.get(name)
    }
    database = parameters.get("dbname", "")
    if "=" in database or database.startswith(("postgresql://", "postgres://")):  # as in psql
        dsns.append(parameters.pop("dbname"))
    if len(dsns) > 1:
        raise UsageError("Two connection strings", "the command line may hold one", "leave one of them out")
    if not dsns and not parameters:
        return None
    return ConnectionSource(_COMMAND_LINE, Secret(dsns[0]) if dsns else None, MappingProxyType(parameters))


def typed(password: str) -> ConnectionSource:
    """A password that somebody typed, stronger than any that is written down."""
    quoted = password.replace("\\", r"\\").replace("'", r"\'")
    return ConnectionSource("typed at -W", Secret(f"password='{quoted}'"))


def profile_in_force(
    given: Mapping[str, Any], environ: Mapping[str, str], settings: File, *, named: bool
) -> tuple[Profile | None, str]:
    """The profile in force; one that only the environment names gives way to a server on the command line."""
    name = given.get("profile") or ("" if named else environ.get("GBTUI_PROFILE"))
    if not name:
        return None, ""
    if name not in settings.profiles:
        known = ", ".join(sorted(settings.profiles)) or "none"
        raise UsageError("No such profile", f"{name} is not in {settings.path}", f"profiles there: {known}")
    return settings.profiles[name], f"profile {name} in {settings.path}"


def places(
    line: ConnectionSource | None,
    profile: Profile | None,
    profile_origin: str,
    given: Mapping[str, Any],
    environ: Mapping[str, str],
) -> tuple[ConnectionSource, ...]:
    """Who names a server, strongest first. A place that is not the command line is closed to PG*."""
    found = [line] if line else []
    if profile and profile.dsn:
        found.append(ConnectionSource(profile_origin, profile.dsn, closed=True))
    elif environ.get("GBTUI_DSN") and not given.get("profile") and not _names_server(line):
        found.append(ConnectionSource("environment GBTUI_DSN", Secret(environ["GBTUI_DSN"]), closed=True))
    if any(map(is_embedded, found)) and (len(found) > 1 or found[0].parameters):
        raise UsageError("Two servers named", "embedded: is the server on this machine and takes no other flag")
    return tuple(found)


def _names_server(place: ConnectionSource | None) -> bool:
    return place is not None and (place.dsn is not None or "host" in place.parameters)


def is_embedded(place: ConnectionSource) -> bool:
    """Whether this place names the demo server on this machine."""
    return place.dsn is not None and place.dsn.reveal().strip() == EMBEDDED


def label(profile: Profile | None, connection: tuple[ConnectionSource, ...], *, embedded: bool) -> str:
    """What titles call the server; a profile's name never stands alone over a server that it does not name."""
    if embedded:
        return "DEMO"
    if profile is None:
        return ""
    return f"{profile.name}, but the command line's server" if overruled(connection) else profile.name


def overruled(places: tuple[ConnectionSource, ...]) -> bool:
    """Whether the command line names another server than the profile in force."""
    return bool(places) and places[0].origin == _COMMAND_LINE and _names_server(places[0])
