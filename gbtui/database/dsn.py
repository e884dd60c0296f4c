"""From the places that name a connection to one Target: each parameter from the first place that has it.

    command line > the profile named on it > PGSERVICE's entry > PG* variables > defaults

A service named in a DSN stands right behind that DSN. A profile that names a server is closed: no
PG* variable below it may say which host, address or port, so that a leftover PGHOST cannot put
production's name over another server.
"""

import getpass
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gbtui.config import EMBEDDED, ConnectionSource
from gbtui.database import conninfo, passfile, service
from gbtui.database.parameters import ENVIRONMENT, SECRET, refusal
from gbtui.database.target import Host, Keepalive, Target, Tls
from gbtui.errors import UsageError
from gbtui.secret import MASK, Secret

__all__ = ["EMBEDDED", "Host", "Target", "Tls", "resolve", "target"]

_SERVER: Final = ("host", "hostaddr", "port")
_SOCKET_FOLDERS: Final = ("/var/run/postgresql", "/run/postgresql", "/tmp")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
        "sslnegotiation": ("postgres", "direct"),
        "sslcertmode": ("disable", "allow", "require"),
        "sslsni": ("0", "1"),
        "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
        "ssl_max_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
        "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
        "load_balance_hosts": ("disable", "random"),
        "gsslib": ("gssapi",),
    }
)


@dataclass(slots=True)
class _Found:
    """Parameters found so far, with the place each came from; the first place to name one wins."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    sources: dict[str, str] = field(default_factory=dict)

    def add(self, parameters: Mapping[str, str], origin: str, *, never: Iterable[str] = ()) -> None:
        for name, value in parameters.items():
            if name in never or name in self.values:
                continue
            if (reason := refusal(name, value)) is not None:
                raise UsageError(
                    "Cannot connect as asked",
                    f"libpq's {name}={value if name in _SHOWN else '…'} cannot be honoured: {reason}",
                    f"it comes from {origin}",
                )
            self.values[name] = value
            self.sources[name] = origin

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name) or default

    def choice(self, name: str, default: str) -> str:
        value = self.text(name, default)
        for known in _CHOICES[name]:
            if value.lower() == known.lower():
                return known
        raise self._wrong(name, f"is one of {', '.join(_CHOICES[name])}")

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name, str(default)))
        except ValueError:
            raise self._wrong(name, "is a whole number") from None

    def secret(self, name: str) -> Secret | None:
        return Secret(self.values[name]) if self.values.get(name) else None

    def _wrong(self, name: str, what: str) -> UsageError:
        return UsageError("Wrong connection parameter", f"{name} {what}", f"from {self.sources.get(name, 'defaults')}")


_SHOWN: Final = frozenset({"gssencmode", "channel_binding", "client_encoding", "replication", "requirepeer"}) | {
    "require_auth",
    "gssdelegation",
    "min_protocol_version",
    "max_protocol_version",
    "requiressl",
}


def target(dsn: str, environ: Mapping[str, str] | None = None) -> Target:
    """The target of one DSN alone; PG* variables are read only from `environ`, if one is given."""
    return resolve([ConnectionSource("the DSN", Secret(dsn))], environ or {})


def beside(other: Secret | None, environ: Mapping[str, str]) -> Target | None:
    """The target of a profile's second DSN (rescue_dsn, pgbouncer): no PG* variable says which server."""
    if other is None:
        return None
    return resolve([ConnectionSource("the profile", other, closed=True)], environ)


def resolve(sources: Sequence[ConnectionSource], environ: Mapping[str, str]) -> Target:
    """One Target from the places that name it, the strongest first; then service, PG* variables, defaults.

    UsageError for what is wrong or cannot be honoured, with the place it came from.
    """
    home = Path(environ["HOME"]) if environ.get("HOME") else _home()
    found = _Found()
    closed = False
    service_read = False
    for source in sources:
        named = _parameters(source)
        found.add(named, source.origin, never=_SERVER if closed else ())
        if "host" in named:  # another place's hostaddr would lead elsewhere under this name
            found.values.setdefault("hostaddr", "")
        if not service_read and found.text("service"):
            _add_service(found, environ, home)
            service_read = True
        closed = closed or source.closed
    environment = {name: environ[var] for name, var in ENVIRONMENT.items() if var and environ.get(var)}
    if not service_read and not closed and "service" in environment:
        found.add({k: v for k, v in environment.items() if k in ("service", "servicefile")}, "environment")
        _add_service(found, environ, home)
    for name, value in environment.items():
        never = (*_SERVER, "service") if closed else ()
        found.add({name: value}, f"environment {ENVIRONMENT[name]}", never=never)
    return _target(found, home)


def _parameters(source: ConnectionSource) -> dict[str, str]:
    """What one place says: in it a connection string is stronger than single flags, as in psql."""
    try:
        from_dsn = conninfo.parse(source.dsn.reveal()) if source.dsn else {}
    except UsageError as exc:
        raise UsageError(exc.title, exc.message, exc.hint or f"from {source.origin}") from None
    return {**source.parameters, **from_dsn}


