"""Settings: what is not the default, and what waits for a restart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that differs from the built-in default, or will after a restart."""

    name: str
    value: str
    unit: str
    default_value: str
    source: str
    """Where the value comes from: "configuration file", "database", "command line" …"""
    context: str
    """When it can change: "postmaster" needs a restart, "sighup" a reload …"""
    category: str
    pending_restart: bool
    file: str
    """"" where the role may not see it (pg_read_all_settings)."""
    line: int | None


async def _read(database: "Database", _scope: "Scope", _before: Sample[Setting] | None) -> Reading[Setting]:
    return Reading(tuple(await database.rows(Setting, "server/settings")))


SETTINGS = Probe(
    "settings", "settings that are not the default, or wait for a restart", Setting, 60.0, _read, always=True
)
