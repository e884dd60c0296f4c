"""C and K: what is asked before, what counts as yes, what is told afterwards; :unlock and its ten minutes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from textual import events
from textual.widgets import Input

from gbtui.database.database import Database
from gbtui.domain.backends import Act, Backends, Key, Outcome, Target, Verdict
from gbtui.monitor.sample import Sample
from gbtui.security.audit import Audit, Deed, Where
from gbtui.security.guard import Guard
from gbtui.ui.app import Console
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.confirm import Confirm
from gbtui.ui.widgets.live_table import LiveTable
from tests.screens.queue import BUSY, IDLE, TREE
from tests.ui.fakes import NOW, FrozenMonitor, StillConsole, connected, console, frozen_monitor, running, settle, text
from tests.ui.test_console import press


class Hands:
    """A clock that is turned by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Records(Audit):
    """Keeps what was done."""

    def __init__(self) -> None:
        super().__init__(cast(Database, None))
        self.actions: list[str] = []

    async def write(self, deed: Deed, *more: Deed) -> Where:
        self.actions += [one.action for one in (deed, *more)]
        return Where.DATABASE


class Actor(Backends):
    """A server on which every act works; remembers what was done."""

    def __init__(self, needs: str = "") -> None:
        super().__init__(cast(Database, None), cast(Audit, None))
        self.needs = needs
        self.done: list[tuple[Act, list[int]]] = []
        self.attempts: list[tuple[Act, list[int], str]] = []
        self.outcome = Outcome.GONE

    async def look(self, keys: Sequence[Key]) -> list[Target]:
        known = {(row.pid, row.backend_start): row for row in (*BUSY, *IDLE)}
        return [
            Target(row.pid, row.backend_start, row.kind, row.database, row.user, row.application, row.client, row.state,
                   row.transaction_age, row.state_age, None, self.needs, row.query)
            for key in keys if (row := known.get(key))
        ]  # fmt: skip

    async def refused(self, act: Act, keys: Sequence[Key], why: str) -> None:
        self.attempts.append((act, [pid for pid, _ in keys], why))

    async def end(
        self, act: Act, targets: Sequence[Target], *, tenants: Mapping[int, str], looks: Sequence[float] = ()
    ) -> AsyncIterator[tuple[float, list[Verdict]]]:
        self.done.append((act, [target.pid for target in targets]))
        yield 1.0, [Verdict(target.pid, self.outcome) for target in targets]

    def right(self, target: Target) -> str:
        return f'missing GRANT {target.needs} TO "watch"' if target.needs else ""


class Stage:
    """A console with a queue of waiting sessions, and all that acts in it."""

    def __init__(self, *, read_only: bool = False, always: bool = False, needs: str = "") -> None:
        self.clock, self.audit, self.backends = Hands(), Records(), Actor(needs)
        self.guard = Guard(None, read_only=read_only, always=always, name="prod-eu", clock=self.clock)
        self.monitor: FrozenMonitor = frozen_monitor(())
        for name, rows in (("activity", BUSY), ("idle", IDLE), ("locks", TREE)):
            self.monitor.samples[name] = Sample(name, tuple(rows), NOW)
        changes: dict[str, Any] = {"guard": self.guard, "backends": self.backends, "audit": self.audit}
        self.app: StillConsole = console(connected(self.monitor, **changes))


def dialog(app: Console) -> bool:
    """Whether a question stands there."""
    return isinstance(app.screen, Confirm)


def table(app: Console) -> LiveTable[Any]:
    found: LiveTable[Any] = app.screen.query_one("#list", LiveTable)
    return found


def under_cursor(app: Console) -> Any:
    return table(app).cursor_row


def narrow(app: Console, text: str) -> None:
    """A filter at once, where typing it is not what is tested."""
    assert isinstance(app.screen, ListScreen)
    app.screen.narrow(text)


async def test_read_only_is_said_recorded_and_asks_nothing() -> None:
    stage = Stage(read_only=True)
    async with running(stage.app) as pilot:
        await press(pilot, "6", "C")
        assert "read-only: :unlock" in text(stage.app)
        await press(pilot, "K")
        assert not dialog(stage.app)
    assert [(act, pids) for act, pids, _ in stage.backends.attempts] == [(Act.CANCEL, [4711]), (Act.TERMINATE, [4711])]


async def test_unlocking_wants_the_profiles_name_counts_down_and_ends() -> None:
    stage = Stage(read_only=True)
    async with running(stage.app, (120, 40)) as pilot:
        assert "READ-ONLY" in text(stage.app)
        await press(pilot, "6", *":unlock", "enter", *"prod", "enter")
        assert "nothing done" in text(stage.app)
        assert stage.guard.locked
        await press(pilot, *"-eu", "enter")
        assert "UNLOCKED 10:00" in text(stage.app)
        stage.clock.now = 599
        stage.app.head()
        assert "UNLOCKED 0:01" in text(stage.app)
        stage.clock.now = 600
        stage.app.head()
        assert "READ-ONLY" in text(stage.app)
        await press(pilot, "C")
        assert not dialog(stage.app)
    assert stage.audit.actions == ["console.unlocked"]


async def test_lock_ends_it_at_once() -> None:
    stage = Stage(read_only=True)
    stage.guard.unlock()
    async with running(stage.app, (120, 40)) as pilot:
        stage.app.run_line("lock")
        await settle(pilot)
        assert "READ-ONLY" in text(stage.app)
    assert stage.audit.actions == ["console.locked"]


