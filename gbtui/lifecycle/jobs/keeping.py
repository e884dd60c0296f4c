"""Keeping no longer than policy says: what is past retention is removed, what is past its grace is deleted."""

from typing import TYPE_CHECKING, Final

from gbtui.domain.relations.catalog import Catalog
from gbtui.lifecycle import deleting, retention
from gbtui.lifecycle.batches import Stopped
from gbtui.lifecycle.jobs.job import NO_ARCHIVE, Counts, Run
from gbtui.lifecycle.retention.rows import ARCHIVED
from gbtui.lifecycle.soft_delete import SoftDelete

if TYPE_CHECKING:
    from gbtui.lifecycle.retention import Archiving

_TOLD: Final = 10
"""Sentences of a run that are kept."""


async def apply_retention(run: Run) -> Counts:
    """Remove what is past retention by the policies in the database.

    Messages, clicks and audit records are archived before. Where nobody said to which place, nor that it need not be,
    these stay, which is told: nobody loses them for having left out a setting.
    """
    kinds, archive = _archiving(run)
    reins = retention.Reins(run.stop, run.tell)
    done = await retention.run(run.database, run.audit, run.now, kinds, archive=archive, reins=reins)
    told = list(done.told)
    if left := await _left(run, kinds):
        told.append(f"no place for archives is named, so these stay: {', '.join(left)}")
    if told:
        run.notes["told"] = told[:_TOLD]
    for sentence in told:
        run.tell(sentence)
    run.notes["run"] = done.run
    counts: dict[str, int] = {}
    for line in done.lines:
        counts[line.kind] = counts.get(line.kind, 0) + (line.rows or 0)
    if done.stopped:
        raise Stopped
    return counts


def _archiving(run: Run) -> "tuple[tuple[retention.Kind, ...], Archiving | None]":
    """What may go, and where it is archived before."""
    if run.archive == NO_ARCHIVE:
        return tuple(retention.Kind), None
    if not run.archive:
        return tuple(kind for kind in retention.Kind if kind not in ARCHIVED), None
    from gbtui.lifecycle.archive.before import Before
    from gbtui.lifecycle.archive.store import store

    return tuple(retention.Kind), Before(run.database, store(run.archive))


async def _left(run: Run, kinds: "tuple[retention.Kind, ...]") -> list[str]:
    """The kinds that a policy lets go some day, and that this run must leave."""
    known = await retention.policies(run.database)
    limited = {row.kind for row in known.rows if row.keep_days is not None}
    return [str(kind) for kind in retention.Kind if kind in limited and kind not in kinds]


async def purge(run: Run) -> Counts:
    """Delete users and organizations whose time of grace is over; what is held or active again stays."""
    soft = SoftDelete(run.database, run.audit, Catalog(run.database), run.tell)
    done = await soft.purge(run.now, deleting.Reins(run.stop))
    if done.kept:
        run.notes["kept"] = [f"{what}: {why}" for what, why in list(done.kept.items())[:_TOLD]]
    if done.stopped:
        raise Stopped
    return {"things": len(done.gone), "rows": sum(done.gone.values())}
