"""A rehearsal tells what would be locked, rewritten and lost, and leaves nothing behind."""

from pathlib import Path

import pytest

from gbtui.errors import MigrationError
from gbtui.schema import catalog, locks, plan, runner, source
from gbtui.schema.source import Migration
from tests.conftest import Connect

from .folders import write

BASE = "CREATE TABLE a (n int, gone text); INSERT INTO a VALUES (1, 'x'), (2, NULL); CREATE TABLE b (n int)"


def last(folder: Path, up: str, down: str = "SELECT 1", metadata: str | None = None) -> list[Migration]:
    """One more migration, alone."""
    write(folder, "2_next", up, down, metadata)
    return [source.read(folder)[-1]]


async def test_locks_and_rewrites_are_those_really_taken(empty_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(empty_dsn)
    write(tmp_path, "1_base", BASE)
    await runner.up(db, source.read(tmp_path))
    before = await catalog.snapshot(db)
    up = "ALTER TABLE a ALTER n TYPE bigint; CREATE INDEX ON b (n); CREATE TABLE c ()"
    (step,) = await plan.rehearse(db, last(tmp_path, up))
    assert step.rehearsed
    assert [(lock.relation, lock.mode, lock.meaning) for lock in step.locks] == [
        ("public.a", "ACCESS EXCLUSIVE", "reads and writes wait"),
        ("public.b", "SHARE", "writes wait"),
    ]
    assert step.rewritten == ("public.a",)
    assert await catalog.snapshot(db) == before


async def test_each_step_is_told_its_own_locks(empty_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(empty_dsn)
    write(tmp_path, "1_base", BASE)
    await runner.up(db, source.read(tmp_path))
    write(tmp_path, "2_a", "ALTER TABLE a ADD m int")
    write(tmp_path, "3_c", "CREATE INDEX CONCURRENTLY i ON b (n)", metadata="run_in_transaction = false")
    write(tmp_path, "4_b", "INSERT INTO b SELECT m FROM a")
    first, second, third = await plan.rehearse(db, source.read(tmp_path)[1:])
    assert [lock.relation for lock in first.locks] == ["public.a"]
    assert (second.rehearsed, second.note) == (False, "not rehearsed: runs outside a transaction")
    assert [(lock.relation, lock.mode) for lock in second.locks] == [("b", "SHARE UPDATE EXCLUSIVE")]
    assert [(lock.relation, lock.mode) for lock in third.locks] == [("public.b", "ROW EXCLUSIVE")]


async def test_what_down_would_lose_is_counted(empty_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(empty_dsn)
    parts = "CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
    write(tmp_path, "1_base", BASE + ";" + parts + "INSERT INTO p VALUES (1), (1), (1); INSERT INTO b VALUES (1)")
    await runner.up(db, source.read(tmp_path))
    down = "DROP TABLE p; ALTER TABLE a DROP COLUMN gone; DELETE FROM b"
    (step,) = await plan.rehearse(db, last(tmp_path, "SELECT 1", down), down=True)
    assert {(loss.what, loss.rows, loss.exact) for loss in step.losses} == {
        ("table public.p", 3, True),
        ("column public.a.gone", 1, True),
        ("rows of public.b", 1, True),
    }
    assert await db.fetchval("SELECT count(*) FROM p") == 3


async def test_a_migration_that_would_fail_says_where_and_stops_the_plan(
    empty_dsn: str, connect: Connect, tmp_path: Path
) -> None:
    db = await connect(empty_dsn)
    write(tmp_path, "1_bad", "CREATE TABLE x ();\nSELECT nothing")
    write(tmp_path, "2_more", "ALTER TABLE x ADD m int")
    bad, more = await plan.rehearse(db, source.read(tmp_path))
    assert bad.error.startswith("up.sql:2:8: column")
    assert more.note == "not rehearsed: the one before it failed"


async def test_a_rehearsal_does_not_wait_behind_a_reader(empty_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db, reader = await connect(empty_dsn), await connect(empty_dsn)
    write(tmp_path, "1_base", BASE)
    await runner.up(db, source.read(tmp_path))
    async with reader.transaction():
        await reader.execute("SELECT * FROM a")
        (step,) = await plan.rehearse(db, last(tmp_path, "ALTER TABLE a ADD m int"))
    assert "lock timeout" in step.error


@pytest.mark.parametrize(
    ("sql", "asked"),
    [
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)", {("s.t", "SHARE UPDATE EXCLUSIVE")}),
        ("create index on only t (a)", {("t", "SHARE")}),
        ("ALTER TABLE IF EXISTS ONLY t ADD a int; ALTER TABLE t VALIDATE CONSTRAINT c", {("t", "ACCESS EXCLUSIVE")}),
        ("ALTER TABLE t VALIDATE CONSTRAINT c", {("t", "SHARE UPDATE EXCLUSIVE")}),
        ("CREATE TABLE t (); CREATE INDEX ON t (a)", set()),
        ("DROP TRIGGER g ON t; DELETE FROM u", {("t", "ACCESS EXCLUSIVE"), ("u", "ROW EXCLUSIVE")}),
        ('INSERT INTO "My t" VALUES (1)', {('"My t"', "ROW EXCLUSIVE")}),
        ("SELECT 1; GRANT SELECT ON t TO x", set()),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", {("i", "SHARE UPDATE EXCLUSIVE")}),
    ],
)
def test_locks_by_text(sql: str, asked: set[tuple[str, str]]) -> None:
    assert set(locks.by_text(sql)) == asked


async def test_a_file_that_would_commit_is_never_sent(empty_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(empty_dsn)
    write(tmp_path, "1_bad", "CREATE TABLE x ();\nCOMMIT")
    (step,) = await plan.rehearse(db, source.read(tmp_path))
    assert "line 2: COMMIT" in step.error
    assert await db.fetchval("SELECT to_regclass('x') IS NULL")


async def test_what_commit_would_refuse_is_told(empty_dsn: str, connect: Connect, tmp_path: Path) -> None:
    db = await connect(empty_dsn)
    write(
        tmp_path,
        "1_deferred",
        "CREATE TABLE p (n int PRIMARY KEY); CREATE TABLE c (n int REFERENCES p DEFERRABLE INITIALLY DEFERRED);"
        "INSERT INTO c VALUES (1)",
    )
    (step,) = await plan.rehearse(db, source.read(tmp_path))
    assert "violates foreign key constraint" in step.error
    with pytest.raises(MigrationError, match="violates foreign key constraint"):
        await runner.up(db, source.read(tmp_path))
    assert await db.fetchval("SELECT to_regclass('p') IS NULL")
