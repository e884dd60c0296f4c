"""What migrations would do: rehearsed in one transaction that is rolled back, or read from their text."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import asyncpg

from gbtui.database.sql import identifier, statement
from gbtui.schema import failures, locks
from gbtui.schema.source import Migration

_LOCK_TIMEOUT_MS: Final = 200  # so long may others wait behind a lock that the rehearsal waits for
_TIME: Final = 10.0  # seconds for all of it: its locks are real until it is rolled back
_COUNTED_PAGES: Final = 20_000  # 160 MB: up to here rows are counted, beyond the planner's estimate is told


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock on a relation that existed before: `mode` in SQL's words, `meaning` what others wait for."""

    relation: str
    mode: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows or values that would be lost: of a dropped table, a dropped column, or by DELETE.

    `exact` is false where the table is too big to count and `rows` is the planner's estimate.
    """

    what: str
    rows: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One migration of a plan. `rehearsed` is false where locks were read from the text; `note` says why."""

    migration: Migration
    sql: str
    rehearsed: bool
    locks: tuple[Lock, ...]
    rewritten: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    took_ms: float | None = None
    note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Relation:
    oid: int
    name: str
    kind: str
    filenode: int
    pages: int
    estimate: int
    root: int
    columns: list[str]
    deleted: int


_Relations = Mapping[int, _Relation]


@dataclass(slots=True)
class _Lost:
    """What a rehearsal saw vanish; counted when the transaction is over and all of it is back."""

    tables: list[_Relation] = field(default_factory=list)
    columns: list[tuple[_Relation, str]] = field(default_factory=list)
    deleted: list[tuple[_Relation, int]] = field(default_factory=list)


def by_text(migrations: Iterable[Migration], *, down: bool = False, note: str = "") -> tuple[Step, ...]:
    """The plan without touching the server: SQL, and the locks that its words ask for."""
    return tuple(_unrehearsed(migration, down=down, note=note) for migration in migrations)


async def rehearse(
    connection: asyncpg.Connection, migrations: Sequence[Migration], *, down: bool = False
) -> tuple[Step, ...]:
    """Run the migrations in one transaction, look at what they hold and changed, and roll everything back.

    Their locks are real for that long: 200 ms is the longest wait for one, 10 s the longest rehearsal. What
    cannot run in a transaction, or is marked long_running, is read from its text instead.
    """
    steps: list[Step] = []
    lost: list[_Lost] = []
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}")
        async with asyncio.timeout(_TIME):
            await _run_all(connection, migrations, steps, lost, down=down)
    except TimeoutError:
        pass  # told below: the steps that are missing were not rehearsed
    finally:
        if not connection.is_closed():
            await transaction.rollback()
    rest = migrations[len(steps) :]
    steps += by_text(rest, down=down, note=_why_not(steps))
    counted = [await _losses(connection, each) for each in lost]
    counted += [()] * len(rest)
    return tuple(replace(step, losses=losses) for step, losses in zip(steps, counted, strict=True))


def _why_not(steps: Sequence[Step]) -> str:
    if steps and steps[-1].error:
        return "not rehearsed: the one before it failed"
    return f"not rehearsed: {_TIME:.0f} s were over"


async def _run_all(
    connection: asyncpg.Connection, migrations: Sequence[Migration], steps: list[Step], lost: list[_Lost], *, down: bool
) -> None:
    held: set[tuple[int, str]] = set()
    before = await _relations(connection)
    for migration in migrations:
        if not migration.in_transaction or "long_running" in migration.marks:
            why = "marked long_running" if migration.in_transaction else "runs outside a transaction"
            steps.append(_unrehearsed(migration, down=down, note=f"not rehearsed: {why}"))
            lost.append(_Lost())
            continue
        sql = _sql(migration, down=down)
        if problems := migration.down_problems if down else migration.problems:
            # Never sent: a COMMIT in the file would make the rehearsal real.
            steps.append(Step(migration, sql, False, (), error="; ".join(problems)))
            lost.append(_Lost())
            return
        started = time.perf_counter()
        try:
            await connection.execute(sql)
            # What COMMIT would check; left pending, it would also refuse the next migration's ALTER TABLE.
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except asyncpg.PostgresError as error:
            steps.append(_failed(migration, sql, error, down=down))
            lost.append(_Lost())
            return
        took = (time.perf_counter() - started) * 1000
        after = await _relations(connection)
        now = {(row["oid"], row["mode"]) for row in await connection.fetch(statement("meta/own_locks").text)}
        steps.append(Step(migration, sql, True, _locks(now - held, before), _rewritten(before, after), took_ms=took))
        lost.append(_vanished(before, after))
        held, before = now, after


