"""When automations run: each schedule with how many have it, the next run, and what is wrong with it."""

from typing import TYPE_CHECKING, Final

from gbtui.database.sql import statement
from gbtui.domain.schedules import RawSchedule, Schedule, schedules
from gbtui.monitor.platform.absence import NO_PLATFORM
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_MOST: Final = 2_000


async def _read(database: "Database", scope: "Scope", _before: Sample[Schedule] | None) -> Reading[Schedule]:
    if not database.facts.has_platform:
        return Reading((), skipped=(NO_PLATFORM,))
    wanted = statement("general_bots/schedules", where=scope.where)
    found = await database.rows(RawSchedule, wanted, *scope.arguments)
    left_out = (f"only the {_MOST} schedules that most automations have",) if len(found) == _MOST else ()
    return Reading(schedules(found), skipped=left_out)


SCHEDULES: Final = Probe(
    "schedules",
    "when automations run: each schedule, the next run, what is wrong with it",
    Schedule,
    600.0,
    _read,
    always=True,
    scoped=True,
)
