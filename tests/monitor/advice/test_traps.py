"""Every trap gets the right answer: what is advised never hurts, and what could go is seen."""

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from gbtui.database.database import Database
from gbtui.monitor.advice.advice import IndexAdvice, NotAsked
from gbtui.monitor.advice.indexes import gather
from gbtui.monitor.advice.rules import Read, advise
from gbtui.monitor.advice.sightings import Counter, Sightings
from gbtui.monitor.advice.standing import standings
from tests.conftest import Connect, Server, execute
from tests.waiting import until

from .page import PAGE, table
from .traps import FAILING, SCHEMA, TRAPS, UNUSED_BY_NOBODY

MANY = 10**9


@pytest.fixture(scope="module")
def trapped(server: Server) -> Iterator[str]:
    """A database of traps."""

    async def build(dsn: str) -> None:
        await execute(dsn, SCHEMA)
        with pytest.raises(asyncpg.UniqueViolationError):
            await execute(dsn, FAILING)

    asyncio.run(execute(server.dsn, "CREATE DATABASE trapped"))
    asyncio.run(build(server.of("trapped")))
    yield server.of("trapped")
    asyncio.run(execute(server.dsn, "DROP DATABASE trapped WITH (FORCE)"))


@pytest.fixture
async def read(trapped: str, tmp_path: Path) -> Read:
    """The traps as the rules get them: counted for a month, and those used that are to be used."""
    async with Database(trapped) as database:
        found, remarks = await gather(database, Sightings(tmp_path / "seen.json"))
    assert remarks == []
    long_ago = found.grounds.now - timedelta(days=30)
    return dataclasses.replace(
        found,
        shapes=[shape._replace(scans=0) for shape in found.shapes],
        grounds=dataclasses.replace(found.grounds, counted_since=long_ago, known_since=long_ago),
        known_since=dict.fromkeys(found.known_since, long_ago),
        elsewhere={shape.id: MANY for shape in found.shapes if not _unused(found, shape.name)},
    )


def _unused(read: Read, name: str) -> bool:
    """A partition's index is as unused as its parent's."""
    by_id = {shape.id: shape for shape in read.shapes}
    shape = next(shape for shape in read.shapes if shape.name == name)
    while shape.parent is not None:
        shape = by_id[shape.parent]
    return shape.name in UNUSED_BY_NOBODY


def told(advice: tuple[IndexAdvice, ...]) -> Mapping[str, str]:
    """The first thing said of each."""
    found: dict[str, str] = {}
    for one in advice:
        found.setdefault(one.name, one.kind + "!" * (not one.advised))
    return found


async def test_every_trap_gets_the_right_answer(read: Read) -> None:
    said = told(advise(read))
    wrong = {
        trap.name: (trap.right, said.get(trap.name, "")) for trap in TRAPS if said.get(trap.name, "") != trap.right
    }
    assert wrong == {}


async def test_what_is_not_known_long_enough_or_not_asked_is_withheld_and_says_what_to_do(read: Read) -> None:
    day = read.grounds.now - timedelta(days=1)
    for changed, reason in (
        ({"counted_since": day}, "counted for 1 d only"),
        ({"not_asked": (NotAsked("replica-b", "no answer"),)}, "replica-b may use it and was not asked: no answer"),
        ({"recovering": True}, "a standby"),
    ):
        doubtful = dataclasses.replace(read, grounds=dataclasses.replace(read.grounds, **changed))
        unused = [one for one in advise(doubtful) if one.kind == "unused"]
        assert len(unused) > 5
        assert not [one.name for one in unused if one.advised or one.statement or reason not in one.withheld]
    new = next(shape.id for shape in read.shapes if shape.name == "child_flag_never")
    fresh = dataclasses.replace(read, known_since={**read.known_since, new: day})
    (one,) = (one for one in advise(fresh) if one.name == "child_flag_never")
    assert "known the index for 1 d only" in one.withheld


