"""Which probes and checks a login has: one bound to organizations has none that tell of the whole server."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gbtui.errors import DeniedError
from gbtui.monitor.check import Check
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading

if TYPE_CHECKING:
    from gbtui.database.access import Access
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


def reachable(probes: Mapping[str, Probe[Any]], access: "Access") -> Mapping[str, Probe[Any]]:
    """Those that this login may be shown, in their order."""
    if not access.bound:
        return probes
    return MappingProxyType({name: probe for name, probe in probes.items() if not probe.whole_server})


def judgeable(checks: Sequence[Check], probes: Mapping[str, Probe[Any]]) -> tuple[Check, ...]:
    """Those that rest on these probes alone."""
    return tuple(check for check in checks if all(name in probes for name in check.probes))


def refused(what: str, access: "Access") -> DeniedError:
    """The error for what this login is not shown."""
    return DeniedError(
        "Not for this login",
        f"{what} tells of the whole server, and this login is bound to {access.told}",
        "gbtui access explain says how it is bound",
    )


def untold(name: str) -> Probe[Any]:
    """What stands for a probe that this login has not where another one works from it: it never has rows."""

    async def refuse(_database: "Database", _scope: "Scope", _before: Any) -> Reading[Any]:
        raise DeniedError("Not for this login", f"{name} tells of the whole server, and it is bound to organizations")

    return Probe(name, "", object, 3600.0, refuse)
