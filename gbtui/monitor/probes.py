"""The registry: every probe there is. To add one is one entry here and its .sql file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.server.activity import ACTIVITY
from gbtui.monitor.server.connections import CONNECTIONS, POOL
from gbtui.monitor.server.connectivity import CONNECTIVITY
from gbtui.monitor.server.locks import LOCKS

_ALL: Final[tuple[Probe[Any], ...]] = (
    CONNECTIVITY,
    CONNECTIONS,
    POOL,
    ACTIVITY,
    LOCKS,
)

PROBES: Final[Mapping[str, Probe[Any]]] = MappingProxyType({probe.name: probe for probe in _ALL})
"""By name, in the order they are listed."""
