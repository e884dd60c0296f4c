"""Which server, as whom, how: one resolved connection, whatever places it was named in."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gbtui.secret import Secret

_LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


@dataclass(frozen=True, slots=True)
class Host:
    """One address to try. `name` is what was asked for (and what a certificate must say)."""

    name: str
    address: str
    port: int

    @property
    def is_socket(self) -> bool:
        """A folder with a socket in it (a leading @ is Linux's abstract namespace)."""
        return self.address.startswith(("/", "@"))

    @property
    def is_local(self) -> bool:
        """Whether the way to it leaves this machine's kernel: then it can be listened to."""
        if self.is_socket or self.address in _LOCAL_NAMES:
            return True
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.is_socket and self.port == 5432 else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """libpq's ssl* parameters. `mode` None: nobody said, so verify-full for a remote host, prefer for a local one."""

    mode: str | None = None
    negotiation: str = "postgres"
    root: str = ""  # a file, "system", or "" for ~/.postgresql/root.crt and else the system's
    certificate: str = ""
    key: str = ""
    key_password: Secret | None = None
    certificate_mode: str = "allow"
    revoked: str = ""
    revoked_dir: str = ""
    minimum: str = "TLSv1.2"
    maximum: str = ""
    server_name: bool = True
    key_log: str = ""

    def mode_for(self, host: Host) -> str:
        """The sslmode that holds for this host. Sockets have no TLS."""
        if host.is_socket:
            return "disable"
        return self.mode or ("prefer" if host.is_local else "verify-full")


@dataclass(frozen=True, slots=True)
class Keepalive:
    """TCP keepalive in seconds, 0 for the system's; `user_timeout` in milliseconds."""

    on: bool = True
    idle: int = 0
    interval: int = 0
    count: int = 0
    user_timeout: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """A server to connect to.

    `parameters` are libpq's, as they were named, secrets masked; `sources` says where each came from.
    """

    hosts: tuple[Host, ...]
    user: str
    database: str
    password: Secret | None = None
    passfile: Path | None = None
    tls: Tls = Tls()
    options: str = ""
    application_name: str = "gbtui"
    connect_timeout: float = 10.0
    session: str = "any"  # libpq's target_session_attrs
    shuffled: bool = False  # libpq's load_balance_hosts=random
    keepalive: Keepalive = Keepalive()
    krbsrvname: str = ""
    gsslib: str = ""
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False, compare=False)
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), hash=False, compare=False)

    @property
    def label(self) -> str:
        """`database at host:port, host:port`: fit for a title, without user and password."""
        return f"{self.database} at {', '.join(map(str, self.hosts))}"

    def with_database(self, database: str) -> "Target":
        """The same server and role, another database."""
        return replace(self, database=database)