async def test_always_read_only_cannot_be_unlocked() -> None:
    stage = Stage(read_only=True, always=True)
    async with running(stage.app, (120, 40)) as pilot:
        stage.app.run_line("unlock")
        await settle(pilot)
        assert 'read_only = "always"' in text(stage.app)
        assert not dialog(stage.app)
        await press(pilot, "5", "C")
        assert 'read_only = "always"' in text(stage.app)
    assert stage.guard.locked
    assert stage.audit.actions == ["console.unlock.refused"]


async def test_a_question_that_outlives_the_ten_minutes_does_nothing() -> None:
    stage = Stage(read_only=True)
    stage.guard.unlock()
    async with running(stage.app) as pilot:
        await press(pilot, "6", "C")
        stage.clock.now = 601
        await press(pilot, "y")
        assert "read-only: :unlock" in text(stage.app)
    assert stage.backends.done == []


async def test_one_cancel_wants_a_y_and_says_whom_and_what_came_of_it() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "6", "C")
        told = text(stage.app)
        for words in ("pid 4711", "owner", "psql", "active for 4 m", "frees 2", "ALTER TABLE bots", "y does it"):
            assert words in told
        await press(pilot, "enter", "n", "enter")
        assert stage.backends.done == []
        await press(pilot, "backspace", "y")
        assert not dialog(stage.app)
        assert "pid 4711 gone" in text(stage.app)
    assert stage.backends.done == [(Act.CANCEL, [4711])]


async def test_one_terminate_wants_its_pid_typed_and_a_paste_does_not_count() -> None:
    stage = Stage()
    stage.backends.outcome = Outcome.STILL_RUNNING
    async with running(stage.app) as pilot:
        await press(pilot, "6", "K", "y", "enter")
        assert "nothing done: type 4711" in text(stage.app)
        stage.app.screen.query_one(Input).value = ""
        stage.app.screen.query_one(Input).post_message(events.Paste("4711"))
        await settle(pilot)
        assert "a paste does not count" in text(stage.app)
        await press(pilot, "ctrl+v", "enter")
        assert stage.backends.done == []
        await press(pilot, *"4711", "enter")
        assert "pid 4711 still running" in text(stage.app)
    assert stage.backends.done == [(Act.TERMINATE, [4711])]


async def test_several_want_their_number_and_those_a_filter_hides_are_named() -> None:
    stage = Stage()
    async with running(stage.app, (120, 40)) as pilot:
        await press(pilot, "5")
        narrow(stage.app, "is:transaction")
        await press(pilot, "a")
        narrow(stage.app, "report")
        await press(pilot, "K")
        told = text(stage.app)
        assert "Terminate these 2 backends?" in told
        assert "hidden: 4300" in told
        await press(pilot, "1", "enter")
        assert stage.backends.done == []
        await press(pilot, "backspace", "2", "enter")
        assert "2 gone (pid 4242, 4300)" in text(stage.app)
        stage.app.run_line("outcome")
        await settle(pilot)
        assert "pid 4300: gone" in text(stage.app)
    assert stage.backends.done == [(Act.TERMINATE, [4242, 4300])]


async def test_escape_leaves_everything_as_it_is() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "6", "C", "escape")
        assert not dialog(stage.app)
    assert stage.backends.done == []


async def test_where_the_act_is_useless_is_said_before() -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        await press(pilot, "5", "C")
        assert "a cancel does nothing to it: its transaction and its locks stay" in text(stage.app)


async def test_a_missing_right_is_a_grant_and_no_question() -> None:
    stage = Stage(needs="pg_signal_backend")
    async with running(stage.app, (120, 40)) as pilot:
        await press(pilot, "6", "K")
        assert 'missing GRANT pg_signal_backend TO "watch"' in text(stage.app)
        assert not dialog(stage.app)
    assert stage.backends.attempts[0][:2] == (Act.TERMINATE, [4711])


async def test_a_backend_that_ended_meanwhile_is_gone_already() -> None:
    stage = Stage()
    gone = replace(BUSY[0], pid=77)
    stage.monitor.samples["activity"] = Sample("activity", (gone,), NOW)
    async with running(stage.app) as pilot:
        await press(pilot, "5", "K")
        assert "pid 77: gone already" in text(stage.app)
        assert not dialog(stage.app)


async def test_a_prepared_transaction_has_no_process() -> None:
    stage = Stage()
    prepared = replace(TREE[0], pid=0, gid="forgotten", backend_start=None, kind="prepared transaction")
    stage.monitor.samples["locks"] = Sample("locks", (prepared,), NOW)
    async with running(stage.app, (120, 40)) as pilot:
        await press(pilot, "6", "K")
        assert "ROLLBACK PREPARED 'forgotten'" in text(stage.app)


@pytest.mark.parametrize(("panel", "acts"), [("idle", True), ("tables", False), ("pool", False)])
async def test_any_list_of_backends_has_the_keys_and_no_other(panel: str, acts: bool) -> None:
    stage = Stage()
    async with running(stage.app) as pilot:
        stage.app.run_line(panel)
        await settle(pilot)
        await settle(pilot)
        assert ("C" in stage.app.screen.active_bindings) is acts
        assert ("K" in stage.app.screen.active_bindings) is acts
        if acts:
            await press(pilot, "K")
            assert "Terminate this backend?" in text(stage.app)
