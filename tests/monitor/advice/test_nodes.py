"""A real standby, and what is said of an index that is used there alone."""

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import asyncpg
import pytest

from gbtui.config.connection import ConnectionSource
from gbtui.database.database import Database
from gbtui.database.dsn import target
from gbtui.database.nodes import Nodes, named
from gbtui.errors import UsageError
from gbtui.monitor.advice.advice import IndexAdvice
from gbtui.monitor.advice.followers import Follower, Standing, strangers
from gbtui.monitor.advice.indexes import gather
from gbtui.monitor.advice.rules import Read, advise
from gbtui.monitor.advice.sightings import Sightings
from gbtui.secret import Secret
from tests.conftest import Server, execute
from tests.scratch import Scratch, scratch
from tests.waiting import until

_SCHEMA = """
CREATE TABLE asked (here int, there int, nowhere int);
INSERT INTO asked SELECT n, n, n FROM generate_series(1, 20000) n;
CREATE INDEX by_here ON asked (here);
CREATE INDEX by_there ON asked (there);
CREATE INDEX by_nowhere ON asked (nowhere);
ANALYZE asked;
"""
_SEARCH = "SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT * FROM asked WHERE {} = 5"


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Scratch, Scratch]]:
    """A primary and its streaming standby; one index is used on each, one on neither."""
    with scratch({"fsync": "off"}) as primary:
        asyncio.run(execute(primary.dsn, _SCHEMA))
        standby = primary.standby()
        asyncio.run(_search(primary, "here"))
        asyncio.run(_search(standby, "there"))
        yield primary, standby


async def _search(server: Scratch, column: str) -> None:
    await execute(server.dsn, _SEARCH.format(column))

    async def counted() -> bool:
        connection = await asyncpg.connect(server.dsn, timeout=10)
        try:
            return bool(await connection.fetchval(f"SELECT pg_stat_get_numscans('by_{column}'::regclass)"))
        finally:
            await connection.close(timeout=5)

    await until(counted)


def _nodes(**nodes: str) -> Nodes:
    return Nodes("prod", MappingProxyType({name: target(dsn) for name, dsn in nodes.items()}))


async def _read(dsn: str, nodes: Nodes, folder: Path) -> Read:
    """As after a month."""
    async with Database(dsn, nodes=nodes) as database:
        found, remarks = await gather(database, Sightings(folder / "seen.json"))
    assert remarks == []
    long_ago = found.grounds.now - timedelta(days=30)
    grounds = dataclasses.replace(found.grounds, counted_since=long_ago, known_since=long_ago)
    return dataclasses.replace(found, grounds=grounds, known_since=dict.fromkeys(found.known_since, long_ago))


def _unused(read: Read) -> Mapping[str, IndexAdvice]:
    return {one.name: one for one in advise(read) if one.kind == "unused"}


async def test_an_index_used_on_the_standby_alone_is_never_told_to_go(
    pair: tuple[Scratch, Scratch], tmp_path: Path
) -> None:
    primary, standby = pair
    alone = _unused(await _read(primary.dsn, _nodes(), tmp_path))
    assert set(alone) == {"by_there", "by_nowhere"}
    assert not any(one.advised or one.statement for one in alone.values())
    line = '[profiles.prod.nodes] standby = "host=ADDRESS"'
    assert f"walreceiver may use it and was not asked: to ask it: {line}" in alone["by_there"].withheld
    assert alone["by_there"].rests_on.startswith("1 of 2 nodes, window 30 d")
    # Named twice, by the DSN's hosts and by the profile, a node is one.
    both = f"postgresql:///postgres?user=postgres&host={primary.home},{standby.home}"
    for dsn, nodes in ((primary.dsn, _nodes(b=standby.dsn)), (both, _nodes()), (both, _nodes(b=standby.dsn))):
        (one,) = _unused(await _read(dsn, nodes, tmp_path)).values()
        assert (one.name, one.advised, one.statement) == (
            "by_nowhere", True, 'DROP INDEX CONCURRENTLY "public"."by_nowhere";'
        )  # fmt: skip
        assert one.rests_on.startswith("2 of 2 nodes, window 30 d")
        assert one.evidence.startswith("no scan on 2 nodes")


