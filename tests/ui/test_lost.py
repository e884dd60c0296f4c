"""What the console says of a server that it has lost, or that hangs: nothing old is shown as if it were of now."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from gbtui.domain.tail import Phase, State
from gbtui.errors import ConnectError, LockedError
from gbtui.monitor.finding import Finding, Severity
from gbtui.ui.app import Console
from tests.ui.fakes import SILENCE, FrozenTail, ago, connected, console, frozen_monitor, running, settle, text
from tests.waiting import until

GONE = ConnectError("Cannot reach the server", "db:5432: Connection refused")


async def press(pilot: Pilot[int], key: str) -> None:
    """Press a key and wait until it is drawn."""
    await pilot.press(key)
    await settle(pilot)


def verdict_of(app: Console, area: str) -> str:
    """The line of the Overview's verdict on an area."""
    return next(line for line in text(app).splitlines() if line[3:].startswith(area))


async def test_a_lost_server_is_never_well() -> None:
    monitor = frozen_monitor(())
    app = console(connected(monitor))
    async with running(app) as pilot:
        assert "✓ database  nothing found" in text(app)
        for name in ("connectivity", "connections", "rates", "busiest"):
            monitor.fail(name, GONE)
        await press(pilot, "r")
        assert "✓" not in text(app)
        assert "no answer: db:5432: Connection refused" in verdict_of(app, "database")
        assert "not known since" in verdict_of(app, "bots")


async def test_checks_that_cannot_look_are_not_counted_as_well() -> None:
    monitor = frozen_monitor(())
    app = console(connected(monitor))
    async with running(app, (120, 40)) as pilot:
        monitor.fail("locks", LockedError("Locked", "canceling statement due to lock timeout"))
        monitor.fail("rates", LockedError("Locked", "canceling statement due to lock timeout"))
        await press(pilot, "r")
        said = verdict_of(app, "database")
        assert said.startswith(" ? ")
        assert "no answer from" in said
        assert "locks" in said
        assert "rates" in said


async def test_one_failing_part_does_not_make_the_whole_screen_old() -> None:
    monitor = frozen_monitor()
    app = console(connected(monitor))
    async with running(app) as pilot:
        monitor.fail("busiest", GONE)
        await press(pilot, "r")
        assert " old" not in text(app).splitlines()[0]
        assert "busiest: stale" in text(app)


async def test_the_head_says_the_age_of_what_is_late_before_any_error() -> None:
    monitor = frozen_monitor()
    for name, sample in monitor.samples.items():
        monitor.samples[name] = replace(sample, taken_at=ago(seconds=20))
    app = console(connected(monitor))
    async with running(app, (120, 40)):
        assert "20 s old" in text(app).splitlines()[0]


async def test_a_tail_that_lost_its_server_does_not_say_that_it_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    tail = FrozenTail()
    app = console(connected(tail=tail))
    async with running(app) as pilot:
        await press(pilot, "4")
        assert "following" in text(app)
        monkeypatch.setattr(FrozenTail, "heard_at", ago(seconds=5))
        monkeypatch.setattr(FrozenTail, "live", False)
        await until(lambda: "following" not in text(app))
        await until(lambda: "does not answer" in text(app))
        tail.state = State(Phase.RECONNECTING, "Connection refused")
        await until(lambda: "reconnecting: Connection refused" in text(app))
        assert "5 s old" in text(app).splitlines()[0]


async def test_what_is_known_of_the_bots_is_said_before_what_is_not() -> None:
    silent = Finding(
        Severity.CRITICAL, "silence", "all", "all bots silent 6 m", "", "look", "bots", None, ago(minutes=6)
    )
    monitor = frozen_monitor((silent,))
    app = console(connected(monitor))
    async with running(app) as pilot:
        monitor.fail("busiest", LockedError("Locked", "message_history by pid 4711"))
        await press(pilot, "r")
        assert verdict_of(app, "bots").startswith(" ✖ ")
        assert "not known" not in verdict_of(app, "bots")
        monitor.fail("connectivity", GONE)
        await press(pilot, "r")
        assert "not known since" in verdict_of(app, "bots")


async def test_findings_of_a_probe_that_answers_no_more_say_when_they_were_seen() -> None:
    blocked = Finding(Severity.CRITICAL, "blocked", "4711", "12 sessions wait", "", "look", "locks", None, ago(hours=1))
    monitor = frozen_monitor((blocked, SILENCE))
    app = console(connected(monitor))
    async with running(app) as pilot:
        assert "ago: " not in text(app)
        monitor.samples["locks"] = replace(monitor.last("locks"), taken_at=ago(minutes=4))
        monitor.fail("locks", LockedError("Locked", "canceling statement due to lock timeout"))
        await press(pilot, "r")
        monitor.put(monitor.last("connectivity"))
        await settle(pilot)
        assert "seen 4 m ago: 12 sessions wait" in verdict_of(app, "database")
        assert text(app).count("seen 4 m ago: ") == 2, "in the verdict and in the list, and on no finding of others"


async def test_r_asks_again_for_what_the_banner_says() -> None:
    said = iter(("1 migration is pending", ""))

    async def look_again() -> str:
        return next(said)

    app = console(connected(banner="2 migrations are pending", look_again=look_again))
    async with running(app) as pilot:
        assert "2 migrations are pending" in text(app)
        await press(pilot, "r")
        assert "1 migration is pending" in text(app)
        await press(pilot, "r")
        assert "pending" not in text(app)
        await press(pilot, "r")  # nothing is said: nothing is asked
        await press(pilot, "2")
        assert "pending" not in text(app)