def _sql(migration: Migration, *, down: bool) -> str:
    return (migration.down or "") if down else migration.up


def _unrehearsed(migration: Migration, *, down: bool, note: str) -> Step:
    sql = _sql(migration, down=down)
    asked = tuple(Lock(name, mode, locks.meaning(mode)) for name, mode in locks.by_text(sql))
    return Step(migration, sql, False, asked, note=note)


def _failed(migration: Migration, sql: str, error: asyncpg.PostgresError, *, down: bool) -> Step:
    place = failures.place_of(sql, error)
    where = ":".join(map(str, ("down.sql" if down else "up.sql", *(place or ()))))
    return Step(migration, sql, False, (), error=f"{where}: {failures.server_message(error)}")


async def _relations(connection: asyncpg.Connection) -> dict[int, _Relation]:
    return {row["oid"]: _Relation(**dict(row)) for row in await connection.fetch(statement("meta/relations").text)}


def _locks(taken: set[tuple[int, str]], before: _Relations) -> tuple[Lock, ...]:
    """The strongest new lock on each relation that existed before, the strongest first."""
    strongest: dict[int, str] = {}
    for oid, mode in taken:
        name = locks.MODES.get(mode, (mode, ""))[0]
        if oid in before and locks.strength(name) > locks.strength(strongest.get(oid, "")):
            strongest[oid] = name
    found = [Lock(before[oid].name, mode, locks.meaning(mode)) for oid, mode in strongest.items()]
    return tuple(sorted(found, key=lambda lock: (-locks.strength(lock.mode), lock.relation)))


def _rewritten(before: _Relations, after: _Relations) -> tuple[str, ...]:
    changed = (r.name for oid, r in before.items() if oid in after and after[oid].filenode != r.filenode)
    return tuple(sorted(changed))


def _vanished(before: _Relations, after: _Relations) -> _Lost:
    lost = _Lost()
    for oid, relation in before.items():
        if relation.kind not in "rpm":
            continue
        now: Any = after.get(oid)
        if now is None:
            lost.tables.append(relation)
            continue
        # A partitioned table's columns are its partitions' too: told once, at the root.
        if relation.root == oid:
            lost.columns += [(relation, name) for name in relation.columns if name not in now.columns]
        if now.deleted > relation.deleted:
            lost.deleted.append((relation, now.deleted - relation.deleted))
    return lost


async def _losses(connection: asyncpg.Connection, lost: _Lost) -> tuple[Loss, ...]:
    """Rows of dropped tables (partitions counted with their root), values of dropped columns, deleted rows."""
    found: dict[int, Loss] = {}
    names = {relation.oid: relation.name for relation in lost.tables}
    for relation in lost.tables:
        if relation.kind == "p":
            found.setdefault(relation.oid, Loss(f"table {relation.name}", 0, True))
            continue
        rows, exact = await _count(connection, relation, "*")
        root = relation.root if relation.root in names else relation.oid
        sofar = found.get(root, Loss(f"table {names[root]}", 0, True))
        found[root] = Loss(sofar.what, sofar.rows + rows, sofar.exact and exact)
    losses = list(found.values())
    for relation, column in lost.columns:
        rows, exact = await _count(connection, relation, identifier(column))
        losses.append(Loss(f"column {relation.name}.{column}", rows, exact))
    losses += [Loss(f"rows of {relation.name}", rows, True) for relation, rows in lost.deleted]
    return tuple(losses)


async def _count(connection: asyncpg.Connection, relation: _Relation, what: str) -> tuple[int, bool]:
    """Rows (or values of a column); an estimate where counting would read too much."""
    if relation.pages > _COUNTED_PAGES:
        return relation.estimate, False
    counted = await connection.fetchval(f"SELECT count({what}) FROM {relation.name}")  # noqa: S608 names quoted by format(%I)
    return int(counted), True