async def test_a_node_that_does_not_answer_or_is_another_clusters_is_named_and_nothing_is_told_to_go(
    pair: tuple[Scratch, Scratch], server: Server, tmp_path: Path
) -> None:
    primary, standby = pair
    for dsn, reason in (
        (f"host={tmp_path} dbname=postgres", "away may use it and was not asked"),
        (server.dsn, "away may use it and was not asked: it is another cluster"),
        (standby.of("nowhere"), "away may use it and was not asked"),
    ):
        found = _unused(await _read(primary.dsn, _nodes(b=standby.dsn, away=dsn), tmp_path))
        assert set(found) == {"by_nowhere"}, "the other one still counts"
        assert reason in found["by_nowhere"].withheld
        assert not found["by_nowhere"].advised
        assert found["by_nowhere"].rests_on.startswith("2 of 3 nodes")


async def test_another_database_of_the_cluster_does_not_speak_for_this_one(
    pair: tuple[Scratch, Scratch], tmp_path: Path
) -> None:
    primary, standby = pair
    found = _unused(await _read(primary.dsn, _nodes(b=standby.of("template1")), tmp_path))
    assert {name: one.advised for name, one in found.items()} == {"by_there": False, "by_nowhere": False}
    assert "b does not know it" in found["by_there"].withheld


async def test_a_node_is_watched_for_a_week_of_its_own(pair: tuple[Scratch, Scratch], tmp_path: Path) -> None:
    """Its counters may have been reset the day before it was first asked."""
    primary, standby = pair
    sightings = Sightings(tmp_path / "seen.json")
    async with Database(primary.dsn) as database:
        await gather(database, sightings)
        text = sightings.path.read_text().replace(f"{datetime.now(UTC):%Y-%m}", "2020-01")
    sightings.path.write_text(text)
    async with Database(primary.dsn, nodes=_nodes(b=standby.dsn)) as database:
        found, _ = await gather(database, sightings)
    assert min(found.known_since.values()) > datetime.now(UTC) - timedelta(hours=1)


NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def _standing(since: datetime | None, *, slot: str = "", name: str = "walreceiver", ahead: int = 0) -> Standing:
    skew = timedelta(seconds=ahead)
    return Standing(NOW + skew, NOW, NOW - timedelta(days=9), None, True, slot, name, since and since + skew, 1)


def test_a_follower_is_known_again_by_when_it_came_its_name_and_its_slot() -> None:
    came = NOW - timedelta(hours=3)

    def follower(at: datetime | None = came, *, slot: str = "", name: str = "walreceiver", ahead: int = 0) -> Follower:
        skew = timedelta(seconds=ahead)
        return Follower(name or f"slot {slot}", name, "", slot, at and at + skew, skew)

    def left(nodes: list[Standing], *followers: Follower) -> int:
        return len(strangers(nodes, followers))

    assert left([_standing(came)], follower()) == 0
    assert left([_standing(came, ahead=400)], follower(ahead=-900)) == 0, "clocks that go wrong"
    assert left([_standing(came)], follower(), follower()) == 1, "one node is one follower"
    assert left([_standing(came - timedelta(minutes=1))], follower()) == 1, "it follows another one of that name"
    assert left([_standing(came, slot="a")], follower(slot="b")) == 1
    assert left([_standing(came, name="b")], follower(name="c")) == 1
    assert left([_standing(None)], follower()) == 1, "a role that may not see the receiver"
    assert left([_standing(came)], follower(None, name="")) == 1, "a role that may not see the sender"
    assert left([_standing(None, slot="a")], follower(None, slot="a", name="")) == 0, "away for a moment"
    assert left([_standing(came, slot="a")], follower(None, slot="a", name="")) == 1, "it follows another server"


def test_a_node_of_the_profile_takes_from_the_main_server_what_it_does_not_name() -> None:
    main = (ConnectionSource("x", Secret("host=a port=5433 dbname=app user=watch password=p sslmode=require")),)
    nodes = named("prod", {"b": Secret("host=b")}, main, {"PGHOST": "elsewhere", "PGPORT": "1"})
    ((name, found),) = nodes.candidates(target("host=a"))
    assert (name, str(found.hosts[0]), found.user, found.database) == ("b", "b:5432", "watch", "app")
    assert (found.tls.mode, found.session, found.password is None) == ("require", "any", False)
    with pytest.raises(UsageError, match="node b of profile prod: a port is not a number"):
        named("prod", {"b": Secret("host=b port=x")}, main, {})