async def test_each_index_tells_what_it_is_for_and_how_full_of_air_it_is_or_why_not(read: Read) -> None:
    analyzed = dataclasses.replace(read, shapes=[shape._replace(changed_since_analyze=0) for shape in read.shapes])
    found = standings(analyzed, advise(analyzed))
    assert len(found) == len(read.shapes), "partitions' indexes too"
    serves = {name: one.serves for (_, name), one in found.items()}
    assert serves["parent_pkey"] == ("primary key", "referenced by foreign keys")
    assert serves["replicated_x"] == ("unique", "replica identity")
    assert serves["clustered_x"] == ("cluster",)
    assert serves["child_parent_id"] == ("foreign key child_parent_id_fkey",)
    assert serves["ranges_r_excl"] == ("exclusion constraint ranges_r_excl",)
    assert serves["child_flag_never"] == ()
    bloat = {name: one.bloat for (_, name), one in found.items()}
    assert bloat["child_pkey"].share == pytest.approx(0, abs=0.05), "it was just built"
    assert bloat["dup_expr1"].confidence == "not estimated: an expression's width is not known"
    assert bloat["parted_id"].confidence == "not estimated: it is small"
    words = {name: one.word for (_, name), one in found.items()}
    assert (words["dup_a2"], words["dup_a1"], words["parent_pkey"]) == ("duplicate", "withheld: prefix", "")


async def test_what_is_being_built_is_not_told_to_go_by_who_may_not_see_that_it_is(
    server: Server, trapped: str, connect: Connect, tmp_path: Path
) -> None:
    holder, builder, looker = await connect(trapped), await connect(trapped), await connect(trapped)
    await holder.execute("CREATE ROLE r_plain LOGIN; CREATE TABLE busy (a int); INSERT INTO busy VALUES (1)")
    await holder.execute("BEGIN; INSERT INTO busy VALUES (2)")
    building = asyncio.create_task(builder.execute("CREATE INDEX CONCURRENTLY busy_now ON busy (a)"))
    try:

        async def begun() -> bool:
            return bool(await looker.fetchval("SELECT count(*) FROM pg_class WHERE relname = 'busy_now'"))

        await until(begun)
        async with Database(server.of("trapped", "r_plain")) as database:
            found, _ = await gather(database, Sightings(tmp_path / "seen.json"))
        said = {one.name: one for one in advise(found) if one.kind == "invalid"}
        assert said["busy_now"].withheld == "it is being built now"
        assert said["failed_unique"].advised
        standby = dataclasses.replace(found, grounds=dataclasses.replace(found.grounds, recovering=True))
        assert not [one for one in advise(standby) if one.kind == "invalid" and one.advised]
    finally:
        await holder.execute("ROLLBACK")
        await building
        await holder.execute("DROP TABLE busy; DROP ROLE r_plain")


def test_since_when_an_index_is_known_is_kept_and_begins_anew_when_its_counter_goes_back(tmp_path: Path) -> None:
    monday, tuesday = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)

    def look(scans: int, now: datetime, name: str = "s.i") -> datetime:
        return Sightings(tmp_path / "seen.json").look("prod/db", [Counter(7, name, scans)], now)[7]

    assert look(5, monday) == monday
    assert look(6, tuesday) == monday
    assert look(1, tuesday) == tuesday, "somebody reset its counter"
    assert look(1, tuesday + timedelta(days=1), "s.other") == tuesday + timedelta(days=1), "another under its number"
    assert (tmp_path / "seen.json").stat().st_mode & 0o077 == 0


async def test_all_that_is_advised_runs_and_nothing_it_held_is_lost(
    read: Read, trapped: str, connect: Connect, tmp_path: Path
) -> None:
    admin = await connect(trapped)
    constraints = "SELECT count(*) FROM pg_constraint WHERE connamespace = 'traps'::regnamespace"
    before = await admin.fetchval(constraints)
    advised = [one for one in advise(read) if one.advised]
    assert len(advised) > 15
    for one in advised:
        await admin.execute(one.statement)
    assert await admin.fetchval(constraints) == before
    async with Database(trapped) as database:
        after, _ = await gather(database, Sightings(tmp_path / "seen.json"))
    missing = [one.name for one in advise(after) if one.kind == "missing on foreign key" and one.advised]
    assert missing == [], "what was advised to go served no foreign key alone"


def test_the_page_has_the_traps() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")
