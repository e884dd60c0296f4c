"""Settings: what is not the default, what was changed while the server runs, and what waits for a restart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_AT_START: Final = timedelta(seconds=5)
"""A starting server loads its configuration: that is no change."""
_UNSEEN: Final = "the server does not tell what changed before gbtui watched; its configuration was loaded anew at"


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    value: str
    unit: str
    default_value: str
    source: str
    context: str
    category: str
    pending_restart: bool
    file: str
    line: int | None
    started_at: datetime
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that is not the built-in default, will not be after a restart, or was changed while gbtui watched."""

    KEY: ClassVar = ("name",)
    LATER: ClassVar = ("context", "category", "file", "line")

    name: str
    value: str
    unit: str
    pending_restart: bool
    """The configuration has another value, which a restart will bring."""
    was: str
    """Its value before it was changed, as seen while gbtui watched."""
    changed_at: datetime | None
    """When its change was loaded into the running server, seen while gbtui watched; the server keeps no record."""
    default_value: str
    source: str
    """Where the value comes from: "configuration file", "database", "command line" …"""
    context: str
    """When it can change: "postmaster" needs a restart, "sighup" a reload …"""
    category: str
    file: str
    """"" where the role may not see it (pg_read_all_settings)."""
    line: int | None

    @property
    def changed(self) -> bool:
        """Changed since the server started, as far as was seen."""
        return self.changed_at is not None


@dataclass(frozen=True, slots=True)
class Watched:
    """What is remembered of one run of the server."""

    started_at: datetime
    rows: Mapping[str, _Row] = field(default_factory=dict)
    changes: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    """When each setting was last changed, and what it was before."""
    unseen: datetime | None = None
    """A load after the start, before watching began: what it changed nobody knows."""


def compared(rows: Sequence[_Row], before: Watched | None) -> Watched:
    """What is known now: changes are told against the reading before; a restart of the server starts anew."""
    started, loaded = rows[0].started_at, rows[0].loaded_at
    now = {row.name: row for row in rows}
    if before is None or before.started_at != started:
        return Watched(started, now, {}, loaded if loaded - started > _AT_START else None)
    for name, old in before.rows.items():
        # The server's answer holds what is not the default; what went back to it stays for its change's sake.
        now.setdefault(name, replace(old, value=old.default_value, source="default", pending_restart=False))
    changes = dict(before.changes)
    for name, row in now.items():
        known = before.rows.get(name)
        was = known.value if known else row.default_value
        if was != row.value:
            changes[name] = (loaded, was)
    return Watched(started, now, changes, before.unseen)


def shown(watched: Watched) -> tuple[Setting, ...]:
    """The settings as people read them, those that wait or were changed first."""
    kept = [one.name for one in fields(_Row) if one.name not in ("started_at", "loaded_at")]
    rows = []
    for row in watched.rows.values():
        values: dict[str, Any] = {name: getattr(row, name) for name in kept}
        at, was = watched.changes.get(row.name, (None, ""))
        rows.append(Setting(**values, changed_at=at, was=was))
    return tuple(sorted(rows, key=lambda row: (not row.pending_restart, not row.changed, row.name)))


async def _read(database: "Database", _scope: "Scope", before: Sample[Setting] | None) -> Reading[Setting]:
    rows = await database.rows(_Row, "server/settings")
    remembered = before.memory if before and isinstance(before.memory, Watched) else None
    watched = compared(rows, remembered)
    skipped = (f"{_UNSEEN} {watched.unseen:%Y-%m-%d %H:%M} UTC",) if watched.unseen else ()
    return Reading(shown(watched), skipped=skipped, memory=watched)


SETTINGS = Probe(
    "settings",
    "settings that are not the default, were changed since the start, or wait for a restart",
    Setting,
    60.0,
    _read,
    always=True,
)
