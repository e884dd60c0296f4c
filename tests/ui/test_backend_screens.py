"""Activity and Locks: where the cursor begins, what is left out and said, and the ways between them."""

from dataclasses import replace

from gbtui.domain.scope import Scope
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.locks import LockMember, within
from tests.screens.queue import BUSY, IDLE, TREE
from tests.ui.fakes import ACME, NOW, connected, console, running, text
from tests.ui.test_acting import Stage, narrow, table, under_cursor
from tests.ui.test_aim import watching
from tests.ui.test_console import press


async def test_the_cursor_begins_on_the_row_whose_end_frees_most_and_stays_where_it_is_put() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "6")
        assert under_cursor(stage.app).pid == 4711
        assert "4 m" in text(stage.app)
        assert "3 wait; ending 4711 frees 2" in text(stage.app)
        await press(pilot, "g")
        stage.monitor.put(Sample("locks", TREE, NOW))
        await press(pilot, "r")
        assert under_cursor(stage.app).depth == 0


async def test_the_tree_is_read_from_its_roots() -> None:
    stage = Stage()
    async with running(stage.app, (120, 40)) as pilot:
        await press(pilot, "6")
        lines = [line for line in text(stage.app).splitlines() if " 4" in line[:16]]
        indents = {line.split()[0].strip("▸"): len(line[1:]) - len(line[1:].lstrip()) for line in lines[1:]}
        assert [row.depth for row in table(stage.app).rows] == [0, 1, 2, 2, 0]
        assert indents["4712"] == indents["4713"] == 4


async def test_enter_on_one_that_waits_leads_to_its_place_in_the_tree() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "5")
        narrow(stage.app, "pid:4713")
        await press(pilot, "enter")
        assert stage.app.place.mode == "locks"
        assert under_cursor(stage.app).pid == 4713


async def test_enter_on_others_describes_them() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "5")
        narrow(stage.app, "pid:5000")
        await press(pilot, "enter")
        assert "▸ Activity ▸ 5000" in text(stage.app)
        assert stage.app.place.mode == "activity"


async def test_idle_in_transaction_is_never_left_out_and_what_is_left_out_is_counted() -> None:
    stage = Stage()
    async with running(stage.app, (120, 40)) as pilot:
        await press(pilot, "5")
        shown = {row.pid for row in table(stage.app).rows}
        assert {4242, 4300} <= shown
        assert not {row.pid for row in IDLE} & shown
        assert "left out: 44 idle, 7 of the server (i)" in text(stage.app)
        await press(pilot, "i")
        assert {row.pid for row in IDLE} <= {row.pid for row in table(stage.app).rows}
        assert "checkpoi" in text(stage.app)


async def test_marks_narrow() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "5")
        for mark, pids in {
            "waiting": {4711, 4712, 4713}, "blocking": {4242, 4300, 4711}, "transaction": {4242, 4300},
            "aborted": {4300}, "own": {6000}, "long": {4242, 4711, 4712, 4713},
        }.items():  # fmt: skip
            narrow(stage.app, f"is:{mark}")
            assert {row.pid for row in table(stage.app).shown_rows} == pids, mark


async def test_o_narrows_to_the_tenant_whose_tag_the_row_bears() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "5", "o")
        assert stage.app.scope == Scope(ACME, "acme")
        await press(pilot, "o")
        narrow(stage.app, "pid:4711")
        await press(pilot, "o")
        assert "no tenant's tag here" in text(stage.app)


def test_a_scope_leaves_a_tree_whole_and_other_trees_out() -> None:
    other = replace(TREE[0], pid=9000, tenant="", depth=0, blocked_by=())
    waiter = replace(TREE[1], pid=9001, tenant="initech", depth=1, blocked_by=(9000,))
    everything: tuple[LockMember, ...] = (*TREE, other, waiter)
    assert {row.pid for row in within(everything, {"globex"})} == {4242, 4300, 4711, 4712, 4713}
    assert [row.pid for row in within(everything, {"initech"})] == [9000, 9001]
    assert within(everything, {"nobody"}) == ()


async def test_five_hundred_backends_are_all_there() -> None:
    crowd = tuple(replace(BUSY[3], pid=10_000 + number) for number in range(500))
    behind = tuple(replace(TREE[2], pid=10_000 + number) for number in range(500))
    app = console(connected(watching(activity=(*BUSY, *crowd), locks=(*TREE[:2], *behind))))
    async with running(app, (120, 40)) as pilot:
        await press(pilot, "5")
        assert "507 backends" in text(app)
        await press(pilot, "G")
        assert table(app).cursor_index == 506
        await press(pilot, "6", "G")
        assert under_cursor(app).pid == 10_499
    assert app.failures == []