def _add_service(found: _Found, environ: Mapping[str, str], home: Path | None) -> None:
    name = found.text("service")
    file = found.text("servicefile") or environ.get("PGSERVICEFILE", "")
    parameters, path = service.read(name, file, environ, home)
    found.add(parameters, f"service {name} in {path}")


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _target(found: _Found, home: Path | None) -> Target:
    user = found.text("user") or getpass.getuser()
    password_file = Path(found.text("passfile")) if found.text("passfile") else (home / ".pgpass" if home else None)
    hosts = _hosts(found)
    tls = _tls(found, home)
    uses_file = password_file is not None and not found.text("password")
    warning = passfile.problem(password_file) if password_file and uses_file else None
    timeout = found.number("connect_timeout", 10)
    return Target(
        hosts=hosts,
        user=user,
        database=found.text("dbname", user),
        password=found.secret("password"),
        passfile=password_file if uses_file else None,
        tls=tls,
        options=found.text("options"),
        application_name=found.text("application_name") or found.text("fallback_application_name", "gbtui"),
        # As libpq: nothing under two seconds; its "wait for ever" (0) is an hour here.
        connect_timeout=float(max(timeout, 2)) if timeout > 0 else 3600.0,
        session=found.choice("target_session_attrs", "any"),
        shuffled=found.choice("load_balance_hosts", "disable") == "random",
        keepalive=Keepalive(
            on=found.number("keepalives", 1) != 0,
            idle=found.number("keepalives_idle"),
            interval=found.number("keepalives_interval"),
            count=found.number("keepalives_count"),
            user_timeout=found.number("tcp_user_timeout"),
        ),
        krbsrvname=found.text("krbsrvname"),
        gsslib=found.choice("gsslib", "gssapi") if found.text("gsslib") else "",
        parameters=MappingProxyType({k: MASK if k in SECRET else v for k, v in found.values.items() if v}),
        sources=MappingProxyType(dict(found.sources)),
        warnings=(warning,) if warning else (),
    )


def _hosts(found: _Found) -> tuple[Host, ...]:
    names = found.text("host").split(",") if found.text("host") else []
    addresses = found.text("hostaddr").split(",") if found.text("hostaddr") else []
    ports = found.text("port").split(",") if found.text("port") else []
    if names and addresses and len(names) != len(addresses):
        raise UsageError("Wrong connection parameter", f"{len(names)} hosts and {len(addresses)} hostaddr")
    count = max(len(names), len(addresses), 1)
    if len(ports) > 1 and len(ports) != count:
        raise UsageError("Wrong connection parameter", f"{len(ports)} ports for {count} hosts")
    names, addresses = names or [""] * count, addresses or [""] * count
    ports = ports * count if len(ports) == 1 else ports or [""] * count
    return tuple(_host(*each) for each in zip(names, addresses, ports, strict=True))


def _host(name: str, address: str, port: str) -> Host:
    if port and not (port.strip().isascii() and port.strip().isdigit() and 0 < int(port) < 65536):
        # Not quoted: behind an unescaped / or : of a password stands the rest of it.
        raise UsageError("Wrong connection parameter", "a port is not a number from 1 to 65535", conninfo.ESCAPES)
    number = int(port) if port else 5432
    name = name or address or _socket_folder(number)
    return Host(name, address or name, number)


def _socket_folder(port: int) -> str:
    """Where a server on this machine listens; libpq has one folder compiled in, we look for the socket."""
    for folder in _SOCKET_FOLDERS:
        if Path(folder, f".s.PGSQL.{port}").exists():
            return folder
    return next((folder for folder in _SOCKET_FOLDERS if os.access(folder, os.X_OK)), "localhost")


def _tls(found: _Found, home: Path | None) -> Tls:
    mode = found.choice("sslmode", "") if found.text("sslmode") else None
    if mode is None and found.text("requiressl") == "1":
        mode = "require"
    root = found.text("sslrootcert")
    if root == "system" and mode not in (None, "verify-full"):
        raise UsageError("Wrong connection parameter", f"sslrootcert=system needs sslmode=verify-full, not {mode}")
    if root == "system":
        mode = "verify-full"
    negotiation = found.choice("sslnegotiation", "postgres")
    if negotiation == "direct" and mode in ("disable", "allow", "prefer"):
        raise UsageError(
            "Wrong connection parameter", f"sslnegotiation=direct needs sslmode=require or stronger, not {mode}"
        )
    certificates = home / ".postgresql" if home else None
    return Tls(
        mode=mode,
        negotiation=negotiation,
        root=root or _existing(certificates, "root.crt"),
        certificate=found.text("sslcert") or _existing(certificates, "postgresql.crt"),
        key=found.text("sslkey") or _existing(certificates, "postgresql.key"),
        key_password=found.secret("sslpassword"),
        certificate_mode=found.choice("sslcertmode", "allow"),
        revoked=found.text("sslcrl") or ("" if found.text("sslcrldir") else _existing(certificates, "root.crl")),
        revoked_dir=found.text("sslcrldir"),
        minimum=found.choice("ssl_min_protocol_version", "TLSv1.2"),
        maximum=found.choice("ssl_max_protocol_version", "TLSv1.3"),
        server_name=found.choice("sslsni", "1") == "1",
        key_log=found.text("sslkeylogfile"),
    )


def _existing(folder: Path | None, name: str) -> str:
    return str(folder / name) if folder and (folder / name).exists() else ""
