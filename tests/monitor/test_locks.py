"""The tree of locks: as the server itself says who waits for whom."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gbtui.monitor.monitor import Monitor
from gbtui.monitor.server.lock_tree import places
from tests.monitor.sessions import cast


async def test_a_waiting_alter_is_shown_between_those_it_waits_for_and_those_behind_it(
    place: str, monitor: Monitor
) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        reader = await scene.enter("BEGIN", "SELECT * FROM t")
        writer = await scene.enter("BEGIN", "UPDATE t SET a = 2")
        alter = await scene.wait("ALTER TABLE t ADD b int")
        behind = await scene.wait("/*tenant='acme'*/ SELECT * FROM t")

        sample = await monitor.once("locks")
        assert sample.error is None
        rows = {row.pid: row for row in sample.rows}
        roots = {reader.get_server_pid(), writer.get_server_pid()}
        assert {pid for pid, row in rows.items() if row.depth == 0} == roots
        assert set(rows[alter].blocked_by) == roots
        assert rows[behind].blocked_by == (alter,)
        assert [rows[pid].depth for pid in (alter, behind)] == [1, 2]
        assert (rows[alter].frees, rows[alter].holds) == (1, 1)
        assert all((rows[root].frees, rows[root].holds) == (0, 2) for root in roots)
        assert (rows[alter].mode, rows[alter].relation) == ("AccessExclusiveLock", "public.t")
        assert rows[behind].tenant == "acme"
        assert rows[behind].wait_age is not None
        order = [row.pid for row in sample.rows]
        assert order.index(behind) == order.index(alter) + 1

        assert not monitor.findings, "nobody waits for long yet"


async def test_a_prepared_transaction_is_a_root_of_its_own(place: str, monitor: Monitor) -> None:
    async with cast(place) as scene:
        await scene.enter("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
        gid = f"forgotten {place[-12:]}"
        try:
            await scene.enter("BEGIN", "UPDATE t SET a = 2", f"PREPARE TRANSACTION '{gid}'")
            waiter = await scene.wait("UPDATE t SET a = 3")
            root, child = (await monitor.once("locks")).rows
            assert (root.pid, root.gid, root.kind, root.frees) == (0, gid, "prepared transaction", 1)
            assert (child.pid, child.depth, child.relation) == (waiter, 1, "public.t")
        finally:
            await scene.opened[0].execute(f"ROLLBACK PREPARED '{gid}'")


async def test_while_nobody_waits_there_are_no_rows(monitor: Monitor) -> None:
    sample = await monitor.once("locks")
    assert (sample.rows, sample.error) == ((), None)


@given(st.dictionaries(st.integers(1, 12), st.lists(st.integers(1, 12), max_size=4).map(tuple), max_size=12))
def test_whatever_waits_for_whatever_each_member_has_one_place(blocked_by: dict[int, tuple[int, ...]]) -> None:
    found = places(blocked_by)
    assert set(found) == set(blocked_by) | {b for blockers in blocked_by.values() for b in blockers}
    depths = [place.depth for place in found.values()]
    assert not depths or depths[0] == 0
    assert all(b <= a + 1 for a, b in pairwise(depths)), "a child follows its parent"
    assert all(place.frees <= place.holds + 1 for place in found.values())
    for member, place in found.items():
        if not blocked_by.get(member):
            assert place.depth == 0
