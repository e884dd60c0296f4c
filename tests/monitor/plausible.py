"""Whether what a probe found can be true: by the records' own types and names, and what single probes must know."""

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import UnionType
from typing import Any, Union

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from gbtui.text import clean

_AHEAD = 0.05
"""Seconds by which two clocks of one statement may differ."""


@dataclass(frozen=True)
class Scene:
    """What is known to be so on the server that is looked at."""

    version: int
    database: str
    holder: int | None = None
    """The backend that holds ACCESS EXCLUSIVE locks and sits in its transaction; None: nobody does."""
    reader: int | None = None
    """The backend whose open transaction an ALTER TABLE waits for."""
    waiter: int | None = None
    """The backend that waits with this ALTER TABLE."""


def plausible(sample: Sample[Any], record: type[Any]) -> None:
    """Fail if a row is not what its record says, or holds a figure that nothing can be."""
    hints = typing.get_type_hints(record)
    for row in sample.rows:
        assert type(row) is record, sample.probe
        for field in fields(record):
            value = getattr(row, field.name)
            where = f"{sample.probe}.{field.name} = {value!r}"
            assert _is_a(value, hints[field.name]), where
            assert _possible(field.name, value), where


def _is_a(value: object, hint: Any) -> bool:
    """Whether a value is of a type as records are annotated."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_is_a(value, one) for one in inner)
    if origin is typing.Literal:
        return value in inner
    if origin is tuple:
        return isinstance(value, tuple) and all(_is_a(one, inner[0]) for one in value)
    if origin is not None:
        return isinstance(value, origin)
    if hint is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))


def _possible(name: str, value: object) -> bool:
    if isinstance(value, str):
        return clean(value, keep="\n\t") == value
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return True
    if "share" in name or name == "cache_hit":
        return 0 <= value <= 1
    if name.endswith(("bytes", "_age", "_lag", "uptime", "oldest", "_rows", "_scans")) or name == "age":
        return value >= -_AHEAD
    return True


async def _connectivity(row: Any, scene: Scene, _sample: Sample[Any]) -> None:
    assert row.version_num // 10000 == scene.version
    assert (row.role, row.database) == ("primary", scene.database)
    assert row.uptime > 0


async def _connections(row: Any, scene: Scene, _sample: Sample[Any]) -> None:
    assert 1 <= row.own <= row.used <= row.max_connections
    assert row.active + row.idle + row.idle_in_transaction <= row.used
    if scene.holder:
        assert row.idle_in_transaction >= 2
        assert row.waiting_for_locks >= 1


async def _pool(_row: Any, scene: Scene, sample: Sample[Any]) -> None:
    assert sum(group.connections for group in sample.rows if group.own) >= 1
    assert any(group.database == scene.database for group in sample.rows)


async def _activity(_row: Any, scene: Scene, sample: Sample[Any]) -> None:
    if scene.waiter:
        rows = {row.pid: row for row in sample.rows}
        assert rows[scene.holder].state == rows[scene.reader].state == "idle in transaction"
        assert rows[scene.waiter].blocked_by == (scene.reader,)
        assert rows[scene.waiter].wait_type == "Lock"


async def _locks(_row: Any, scene: Scene, sample: Sample[Any]) -> None:
    if scene.waiter:
        rows = {row.pid: row for row in sample.rows}
        assert (rows[scene.reader].depth, rows[scene.reader].frees) == (0, 1)
        assert (rows[scene.waiter].depth, rows[scene.waiter].relation) == (1, "scene.awaited")


async def _tables(_row: Any, scene: Scene, sample: Sample[Any]) -> None:
    rows = {row.name: row for row in sample.rows if row.schema == "scene"}
    locked = {name for name, row in rows.items() if row.locked}
    assert locked == ({"held", "awaited", "parts", "summary"} if scene.holder else set())
    assert rows["calm"].table_bytes >= 8192
    assert rows["calm"].index_bytes >= 8192
    assert (rows["parts"].partitions, rows["parts"].unmeasured) == (2, 1 if scene.holder else 0)
    told = " ".join(sample.skipped)
    assert all(name in told for name in ("scene.held", "scene.awaited", "scene.p1", "scene.summary")) == bool(locked)


async def _databases(_row: Any, scene: Scene, sample: Sample[Any]) -> None:
    (row,) = [row for row in sample.rows if row.name == scene.database]
    assert row.size_bytes > 1_000_000
    assert row.connections >= 1
    assert 0 <= row.xid_age < row.failsafe_age


async def _settings(_row: Any, _scene: Scene, sample: Sample[Any]) -> None:
    assert {"fsync", "max_prepared_transactions"} <= {row.name for row in sample.rows}


KNOWN: Mapping[str, Callable[[Any, Scene, Sample[Any]], Any]] = {
    "activity": _activity,
    "connections": _connections,
    "connectivity": _connectivity,
    "databases": _databases,
    "locks": _locks,
    "pool": _pool,
    "settings": _settings,
    "tables": _tables,
}
"""What single probes must know of a scene, given their first row (None without any) and their sample."""


async def judge(monitor: Monitor, sample: Sample[Any], scene: Scene) -> None:
    """Hold one sample that came without an error against the scene."""
    assert sample.taken_at is not None
    plausible(sample, monitor.probes[sample.probe].record)
    if (knows := KNOWN.get(sample.probe)) is not None:
        await knows(sample.first, scene, sample)
