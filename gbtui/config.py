"""Settings: flags > environment > profile file > defaults, and where each came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gbtui.secret import Secret


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
