"""The panel of indexes that the workload asks for."""

from typing import TYPE_CHECKING, Any, Final

from gbtui.errors import UsageError
from gbtui.monitor.advice.workload.advise import QueryAdvice
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.text import count

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope


async def _read(database: "Database", _scope: "Scope", _before: Sample[Any] | None) -> Reading[QueryAdvice]:
    from gbtui.monitor.advice.workload.reading import read_workload

    try:
        found = await read_workload(database)
    except UsageError as error:
        return Reading((), skipped=(error.message,))
    without = sum(bool(asked.why) for asked in found.statements)
    told = f"{count(without)} of {count(len(found.statements))} statements without advice: gbtui advise --all says why"
    shown = tuple(database.shown(one) for one in found.advice)  # a statement's comment may hold an address
    return Reading(shown, skipped=(*found.remarks, *((told,) if without else ())))


QUERY_ADVICE: Final[Probe[QueryAdvice]] = Probe(
    "query_advice",
    "indexes that the statements which took most time would have used",
    QueryAdvice,
    3600.0,
    _read,
    privilege="pg_read_all_stats",
    deadline=60.0,
)
